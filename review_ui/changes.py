"""What the Changes page shows of a digest: its sentences with what is wrong in them, its figures, and what it is compared with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from markupsafe import Markup

from review_ui import charts, words
from review_ui.errors import UnreadableForm
from review_ui.highlight import inert
from store.digests import Digest, Sentence, Wording
from store.users import User
from triage import digesting
from triage.digesting import LEADING, number
from triage.narration_check import Problem
from triage.writing import Fact
from workflow.calendar import Calendar, counted_days, in_words
from workflow.changes import Topic
from workflow.digests import Every, Rhythm
from workflow.vocabulary import BlockerCategory, Word

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_OF_A_WEEK = range(6, 9)
MOST_BARS = 6


class Since(Word):
    """The period that a digest is wanted for."""

    MONDAY = "monday"
    LAST_WEEK = "last_week"
    YESTERDAY = "yesterday"
    PUBLISHED = "published"
    DAYS = "days"


SAID = {
    Since.MONDAY: "Since Monday",
    Since.LAST_WEEK: "Last week",
    Since.YESTERDAY: "Yesterday",
    Since.PUBLISHED: "Since the last published digest",
    Since.DAYS: "From one day to another",
}


def period(
    asked: Since, calendar: Calendar, now: datetime, *, last: Digest | None, first_day: date | None, last_day: date | None
) -> tuple[datetime, datetime]:
    """From when to when, by the clinic's clock; both days count whole. Raises UnreadableForm."""
    today = calendar.local_day(now)
    monday = today - timedelta(days=today.weekday())

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), calendar.tz).astimezone(UTC)

    match asked:
        case Since.MONDAY:
            return begins(monday), now
        case Since.LAST_WEEK:
            return begins(monday - timedelta(days=7)), begins(monday)
        case Since.YESTERDAY:
            return begins(today - timedelta(days=1)), begins(today)
        case Since.PUBLISHED:
            if last is None:
                raise UnreadableForm("No digest was published here yet; choose another period.")
            return last.until, now
        case Since.DAYS:
            if first_day is None or last_day is None:
                raise UnreadableForm("From one day to another: choose both days.")
            if last_day < first_day or first_day > today:
                raise UnreadableForm("The last day comes after the first, and the first is not in the future.")
            return begins(first_day), min(begins(last_day + timedelta(days=1)), now)


def may_read(user: User, digest: Digest) -> bool:
    """Whether they see this digest: leads every one, others those that were published."""
    return user.role in LEADING or digest.published_at is not None


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence: its pieces (each with whether something is wrong there), what to mend in words, and how many patients are behind it."""

    number: int
    pieces: tuple[tuple[str, bool], ...]
    problems: tuple[str, ...]
    patients: int
    cites: bool


def told(sentences: Sequence[Sentence], facts: Sequence[Fact]) -> list[Told]:
    """The sentences as they are shown."""
    wrong = digesting.problems(sentences, facts)
    by_id = {fact.id: fact for fact in facts}
    found = []
    for place, sentence in enumerate(sentences):
        mine = [problem for problem in wrong if problem.sentence == place]
        behind = {episode for each in sentence.facts if each in by_id for episode in by_id[each].episodes}
        said = tuple(dict.fromkeys(inert(problem.words) for problem in mine))
        found.append(Told(place + 1, _pieces(inert(sentence.text), mine), said, len(behind), bool(sentence.facts)))
    return found


def _pieces(text: str, problems: Sequence[Problem]) -> tuple[tuple[str, bool], ...]:
    edges = sorted({0, len(text), *(min(edge, len(text)) for problem in problems for edge in (problem.start, problem.end))})
    return tuple(
        (text[start:end], any(problem.start <= start and end <= problem.end for problem in problems)) for start, end in pairwise(edges)
    )


_ABOUT = {
    "size": (Topic.ACTIVE, Topic.CAME_IN, Topic.CLOSED, Topic.CLOSED_FOR, Topic.REOPENED, Topic.SCHEDULED),
    "stuck": (
        *(Topic.OVERDUE, Topic.NEWLY_OVERDUE, Topic.NO_LONGER_OVERDUE, Topic.BLOCKED, Topic.BLOCKED_BY, Topic.NEWLY_BLOCKED),
        *(Topic.NEWLY_BLOCKED_BY, Topic.NO_LONGER_BLOCKED, Topic.NO_LONGER_BLOCKED_BY),
    ),
    "raised": (Topic.ESCALATED, Topic.NEWLY_ESCALATED, Topic.NO_LONGER_ESCALATED, Topic.UNACKNOWLEDGED, Topic.ESCALATED_UNCLAIMED),
}


def paragraphs(shown: Sequence[Told], sentences: Sequence[Sentence], facts: Sequence[Fact]) -> list[list[Told]]:
    """The sentences in paragraphs: those about one thing stand together. A person's own go with what is before them."""
    topics = {fact.id: fact.topic for fact in facts}
    found: list[list[Told]] = []
    before = ""
    for each, sentence in zip(shown, sentences, strict=True):
        first = next((topics[fact] for fact in sentence.facts if fact in topics), None)
        about = next((name for name, of in _ABOUT.items() if first in of), "rest") if first else before
        if found and about == before:
            found[-1].append(each)
        else:
            found.append([each])
        before = about
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the panel; `change` says in words how it changed, `tone` whether that is for the worse or the better."""

    label: str
    value: str
    change: str
    tone: str = ""


def figures(facts: Iterable[Fact]) -> list[Figure]:
    """Active, overdue, blocked, median age."""
    by_id = {fact.id: fact for fact in facts}
    found = []
    for topic, label in (
        (Topic.ACTIVE, "Active"),
        (Topic.OVERDUE, "Overdue"),
        (Topic.BLOCKED, "Blocked"),
        (Topic.MEDIAN_AGE, "Median age"),
    ):
        fact = by_id.get(topic.value)
        if fact is None:
            continue
        value = number(fact, "after")
        age = topic is Topic.MEDIAN_AGE
        said = f"{value} d" if age else str(value)
        if "before" not in fact.values:
            found.append(Figure(label, said, ""))
            continue
        by = value - number(fact, "before")
        change = "as before" if not by else f"{'up' if by > 0 else 'down'} {counted_days(abs(by)) if age else abs(by)}"
        tone = "" if topic is Topic.ACTIVE or not by else "up" if by > 0 else "down"
        found.append(Figure(label, said, change, tone))
    return found


@dataclass(frozen=True, slots=True)
class Blockers:
    """Patients by blocker, at the end and at the beginning; the chart and its title."""

    title: str
    rows: list[tuple[BlockerCategory, int, int]]
    chart: Markup | None


def blockers(facts: Sequence[Fact]) -> Blockers:
    """How many were blocked by what, the most first."""
    rows = [
        (BlockerCategory(str(fact.values["blocker"])), number(fact, "after"), number(fact, "before"))
        for fact in facts
        if fact.topic == Topic.BLOCKED_BY and "lane" not in fact.values
    ]
    rows = sorted((row for row in rows if row[1] or row[2]), key=lambda row: (-row[1], -row[2], row[0].value))
    days = next((number(fact, "days") for fact in facts if fact.topic == "period"), 0)
    title = f"Blockers, this {'week' if days in DAYS_OF_A_WEEK else 'period'} and last"
    drawn = [(category.label, now, before) for category, now, before in rows[:MOST_BARS]]
    aria = f"{title}: {'; '.join(f'{label} {now}, was {before}' for label, now, before in drawn)}"
    return Blockers(title, rows, charts.draw(charts.paired(drawn, "blocker"), aria) if drawn else None)


_HEADLINES = (
    *((Topic.ACTIVE, "Active"), (Topic.CAME_IN, "Came in"), (Topic.CLOSED, "Closed"), (Topic.OVERDUE, "Overdue")),
    *((Topic.BLOCKED, "Blocked"), (Topic.ESCALATED, "Escalated"), (Topic.UNCLAIMED, "Without a named owner")),
)


def against(then: Sequence[Fact], now: Sequence[Fact]) -> list[tuple[str, int, int]]:
    """The headlines of two digests: what, then, now; those that both have."""
    before, after = ({fact.id: fact for fact in facts} for facts in (then, now))
    return [
        (label, _headline(before[topic.value]), _headline(after[topic.value]))
        for topic, label in _HEADLINES
        if topic.value in before and topic.value in after
    ]


def _headline(fact: Fact) -> int:
    return number(fact, "after" if "after" in fact.values else "count")


def span(digest: Digest, zone: str) -> str:
    """ "Mon 2 Mar 2026, 08:00 to Mon 9 Mar 2026, 08:00"."""
    return f"{words.moment(digest.since, zone)} to {words.moment(digest.until, zone)}"


def title(digest: Digest, calendar: Calendar) -> str:
    """ "What changed since Mon 2 Mar" while it reaches to when it was prepared, else "What changed from Mon 2 Mar to Sun 8 Mar"."""
    first, last = calendar.local_day(digest.since), calendar.local_day(digest.until - timedelta(seconds=1))
    if digest.prepared_at - digest.until < timedelta(hours=1):
        local = digest.since.astimezone(calendar.tz)
        clock = f", {local.hour}:{local:%M}" if local.time() != time() else ""
        return f"What changed since {WEEKDAYS[first.weekday()]} {first.day} {first:%B}{clock}"
    return f"What changed on {in_words(first)}" if first == last else f"What changed from {in_words(first)} to {in_words(last)}"


def rhythm(of: Rhythm) -> str:
    """ "every Monday at 8:00"."""
    day = WEEKDAYS[of.weekday] if of.every is Every.WEEK and of.weekday is not None else "day"
    return f"every {day} at {of.hour}:00"


def behind(digest_facts: Sequence[Fact], sentence: Sentence) -> tuple[list[Fact], list[int]]:
    """The facts that a sentence cites, and the episodes behind it, each once."""
    cited = [fact for fact in digest_facts if fact.id in sentence.facts]
    return cited, sorted({episode for fact in cited for episode in fact.episodes})


def as_json(digest: Digest, wording: Wording, facts: Sequence[Fact]) -> dict[str, object]:
    """A digest for a program: as `triage digest --json`, with how it stands."""
    return {
        "id": digest.id,
        "lane": digest.lane.value if digest.lane else None,
        "since": digest.since.isoformat(),
        "until": digest.until.isoformat(),
        "events": digest.events,
        "standing": digest.standing.value,
        "prepared_at": digest.prepared_at.isoformat(),
        "published_at": digest.published_at.isoformat() if digest.published_at else None,
        "published_by": digest.published_by,
        "withdrawn_why": digest.why,
        "version": wording.number,
        "figures": [each.model_dump(mode="json") for each in digest.figures],
        "facts": [
            {
                "id": fact.id,
                "topic": fact.topic,
                "said": fact.said,
                "values": {role: value.isoformat() if isinstance(value, date) else value for role, value in fact.values.items()},
                "episodes": list(fact.episodes),
            }
            for fact in facts
        ],
        "sentences": [{"text": each.text, "facts": list(each.facts), "episodes": behind(facts, each)[1]} for each in wording.sentences],
    }
