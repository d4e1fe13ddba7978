"""Errors as sentences for the person at the terminal, and what goes to stderr besides."""

import os
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

FINDINGS, CANNOT = 1, 2
"""Exit codes: something was found that should be looked at; or the command could not be carried out as it was asked for."""

GONE = 141
"""What a shell reports for a process whose reader went away (128 + SIGPIPE)."""


class CannotRun(Exception):
    """The command cannot be carried out as it was asked for; the message says why and what to do instead."""


def stderr() -> "Console":
    """The console for everything that is not a result. It reads no markup, so names and paths show as they are."""
    from rich.console import Console

    return Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)


def progress(words: str, total: int | None = None) -> "Progress":
    """A progress bar on stderr with one task, to be entered; it shows nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar.add_task(words, total=total)
    return bar


def tell(error: Exception) -> int | None:
    """Say what a person can mend about `error` and return the exit code; None where it is our own mistake and wants a traceback."""
    if isinstance(error, BrokenPipeError):
        # The reader (`head`, say) has had enough. Python would complain once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GONE
    words = sentence(error)
    if words is None:
        return None
    typer.echo(f"triage: {inert(words)}", err=True)
    return CANNOT


def sentence(error: Exception) -> str | None:
    """What to print, or None for an error that tells a person nothing. The imports wait until something went wrong."""
    from sqlalchemy.exc import DBAPIError

    from cli.settings import SettingsError
    from connectors.refusals import FileRefused
    from evals.errors import EvalError
    from store.errors import StoreError
    from triage.assistants.protocol import AssistantError
    from triage.labelled import BadLine
    from workflow.lanes import LaneError
    from workflow.refusals import Refusal

    ours = (CannotRun, SettingsError, FileRefused, EvalError, StoreError, AssistantError, BadLine, LaneError, Refusal)
    if isinstance(error, ours):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8 text; save it as UTF-8 and try again"
    if isinstance(error, DBAPIError):
        lines = str(error.orig).strip().splitlines()  # the driver's words alone: SQL and its parameters stay out
        return f"the database cannot be used: {lines[0] if lines else type(error.orig).__name__}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    return None


def inert(text: str) -> str:
    """`text` without characters that a terminal obeys; line breaks stay."""
    return "".join(character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text)
