"""`triage eval`: run, score, compare, report, export, writing."""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.kinds import Kind
from cli.reading import Reader
from cli.telling import progress, stderr

if TYPE_CHECKING:
    from evals.scoring import Scores

app = typer.Typer(no_args_is_help=True, help="How good the suggestions are, against what people hold to be right.")

CASES_SHOWN = 20
AT_ONCE = 8
"""Notes asked of a model's service at once; the embedded assistant fills a core by itself."""

Data = Annotated[Path, typer.Option("--data", help="A data set: labelled notes as JSON Lines (docs/dataset.md).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
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
    from evals.report import spent

    chosen = settings()
    given = examples_of_file(examples, chosen, held_out=[data]) if examples else None
    reader = build_assistant(chosen, assistant.value if assistant else None, prompt, examples=given)
    folder = out or chosen.data_dir / "evals" / runs.folder_name(data, reader.identity)
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
        _print_json(scores | {"folder": str(folder), "run": done.as_json()})
        return
    if done.scores:
        _print_table(done.scores, reader.identity.key)
    if done.usage.get("calls") or done.in_vain:
        typer.echo(f"Calls to the model: {spent(done)}")
    typer.echo(f"{done.answered} of {done.notes} notes answered, {done.failed} failed, in {done.seconds:.1f} s. Kept in {folder}")


@app.command()
def writing(
    kind: Annotated[Kind, typer.Option(help="Which texts: patients' contexts, or digests of queue changes.")],
    data: Annotated[Path | None, typer.Option(help="Cases of that kind; those that ship without it.")] = None,
    assistant: Annotated[Reader | None, typer.Option(help="Who writes; TRIAGE_ASSISTANT unless given.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="The prompt file, for the llm assistant.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score what an assistant writes on hand-written cases: what is supported, what the checklists want said, and how it reads."""
    from cli.settings import settings
    from cli.writing_eval import score as score_writing

    told, lines = score_writing(kind, data, settings(), assistant.value if assistant else None, prompt)
    if as_json:
        _print_json(told)
        return
    for line in lines:
        typer.echo(line)


@app.command()
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
        _print_json(scores.as_json())
    else:
        _print_table(scores, predictions.name)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="Folder of the first run.")],
    after: Annotated[Path, typer.Argument(help="Folder of the second run.")],
    as_json: AsJson = False,
) -> None:
    """Is the second run better, worse, or too close to tell? Both are taken on the same notes."""
    from evals import compare as comparing
    from evals import runs
    from evals.errors import RunsDoNotPair
    from evals.report import TITLES, number

    first, second = runs.load(before).scores, runs.load(after).scores
    if first is None or second is None:
        raise RunsDoNotPair("the runs were made on notes without gold, so there is nothing to compare")
    compared = comparing.compare(first, second)
    if as_json:
        differences = {
            d.path: {"before": d.before, "after": d.after, "low": d.low, "high": d.high, "verdict": d.verdict, "words": d.in_words()}
            for d in compared.differences
        }
        sides = {"mended": compared.mended, "broken": compared.broken}
        cases = {side: [{"id": miss.note_id, "what": miss.in_words()} for miss in misses] for side, misses in sides.items()}
        _print_json({"notes": compared.notes, "differences": differences, **cases})
        return
    typer.echo(f"{compared.notes} notes of {compared.clusters} patients or notes drawn together")
    for one in compared.differences:
        typer.echo(f"  {TITLES[one.path][0]:<32} {number(one.before)} -> {number(one.after)}  {one.in_words()}")
    for words, misses in (("Mended", compared.mended), ("Broken", compared.broken)):
        typer.echo(f"{words}: {len(misses)}")
        for miss in misses[:CASES_SHOWN]:
            typer.echo(f"  {miss.note_id}: {miss.in_words()}")
        if len(misses) > CASES_SHOWN:
            typer.echo(f"  ... and {len(misses) - CASES_SHOWN} more (all of them with --json)")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    data: Annotated[Path | None, typer.Option(help="Where the data set is now, if it has moved.")] = None,
    misses: Annotated[bool, typer.Option(help="Add every note on which it went wrong. That quotes the notes.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write; standard output unless given.")] = None,
) -> None:
    """A run's report as Markdown. The reliability plot is put beside it; where the report is printed, into the run's folder."""
    from evals import misses as went_wrong
    from evals import reliability_plot, runs
    from evals.errors import DataDoesNotFit
    from evals.files import write_text
    from evals.report import as_markdown

    known = runs.load(folder, data=data)
    if known.scores is None:
        raise DataDoesNotFit("the run was made on notes without gold, so there is nothing to report")
    plot = (out.parent if out else folder) / reliability_plot.NAME
    write_text(plot, reliability_plot.svg(known.scores.calibration))
    page = as_markdown(known.scores, made_by=known, plot=plot.name if out else str(plot))
    if misses:
        page += "\n" + went_wrong.as_markdown(known.scores.cases)
    if out:
        write_text(out, page)
    else:
        typer.echo(page, nl=False)


@app.command()
def export(
    out: Annotated[Path | None, typer.Option(help="File to write; standard output unless given.")] = None,
) -> None:
    """Make a data set from what reviewers decided. It is not de-identified: treat it as the notes themselves."""
    from datetime import UTC, datetime

    from cli.reviewed import reviewed_notes
    from cli.settings import settings
    from cli.wiring import open_record
    from evals import export as exporting
    from evals.files import write_text
    from store import access

    chosen = settings()
    record = open_record(chosen)
    try:
        with record.database.write() as session:
            access.record_access(session, "command line", "export", "reviewed notes", now=datetime.now(UTC))
        with record.database.read() as session:
            lines = [exporting.as_line(note) for note in exporting.export(reviewed_notes(session), salt=_salt(chosen.data_dir))]
    finally:
        record.close()
    if out is None:
        sys.stdout.buffer.write("".join(lines).encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        write_text(out, "".join(lines))
        out.chmod(0o600)
    stderr().print(f"{len(lines)} reviewed notes. The file is not de-identified: treat it as the notes themselves.")


def _salt(folder: Path) -> str:
    """The secret that makes ids opaque, made once: the same note keeps its id from one export to the next."""
    path = folder / "export-salt"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _print_table(scores: "Scores", title: str) -> None:
    from rich.console import Console

    from evals.report import as_table

    Console().print(as_table(scores, title=title))


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
