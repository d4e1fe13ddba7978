"""`triage eval run` and `score`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.evals.options import AsJson, Data, print_json, print_table
from cli.reading import Reader
from cli.telling import progress

AT_ONCE = 8
"""Notes asked of a model's service at once; the embedded assistant fills a core by itself."""


def run(
    data: Data,
    assistant: Annotated[Reader | None, typer.Option(help="Who reads; TRIAGE_ASSISTANT unless given.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="The prompt file, for the llm assistant.")] = None,
    examples: Annotated[Path | None, typer.Option(help="Labelled notes to choose examples from, for a prompt that takes them.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; the same folder goes on with it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Have an assistant read a data set, keep what it said, and score it. A run that was cut off goes on where it stopped."""
    from cli.examples import examples_of_file
    from cli.settings import settings
    from cli.wiring import build_assistant
    from evals import runs
    from evals.reports.markdown import spent

    chosen = settings()
    given = examples_of_file(examples, chosen, held_out=[data]) if examples else None
    reader = build_assistant(chosen, assistant.value if assistant else None, prompt, examples=given)
    folder = out or chosen.evals_dir / "runs" / runs.folder_name(data, reader.identity)
    with progress("Reading notes") as bar:
        done = runs.run(
            data,
            reader,
            folder,
            progress=lambda count, total: bar.update(bar.task_ids[0], completed=count, total=total),
            threads=1 if reader.identity.assistant == "embedded" else AT_ONCE,
        )
    if as_json:
        scores: dict[str, Any] = done.scores.as_json() if done.scores else {}
        print_json(scores | {"folder": str(folder), "run": done.as_json()})
        return
    if done.scores:
        print_table(done.scores, reader.identity.key)
    if done.usage.get("calls") or done.in_vain:
        typer.echo(f"Calls to the model: {spent(done)}")
    typer.echo(f"{done.answered} of {done.notes} notes answered, {done.failed} failed, in {done.seconds:.1f} s. Kept in {folder}")


def score(
    predictions: Annotated[Path, typer.Option(help="Lines with an id and a reading, as `triage read` writes them.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Score predictions from a file, whoever made them."""
    from evals import predictions as files
    from evals.scoring import score as score_all
    from triage import labelled

    scores = score_all(labelled.load(data), files.load(predictions))
    if as_json:
        print_json(scores.as_json())
    else:
        print_table(scores, predictions.name)
