"""One note at a time: its gold beside what was predicted, and the counts that every score is made of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.errors import DataDoesNotFit, PredictionsDoNotFit
from evals.matching import Matched, Span, closeness, match, occurrences
from evals.predictions import Item, Predicted, PredictedAttempt, PredictedTask, Prediction, place
from triage.labelled import Gold, GoldAttempt, GoldTask, LabelledNote
from workflow.vocabulary import BlockerCategory

_TIE = 1e-9
"""Weight of equal fields where two pairings have equally many pairs and equal overlap: too small to outweigh either."""

TERSE, LONG = 20, 80
"""Words below which a note is terse, and from which it is long."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled note, compared. `answered` is False where there was no prediction: everything in its gold then counts as missed."""

    note: LabelledNote
    gold: Gold
    predicted: Predicted
    answered: bool
    tasks: Matched[GoldTask, PredictedTask]
    attempts: Matched[GoldAttempt, PredictedAttempt]
    ungrounded: tuple[Item, ...]

    @property
    def gold_blockers(self) -> frozenset[BlockerCategory]:
        """The categories people marked."""
        return frozenset(blocker.category for blocker in self.gold.blockers)

    @property
    def predicted_blockers(self) -> frozenset[BlockerCategory]:
        """The categories predicted; naming one twice is naming it once."""
        return frozenset(blocker.category for blocker in self.predicted.blockers)

    @property
    def cluster(self) -> str:
        """The patient where the data set tells one (a reviewers' export does), else the note itself: what the bootstrap draws."""
        patient = (self.note.model_extra or {}).get("patient")
        return f"patient {patient}" if patient else f"note {self.note.id}"


def length_of(text: str) -> str:
    """terse (under 20 words), middling (under 80) or long; a word is what stands between white space."""
    words = len(text.split())
    return "terse" if words < TERSE else "middling" if words < LONG else "long"


def compare_note(note: LabelledNote, gold: Gold, predicted: Predicted | None) -> Case:
    """`note` with its gold beside `predicted`; None is no answer and counts as nothing found."""
    reading = predicted or Predicted()
    where: dict[int, Span | None] = {id(item): place(item, note.text) for item in reading.items()}
    places = {quote: occurrences(note.text, quote) for quote in set(gold.evidence())}

    def tasks_suit(wanted: GoldTask, found: PredictedTask) -> float | None:
        if wanted.action is not found.action:
            return None
        near = closeness(places[wanted.evidence], where[id(found)])
        agreement = (wanted.owner_role is found.owner_role) + (wanted.due == found.due)
        return None if near is None else near + _TIE * agreement

    def attempts_suit(wanted: GoldAttempt, found: PredictedAttempt) -> float | None:
        if (wanted.channel, wanted.outcome) != (found.channel, found.outcome):
            return None
        near = closeness(places[wanted.evidence], where[id(found)])
        return None if near is None else near + _TIE * (wanted.count == found.count)

    return Case(
        note=note,
        gold=gold,
        predicted=reading,
        answered=predicted is not None,
        tasks=match(gold.tasks, reading.tasks, tasks_suit),
        attempts=match(gold.outreach_attempts, reading.outreach_attempts, attempts_suit),
        ungrounded=tuple(item for item in reading.items() if where[id(item)] is None),
    )


def compare_notes(labelled: Sequence[LabelledNote], predictions: Sequence[Prediction]) -> list[Case]:
    """A case for every note that has gold, in the order of the data set; a note without a prediction counts as one with nothing found.

    Raises: DataDoesNotFit where no note has gold or an id comes twice; PredictionsDoNotFit where an id comes twice or is not in the data.
    """
    if twice := _repeated([note.id for note in labelled]):
        raise DataDoesNotFit(f"the data set holds {twice} twice; give each note an id of its own")
    if twice := _repeated([prediction.id for prediction in predictions]):
        raise PredictionsDoNotFit(f"there are two predictions for {twice}; keep one")
    known = {note.id for note in labelled}
    strangers = [prediction.id for prediction in predictions if prediction.id not in known]
    if strangers:
        some = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
        raise PredictionsDoNotFit(
            f"{len(strangers)} predictions are for notes that the data set does not hold ({some}); is it the right data set?"
        )
    answers = {prediction.id: prediction.reading for prediction in predictions}
    cases = [compare_note(note, note.gold, answers.get(note.id)) for note in labelled if note.gold is not None]
    if not cases:
        raise DataDoesNotFit("no note of the data set has gold, so there is nothing to score against; label it or choose another")
    return cases


def _repeated(ids: Sequence[str]) -> str | None:
    return next((name for name, times in Counter(ids).items() if times > 1), None)


def counts(case: Case) -> Counter[str]:
    """What this note adds to each count. Names are `<stem>.gold`, `.predicted`, `.hit` and a few of their own; absent is 0."""
    tally: Counter[str] = Counter()
    _count_pairs(tally, "task", case.tasks)
    for gold_task, task in case.tasks.pairs:
        tally["task.owner"] += gold_task.owner_role is task.owner_role
        tally["task.due"] += gold_task.due == task.due
    for kind, tasks in (("gold", case.gold.tasks), ("predicted", case.predicted.tasks), ("hit", [one for one, _ in case.tasks.pairs])):
        tally.update(f"action.{task.action}.{kind}" for task in tasks)
    wanted, found = case.gold_blockers, case.predicted_blockers
    for kind, categories in (("gold", wanted), ("predicted", found), ("hit", wanted & found)):
        tally[f"blocker.{kind}"] += len(categories)
        tally.update(f"blocker.{category}.{kind}" for category in categories)
    _count_pairs(tally, "attempt", case.attempts)
    tally["attempt.count"] += sum(gold_attempt.count == attempt.count for gold_attempt, attempt in case.attempts.pairs)
    raised, flagged = case.gold.escalation, case.predicted.escalation
    tally["flag.gold"] += raised is not None
    tally["flag.predicted"] += flagged is not None
    if raised and flagged:
        tally["flag.hit"] += 1
        tally["flag.reason"] += raised.reason is flagged.reason
    tally["quote.all"] += len(case.predicted.items())
    tally["quote.grounded"] += len(case.predicted.items()) - len(case.ungrounded)
    return tally


def _count_pairs(tally: Counter[str], stem: str, matched: Matched[Any, Any]) -> None:
    tally[f"{stem}.hit"] += len(matched.pairs)
    tally[f"{stem}.gold"] += len(matched.pairs) + len(matched.missed)
    tally[f"{stem}.predicted"] += len(matched.pairs) + len(matched.spurious)
