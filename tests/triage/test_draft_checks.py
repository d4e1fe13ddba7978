"""What the checks of a draft say, in words and with places."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import Story, a_lane
from triage.draft_checks import Check, Verdict, blocked, check_draft
from triage.draft_length import not_gsm7, seconds_aloud, sms_segments
from triage.private_words import private_words
from triage.promises import promises
from triage.reading_grade import reading_grade
from triage.text_language import language_of
from triage.writing import Fact
from workflow.clinic import UNNAMED, Clinic
from workflow.contact import ContactFacts, DoNotContact, MayContact, may_contact
from workflow.vocabulary import Channel, DraftForm

CHICAGO = ZoneInfo("America/Chicago")
AT = datetime(2026, 3, 10, 10, 0, tzinfo=CHICAGO)
CLINIC = Clinic("Eastside Clinic", "(312) 555-0142", "care@eastside.example", "https://eastside.example")
SMS = "Hi Rosa, this is Eastside Clinic. Please call (312) 555-0142."


def checks_of(body: str = SMS, **given_: Any) -> dict[str, Check]:
    values: dict[str, Any] = {
        "form": DraftForm.SMS,
        "language": "en",
        "patient": "Rosa Delgado",
        "clinic": CLINIC,
        "facts": [],
        "may": MayContact((), 0, 0),
        "address": "312-555-0199",
        "at": AT,
    }
    subject = given_.pop("subject", "")
    return {check.name: check for check in check_draft(subject, body, **(values | given_))}


def verdict(name: str, body: str = SMS, **given_: Any) -> Verdict:
    return checks_of(body, **given_)[name].verdict


def test_a_plain_message_holds_in_everything() -> None:
    assert {check.verdict for check in checks_of().values()} == {Verdict.HOLDS}


def test_spans_are_places_in_the_body() -> None:
    body = "Hi Rosa, your A1c and el azúcar. (312) 555-0142"
    check = checks_of(body)["private detail"]
    assert [body[span.start : span.end] for span in check.spans] == ["A1c", "azúcar"]
    assert check.words == "It tells a test and a diagnosis, and others may see it: “A1c”, “azúcar”."


def test_places_hold_where_characters_fold_to_more_or_fewer() -> None:
    body = "İ ﬁx\u200b Rosa: d\u0301iabetes \u00ad(312) 555-0142"
    (found,) = private_words(body)
    assert body[found.start : found.end] == "d\u0301iabetes"


# --- May it leave


def test_a_patient_who_asked_for_no_sms_gets_none() -> None:
    story = Story()
    facts = ContactFacts(do_not_contact=(DoNotContact(channel=Channel.SMS, reason="asked", since=story.now, by="Maria"),))
    may = may_contact(story.episode, story.lane, facts, at=story.now)
    check = checks_of(may=may)["consent"]
    assert check.verdict is Verdict.BLOCKS
    assert check.words.startswith("Asked not to be contacted by SMS")
    assert verdict("consent", may=may, form=DraftForm.LETTER, address=None) is Verdict.HOLDS


def test_quiet_hours_warn_and_say_when_it_leaves() -> None:
    lane = a_lane(contact={"quiet_from": time(20), "quiet_until": time(8)})
    story = Story(lane)
    night = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # 21:00 in Chicago
    may = may_contact(story.episode, lane, ContactFacts(), at=night)
    check = checks_of(may=may, at=night.astimezone(CHICAGO))["quiet hours"]
    assert check.verdict is Verdict.WARNS
    assert check.words.endswith("It leaves on Wed 11 Mar at 8:00 at the earliest.")
    called = checks_of(may=may, at=night.astimezone(CHICAGO), form=DraftForm.VOICEMAIL)["quiet hours"]
    assert called.words.endswith("Call on Wed 11 Mar at 8:00 at the earliest.")


@pytest.mark.parametrize(
    ("form", "address", "expected"),
    [
        (DraftForm.SMS, None, Verdict.BLOCKS),
        (DraftForm.SMS, "call her sister", Verdict.BLOCKS),
        (DraftForm.EMAIL, "rosa at mail", Verdict.BLOCKS),
        (DraftForm.EMAIL, "rosa@mail.example", Verdict.HOLDS),
        (DraftForm.EMAIL, "rosa@mail.example\nbcc: all@x.example", Verdict.BLOCKS),
        (DraftForm.EMAIL, "a@x.example, b@x.example", Verdict.BLOCKS),
        (DraftForm.VOICEMAIL, "555-0199", Verdict.HOLDS),
        (DraftForm.LETTER, None, Verdict.WARNS),
    ],
)
def test_an_address_must_be_known_for_the_form(form: DraftForm, address: str | None, expected: Verdict) -> None:
    assert verdict("address", form=form, address=address) is expected


# --- What it says


def test_the_same_words_may_stand_in_a_letter_but_not_in_an_sms_nor_in_a_subject() -> None:
    body = "Dear Rosa,\n\nYour mammogram is due. Please call (312) 555-0142."
    assert verdict("private detail", body) is Verdict.BLOCKS
    assert verdict("private detail", body, form=DraftForm.LETTER) is Verdict.HOLDS
    assert verdict("private detail", body, form=DraftForm.EMAIL) is Verdict.WARNS
    assert verdict("private detail", SMS, form=DraftForm.PORTAL, subject="Your mammogram") is Verdict.BLOCKS


def test_a_clinic_whose_name_tells_a_specialty_warns() -> None:
    clinic = Clinic("Bayview Cardiology", "(312) 555-0142")
    assert verdict("private detail", "Hi Rosa, Bayview Cardiology here. Call (312) 555-0142.", clinic=clinic) is Verdict.WARNS
    assert verdict("private detail", "Hi Rosa, your cardiology visit. Call (312) 555-0142.", clinic=clinic) is Verdict.BLOCKS


def test_a_patient_may_have_a_name_that_is_a_word_of_illness() -> None:
    assert verdict("private detail", "Hi Tos, please call (312) 555-0142.", patient="Ana Tos") is Verdict.HOLDS


def test_a_script_that_asks_for_no_date_of_birth_warns() -> None:
    body = "Hello. May I speak with Rosa? We would like to find a day for you."
    assert verdict("private detail", body, form=DraftForm.PHONE_SCRIPT) is Verdict.WARNS


def test_a_name_in_another_order_or_in_capitals_is_the_patients() -> None:
    assert verdict("right name", "HI DELGADO, PLEASE CALL (312) 555-0142.", patient="DELGADO, ROSA") is Verdict.HOLDS
    assert verdict("right name", "Hola Jose, llame al (312) 555-0142.", patient="José Núñez", language="es") is Verdict.HOLDS


def test_no_name_warns() -> None:
    assert verdict("right name", "Hi there, this is Eastside Clinic. Please call (312) 555-0142.") is Verdict.WARNS


def test_a_letters_own_date_is_no_claim_but_another_day_is() -> None:
    letter = "March 9, 2026\n\nDear Rosa,\n\nPlease call (312) 555-0142.\n\nSincerely,\nEastside Clinic"
    assert verdict("facts", letter, form=DraftForm.LETTER) is Verdict.HOLDS
    assert verdict("facts", letter.replace("March 9", "May 9"), form=DraftForm.LETTER) is Verdict.BLOCKS


def test_a_promise_needs_a_fact_of_its_topic() -> None:
    body = "Hi Rosa, your ride is booked. Call (312) 555-0142."
    assert verdict("promises", body) is Verdict.BLOCKS
    assert verdict("promises", body, facts=[Fact("f1", "ride", "")]) is Verdict.HOLDS
    assert verdict("promises", body, facts=[Fact("f1", "interpreter", "")]) is Verdict.BLOCKS


def test_what_depends_or_is_asked_is_no_promise() -> None:
    for text in (
        "If your plan approves it, call us.",
        "Is your visit booked?",
        "Call us once your visit is booked.",
        "¿Su cita ya está confirmada?",
    ):
        assert promises(text) == [], text


def test_the_clinics_own_link_warns() -> None:
    assert verdict("links", f"{SMS} https://eastside.example/visit") is Verdict.WARNS
    assert verdict("links", f"{SMS} https://eastside.evil.example/visit") is Verdict.BLOCKS
    assert verdict("links", f"{SMS} Look at https://www.eastside.example.") is Verdict.WARNS
    for elsewhere in ("eastside.example.evil.com/visit", "evil.com/?eastside.example", "eastside.example@evil.com/", "noteastside.example"):
        assert verdict("links", f"{SMS} https://{elsewhere}") is Verdict.BLOCKS, elsewhere
    assert verdict("links", f"{SMS} Look at evil.ru/visit now.") is Verdict.BLOCKS
    assert verdict("links", f"{SMS} Write to care@eastside.example.") is Verdict.HOLDS


def test_a_subject_that_says_what_no_fact_does_blocks() -> None:
    assert verdict("facts", SMS, form=DraftForm.EMAIL, subject="Your visit on Friday") is Verdict.BLOCKS


# --- How it says it


def test_another_language_than_the_patients_warns() -> None:
    assert verdict("language", SMS, language="vi") is Verdict.WARNS
    assert checks_of(SMS, language="vi")["language"].words == "It is in English, and the patient’s language is Vietnamese."
    assert verdict("language", SMS, language="es") is Verdict.WARNS
    mixed = "Hola Rosa, queremos hablar con usted. We would like you to call us. (312) 555-0142"
    check = checks_of(mixed, language="es")["language"]
    assert [mixed[span.start : span.end].strip() for span in check.spans] == ["We would like you to call us."]
    assert verdict("language", "Chào Rosa, xin gọi (312) 555-0142.", language="vi") is Verdict.WARNS


@pytest.mark.parametrize(("text", "language"), [("Please call us back", "en"), ("Por favor, llame al número", "es"), ("Rosa 555", None)])
def test_languages_are_told_by_their_function_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_hard_words_warn() -> None:
    hard = "Hi Rosa, participation in coordinated consultation necessitates immediate telephone communication."
    assert verdict("reading grade", hard) is Verdict.WARNS
    assert verdict("reading grade", hard, language="vi") is Verdict.WARNS  # what is written is English all the same
    dificil = "Hola Rosa, la participación en la coordinación multidisciplinaria requiere comunicación telefónica inmediata."
    assert verdict("reading grade", dificil, language="es") is Verdict.WARNS


def test_names_and_numbers_do_not_count_in_the_grade() -> None:
    plain = reading_grade("We want to talk with you. Call us soon.", "en")
    assert plain is not None
    assert reading_grade("We want to talk with you. Call Konstantinopoulou soon.", "en", ["Konstantinopoulou"]) == pytest.approx(
        plain, abs=1
    )
    assert reading_grade("", "en") is None
    assert reading_grade("xin chào", "vi") is None


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("é" * 160, 1),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments(text: str, segments: int) -> None:
    assert sms_segments(text) == segments


def test_odd_characters_are_named() -> None:
    assert not_gsm7("sábado, miércoles y día") == "áí"
    check = checks_of("Hola Rosa, " + "mañana y sábado " * 9, language="es")["length"]
    assert "á make a segment 70 characters" in check.words


def test_digits_take_time_to_say() -> None:
    assert seconds_aloud("Please call us") == 2
    assert seconds_aloud("(312) 555-0142") == 4


@pytest.mark.parametrize(("words", "expected"), [(20, Verdict.HOLDS), (100, Verdict.WARNS), (200, Verdict.BLOCKS)])
def test_a_voicemail_is_short(words: int, expected: Verdict) -> None:
    assert verdict("length", "Hi Rosa " + "call " * words, form=DraftForm.VOICEMAIL) is expected


def test_a_text_beyond_all_measure_is_refused_unread() -> None:
    assert [(name, check.verdict) for name, check in checks_of("Hi Rosa. " * 2000).items()] == [("length", Verdict.BLOCKS)]


def test_without_a_callback_number_it_warns() -> None:
    assert verdict("callback", "Hi Rosa, please call us back soon.") is Verdict.WARNS
    assert "TRIAGE_CLINIC_PHONE" in checks_of("Hi Rosa, please call us back soon.", clinic=UNNAMED)["callback"].words


def test_blocked_is_what_any_check_blocks() -> None:
    assert not blocked(list(checks_of().values()))
    assert blocked(list(checks_of(address=None).values()))


@settings(deadline=None)  # the first text waits for the lists to be read
@given(st.text(max_size=200), st.sampled_from(DraftForm), st.sampled_from(["en", "es", "vi", ""]))
def test_no_text_breaks_a_check_and_spans_stay_inside(body: str, form: DraftForm, language: str) -> None:
    for check in checks_of(body, form=form, language=language).values():
        assert all(0 <= span.start < span.end <= len(body) for span in check.spans)


def test_the_day_is_the_clinics() -> None:
    fact = Fact("f1", "due", "", {"day": date(2026, 3, 11)})
    body = "Hi Rosa, please call tomorrow. (312) 555-0142"
    assert verdict("facts", body, facts=[fact]) is Verdict.HOLDS
    assert verdict("facts", body, facts=[fact], at=AT + timedelta(days=3)) is Verdict.BLOCKS
