"""R8: when the model's service is down, the stand-in answers and the reading says so."""

import pytest

from tests.triage.llm_builders import a_note, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, answers
from triage.assistants.fallback import Fallback
from triage.assistants.protocol import AssistantError, AssistantMisconfigured, AssistantUnavailable, NoUsableAnswer
from triage.reading import Identity, Note, Reading


class Fake:
    """Answers with an empty reading, or fails as told."""

    def __init__(self, name: str, error: AssistantError | None = None) -> None:
        self.identity = Identity(name, "m", "p", "v1", "hash")
        self._error = error
        self.asked: list[str] = []

    def read_note(self, note: Note) -> Reading:
        """Raises what it was given."""
        self.asked.append(note.id)
        if self._error:
            raise self._error
        return Reading(self.identity)


def test_the_first_assistant_answers_where_it_can() -> None:
    """Nobody stood in, and nobody else was asked."""
    stand_in = Fake("embedded")
    reading = Fallback(Fake("llm"), stand_in).read_note(a_note())
    assert (reading.identity.assistant, reading.stood_in_for, stand_in.asked) == ("llm", None, [])


@pytest.mark.parametrize("error", [AssistantUnavailable("down", retry_after=5), NoUsableAnswer("refused")])
def test_the_stand_in_answers_and_says_for_whom(error: AssistantError) -> None:
    """The suggestions carry the identity of who made them, and the name of who should have."""
    reading = Fallback(Fake("llm", error), Fake("embedded")).read_note(a_note())
    assert reading.identity.assistant == "embedded"
    assert reading.stood_in_for == "llm"


def test_wrong_settings_are_not_covered_up() -> None:
    """A stand-in that answers for a month would hide a wrong key for a month."""
    stand_in = Fake("embedded")
    with pytest.raises(AssistantMisconfigured):
        Fallback(Fake("llm", AssistantMisconfigured("wrong key")), stand_in).read_note(a_note())
    assert stand_in.asked == []


def test_a_stand_in_that_fails_too_is_told() -> None:
    """There is no third."""
    with pytest.raises(AssistantUnavailable, match="also down"):
        Fallback(Fake("llm", AssistantUnavailable("down")), Fake("embedded", AssistantUnavailable("also down"))).read_note(a_note())


def test_the_identity_is_that_of_who_is_asked_first() -> None:
    """Jobs and readings are keyed by what was wanted."""
    assert Fallback(Fake("llm"), Fake("embedded")).identity.assistant == "llm"


def test_a_real_fault_of_a_real_service_makes_the_stand_in_answer(caplog: pytest.LogCaptureFixture) -> None:
    """From the socket to the reading; the log names note and reason, and no word of the note."""
    with MisbehavingServer(answers(503, {})) as server:
        reading = Fallback(an_assistant(server.base_url), Fake("embedded")).read_note(a_note())
    assert reading.stood_in_for == "llm"
    assert "n-1" in caplog.text
    assert "503" in caplog.text
    assert "ride" not in caplog.text
