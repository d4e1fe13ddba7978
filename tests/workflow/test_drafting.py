"""Whether a draft is wanted, for which step and in which form."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import NOW, TODAY, Story, a_call_task, a_failed_call
from workflow import moves
from workflow.contact import ContactFacts, DoNotContact
from workflow.drafting import WITH_PATIENT, NotWanted, Reach, Wanted, preferred, refused, wanted
from workflow.vocabulary import (
    CHANNEL_OF,
    CONTACT,
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    DraftForm,
    EscalationReason,
    Outcome,
    OwnerRole,
    Status,
)

REACH = Reach("en", phone=True, email=False)
NOTHING_ASKED = ContactFacts()


def asked_not(channel: Channel | None) -> ContactFacts:
    wish = DoNotContact(channel=channel, reason="asked", since=NOW - timedelta(days=30), by="Maria")
    return ContactFacts(do_not_contact=(wish,))


def of(story: Story, reach: Reach = REACH, facts: ContactFacts = NOTHING_ASKED, **given_: object) -> Wanted | NotWanted:
    return wanted(story.episode, story.lane, reach, facts, now=story.now, **given_)  # type: ignore[arg-type]


def chosen(story: Story, reach: Reach = REACH, facts: ContactFacts = NOTHING_ASKED) -> DraftForm:
    answer = of(story, reach, facts)
    assert isinstance(answer, Wanted), answer
    return answer.form


def why_not(story: Story, reach: Reach = REACH, facts: ContactFacts = NOTHING_ASKED, **given_: object) -> str:
    answer = of(story, reach, facts, **given_)
    assert isinstance(answer, NotWanted), answer
    return answer.why


def a_story() -> Story:
    story = Story()
    a_call_task(story)
    return story.later(hours=1)


def test_an_accepted_call_is_a_phone_script_in_the_patients_language() -> None:
    answer = of(a_story(), Reach("es", phone=True, email=True))
    assert isinstance(answer, Wanted)
    assert (answer.purpose, answer.form, answer.language, answer.task) == (Action.CALL_PATIENT, DraftForm.PHONE_SCRIPT, "es", 1)


def test_without_a_task_the_lanes_own_step_counts_once_it_is_due() -> None:
    story = Story()
    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    assert "not due until" in why_not(story)
    answer = of(story.later(days=7))
    assert isinstance(answer, Wanted)
    assert (answer.purpose, answer.task) == (Action.CALL_PATIENT, None)


def test_two_failed_calls_give_way_to_an_sms_and_three_to_a_letter() -> None:
    story = a_story()
    a_failed_call(story)
    assert chosen(story.later(days=1)) is DraftForm.PHONE_SCRIPT
    a_failed_call(story)
    assert chosen(story.later(days=1)) is DraftForm.SMS
    a_failed_call(story)
    answer = of(story.later(days=1))
    assert isinstance(answer, Wanted)
    assert answer.form is DraftForm.LETTER
    assert "3 tries" in answer.why


def test_a_wrong_number_is_not_called_nor_texted_again() -> None:
    story = a_story()
    a_failed_call(story, outcome=Outcome.WRONG_NUMBER)
    assert chosen(story.later(days=1)) is DraftForm.LETTER
    assert chosen(story, Reach("en", phone=True, email=True)) is DraftForm.EMAIL


def test_no_phone_and_no_email_leave_a_letter() -> None:
    assert chosen(a_story(), Reach("en", phone=False, email=False)) is DraftForm.LETTER


def test_where_only_calls_are_left_there_is_a_voicemail_after_two_of_them() -> None:
    story = a_story()
    facts = ContactFacts(do_not_contact=tuple(w for c in Channel if c is not Channel.CALL for w in asked_not(c).do_not_contact))
    assert chosen(story, facts=facts) is DraftForm.PHONE_SCRIPT
    a_failed_call(story, count=2)
    assert chosen(story.later(days=1), facts=facts) is DraftForm.VOICEMAIL


@pytest.mark.parametrize(
    ("words", "liked", "not_liked"),
    [
        ("text first, calls before 13:00", (Channel.SMS, Channel.CALL), set()),
        ("calls after 16:00", (Channel.CALL,), set()),
        ("no texts, email", (Channel.EMAIL,), {Channel.SMS}),
        ("Do not call; letter only", (Channel.LETTER,), {Channel.CALL}),
        ("daughter Hodan, 09:00-11:00", (), set()),
        ("mensajes de texto, nunca llamadas", (Channel.SMS,), {Channel.CALL}),
    ],
)
def test_a_preference_is_read_from_its_words(words: str, liked: tuple[Channel, ...], not_liked: set[Channel]) -> None:
    assert (preferred(words), refused(words)) == (liked, not_liked)


def test_a_preference_for_texts_comes_before_the_usual_call() -> None:
    assert chosen(a_story(), Reach("en", phone=True, email=True, preference="text first")) is DraftForm.SMS
    assert chosen(a_story(), Reach("en", phone=True, email=True, preference="e-mail")) is DraftForm.EMAIL


@pytest.mark.parametrize("outcome", sorted(CONTACT))
def test_nothing_on_the_day_the_patient_was_in_touch(outcome: Outcome) -> None:
    story = a_story()
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=outcome)
    assert why_not(story.later(hours=2)) == "The patient was in touch today."


def test_nothing_while_a_message_may_still_be_answered() -> None:
    story = a_story()
    story.do(moves.log_outreach, channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT)
    assert why_not(story) == "Somebody wrote to the patient today."
    answer = of(story.later(days=1))
    assert isinstance(answer, NotWanted)
    assert answer.why == "A message by SMS waits for the patient’s answer until Fri 13 Mar."
    assert answer.until == date(2026, 3, 13)
    assert chosen(story.later(days=3)) is DraftForm.PHONE_SCRIPT


def test_a_step_that_came_up_after_the_message_does_not_wait_for_its_answer() -> None:
    story = a_story()
    story.do(moves.log_outreach, channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT)
    story.later(days=1).do(moves.add_task, action=Action.CONFIRM_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=TODAY + timedelta(days=1))
    answer = of(story)
    assert isinstance(answer, Wanted)
    assert answer.purpose is Action.CONFIRM_APPOINTMENT


def test_what_people_wrote_and_nobody_logged_counts_too() -> None:
    story = a_story()
    assert why_not(story, written=[story.now - timedelta(hours=1)]) == "Somebody wrote to the patient today."


def test_a_clinician_looks_first() -> None:
    story = a_story()
    story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS)
    assert why_not(story) == "It is escalated (worsening symptoms): a clinician looks first."


def test_one_that_is_escalated_because_nobody_answers_gets_a_letter() -> None:
    story = Story()
    for _ in range(3):
        a_failed_call(story.later(days=1))
    assert story.episode.escalation is not None
    assert chosen(story.later(days=1)) is DraftForm.LETTER


def test_steps_with_others_are_not_written_about() -> None:
    story = Story()
    story.do(moves.add_task, action=Action.CHECK_AUTHORIZATION, owner_role=OwnerRole.BILLING_SUPPORT)
    assert why_not(story) == "The next step is not one with the patient: check authorization."
    story = a_story()
    assert "not one with the patient" in why_not(story, elsewhere=[1])


def test_no_day_is_asked_for_while_there_is_none_to_give() -> None:
    story = Story()
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER)
    assert isinstance(of(story), Wanted)
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    assert "not one with the patient" in why_not(story)


def test_a_step_of_next_month_waits() -> None:
    story = Story()
    a_call_task(story, due=TODAY + timedelta(days=40))
    answer = of(story)
    assert isinstance(answer, NotWanted)
    assert answer.until == TODAY + timedelta(days=26)


def test_closed_and_unidentified() -> None:
    story = a_story()
    assert "who the patient is" in why_not(story, Reach("en", phone=True, email=False, identified=False))
    story.do(moves.close, reason=ClosureReason.NO_LONGER_NEEDED, text="done")
    assert why_not(story) == "The episode is closed."


def test_tries_that_are_used_up_are_waited_for() -> None:
    story = a_story()
    a_failed_call(story, count=2)
    answer = of(story)
    assert isinstance(answer, NotWanted)
    assert answer.why.startswith("2 of 2 tries today used")
    assert answer.until == TODAY + timedelta(days=1)


# Whatever happened, what the patient asked is kept.

ATTEMPTS = st.lists(st.tuples(st.sampled_from(Channel), st.sampled_from(Outcome), st.integers(1, 3), st.floats(0, 200)), max_size=6)
REACHES = st.builds(
    Reach,
    st.sampled_from(["en", "es", "vi"]),
    phone=st.booleans(),
    email=st.booleans(),
    preference=st.sampled_from(["", "text first", "calls", "email", "letter", "no calls", "portal"]),
)


def any_story(attempts: list[tuple[Channel, Outcome, int, float]], action: Action) -> Story:
    story = Story()
    story.do(moves.add_task, action=action, owner_role=OwnerRole.CARE_COORDINATOR)
    for channel, outcome, count, hours in sorted(attempts, key=lambda one: one[3]):
        story.now = NOW + timedelta(hours=hours)
        story.do(moves.log_outreach, channel=channel, outcome=outcome, count=count)
    return story


@given(ATTEMPTS, REACHES, st.sampled_from(list(WITH_PATIENT)), st.floats(0, 200))
def test_never_wanted_for_a_patient_who_asked_for_no_contact(
    attempts: list[tuple[Channel, Outcome, int, float]], reach: Reach, action: Action, hours: float
) -> None:
    story = any_story(attempts, action).later(hours=hours)
    assert isinstance(of(story, reach, asked_not(None)), NotWanted)


@given(ATTEMPTS, REACHES, st.sampled_from(list(WITH_PATIENT)), st.floats(0, 200), st.sets(st.sampled_from(Channel)))
def test_never_in_a_form_of_a_channel_they_asked_not_to_use(
    attempts: list[tuple[Channel, Outcome, int, float]], reach: Reach, action: Action, hours: float, channels: set[Channel]
) -> None:
    story = any_story(attempts, action).later(hours=hours)
    facts = ContactFacts(do_not_contact=tuple(wish for channel in channels for wish in asked_not(channel).do_not_contact))
    answer = of(story, reach, facts)
    if isinstance(answer, Wanted):
        channel = CHANNEL_OF[answer.form]
        assert channel not in channels
        assert channel is not Channel.EMAIL or reach.email
        assert channel not in {Channel.CALL, Channel.SMS} or reach.phone


@given(ATTEMPTS, REACHES, st.sampled_from(list(WITH_PATIENT)), st.sampled_from(sorted(CONTACT)), st.floats(0, 30))
def test_never_on_the_day_the_patient_was_reached(
    attempts: list[tuple[Channel, Outcome, int, float]], reach: Reach, action: Action, outcome: Outcome, hours: float
) -> None:
    story = any_story(attempts, action)
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=outcome)
    day = story.lane.calendar.local_day(story.now)
    story.later(hours=hours)
    assume(story.lane.calendar.local_day(story.now) == day)
    assert isinstance(of(story, reach), NotWanted)


def test_the_clinics_day_counts_not_the_suns() -> None:
    """23:30 in Chicago is the next day in London; a patient reached at 9:00 that morning was reached today."""
    story = a_story()
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)
    story.now = datetime(2026, 3, 11, 4, 30, tzinfo=UTC)
    assert why_not(story) == "The patient was in touch today."
