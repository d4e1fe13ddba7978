"""`triage sent`, and where notes may go, at a terminal."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from typer.testing import Result

from cli.settings import Settings
from cli.wiring import build_assistant, open_record
from store import sent
from store.tables import AccessRow
from tests.builders import a_note
from triage.assistants.protocol import AssistantMisconfigured

Run = Callable[..., Result]


def chosen(**given: str) -> Settings:
    return Settings(_env_file=None, llm_model="m", **given)  # type: ignore[call-arg, arg-type]


def test_what_was_sent_is_shown_and_the_look_recorded(triage: Run) -> None:
    """In words, and as JSON."""
    record = open_record()
    with record.database.write() as session:
        note = a_note(session).id
        sent.record(session, note, "models.example", "m", ['{"role": "user", "content": "Call [NAME_1]"}'], now=datetime.now(UTC))
    record.close()

    shown, raw, none = triage("sent", str(note)), triage("sent", str(note), "--json"), triage("sent", "99")

    assert "UTC to models.example, model m\n\n[user]\nCall [NAME_1]\n" in shown.stdout
    assert json.loads(raw.stdout)["messages"] == [{"role": "user", "content": "Call [NAME_1]"}]
    assert (none.exit_code, none.stderr) == (2, "triage: There is no such note.\n")
    record = open_record()
    with record.database.read() as session:
        looks = session.scalars(select(AccessRow).where(AccessRow.action == "read")).all()
    record.close()
    assert [(look.username, look.subject) for look in looks] == [("command line", f"what was sent of note {note}")] * 2


def test_what_was_sent_about_an_episode_is_shown(triage: Run) -> None:
    """Or for a job; the look is recorded, and a question that names neither, or what is not there, is told."""
    record = open_record()
    with record.database.write() as session:
        episode = a_note(session).episode_id
        sent.record_writing(
            session, "draft_outreach", [episode], "models.example", "m", ['{"role": "user", "content": "[NAME_1]"}'], now=datetime.now(UTC)
        )
    record.close()

    shown, raw = triage("sent", "--episode", str(episode)), triage("sent", "--job", "draft_outreach", "--json")
    nothing, both, neither = triage("sent", "--job", "name_pattern"), triage("sent", "1", "--episode", "1"), triage("sent")
    unknown, odd = triage("sent", "--episode", "99"), triage("sent", "--job", "close_episode")
    huge = [triage("sent", str(2**63)), triage("sent", "--episode", str(2**63))]

    assert "UTC to models.example, model m, draft_outreach\n\n[user]\n[NAME_1]\n" in shown.stdout
    assert json.loads(raw.stdout)["job"] == "draft_outreach"
    assert nothing.stdout == "Nothing was sent about it.\n"
    assert [each.exit_code for each in huge] == [2, 2]
    assert {both.exit_code, neither.exit_code, unknown.exit_code, odd.exit_code} == {2}
    record = open_record()
    with record.database.read() as session:
        looks = session.scalars(select(AccessRow.subject).where(AccessRow.action == "read").order_by(AccessRow.id)).all()
    record.close()
    assert looks == [f"what was sent about episode {episode}", "what was sent for draft_outreach", "what was sent for name_pattern"]


def test_a_service_elsewhere_is_refused_until_it_is_allowed(triage: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, with what to do, and told by doctor."""
    monkeypatch.setenv("TRIAGE_ASSISTANT", "llm")
    monkeypatch.setenv("TRIAGE_LLM_MODEL", "m")
    monkeypatch.setenv("TRIAGE_LLM_BASE_URL", "https://models.example/v1")

    refused, doctored = triage("worker"), triage("doctor")
    monkeypatch.setenv("TRIAGE_LLM_ALLOWED_HOSTS", "other.example, models.example")
    allowed = triage("doctor")

    assert refused.exit_code == 2
    assert "Notes are not sent to models.example" in refused.stderr
    assert " X Notes are not sent to models.example" in doctored.stdout
    assert "models.example is an allowed host; identifiers are replaced before sending" in allowed.stdout


def test_identifiers_are_replaced_for_other_hosts_and_on_demand(data_dir: object) -> None:
    """A service on this machine reads the note as it is, unless somebody says otherwise."""
    here, there = "http://127.0.0.1:9/v1", "https://models.example/v1"

    as_it_is, always, elsewhere = (
        build_assistant(one, "llm").identity.content_hash
        for one in (
            chosen(llm_base_url=here),
            chosen(llm_base_url=here, llm_redact="always"),
            chosen(llm_base_url=there, llm_allowed_hosts="models.example"),
        )
    )
    assert as_it_is != always == elsewhere
    with pytest.raises(AssistantMisconfigured):
        build_assistant(chosen(llm_base_url=there), "llm")
