"""What changed in the queue, worded from its facts: what matters most first, no sentence about nothing, directions as the numbers say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.change_words import blocker, counted, lane, listed, mover, patients, reason
from triage.reading import Identity
from triage.writing import ChangesRequest, Fact, Line, Narration
from workflow.calendar import in_words

MOST = 9
"""Sentences a lead reads aloud before people stop listening."""


def narrate_changes(request: ChangesRequest, identity: Identity) -> Narration:
    """Up to nine sentences, each citing its facts. Never raises on facts of `triage.changes`."""
    facts = _Facts({fact.id: fact for fact in request.facts})
    said = [line for tell in _ORDER for line in tell(facts) if line.text]
    return Narration(identity=identity, sentences=tuple(said[:MOST]) or tuple(Line(fact.said, (fact.id,)) for fact in request.facts))


@dataclass(frozen=True, slots=True)
class _Facts:
    by_id: dict[str, Fact]

    def number(self, fact_id: str, role: str = "count") -> int:
        """A number of a fact; 0 where there is no such fact."""
        fact = self.by_id.get(fact_id)
        value = fact.values.get(role, 0) if fact else 0
        return value if isinstance(value, int) else 0

    def names(self, fact_id: str) -> list[str]:
        """The patients of a fact, where it names them."""
        fact = self.by_id.get(fact_id)
        return [str(value) for role, value in fact.values.items() if role.startswith("name_")] if fact else []

    def of(self, topic: str) -> list[Fact]:
        """The facts of a topic for the whole queue."""
        return [fact for fact in self.by_id.values() if fact.topic == topic and "lane" not in fact.values]

    @property
    def week(self) -> str:
        """What the period before is called."""
        days = self.number("period", "days")
        return {1: "the day before", 7: "the week before"}.get(days, "the period before")


def _line(text: str, *facts: str) -> Line:
    return Line(text[:1].upper() + text[1:], tuple(dict.fromkeys(facts)))


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _compared(facts: _Facts, fact_id: str) -> str:
    """ " (14 the week before)", where that is known, another number and not none."""
    if facts.number(fact_id, "earlier") in {0, facts.number(fact_id)}:
        return ""
    return f" ({facts.number(fact_id, 'earlier'):,} {facts.week})"


def _was(facts: _Facts, fact_id: str) -> str:
    """ ", up from 18"; nothing where it stood the same."""
    before, after = facts.number(fact_id, "before"), facts.number(fact_id, "after")
    return "" if before == after or "first" in facts.by_id else f", {'up' if after > before else 'down'} from {before:,}"


def _size(facts: _Facts) -> Iterator[Line]:
    if not {"period", "active"} <= facts.by_id.keys():
        return
    before, after = facts.number("active", "before"), facts.number("active", "after")
    came, closed, back = (facts.number(each) for each in ("came_in", "closed", "reopened"))
    flows = _flows(facts)
    cites = [each for each in ("came_in", "closed", "reopened") if each != "reopened" or back]
    day = facts.by_id["period"].values["since"]
    since = in_words(day) if isinstance(day, date) else str(day)
    if "first" in facts.by_id:
        state = f"{patients(after)} {_are(after)} active now" if after else "nobody is active now"
        yield _line(
            f"this is the first {'week' if facts.week == 'the week before' else 'period'} of this queue, and {state}.", "first", "active"
        )
        if came or closed:
            yield _line(_sentence(flows), *cites)
    elif not before and not after and not came and not closed:
        yield _line("the queue is empty, and nobody came in.", "active", "came_in")
    elif before == after:
        stayed = f"since {since}, the queue stayed at {after:,} active {'patient' if after == 1 else 'patients'}"
        yield _line(_sentence(f"{stayed}: {flows}"), "active", *cites)
    else:
        grew = "grew" if after > before else "shrank"
        whole = f"since {since}, the queue {grew} from {before:,} to {after:,} active {'patient' if after == 1 else 'patients'}"
        yield _line(_sentence(f"{whole}: {flows}"), "active", *cites)


def _sentence(text: str) -> str:
    return f"{text}."


def _flows(facts: _Facts) -> str:
    """ "19 came in (14 the week before) and 12 were closed"."""
    came, closed, back = (facts.number(each) for each in ("came_in", "closed", "reopened"))
    parts = [
        f"{f'{came:,}' if came else 'nobody'} came in{_compared(facts, 'came_in')}",
        f"{f'{closed:,} {_were(closed)}' if closed else 'nobody was'} closed{_compared(facts, 'closed')}",
    ]
    if back:
        parts.append(f"{back:,} {_were(back)} reopened")
    return listed(parts)


def _escalations(facts: _Facts) -> Iterator[Line]:
    before, after, new = facts.number("escalated", "before"), facts.number("escalated", "after"), facts.number("newly_escalated")
    names = facts.names("newly_escalated")
    if after and not (names and new == after):
        standing = facts.names("escalated") if not names else []
        who = f": {listed(standing)}" if standing else ""
        yield _line(f"{patients(after)} {_are(after)} escalated{_was(facts, 'escalated')}{who}.", "escalated")
    elif before and not after:
        yield _line(f"nobody is escalated now, down from {before:,}.", "escalated")
    if len(names) == 1:
        yield _line(f"{names[0]} was escalated{_on(facts.by_id['newly_escalated'], 1)}.", "newly_escalated")
    elif new:
        dated = [
            f"{name} ({said})" if (said := _on(facts.by_id["newly_escalated"], place).strip()) else name
            for place, name in enumerate(names, 1)
        ]
        yield _line(f"{listed(dated) if dated else patients(new)} {_were(new)} newly escalated.", "newly_escalated")
    yield from _left_alone(facts)
    ended = facts.number("no_longer_escalated")
    if ended and after:
        names = facts.names("no_longer_escalated")
        yield _line(f"{listed(names) if names else patients(ended)} {_are(ended)} no longer escalated.", "no_longer_escalated")


def _on(fact: Fact, place: int) -> str:
    """ " on Fri 6 Mar", where the fact says when."""
    day = fact.values.get(f"day_{place}")
    return f" on {in_words(day)}" if isinstance(day, date) else ""


def _left_alone(facts: _Facts) -> Iterator[Line]:
    """Who is escalated and in nobody's hands."""
    told = [
        (each, words)
        for each, words in (("escalated_unclaimed", "no named owner"), ("unacknowledged", "not yet been acknowledged"))
        if facts.number(each)
    ]
    whom = [_whom(facts, each) for each, _ in told]
    predicates = [f"{_have(facts.number(each))} {words}" for each, words in told]
    if len(told) == 2 and whom[0] == whom[1]:
        predicates, whom = [" and ".join(predicates)], whom[:1]
    if told:
        parts = [f"{who} {what}" for who, what in zip(whom, predicates, strict=True)]
        yield _line(_sentence(", and ".join(parts)), *(each for each, _ in told))


def _whom(facts: _Facts, fact_id: str) -> str:
    count, names = facts.number(fact_id), facts.names(fact_id)
    return listed(names) if names else f"{count:,} escalated {'patient' if count == 1 else 'patients'}"


def _overdue_and_blocked(facts: _Facts) -> Iterator[Line]:
    parts: list[str] = []
    cites: list[str] = []
    signs: list[int] = []
    first = "first" in facts.by_id
    for fact_id, subject in (("overdue", "overdue work"), ("blocked", "the number of blocked patients")):
        before, after = facts.number(fact_id, "before"), facts.number(fact_id, "after")
        if not before and not after:
            continue
        cites.append(fact_id)
        if first:
            parts.append(f"{patients(after) if not parts else f'{after:,}'} {_are(after)} {fact_id}")
            continue
        signs.append((after > before) - (after < before))
        moved = f"{'rose' if after > before else 'fell'} from {before:,} to {after:,}" if before != after else f"stayed at {after:,}"
        parts.append(f"{subject} {moved}")
    if parts:
        joint = ", while " if signs in ([1, -1], [-1, 1]) else " and "
        yield _line(_sentence(joint.join(parts)), *cites)
    elif facts.number("active", "after"):
        yield _line("nobody is overdue or blocked.", "overdue", "blocked")


def _newly_blocked(facts: _Facts) -> Iterator[Line]:
    found = sorted(facts.of("newly_blocked_by"), key=lambda fact: -facts.number(fact.id))[:2]
    if found and facts.number(found[0].id) > 1:
        first = found[0]
        number = facts.number(first.id)
        parts = [f"{patients(number)} became blocked by {blocker(str(first.values['blocker']))}{_compared(facts, first.id)}"]
        parts += [f"{facts.number(fact.id):,} by {blocker(str(fact.values['blocker']))}{_compared(facts, fact.id)}" for fact in found[1:]]
        yield _line(_sentence(" and ".join(parts)), *(fact.id for fact in found))
        standing = f"blocked_by:{first.values['blocker']}"
        if facts.number(standing, "after") != number:
            total = facts.number(standing, "after")
            words = blocker(str(first.values["blocker"]))
            yield _line(f"{words} now blocks {patients(total)}{_was(facts, standing)}.", standing)
    elif found:
        parts = []
        for fact in found:
            names = facts.names(fact.id)
            parts.append(f"{listed(names) if names else patients(1)} became blocked by {blocker(str(fact.values['blocker']))}")
        yield _line(_sentence(" and ".join(parts)), *(fact.id for fact in found))


def _unblocked(facts: _Facts) -> Iterator[Line]:
    gone = facts.number("no_longer_blocked")
    if gone:
        names = facts.names("no_longer_blocked")
        yield _line(f"{listed(names) if names else patients(gone)} {_are(gone)} no longer blocked.", "no_longer_blocked")


def _unclaimed(facts: _Facts) -> Iterator[Line]:
    after = facts.number("unclaimed", "after")
    if after and after != facts.number("unclaimed", "before"):
        yield _line(f"{patients(after)} {_have(after)} no named owner{_was(facts, 'unclaimed')}.", "unclaimed")


def _closings(facts: _Facts) -> Iterator[Line]:
    found = sorted(facts.of("closed_for"), key=lambda fact: -facts.number(fact.id))
    booked = facts.number("scheduled")
    if found:
        first, rest = found[0], found[1:3]
        number = facts.number(first.id)
        parts = [f"{patients(number)} {_were(number)} closed because {reason(str(first.values['reason']))}"]
        parts += [f"{facts.number(fact.id):,} because {reason(str(fact.values['reason']))}" for fact in rest]
        yield _line(_sentence(listed(parts)), first.id, *(fact.id for fact in rest))
    if booked:
        yield _line(f"{patients(booked)} came to be scheduled{_compared(facts, 'scheduled')}.", "scheduled")


def _back(facts: _Facts) -> Iterator[Line]:
    names = facts.names("reopened")
    if names:
        yield _line(f"{listed(names)} {_were(len(names))} reopened.", "reopened")


def _lanes(facts: _Facts) -> Iterator[Line]:
    moved = [
        fact
        for fact in facts.by_id.values()
        if fact.topic == "active" and "lane" in fact.values and facts.number(fact.id, "before") != facts.number(fact.id, "after")
    ]
    moved.sort(key=lambda fact: -abs(facts.number(fact.id, "after") - facts.number(fact.id, "before")))
    parts = []
    for fact in moved[:3]:
        before, after = facts.number(fact.id, "before"), facts.number(fact.id, "after")
        parts.append(f"{lane(str(fact.values['lane']))} {'grew' if after > before else 'shrank'} from {before:,} to {after:,}")
    if parts:
        yield _line(_sentence(listed(parts)), *(fact.id for fact in moved[:3]))


def _outreach(facts: _Facts) -> Iterator[Line]:
    made, reached = facts.number("attempts"), facts.number("reached")
    if made:
        who = f"{patients(reached)} {_were(reached)} reached" if reached else "nobody was reached"
        yield _line(
            f"{counted(made, 'outreach attempt')} {_were(made)} made{_compared(facts, 'attempts')}, and {who}.", "attempts", "reached"
        )


def _oldest(facts: _Facts) -> Iterator[Line]:
    names = facts.names("oldest")
    if names:
        yield _line(f"{names[0]} has been open the longest, for {counted(facts.number('oldest', 'days'), 'day')}.", "oldest")


def _whose_move(facts: _Facts) -> Iterator[Line]:
    found = sorted((fact for fact in facts.of("move") if facts.number(fact.id, "after")), key=lambda fact: -facts.number(fact.id, "after"))
    if len(found) > 1:
        first = f"it is {mover(str(found[0].values['mover']))} move for {patients(facts.number(found[0].id, 'after'))}"
        rest = [f"{mover(str(fact.values['mover']))} move for {facts.number(fact.id, 'after'):,}" for fact in found[1:]]
        yield _line(_sentence(listed([first, *rest])), *(fact.id for fact in found))


def _ahead(facts: _Facts) -> Iterator[Line]:
    due = facts.number("due_soon")
    if due:
        yield _line(f"{patients(due)} {_are(due)} due in the coming {counted(facts.number('due_soon', 'days'), 'day')}.", "due_soon")


_ORDER = (
    _size,
    _lanes,
    _escalations,
    _overdue_and_blocked,
    _newly_blocked,
    _unclaimed,
    _closings,
    _unblocked,
    _back,
    _oldest,
    _outreach,
    _ahead,
    _whose_move,
)
"""What matters most comes first; of a full week, the last are left out."""
