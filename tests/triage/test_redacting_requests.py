"""A model elsewhere writes without names: what is sent holds none of them, and what is written holds them to the letter."""

import json
import random
import re
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

import pytest

from tests.triage.llm_builders import an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, Request, answers, completion, obeys
from tests.triage.test_llm_writing import lines_of
from tests.triage.writing_builders import (
    CLINIC,
    JOBS,
    Scribe,
    a_changes_request,
    a_context_request,
    a_draft_request,
    a_fact,
    a_pattern_request,
    words_of,
)
from triage.assistants.protocol import NoUsableAnswer
from triage.assistants.redaction.assistant import Redacting
from triage.assistants.redaction.whole_requests import WholeRequest
from triage.assistants.sending import Sent, recorded_by
from triage.writing import Line, Narration

LOCALES = ("en_US", "es_MX", "vi_VN", "pl_PL", "fr_FR", "it_IT", "ha_NG", "tr_TR", "de_DE", "pt_BR")
OUTSIDE = (
    "李明",
    "Нина Ковалёва",
    "محمد علی",
    "Ñusta Quispe",
    "D’Angelo O’Brien",
    "Xochitl",
    "rosa delgado",
    "April",
    "May Day",
    "Hope Wheeler",
)


def many_names(count: int = 120) -> list[str]:
    """Different people, from the lists of many countries and from none."""
    chance = random.Random(7)
    names = list(OUTSIDE)
    while len(names) < count:
        provider = import_module(f"faker.providers.person.{chance.choice(LOCALES)}").Provider
        firsts = list(getattr(provider, "first_names", None) or getattr(provider, "first_names_female", ()))
        lasts = list(getattr(provider, "last_names", ()))
        name = f"{chance.choice(firsts)} {chance.choice(lasts)}" if firsts and lasts else ""
        if name and name not in names:
            names.append(name)
    return names


class Echo(Scribe):
    """Says of each fact what it says, as it was told; keeps what it was told."""

    def narrate_changes(self, request: Any) -> Narration:
        self.asked.append(request)
        return Narration(identity=self.identity, sentences=tuple(Line(fact.said, (fact.id,)) for fact in request.facts))


def test_the_names_of_a_whole_digest_go_away_and_come_back() -> None:
    """Each patient their own surrogate, through all facts; days, numbers and directions stay as they are."""
    names = many_names()
    facts = [
        a_fact(f"{name} is overdue by {number} days, since April {number % 28 + 1}.", f"f-{number}", name=name, days=number)
        for number, name in enumerate(names, 2)
    ]
    echo = Echo("llm")
    narration = Redacting(echo).narrate_changes(a_changes_request(*facts))

    assert [line.text for line in narration.sentences] == [fact.said for fact in facts]
    (asked,) = echo.asked
    told = [str(fact.values["name"]) for fact in asked.facts]
    assert len(set(told)) == len(names)
    assert all(re.fullmatch(r"\[NAME_\d+\]", one) for one in told)
    for fact, number, one in zip(asked.facts, range(2, len(names) + 2), told, strict=True):
        assert fact.said == f"{one} is overdue by {number} days, since April {number % 28 + 1}."
        assert fact.values["days"] == number


def test_two_people_who_share_a_name_or_a_nickname_stay_two() -> None:
    """Put back wrongly, one patient's trouble would be another's."""
    names = ["Robert Smith", "Bob Smith", "Rosa Delgado", "Rosa Martinez", "Rosa", "Xue", "Xue Li"]
    facts = [a_fact(f"{name} was escalated.", f"f-{number}", **{f"name_{number}": name}) for number, name in enumerate(names)]
    echo = Echo("llm")
    narration = Redacting(echo).narrate_changes(a_changes_request(*facts))
    assert [line.text for line in narration.sentences] == [fact.said for fact in facts]
    assert len({str(fact.values) for fact in echo.asked[0].facts}) == len(names)


def test_a_draft_is_written_without_the_patient_and_greets_them() -> None:
    """The clinic stays; what the notes say of others and their numbers goes. In values, quotes and remarks as in what is said."""
    fact = a_fact(
        "Daughter Marisol (312-555-0142) drives Rosa Delgado on Thursday, March 12. Call Lakeside Clinic at 312-555-0100.",
        quote="Rosa's dtr Marisol 312-555-0142 has the car, DOB 2/14/65",
        day=date(2026, 3, 12),
        birth_date=date(1965, 2, 14),
        words="Marisol drives",
    )
    body = "Hello [NAME_1], this is Lakeside Clinic. Please call 312-555-0100 about Thursday, March 12."

    def write(connection: Any, request: Request, closing: Any) -> None:
        surrogate = lines_of(request.user_text())[0]["greet"]
        answers(200, completion({"facts": [1], "subject": "", "body": body.replace("[NAME_1]", surrogate)}))(connection, request, closing)

    calls: list[Sent] = []
    with MisbehavingServer(write) as server, recorded_by(calls.append):
        inner = an_assistant(server.base_url)
        draft = Redacting(inner).draft_outreach(a_draft_request(fact, remarks=("“Rosa Delgado” is greeted twice.",)))
        went = server.requests[0].body.decode()
        plain = inner.draft_outreach(a_draft_request(fact))

    assert draft.body == body.replace("[NAME_1]", "Rosa Delgado")
    assert not [word for word in ("Rosa", "Delgado", "Marisol", "0142", "2/14", "1965") if word in went]
    assert all(word in went for word in (CLINIC.name, CLINIC.phone, "Thursday, March 12"))
    assert "Rosa" not in "".join(calls[0].messages)
    assert draft.identity.content_hash != plain.identity.content_hash
    assert draft.identity.prompt == "draft_outreach"


@pytest.mark.parametrize("wrong", ["[NAME_99]", "NAME_1", "[name_1]", "[NAME 1]", "[NOMBRE_1]", "[Name_1]", "[PHONE_7]", "[NAME_1"])
def test_what_cannot_be_put_back_to_the_letter_is_refused(wrong: str) -> None:
    """A gap, or a name that was made up, is worse than no text."""
    with pytest.raises(NoUsableAnswer, match="put back"):
        Redacting(Scribe("llm", f"Hello {wrong}.")).draft_outreach(a_draft_request())
    with pytest.raises(NoUsableAnswer):
        Redacting(Scribe("llm", f"{wrong} has no ride.")).summarise_context(a_context_request(a_fact("Rosa Delgado has no ride.")))


@pytest.mark.parametrize("harmless", ["Call phone 312-555-0100.", "id 7", "Your name 1 more time", "Form_7"])
def test_ordinary_words_are_no_surrogates(harmless: str) -> None:
    """A refusal costs a text."""
    assert Redacting(Scribe("llm", harmless)).draft_outreach(a_draft_request()).body == harmless


def test_a_surrogate_that_a_note_holds_is_not_used() -> None:
    """A note that guesses cannot have a name put in its place."""
    scribe = Scribe("llm", "Hello [NAME_1].")
    with pytest.raises(NoUsableAnswer):
        Redacting(scribe).draft_outreach(a_draft_request(a_fact("A note says [NAME_1].")))
    assert scribe.asked[0].patient == "[NAME_2]"


def test_a_pattern_is_named_after_nobody() -> None:
    """Neither quotes nor name hold a person."""
    scribe = Scribe("llm", "No ride", "[NAME_1] again")
    redacting = Redacting(scribe)
    request = a_pattern_request("Rosa Delgado has no ride", "call Mr. Whitefeather 312-555-0142")
    assert redacting.name_pattern(request).name == "No ride"
    assert not [word for word in ("Rosa", "Delgado", "Whitefeather", "0142") if word in repr(scribe.asked[0])]
    with pytest.raises(NoUsableAnswer, match="after somebody"):
        redacting.name_pattern(request)


def test_a_patient_who_is_called_like_the_clinic_is_still_not_told() -> None:
    """The clinic's words stay where they are the clinic's: a name that stands inside of them, and not one that is all of them."""
    hope = replace(CLINIC, name="Hope Clinic")
    scribe = Scribe("llm", "Hi")
    Redacting(scribe).draft_outreach(a_draft_request(a_fact("Hope was seen at Hope Clinic."), patient="Hope", clinic=hope))
    assert (scribe.asked[0].patient, scribe.asked[0].facts[0].said) == ("[NAME_1]", "[NAME_1] was seen at Hope Clinic.")


def test_without_a_name_nobody_is_greeted() -> None:
    """An empty name is not a name."""
    scribe = Scribe("llm", "Hi")
    Redacting(scribe).draft_outreach(a_draft_request(patient=" "))
    assert scribe.asked[0].patient == ""


@pytest.mark.parametrize("job", JOBS)
def test_what_names_nobody_goes_as_it_is(job: str) -> None:
    """And comes as it came."""
    told, plain = Scribe("llm", "The patient has no ride."), Scribe("llm", "The patient has no ride.")
    assert words_of(JOBS[job][0](Redacting(told))) == words_of(JOBS[job][0](plain))
    if job != "draft_outreach":
        assert told.asked == plain.asked


def test_every_text_comes_back_to_the_letter() -> None:
    """Whatever stands in it: replaced and put back is what it was."""
    texts = [
        *(f"{name}: call (312) 555-{number:04}, MRN 00{number}77, {number} days, 3/19." for number, name in enumerate(many_names(60))),
        *("", " ", "\ue000", "a\n\ue000\nb", "No ride.", "Rosa Delgado-Smith\nRosa  Delgado\tROSA DELGADO’s"),
    ]
    whole = WholeRequest(texts, names=many_names(60), keep=["Lakeside Clinic", ""])
    for text in texts:
        assert whole.back(whole.without(text)) == text.replace("\ue000", " ")


def test_a_refusal_inside_is_a_refusal_outside() -> None:
    """The wrapper hides no fault."""
    with MisbehavingServer(obeys(lambda user: json.loads("{}"))) as server, pytest.raises(NoUsableAnswer):
        Redacting(an_assistant(server.base_url)).draft_outreach(a_draft_request())
