"""Examples from the record: what reviewers settled on, of other patients, never of an eval set."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import Result

from cli.examples import PUBLIC, ReviewedExamples, redacted_example, reviewed_examples
from cli.settings import settings
from cli.wiring import Record, build_assistant, open_record
from store import decisions, episodes, suggestions
from store.decisions import Reviewer
from store.tables import ReadingRow
from tests.builders import CALL, LANES, NO_RIDE, NOW, PA_PENDING, a_note, a_patient, a_reviewer, a_suggestion
from tests.triage.llm_builders import a_note as to_read
from tests.triage.llm_builders import a_reply
from tests.triage.misbehaving_server import MisbehavingServer, replies
from triage import jobs, labelled
from triage.assistants.llm.examples import Example
from triage.reading import Person
from workflow.suggestions import BlockerPayload
from workflow.vocabulary import BlockerCategory, RejectReason

Run = Callable[..., Result]
TEXT = "Rosa Alvarez rang. No ride to clinic. PA still pending. Will call again Thurs."


@pytest.fixture
def record(data_dir: Path) -> Iterator[Record]:
    """An empty record."""
    opened = open_record()
    yield opened
    opened.close()


@pytest.fixture
def dana(record: Record) -> Reviewer:
    with record.database.write() as session:
        return a_reviewer(session)


def stored(record: Record, external_id: str, patient: str, text: str = TEXT, *, read: bool = True, at: datetime = NOW) -> int:
    """A note of a patient, read with a task and two blockers where `read`."""
    words = {"No ride": NO_RIDE, "PA still pending": PA_PENDING, "Will call again Thurs": CALL}
    items = [a_suggestion(payload, quote, text=text) for quote, payload in words.items()] if read else None
    with record.database.write() as session:
        return a_note(session, external_id, patient=patient, text=text, items=items, written_at=at).id


def review(record: Record, note_id: int, dana: Reviewer, *, all_of_them: bool = True) -> None:
    """Accepts the task, edits the first blocker, rejects the second."""
    other = BlockerPayload(category=BlockerCategory.OTHER)
    with record.database.write() as session:
        ride, pa, call = suggestions.of_note(session, note_id)
        for card, payload in ((ride, other), (call, None)):
            version = episodes.load(session, card.episode_id).version
            decisions.accept(session, LANES, card.id, reviewer=dana, episode_version=version, now=NOW, payload=payload)
        if all_of_them:
            decisions.reject(session, pa.id, reviewer=dana, reason=RejectReason.NOT_IN_NOTE, now=NOW)


def test_what_reviewers_settled_on_is_the_right_answer(record: Record, dana: Reviewer) -> None:
    """Accepted as it was, edited as it became, rejected not at all; the patient is not named."""
    note_id = stored(record, "n-1", "p-1")
    review(record, note_id, dana)

    (one,) = reviewed_examples(record.database)

    assert one.id == str(note_id)
    assert one.text == "[name] rang. No ride to clinic. PA still pending. Will call again Thurs."
    assert json.loads(one.answer) == a_reply(
        tasks=[{"quote": "Will call again Thurs", "action": "call_patient", "owner_role": "care_coordinator", "time_phrase": "Thurs"}],
        blockers=[{"quote": "No ride", "category": "other"}],
    )


def test_a_note_that_is_not_finished_is_no_example(record: Record, dana: Reviewer) -> None:
    """Half an answer would teach the model to leave the other half out."""
    review(record, stored(record, "n-1", "p-1"), dana, all_of_them=False)
    stored(record, "n-2", "p-2")
    stored(record, "n-3", "p-3", read=False)

    assert reviewed_examples(record.database) == []


def test_a_note_of_the_public_set_is_never_an_example(record: Record, dana: Reviewer) -> None:
    """Somebody imports the public notes to look around; whatever is decided on them must not come back in an eval of them."""
    known = labelled.load(PUBLIC)[0]
    with record.database.write() as session:
        a_patient(session, "p-1", name=known.text.split()[0])  # a name in it would be taken out of the example, and change its text
        note_id = a_note(session, "n-1", text=f"  {known.text.upper()}\n", items=[]).id
        decisions.finish_note(session, note_id, reviewer=dana, now=NOW)

    assert reviewed_examples(record.database) == []


def test_a_note_is_read_beside_examples_of_other_patients(record: Record, dana: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the settings to the stored reading, which names the notes that were shown."""
    first, second = stored(record, "n-1", "p-1"), stored(record, "n-2", "p-2", TEXT.replace("Rosa Alvarez", "Her son"))
    for note_id in (first, second):
        review(record, note_id, dana)
    new = stored(record, "n-3", "p-1", "No ride to clinic again. Will call again.", read=False)

    with MisbehavingServer(replies(a_reply())) as server:
        for name, value in {"ASSISTANT": "llm", "LLM_BASE_URL": server.base_url, "LLM_MODEL": "m"}.items():
            monkeypatch.setenv(f"TRIAGE_{name}", value)
        settings.cache_clear()
        jobs.read_note(record.database, build_assistant(settings(), record=record), new)
        sent = server.requests[0].user_text()

    with record.database.read() as session:
        usage = session.scalars(select(ReadingRow.usage).where(ReadingRow.note_id == new)).one()
    assert usage["examples"] == [str(second)]
    assert "Her son rang. No ride to clinic." in sent
    assert "[name] rang." not in sent


def test_no_name_of_another_patient_is_sent_where_identifiers_are_replaced(
    record: Record, dana: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the example's own record, its family's too; its answer quotes what is sent."""
    text = "Reached Rosie's daughter Marisol. No ride to clinic. PA still pending for Dr. Okafor. Will call again Thurs."
    with record.database.write() as session:
        a_patient(session, "p-1", name="Rosa Alvarez")
    review(record, stored(record, "n-1", "p-1", text), dana)
    new = stored(record, "n-2", "p-2", "No ride to clinic again. Will call again.", read=False)

    with MisbehavingServer(replies(a_reply())) as server:
        for name, value in {"ASSISTANT": "llm", "LLM_BASE_URL": server.base_url, "LLM_MODEL": "m", "LLM_REDACT": "always"}.items():
            monkeypatch.setenv(f"TRIAGE_{name}", value)
        settings.cache_clear()
        jobs.read_note(record.database, build_assistant(settings(), record=record), new)
        sent = server.requests[0].user_text()

    assert "Reached [NAME_1]'s daughter [NAME_2]. No ride to clinic. PA still pending for Dr. [NAME_3]. Will call again Thurs." in sent
    assert not [name for name in ("Rosie", "Marisol", "Okafor") if name in sent]


def test_an_example_without_names_still_quotes_itself() -> None:
    """A quote that was not in the text would teach the model to make quotes up."""
    text = "Rosa Alvarez has no ride. Left 2 messages for Rosa. Call Rosa back at 312-555-0142 on Thurs."
    answer = a_reply(
        tasks=[
            {
                "quote": "Call Rosa back at 312-555-0142",
                "action": "call_patient",
                "owner_role": "care_coordinator",
                "time_phrase": "on Thurs",
            }
        ],
        blockers=[{"quote": "Alvarez has no ride", "category": "transport"}],
        outreach_attempts=[{"quote": "Left 2 messages for Rosa", "channel": "call", "outcome": "left_voicemail", "counted": ["2"]}],
    )
    example = Example("1", "7", "nurse Keisha Brown", text, json.dumps(answer))

    one = redacted_example(example, Person(name="Rosa Alvarez"))

    assert one.text == "[NAME_1] has no ride. Left 2 messages for [NAME_1]. Call [NAME_1] back at [PHONE_1] on Thurs."
    assert "Keisha" not in one.author_role
    reply = json.loads(one.answer)
    assert reply["blockers"][0]["quote"] == "[NAME_1] has no ride"
    assert reply["outreach_attempts"][0] | {"channel": "", "outcome": ""} == {
        "quote": "Left 2 messages for [NAME_1]",
        "channel": "",
        "outcome": "",
        "counted": ["2"],
    }
    assert (reply["tasks"][0]["quote"], reply["tasks"][0]["time_phrase"]) == ("Call [NAME_1] back at [PHONE_1]", "on Thurs")


def test_the_record_is_asked_again_after_a_while(record: Record, dana: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was reviewed this morning is an example this afternoon; not with every note, since choosing afresh reads thousands."""
    examples = ReviewedExamples(record.database, most=3, most_chars=4000)
    note = to_read("No ride to clinic.", patient="99")
    assert examples.examples_for(note) == ()
    review(record, stored(record, "n-1", "p-1"), dana)

    assert examples.examples_for(note) == ()
    monkeypatch.setattr("cli.examples.FRESH_S", 0.0)
    assert len(examples.examples_for(note)) == 1


def test_an_eval_shows_examples_of_a_file_that_are_not_in_its_data(triage: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a run would be shown its own answers, and score well."""
    line = {"id": "x", "lane": "referral", "written_at": "2026-03-10T15:20:00-05:00", "author_role": "nurse", "source": "fax", "gold": {}}
    texts = {"a": "No ride to clinic on Monday.", "b": "No ride to clinic on Tuesday."}
    data, examples, out = data_dir / "data.jsonl", data_dir / "examples.jsonl", data_dir / "run"
    public = json.loads(PUBLIC.read_text("utf-8").splitlines()[0]) | {"id": "public"}
    data.write_text(json.dumps(line | {"id": "a", "text": texts["a"]}) + "\n", "utf-8")
    pool = [line | {"id": name, "text": text} for name, text in texts.items()]
    examples.write_text("".join(json.dumps(one) + "\n" for one in [*pool, public]), "utf-8")

    with MisbehavingServer(replies(a_reply())) as server:
        monkeypatch.setenv("TRIAGE_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("TRIAGE_LLM_MODEL", "m")
        monkeypatch.setenv("TRIAGE_LLM_EXAMPLES", "9")
        result = triage("eval", "run", "--data", data, "--assistant", "llm", "--examples", examples, "--out", out)

    assert result.exit_code == 0, result.output
    assert json.loads((out / "predictions.jsonl").read_text("utf-8"))["examples"] == ["b"]
