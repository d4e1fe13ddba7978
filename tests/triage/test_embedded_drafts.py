"""What the embedded assistant writes: every form, step and language, with and without facts, passes the checks that block."""

from datetime import date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from triage.assistants.embedded.drafting import draft_outreach, first_name
from triage.draft_checks import Verdict, check_draft
from triage.draft_length import sms_segments
from triage.private_words import is_private
from triage.reading import Identity
from triage.reading_grade import reading_grade
from triage.writing import Draft, DraftRequest, Fact
from workflow.clinic import UNNAMED, Clinic
from workflow.contact import MayContact
from workflow.drafting import WITH_PATIENT
from workflow.vocabulary import Action, DraftForm, LaneName

CLINIC = Clinic("Eastside Clinic", "(312) 555-0142", "care@eastside.example")
AT = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("America/Chicago"))
IDENTITY = Identity("embedded", "templates", "drafts", "1", "x")
EVERYTHING = (
    Fact("f1", "patient", "", {"name": "Rosa Delgado"}),
    Fact("f2", "appointment", "", {"day": date(2026, 3, 19), "time": "13:30", "place": "Bayview Hospital"}),
    Fact("f3", "tries", "", {"count": 3, "since": date(2026, 3, 2)}),
    Fact("f4", "document", "", {"document": "insurance card"}),
    Fact("f5", "ride", ""),
    Fact("f6", "interpreter", ""),
    Fact("f7", "due", "", {"day": date(2026, 3, 13)}),
    Fact("f8", "caller", "", {"name": "Maria Ortiz"}),
)
BARE = EVERYTHING[:1]
ALL = list(product(DraftForm, WITH_PATIENT, ("en", "es"), (EVERYTHING, BARE), (CLINIC, UNNAMED)))


def drafted(
    form: DraftForm,
    purpose: Action = Action.CONFIRM_APPOINTMENT,
    language: str = "en",
    facts: tuple[Fact, ...] = EVERYTHING,
    clinic: Clinic = CLINIC,
    patient: str = "Rosa Delgado",
) -> Draft:
    return draft_outreach(DraftRequest(form, language, LaneName.REFERRAL, purpose, patient, clinic, AT.date(), facts), IDENTITY)


@pytest.mark.parametrize(("form", "purpose", "language", "facts", "clinic"), ALL)
def test_every_combination_holds(form: DraftForm, purpose: Action, language: str, facts: tuple[Fact, ...], clinic: Clinic) -> None:
    draft = drafted(form, purpose, language, facts, clinic)
    checks = check_draft(
        draft.subject,
        draft.body,
        form=form,
        language=language,
        patient="Rosa Delgado",
        clinic=clinic,
        facts=facts,
        may=MayContact((), 0, 0),
        address="rosa@mail.example",
        at=AT,
    )
    expected = {"callback"} if not clinic.phone else set()  # nobody set the number
    expected |= (
        {"address"} if form in {DraftForm.PHONE_SCRIPT, DraftForm.VOICEMAIL, DraftForm.SMS} else set()
    )  # an e-mail address is no phone
    assert {check.name for check in checks if check.verdict is not Verdict.HOLDS} <= expected, draft.body
    grade = reading_grade(draft.body, language, ["Rosa", "Delgado", clinic.name, "Maria Ortiz", "Bayview Hospital"])
    assert grade is not None
    assert grade <= 6
    assert "{" not in draft.body
    assert ".." not in draft.body
    assert set(draft.facts) <= {fact.id for fact in facts}


@pytest.mark.parametrize(("purpose", "language", "facts"), list(product(WITH_PATIENT, ("en", "es"), (EVERYTHING, BARE))))
def test_an_sms_is_one_segment(purpose: Action, language: str, facts: tuple[Fact, ...]) -> None:
    body = drafted(DraftForm.SMS, purpose, language, facts).body
    assert sms_segments(body) == 1, (len(body), body)
    assert "STOP" in body


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_voicemail_names_who_calls_and_the_number_and_nothing_else(language: str) -> None:
    """What a housemate hears tells neither the step nor a day, whatever the facts are."""
    told = {drafted(DraftForm.VOICEMAIL, purpose, language, facts).body for purpose in WITH_PATIENT for facts in (EVERYTHING, BARE)}
    assert len(told) == 1
    body = told.pop()
    assert "Rosa" in body
    assert "Delgado" not in body
    assert drafted(DraftForm.VOICEMAIL).facts == ()


@pytest.mark.parametrize("form", [DraftForm.SMS, DraftForm.VOICEMAIL, DraftForm.PHONE_SCRIPT])
def test_a_clinic_whose_name_tells_a_specialty_is_not_named_where_others_hear(form: DraftForm) -> None:
    body = drafted(form, clinic=Clinic("Bayview Cardiology", "(312) 555-0142")).body
    assert not is_private(body)
    assert "your care team" in body


def test_facts_used_are_told_and_facts_unknown_are_left_out() -> None:
    letter = drafted(DraftForm.LETTER)
    assert "Thursday, March 19 at 1:30 pm at Bayview Hospital" in letter.body
    assert "3 times since Monday, March 2" in letter.body
    assert letter.facts == ("f2", "f3", "f5", "f6", "f7", "f8")
    assert "March 19" not in drafted(DraftForm.LETTER, facts=BARE).body


def test_spanish_says_a_la_una() -> None:
    one = (Fact("f1", "appointment", "", {"day": date(2026, 3, 19), "time": "13:30"}),)
    assert "el jueves 19 de marzo a la 1:30 p. m." in drafted(DraftForm.LETTER, language="es", facts=one).body
    two = (Fact("f1", "appointment", "", {"day": date(2026, 3, 19), "time": "14:00"}),)
    assert "a las 2:00 p. m." in drafted(DraftForm.LETTER, language="es", facts=two).body


def test_another_language_is_written_to_in_english() -> None:
    assert drafted(DraftForm.SMS, language="vi").body == drafted(DraftForm.SMS, language="en").body
    assert drafted(DraftForm.SMS, language="es-MX").body == drafted(DraftForm.SMS, language="es").body


def test_a_step_without_words_of_its_own_asks_for_a_call() -> None:
    assert drafted(DraftForm.SMS, Action.OTHER).body == drafted(DraftForm.SMS, Action.CALL_PATIENT).body


def test_only_mail_has_a_subject_and_it_tells_nothing() -> None:
    subjects = {form: drafted(form).subject for form in DraftForm}
    assert {form for form, subject in subjects.items() if subject} == {DraftForm.EMAIL, DraftForm.PORTAL}
    assert subjects[DraftForm.EMAIL] == "A message from Eastside Clinic"


def test_the_script_asks_who_is_there_before_it_says_why() -> None:
    body = drafted(DraftForm.PHONE_SCRIPT).body
    assert body.index("date of birth") < body.index("visit")


@pytest.mark.parametrize(
    ("name", "first"),
    [("Rosa Delgado", "Rosa"), ("DELGADO, ROSA", "Rosa"), ("Delgado, Rosa M.", "Rosa"), ("Bo", "Bo"), ("", ""), ("{first}", "{first}")],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


def test_braces_in_a_name_are_only_a_name() -> None:
    assert "{phone}" in drafted(DraftForm.LETTER, patient="Rosa {phone}").body
