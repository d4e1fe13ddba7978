"""Each rule of docs/dataset.md, "How a prediction is scored", by hand-computed cases."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evals.cases import length_of
from evals.datasets.card import PUBLIC
from evals.errors import DataDoesNotFit, PredictionsDoNotFit
from evals.scoring import HEADLINE, NAMED_BLOCKERS, SLICES, score
from tests.evals.builders import TEXT, a_blocker, a_note, a_prediction, a_reading, a_task, an_attempt, an_escalation, perfect, scored
from triage import labelled
from workflow.vocabulary import Action, BlockerCategory

FAX = "fax PCP for the ECG"


def test_a_task_matches_where_the_action_is_the_same_and_the_words_overlap():
    """The two things that make it the same step: what is to be done, and where the note says so."""
    scores = scored({"tasks": [a_task()]}, {"tasks": [a_task("call again")]})

    assert (scores.value("tasks.precision"), scores.value("tasks.recall"), scores.value("tasks.f1")) == (1, 1, 1)


def test_a_task_with_another_action_does_not_match():
    """Right words, wrong step: a miss and a false alarm."""
    scores = scored({"tasks": [a_task()]}, {"tasks": [a_task(action="send_instruction")]})

    assert (scores.value("tasks.precision"), scores.value("tasks.recall"), scores.value("tasks.f1")) == (0, 0, 0)


def test_a_task_with_other_words_does_not_match():
    """Right step, wrong evidence: it could be another call."""
    assert scored({"tasks": [a_task()]}, {"tasks": [a_task(FAX)]}).value("tasks.f1") == 0


@pytest.mark.parametrize(("shared_characters", "f1"), [(10, 1), (4, 1), (3, 1), (2, 0), (0, 0)])
def test_overlap_begins_at_thirty_percent_of_the_shorter_one(shared_characters, f1):
    """Gold is ten characters, the prediction fifteen: three shared ones are enough, two are not."""
    text = "0123456789abcdefghijklmno"
    start = 10 - shared_characters

    scores = scored({"tasks": [a_task(text[:10])]}, {"tasks": [a_task(text[start : start + 15])]}, text)

    assert scores.value("tasks.f1") == f1


def test_precision_recall_and_f1_are_micro_averaged_over_notes():
    """Three gold, four predicted, two matched: 2/4, 2/3, 4/7, whichever notes they stand in."""
    notes = [a_note("n-1", gold=a_reading(tasks=[a_task()])), a_note("n-2", gold=a_reading(tasks=[a_task(), a_task("No ride")]))]
    predictions = [
        a_prediction("n-1", tasks=[a_task(), a_task(FAX), a_task("BP 190/110")]),
        a_prediction("n-2", tasks=[a_task()]),
    ]

    scores = score(notes, predictions)

    assert scores.value("tasks.precision") == pytest.approx(2 / 4)
    assert scores.value("tasks.recall") == pytest.approx(2 / 3)
    assert scores.value("tasks.f1") == pytest.approx(4 / 7)
    assert (scores.measures["tasks.precision"].n, scores.measures["tasks.recall"].n) == (4, 3)


def test_owner_and_due_accuracy_are_taken_over_matched_tasks_only():
    """A task that was not found has no owner to be right about."""
    gold = [a_task(due="2026-03-12"), a_task(FAX, action="request_document"), a_task("No ride", action="arrange_support")]
    found = [a_task(due="2026-03-13"), a_task(FAX, action="request_document", owner_role="clinician")]

    scores = scored({"tasks": gold}, {"tasks": found})

    assert scores.value("tasks.owner_accuracy") == 1 / 2
    assert scores.value("tasks.due_accuracy") == 1 / 2
    assert scores.measures["tasks.owner_accuracy"].n == 2


@pytest.mark.parametrize(
    ("gold", "found", "right"), [(None, None, 1), (None, "2026-03-12", 0), ("2026-03-12", None, 0), ("2026-03-12", "2026-03-12", 1)]
)
def test_a_due_date_is_the_exact_day_and_null_must_meet_null(gold, found, right):
    """An invented date is as wrong as a lost one."""
    assert scored({"tasks": [a_task(due=gold)]}, {"tasks": [a_task(due=found)]}).value("tasks.due_accuracy") == right


def test_blockers_are_a_set_of_categories_per_note():
    """Where the words stand does not matter, and naming a category twice is naming it once."""
    scores = scored(
        {"blockers": [a_blocker(), a_blocker("patient_unreachable", "no answer")]},
        {"blockers": [a_blocker("transport", "fax PCP"), a_blocker("transport", "No ride"), a_blocker("language", "very worried")]},
    )

    assert scores.value("blockers.micro_f1") == 1 / 2
    assert scores.value("blockers.by_class.transport.f1") == 1
    assert scores.value("blockers.by_class.language.precision") == 0
    assert scores.value("blockers.by_class.language.recall") is None


def test_macro_f1_is_the_mean_over_named_categories_that_occur_in_gold():
    """transport 1, language 0; `other` is no named category, and eligibility is not in gold: both stay out of the mean."""
    scores = scored(
        {"blockers": [a_blocker(), a_blocker("language"), a_blocker("other")]},
        {"blockers": [a_blocker(), a_blocker("other"), a_blocker("eligibility")]},
    )

    assert scores.value("blockers.macro_f1") == 1 / 2
    assert scores.value("blockers.micro_f1") == pytest.approx(2 * 2 / (3 + 3))


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(BlockerCategory)), st.frozensets(st.sampled_from(BlockerCategory))), min_size=1, max_size=6
    )
)
def test_blocker_scores_are_those_of_scikit_learn(sets):
    """Our counts serve the bootstrap too; scikit-learn is the independent second opinion."""
    notes = [a_note(f"n-{i}", gold=a_reading(blockers=[a_blocker(c) for c in gold])) for i, (gold, _) in enumerate(sets)]
    predictions = [a_prediction(f"n-{i}", blockers=[a_blocker(c) for c in found]) for i, (_, found) in enumerate(sets)]
    gold, found = (np.array([[c in pair[side] for c in BlockerCategory] for pair in sets], dtype=int) for side in (0, 1))
    named = [i for i, c in enumerate(BlockerCategory) if c in NAMED_BLOCKERS and gold[:, i].any()]

    scores = score(notes, predictions)

    for path, measure in (("precision", precision_score), ("recall", recall_score), ("micro_f1", f1_score)):
        expected = measure(gold, found, average="micro", zero_division=np.nan)
        assert scores.value(f"blockers.{path}") == (None if np.isnan(expected) else pytest.approx(expected))
    macro = f1_score(gold, found, labels=named, average="macro", zero_division=0) if named else None
    assert scores.value("blockers.macro_f1") == (None if macro is None else pytest.approx(macro))


def test_an_attempt_matches_by_channel_outcome_and_overlapping_words():
    """Anything else is another attempt; how often it was made is scored on what matches."""
    gold = {"outreach_attempts": [an_attempt()]}

    assert scored(gold, {"outreach_attempts": [an_attempt("no answer")]}).value("outreach_attempts.f1") == 1
    assert scored(gold, {"outreach_attempts": [an_attempt(channel="sms")]}).value("outreach_attempts.f1") == 0
    assert scored(gold, {"outreach_attempts": [an_attempt(outcome="reached")]}).value("outreach_attempts.f1") == 0
    assert scored(gold, {"outreach_attempts": [an_attempt(FAX)]}).value("outreach_attempts.f1") == 0


def test_the_count_of_attempts_is_scored_on_matches():
    """A wrong count is still the right attempt."""
    scores = scored({"outreach_attempts": [an_attempt(count=2)]}, {"outreach_attempts": [an_attempt(count=3)]})

    assert scores.value("outreach_attempts.f1") == 1
    assert scores.value("outreach_attempts.count_accuracy") == 0


def test_the_escalation_flag_has_an_f1_and_the_reason_is_scored_where_both_raise_it():
    """Two gold flags, two predicted, one in common and with another reason: F1 1/2, reason 0 of 1."""
    notes = [a_note(f"n-{i}", gold=a_reading(escalation=an_escalation() if i < 2 else None)) for i in range(4)]
    predictions = [
        a_prediction("n-0", escalation=an_escalation("patient_distress", "very worried")),
        a_prediction("n-1"),
        a_prediction("n-2", escalation=an_escalation()),
        a_prediction("n-3"),
    ]

    scores = score(notes, predictions)

    assert scores.value("escalation.f1") == 1 / 2
    assert scores.value("escalation.reason_accuracy") == 0
    assert scores.measures["escalation.reason_accuracy"].n == 1


def test_grounding_is_the_share_of_quotes_that_are_verbatim_in_the_note():
    """Other case, other punctuation or mere white space is not verbatim."""
    found = {"tasks": [a_task(), a_task("will call again thurs")], "blockers": [a_blocker(evidence=" ")], "escalation": an_escalation()}

    scores = scored({}, found)

    assert scores.value("grounding") == 2 / 4


def test_evidence_that_is_not_in_the_note_matches_nothing():
    """A made-up quote is no evidence, however right the action is."""
    assert scored({"tasks": [a_task()]}, {"tasks": [a_task("Will call again Thursday")]}).value("tasks.f1") == 0


def test_where_gold_evidence_occurs_twice_any_occurrence_may_match():
    """Labels quote words, not places: a prediction that means the second place is as right as one that means the first."""
    text = "call pt. Then labs. call pt"
    gold = {"tasks": [a_task("call pt")]}

    assert scored(gold, {"tasks": [a_task("call pt", span=[20, 27])]}, text).value("tasks.f1") == 1
    assert scored(gold, {"tasks": [a_task("call pt")]}, text).value("tasks.f1") == 1
    assert scored(gold, {"tasks": [a_task("labs. call pt")]}, text).value("tasks.f1") == 1


def test_a_note_without_a_prediction_counts_as_missed():
    """Otherwise a reader could raise its score by keeping silent on hard notes."""
    notes = [a_note("n-1", gold=a_reading(tasks=[a_task()])), a_note("n-2", gold=a_reading(tasks=[a_task()]))]

    scores = score(notes, [a_prediction("n-1", tasks=[a_task()])])

    assert scores.value("tasks.recall") == 1 / 2
    assert scores.missing == 1


def test_a_null_reading_is_a_missing_answer():
    """A reader that says it could not answer is treated as one that said nothing."""
    scores = score([a_note(gold=a_reading(tasks=[a_task()]))], [a_prediction().model_copy(update={"reading": None})])

    assert scores.missing == 1
    assert scores.value("tasks.recall") == 0


def test_a_prediction_for_an_unknown_note_is_an_error():
    """It is the sign of the wrong data set, not a false alarm to be counted."""
    with pytest.raises(PredictionsDoNotFit, match="1 predictions are for notes that the data set does not hold"):
        score([a_note("n-1")], [a_prediction("n-1"), a_prediction("n-9")])


def test_an_id_that_comes_twice_is_an_error_on_either_side():
    """Nobody could say which of the two was meant."""
    with pytest.raises(PredictionsDoNotFit, match="two predictions for n-1"):
        score([a_note("n-1")], [a_prediction("n-1"), a_prediction("n-1")])
    with pytest.raises(DataDoesNotFit, match="holds n-1 twice"):
        score([a_note("n-1"), a_note("n-1")], [])


def test_notes_without_gold_are_passed_over_and_a_set_without_any_gold_is_refused():
    """An unlabelled note says nothing about what is right; a set of them would score everything as undefined."""
    bare = a_note("n-2").model_copy(update={"gold": None})

    assert score([a_note("n-1"), bare], [a_prediction("n-2", tasks=[a_task()])]).unlabelled == 1
    with pytest.raises(DataDoesNotFit, match="no note of the data set has gold"):
        score([bare], [])


def test_what_has_nothing_to_divide_by_is_none_and_never_zero():
    """A set without attempts has no attempt score; calling it 0 would be a lie about the reader."""
    scores = scored({}, {})

    assert {path for path in HEADLINE if scores.value(path) is not None} == set()
    assert all(one.low is None and one.high is None for one in scores.measures.values())


def test_perfect_predictions_score_one_everywhere():
    """On the public set every headline score is defined, so nothing hides behind None."""
    notes = labelled.load(PUBLIC)

    scores = score(notes, perfect(notes))

    assert {path: scores.value(path) for path in HEADLINE} == dict.fromkeys(HEADLINE, 1.0)
    assert {one.value for one in scores.measures.values()} == {1.0}


def test_empty_predictions_have_no_recall_and_no_precision_to_speak_of():
    """Finding nothing: recall 0, precision and grounding undefined."""
    scores = score(labelled.load(PUBLIC), [])

    assert [scores.value(f"{group}.recall") for group in ("tasks", "blockers", "outreach_attempts", "escalation")] == [0, 0, 0, 0]
    assert [scores.value(path) for path in ("tasks.precision", "grounding", "tasks.owner_accuracy")] == [None, None, None]
    assert scores.missing == scores.notes == 250


def test_swapping_gold_and_predictions_swaps_precision_and_recall():
    """Matching treats both sides alike, so F1 stays and the other two change places."""
    gold = {
        "tasks": [a_task(), a_task(FAX, action="request_document"), a_task("No ride")],
        "blockers": [a_blocker(), a_blocker("language")],
    }
    found = {"tasks": [a_task("call again"), a_task("BP 190/110")], "blockers": [a_blocker("language")]}

    one, other = scored(gold, found), scored(found, gold)

    for group, f1 in (("tasks", "f1"), ("blockers", "micro_f1")):
        assert one.value(f"{group}.precision") == other.value(f"{group}.recall")
        assert one.value(f"{group}.recall") == other.value(f"{group}.precision")
        assert one.value(f"{group}.{f1}") == other.value(f"{group}.{f1}")


def test_the_order_of_items_and_notes_does_not_matter():
    """Two calls told in one breath are the same two calls in either order, dates included."""
    gold = [a_task("Will call again", due="2026-03-12"), a_task("Will call again", due="2026-03-16")]
    notes = [a_note("n-1", gold=a_reading(tasks=gold)), a_note("n-2", gold=a_reading(blockers=[a_blocker()]))]
    predictions = [a_prediction("n-2", blockers=[a_blocker()]), a_prediction("n-1", tasks=gold[::-1])]

    assert score(notes, predictions).value("tasks.due_accuracy") == 1


def test_the_json_has_the_paths_that_scripts_rely_on():
    """`tasks.f1` and its kin are a contract: plain numbers at these places."""
    notes = labelled.load(PUBLIC)

    document = json.loads(json.dumps(score(notes, perfect(notes), seconds=2.5).as_json(), allow_nan=False))

    for path in ("tasks.precision", "tasks.recall", "tasks.f1", "tasks.owner_accuracy", "tasks.due_accuracy", "blockers.micro_f1"):
        group, name = path.split(".")
        assert document[group][name] == 1.0
    assert [document["blockers"]["macro_f1"], document["outreach_attempts"]["f1"], document["escalation"]["f1"], document["grounding"]] == [
        1.0
    ] * 4
    assert (document["notes"], document["seconds"]) == (250, 2.5)
    assert document["intervals"]["tasks.recall"]["n"] == sum(len(note.gold.tasks) for note in notes if note.gold)
    calls = sum(task.action is Action.CALL_PATIENT for note in notes if note.gold for task in note.gold.tasks)
    assert document["tasks"]["by_class"]["call_patient"]["support"] == calls
    assert set(document["slices"]) == set(SLICES)


def test_slices_cover_every_note_once_and_carry_their_own_scores():
    """A lane, a role or a length where the reader fails must not drown in the average."""
    notes = [a_note("n-1", gold=a_reading(tasks=[a_task()])), a_note("n-2", lane="referral", gold=a_reading(tasks=[a_task()]))]

    lanes = score(notes, [a_prediction("n-1", tasks=[a_task()])]).slices["lane"]

    assert {name: (part.notes, part.measures["tasks.recall"].value) for name, part in lanes.items()} == {
        "post_visit": (1, 1),
        "referral": (1, 0),
    }


@pytest.mark.parametrize(("words", "length"), [(0, "terse"), (19, "terse"), (20, "middling"), (79, "middling"), (80, "long")])
def test_length_is_counted_in_words(words, length):
    """The bounds of terse, middling and long."""
    assert length_of("word " * words) == length


def test_scoring_twice_gives_the_same_bytes_and_warns_of_nothing():
    """Redrawing is seeded: a score file changes only when predictions, data or rules do."""
    notes = labelled.load(PUBLIC)
    half = perfect(notes)[::2]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert json.dumps(score(notes, half).as_json()) == json.dumps(score(notes, half).as_json())


def test_every_builder_quote_stands_in_the_text():
    """The hand-computed cases above rest on it."""
    assert all(quote in TEXT for quote in (FAX, "No ride", "Will call again Thurs", "Called pt x2, no answer", "BP 190/110"))
