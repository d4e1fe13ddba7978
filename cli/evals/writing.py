"""`triage eval writing`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.evals.options import AsJson, print_json
from cli.kinds import Kind
from cli.reading import Reader


def writing(
    kind: Annotated[Kind, typer.Option(help="Which texts: patients' contexts, or digests of queue changes.")],
    data: Annotated[Path | None, typer.Option(help="Cases of that kind; those that ship without it.")] = None,
    assistant: Annotated[Reader | None, typer.Option(help="Who writes; TRIAGE_ASSISTANT unless given.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="The prompt file, for the llm assistant.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score what an assistant writes on hand-written cases: what is supported, what the checklists want said, and how it reads."""
    from cli.evals.written import score as score_writing
    from cli.settings import settings

    told, lines = score_writing(kind, data, settings(), assistant.value if assistant else None, prompt)
    if as_json:
        print_json(told)
        return
    for line in lines:
        typer.echo(line)
