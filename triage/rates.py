"""Whether counts differ by more than chance, in words that claim no more than the interval does. Counts are taken to be Poisson."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

CHANCE = 0.05
FEW_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Period:
    """`count` episodes in `weeks` weeks, of `exposed` episode-weeks: the sum over these weeks of how many episodes were open."""

    count: int
    weeks: int
    exposed: float

    @property
    def a_week(self) -> float:
        """Episodes a week."""
        return self.count / self.weeks if self.weeks else 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """The later rate as a share of the earlier, with its exact 95 % interval; `high` is None where it has no upper bound."""

    value: float | None
    low: float
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 1: a difference that chance alone would rarely make."""
        return self.low > 1 or (self.high is not None and self.high < 1)


def ratio(before: Period, after: Period) -> Ratio | None:
    """The ratio of two Poisson rates, by the binomial test of one count given both (Przyborowski and Wilenski, 1940).

    None where there is nothing to compare: no episode in either period, or nobody exposed in one of them.
    """
    total = before.count + after.count
    if not total or before.exposed <= 0 or after.exposed <= 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(after.count, total).proportion_ci(confidence_level=1 - CHANCE, method="exact")
    scale = before.exposed / after.exposed
    value = None if before.count == 0 else scale * after.count / before.count
    high = None if interval.high >= 1 else scale * interval.high / (1 - interval.high)
    return Ratio(value, scale * interval.low / (1 - interval.low), high)


def in_words(before: Period, after: Period) -> str:
    """The difference as a lead may repeat it: "About half as many: 3 a week after, 7 a week before"."""
    if after.weeks < 1:
        return "Too early to tell: no whole week has passed since it began."
    counts = f"{_rate(after)} a week after, {_rate(before)} a week before"
    found = ratio(before, after)
    if found is None:
        return f"Too early to tell: {counts}."
    if not found.is_clear:
        early = after.weeks < FEW_WEEKS
        return f"{'Too early to tell' if early else 'No clear difference'}: {counts}. Chance alone could make such a difference."
    return f"{_times(found.value)}: {counts}, measured against how many patients were active."


def trend(weeks: Sequence[int]) -> str:
    """Whether the last four whole weeks had more or fewer than the four before: "More lately: 9 in 4 weeks, 2 in the 4 before"."""
    late, early = sum(weeks[-4:]), sum(weeks[-8:-4])
    if len(weeks) < 8 or late + early == 0:
        return ""
    found = ratio(Period(early, 4, 4), Period(late, 4, 4))
    counts = f"{late} in the last 4 weeks, {early} in the 4 before"
    if found is None or not found.is_clear:
        return f"No clear change: {counts}"
    return f"{'More' if late > early else 'Fewer'} lately: {counts}"


def _rate(period: Period) -> str:
    return f"{period.a_week:.1f}".removesuffix(".0")


def _times(value: float | None) -> str:
    if value is None:
        return "New since then"
    for least, words in ((2.5, "More than twice as many"), (1.75, "About twice as many"), (1.25, "More"), (1.0, "Somewhat more")):
        if value >= least:
            return words
    for least, words in ((0.8, "Somewhat fewer"), (0.6, "Fewer"), (0.4, "About half as many"), (0.2, "Less than half as many")):
        if value >= least:
            return words
    return "Hardly any"


def around(weeks: Sequence[date], counts: Sequence[int], exposed: Sequence[int], *, start: date, until: date) -> tuple[Period, Period]:
    """The whole weeks before `start` and the whole weeks from it until `until`; the week that both share a part of is in neither.

    `weeks` are Mondays, with how many episodes each had and how many were active in it.
    """
    before = [number for number, week in enumerate(weeks) if week + timedelta(weeks=1) <= start]
    after = [number for number, week in enumerate(weeks) if week >= start and week + timedelta(weeks=1) <= until]

    def period(chosen: list[int]) -> Period:
        return Period(sum(counts[number] for number in chosen), len(chosen), float(sum(exposed[number] for number in chosen)))

    return period(before), period(after)
