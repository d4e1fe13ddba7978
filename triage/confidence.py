"""Confidence learnt from what reviewers decided: from an assistant's own number to the chance that its suggestion is accepted. Pure.

For each assistant and kind of suggestion: a sigmoid while decisions are few, isotonic regression (as many steps as the decisions bear) once
they are many, and nothing at all below `LEAST` decisions or where a map does no better than the assistant's own number. "Better" is
judged on decisions that the map was not learnt from, of other patients. A map never turns round which of two numbers is the greater.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Protocol, Self

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from triage import sigmoid
from triage.reliability import Told, reliability
from workflow.vocabulary import SuggestionKind

LEAST = 50
"""Decisions on a kind below which nothing is learnt: cold start."""

ISOTONIC_FROM = 1000
"""Decisions from which isotonic regression has enough to go by; with fewer it follows chance, and the two numbers of a sigmoid do not."""

FOLDS = 5

Share = Annotated[float, Field(ge=0, le=1)]


class Decided(Protocol):
    """A suggestion that a person decided. `own_confidence` is the assistant's own number, never one that was learnt here."""

    @property
    def own_confidence(self) -> float: ...
    @property
    def is_accepted(self) -> bool: ...
    @property
    def patient_id(self) -> int: ...


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Platt(_Value):
    """A sigmoid over the log-odds of the own number."""

    method: Literal["platt"] = "platt"
    slope: Annotated[float, Field(ge=0)]
    offset: float

    def of(self, own: float) -> float:
        """The chance, 0 to 1, that a suggestion with this own number is accepted."""
        return sigmoid.through(own, (self.slope, self.offset))


class Isotonic(_Value):
    """Straight lines between `knots`, pairs of own number and chance that rise together; level before the first and after the last."""

    method: Literal["isotonic"] = "isotonic"
    knots: Annotated[tuple[tuple[Share, Share], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def knots_rise(self) -> Self:
        if any(own >= next_own or chance > next_chance for (own, chance), (next_own, next_chance) in pairwise(self.knots)):
            raise ValueError("knots must rise")
        return self

    def of(self, own: float) -> float:
        """The chance, 0 to 1, that a suggestion with this own number is accepted."""
        owns, chances = zip(*self.knots, strict=True)
        return float(np.interp(own, owns, chances))


Map = Annotated[Platt | Isotonic, Field(discriminator="method")]


class Errors(_Value):
    """How far chances were from what people decided, 0 to 1, 0 is best: expected calibration error and Brier score."""

    ece: Share
    brier: Share


class Learnt(_Value):
    """The map of one assistant and kind, and what it was learnt from: `accepted` of `decisions`, about `patients`.

    `before` is of the assistant's own numbers, `after` of this map, each decision judged by a map learnt from other patients.
    """

    assistant: str
    kind: SuggestionKind
    map: Map
    decisions: Annotated[int, Field(ge=1)]
    accepted: Annotated[int, Field(ge=0)]
    patients: Annotated[int, Field(ge=1)]
    before: Errors
    after: Errors


class Confidence(_Value):
    """Everything that was learnt at one moment; a kind that is not in `learnt` is at cold start."""

    version: Literal[1] = 1
    learnt_at: AwareDatetime
    learnt: tuple[Learnt, ...] = ()

    def of(self, assistant: str, kind: SuggestionKind) -> Learnt | None:
        """What was learnt about this assistant's suggestions of this kind, or None at cold start."""
        return next((one for one in self.learnt if (one.assistant, one.kind) == (assistant, kind)), None)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying to learn one kind. `learnt` is None at cold start, and `outcome` says in words why, or which method it is.

    `before` and `after` are None where nothing could be tried.
    """

    assistant: str
    kind: SuggestionKind
    decisions: int
    outcome: str
    before: Errors | None = None
    after: Errors | None = None
    learnt: Learnt | None = None


def learn(assistant: str, kind: SuggestionKind, decided: Sequence[Decided]) -> Trial:
    """What the decisions on one assistant's suggestions of one kind teach. Keeps a map only where both errors are smaller with it."""
    cold = _too_little(decided)
    if cold:
        return Trial(assistant, kind, len(decided), f"cold start ({cold})")
    before = _errors([(one.own_confidence, one.is_accepted) for one in decided])
    after = _errors(_by_others(decided))
    if not (after.ece < before.ece and after.brier < before.brier):
        return Trial(assistant, kind, len(decided), "cold start (learning would not do better)", before, after)
    chosen = _fit(decided, many=len(decided) >= ISOTONIC_FROM)
    learnt = Learnt(
        assistant=assistant,
        kind=kind,
        map=chosen,
        decisions=len(decided),
        accepted=sum(one.is_accepted for one in decided),
        patients=len({one.patient_id for one in decided}),
        before=before,
        after=after,
    )
    return Trial(assistant, kind, len(decided), chosen.method, before, after, learnt)


def folds(decided: Sequence[Decided]) -> Iterator[tuple[list[int], list[int]]]:
    """Places in `decided` to learn from and to judge by, fold by fold; a patient's decisions are never on both sides.

    Every place is judged once. Raises ValueError where all decisions are about one patient.
    """
    from sklearn.model_selection import GroupKFold

    patients = [one.patient_id for one in decided]
    for rest, judged in GroupKFold(n_splits=min(FOLDS, len(set(patients)))).split(patients, groups=patients):
        yield rest.tolist(), judged.tolist()


def _too_little(decided: Sequence[Decided]) -> str:
    """Why nothing can be learnt from so little, in words; empty where something can."""
    if len(decided) < LEAST:
        return f"{len(decided)} of {LEAST} decisions"
    if len({one.is_accepted for one in decided}) < 2:
        return "all were accepted" if decided[0].is_accepted else "all were rejected"
    return "all about one patient" if len({one.patient_id for one in decided}) < 2 else ""


def _by_others(decided: Sequence[Decided]) -> list[Told]:
    """Each decision beside the chance that a map learnt from other patients gives it."""
    many = len(decided) >= ISOTONIC_FROM
    told: list[Told] = []
    for rest, judged in folds(decided):
        fitted = _fit([decided[place] for place in rest], many=many)
        told += [(fitted.of(decided[place].own_confidence), decided[place].is_accepted) for place in judged]
    return told


def _fit(decided: Sequence[Decided], *, many: bool) -> Platt | Isotonic:
    if not many:
        slope, offset = sigmoid.fit([(one.own_confidence, one.is_accepted) for one in decided])
        return Platt(slope=slope, offset=offset)
    from sklearn.isotonic import IsotonicRegression

    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    steps.fit([one.own_confidence for one in decided], [float(one.is_accepted) for one in decided])
    return Isotonic(knots=tuple(zip(steps.X_thresholds_.tolist(), steps.y_thresholds_.tolist(), strict=True)))


def _errors(told: Sequence[Told]) -> Errors:
    of = reliability(told)
    if of.ece is None or of.brier is None:
        raise ValueError("errors over no decision at all are undefined")
    return Errors(ece=of.ece, brier=of.brier)
