"""`triage train`: fit the embedded assistant anew."""

import time

import typer

from cli.telling import stderr


def train() -> None:
    """Fit the embedded assistant on its training notes and keep the model; does nothing where the kept one is up to date."""
    from cli.settings import settings
    from triage.assistants.embedded import EmbeddedAssistant

    cache = settings().data_dir / "cache"
    stderr().print("Looking for the model of this code and these training notes; fitting takes a minute or two where it is not there ...")
    began = time.monotonic()
    identity = EmbeddedAssistant.load(cache).identity
    took = time.monotonic() - began
    typer.echo(f"{identity.model} {identity.version} ({identity.content_hash[:12]}), ready after {took:.1f} s; kept in {cache}")
