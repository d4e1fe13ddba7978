"""The words everybody shares, held against the annotation guide."""

import pytest

from workflow import vocabulary
from workflow.vocabulary import CONTACT, FAILED, MOVE_OF, Mover, Outcome, RejectReason, Status, Word

WORDS = [word for word in vars(vocabulary).values() if isinstance(word, type) and issubclass(word, Word) and word is not Word]

GUIDE = {
    "LaneName": "post_visit referral care_gap high_risk authorization",
    "Action": (
        "call_patient send_instruction schedule_appointment confirm_appointment request_document check_authorization arrange_support "
        "review_care_plan escalate_to_clinician update_referral_source review_for_closure other"
    ),
    "OwnerRole": ("care_coordinator scheduler nurse_reviewer clinician billing_support admin_lead social_work_partner external_provider"),
    "BlockerCategory": (
        "patient_unreachable missing_documentation authorization eligibility scheduling_capacity transport language "
        "external_provider_response clinical_review internal_admin_queue other"
    ),
    "Channel": "call sms email portal letter visit",
    "Outcome": "reached left_voicemail no_answer message_sent replied wrong_number declined",
    "EscalationReason": "worsening_symptoms safety_concern patient_distress time_critical repeated_failed_outreach",
}
"""The lists of the annotation guide; escalation reasons in the order of its ruling on which reason comes first."""


@pytest.mark.parametrize("name", GUIDE)
def test_the_words_are_those_of_the_annotation_guide(name):
    """A label, a suggestion and an episode never need translating."""
    assert getattr(vocabulary, name).values() == GUIDE[name].split()


@pytest.mark.parametrize("vocabulary_", WORDS, ids=lambda w: w.__name__)
def test_labels_are_unique_within_a_vocabulary(vocabulary_):
    """Two choices that read alike cannot be told apart in a list."""
    labels = [word.label for word in vocabulary_]

    assert len(set(labels)) == len(labels)
    assert all(label and "_" not in label for label in labels)


@pytest.mark.parametrize("vocabulary_", WORDS, ids=lambda w: w.__name__)
def test_a_word_is_parsed_however_people_type_it(vocabulary_):
    """Imports carry "Call Patient" and "call-patient"."""
    for word in vocabulary_:
        assert vocabulary_.parse(word.value) is word
        assert vocabulary_.parse(f" {word.value.replace('_', ' ').upper()} ") is word
        assert vocabulary_.parse(word.value.replace("_", "-")) is word


def test_an_unknown_word_is_refused_with_the_known_ones():
    """The message is the remedy."""
    with pytest.raises(ValueError, match=r"^'done' is not one of: new, needs_outreach, .*closed$"):
        Status.parse("done")


def test_every_status_says_whose_move_it_is():
    """The first question of the queue."""
    assert set(MOVE_OF) == set(Status)
    assert MOVE_OF[Status.CLOSED] is Mover.NOBODY


def test_contact_and_failure_exclude_one_another():
    """An outcome cannot both end a run of failures and lengthen it."""
    assert not CONTACT & FAILED
    assert set(Outcome) - CONTACT - FAILED == {Outcome.MESSAGE_SENT}


def test_there_are_eight_reasons_to_reject():
    """They are the keys 1 to 8 of the Review page."""
    assert len(RejectReason) == 8
