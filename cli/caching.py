"""`triage cache`: the model's answers that are kept, so that the same question is not paid for twice."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cli.settings import Settings
    from triage.assistants.llm.answers import AnswerFiles

app = typer.Typer(no_args_is_help=True, help="The model's answers that are kept. They quote notes.")


def answers_of(chosen: "Settings") -> "AnswerFiles":
    """Where they are kept."""
    from triage.assistants.llm.answers import AnswerFiles

    return AnswerFiles(chosen.data_dir / "answers")


@app.command()
def clear() -> None:
    """Remove every answer that is kept; the next reading of each note asks the model again."""
    from cli.settings import settings

    typer.echo(f"{answers_of(settings()).clear()} kept answers removed.")
