"""Is every sentence of a digest true of the facts it cites? It knows no assistant's phrases: a person's words are held to the same.

A sentence is cut into clauses. The words of a clause say what it measures (`Measure`): overdue, newly blocked by transport, closed because
the patient declined. A clause that names no measure goes on with the one before it, and one that names no number or patient with those
before it. Then each number, name, direction and quantity must be that of a cited fact of exactly this measure, and of the right moment:
where it stands in the clause says which ("from 17 to 11", "11, down from 17", "17 on Monday"). What cannot be read so is rejected, with
words that say what to mend; so is what is true of a fact that the sentence does not cite, and a citation that it does not use.

A sentence without number, name, day, direction, quantity or word of the queue is a person's own and passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from triage.claims import ClaimKind, claims
from triage.narration_tokens import Token, tokens
from triage.writing import Fact, Line
from workflow.changes import Topic


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a sentence (its place, from 0), at which of its characters, and what mends it."""

    sentence: int
    start: int
    end: int
    words: str


def check_narration(sentences: Sequence[Line], facts: Sequence[Fact]) -> list[Problem]:
    """What the facts do not bear out, in the order of the text; empty where the text may be shown."""
    known = _Known(facts)
    found: list[Problem] = []
    for place, line in enumerate(sentences):
        problems = _Sentence(line, known).problems()
        found += sorted((Problem(place, *each) for each in problems), key=lambda problem: (problem.start, problem.end))
    return found


def cited_by(text: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """The ids of the facts that a sentence speaks of, as far as it can be read; in their order."""
    sentence = _Sentence(Line(text, tuple(fact.id for fact in facts)), _Known(facts))
    sentence.problems()
    return tuple(fact.id for fact in facts if fact.id in sentence.used)


Measure = tuple[str, str, str]
"""Topic, what it is split by, lane; the last two may be empty."""

Wrong = tuple[int, int, str]

THEN, NOW, BY, WHOLE, DAYS = "then", "now", "by", "whole", "days"
"""Which number of a fact is meant: at the beginning or in the period before, at the end or in this one, the change, the whole, a span."""

ACTIVE = Topic.ACTIVE.value
PARTS: dict[str, tuple[str, ...]] = {
    "closed_for": ("closed",),
    "overdue": (ACTIVE,),
    "newly_overdue": ("overdue", ACTIVE),
    "blocked": (ACTIVE,),
    "blocked_by": ("blocked", ACTIVE),
    "newly_blocked": ("blocked", ACTIVE),
    "newly_blocked_by": ("newly_blocked", "blocked", "blocked_by", ACTIVE),
    "no_longer_blocked_by": ("no_longer_blocked",),
    "escalated": (ACTIVE,),
    "newly_escalated": ("escalated", ACTIVE),
    "unacknowledged": ("escalated", ACTIVE),
    "escalated_unclaimed": ("escalated", ACTIVE),
    "unclaimed": (ACTIVE,),
    "status": (ACTIVE,),
    "move": (ACTIVE,),
    "due_soon": (ACTIVE,),
}
"""Of which topics a topic is a part, so that "3 of the 4" and "all" can be held against the whole."""

DAY_TOPICS = frozenset({"oldest", "median_age"})
CONCEPT_TOPICS = frozenset({"active", "came_in", "closed", "reopened", "oldest", "median_age", "attempts", "reached", "due_soon"})
SPLITS = frozenset(
    {"and", "but", "while", "whereas", "with", "though", "although", "or", "plus", "which", "who", "including", "leaving", "yet"}
)
COMPARING = frozenset({"than", "against", "versus", "vs", "compared", "instead"})
WHOM = frozenset({"them", "these", "those", "which", "whom"})
PAST, PRESENT = frozenset({"was", "were", "got", "had"}), frozenset({"is", "are", "stand", "stands", "remain", "remains", "have", "has"})
OF_KIND = {"blocked_by": "blocker", "newly_blocked_by": "blocker", "no_longer_blocked_by": "blocker", "closed_for": "reason"}
OF_KIND |= {"status": "status", "move": "mover"}


def _measure(fact: Fact) -> Measure:
    of = ">".join(str(fact.values[role]) for role in ("reason", "status", "from", "to", "blocker", "mover") if role in fact.values)
    return fact.topic, of, str(fact.values.get("lane", "")) if fact.topic != "period" else ""


def _number(fact: Fact, when: str) -> int | None:
    """A number of a fact; None where it has none such."""
    after = fact.values.get("after", fact.values.get("count", fact.values.get("days")))
    before = fact.values.get("before") if "after" in fact.values else fact.values.get("earlier")
    if when == DAYS:
        days = fact.values.get("days")
        return days if isinstance(days, int) else None
    if when == NOW:
        return after if isinstance(after, int) else None
    if not isinstance(before, int):
        return None
    if when == THEN:
        return before
    return after - before if isinstance(after, int) else None


def _names(fact: Fact) -> dict[str, str]:
    """The names of a fact, each with the number of its role."""
    return {str(value): role.removeprefix("name_") for role, value in fact.values.items() if role.startswith("name_")}


class _Known:
    """All facts of a digest, by what is asked of them."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.by_id = {fact.id: fact for fact in facts}
        self.names = {name for fact in facts for name in _names(fact)}
        self.period = next((fact for fact in facts if fact.topic == "period"), None)
        self.lane = str(self.period.values.get("lane", "")) if self.period else ""
        self.whole: dict[Measure, Fact] = {_measure(fact): fact for fact in facts}

    def day(self, role: str) -> date | None:
        found = self.period.values.get(role) if self.period else None
        return found if isinstance(found, date) else None

    @property
    def days(self) -> int:
        return (_number(self.period, DAYS) if self.period else None) or 0


@dataclass(slots=True)
class _Clause:
    """A part of a sentence that says one thing. `opener` is the word or mark before it."""

    tokens: list[Token]
    opener: str = ""
    measures: frozenset[Measure] = frozenset()
    own: bool = False
    subjects: "list[Token]" = field(default_factory=list)

    def which(self, kind: str) -> list[str]:
        return [each for token in self.tokens for each in token.means(kind)]

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)

    @property
    def words(self) -> set[str]:
        return {token.text for token in self.tokens}

    @property
    def numbers(self) -> list[Token]:
        return [token for token in self.tokens if token.kind == "number"]

    @property
    def named(self) -> list[Token]:
        return [token for token in self.tokens if token.kind == "name"]

    @property
    def quantities(self) -> list[Token]:
        return [token for token in self.tokens if token.means("quantity")]

    @property
    def has_subject(self) -> bool:
        return self.has("number", "name") or bool({"none", "all", "most", "half"} & set(self.which("quantity")))

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end


class _Unreadable(Exception):
    """The clause says several things at once."""


class _Sentence:
    def __init__(self, line: Line, known: _Known) -> None:
        self.line, self.known = line, known
        self.cited = [known.by_id[each] for each in line.facts if each in known.by_id]
        self.used: set[str] = set()
        self.wrong: list[Wrong] = []
        self.tokens = tokens(line.text, known.names)

    def problems(self) -> list[Wrong]:
        unknown = [each for each in self.line.facts if each not in self.known.by_id]
        if unknown:
            self._whole(f"There is no fact {', '.join(unknown)}; cite one that there is.")
        if not self._states_something():
            return [*self.wrong, *self._strangers()]
        if not self.cited:
            self._whole("This sentence states something and cites no fact; name the facts that it rests on.")
            return self.wrong
        for token in self.tokens:
            if token.kind == "unknown":
                self._at(
                    token, f"“{self._said(token)}” cannot be checked against the facts; leave it out or put it in a sentence of its own."
                )
            if token.means("negation"):
                self._at(token, f"“{self._said(token)}”: the facts tell what is, not what is not; say it without.")
        if not self.wrong:
            self._clauses()
        if not self.wrong:
            self._unused()
        return self.wrong

    # --- What kind of sentence it is

    def _states_something(self) -> bool:
        telling = {"concept", "blocker", "status", "reason", "mover", "lane", "direction", "quantity"}
        return any(
            token.kind in {"number", "name", "day", "hedge"} or any(kind in telling for kind, _ in token.meanings) for token in self.tokens
        )

    def _strangers(self) -> Iterator[Wrong]:
        """A name, number or address in a person's own sentence, which no fact can bear out."""
        for claim in claims(self.line.text):
            if claim.kind is not ClaimKind.DAY:
                words = self.line.text[claim.start : claim.end]
                yield claim.start, claim.end, f"“{words}” is not in the facts; leave it out."

    # --- Clauses and what they measure

    def _clauses(self) -> None:
        try:
            clauses = list(self._measured(self._around(self._merged(self._cut()))))
        except _Unreadable as error:
            self._whole(str(error))
            return
        before: _Clause | None = None
        for clause in clauses:
            self._check(clause, before)
            before = clause

    def _cut(self) -> list[_Clause]:
        found, opener, part = list[_Clause](), "", list[Token]()
        for place, token in enumerate(self.tokens):
            after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
            splits = token.kind == "mark" or (token.kind == "plain" and token.text in SPLITS and not (token.text == "with" and not part))
            if splits and after is not None and after.text == "it" and token.text == "and":
                splits = True
            if not splits:
                part.append(token)
                continue
            if part:
                found.append(_Clause(part, opener))
                part, opener = [], token.text
            else:
                opener = opener if opener in {"(", ":"} and token.text in SPLITS else token.text
        return [*found, _Clause(part, opener)] if part else found

    def _merged(self, clauses: list[_Clause]) -> list[_Clause]:
        """Clauses that only go on with what the one before them measures are put to it: "closed | with care completed"."""
        merged: list[_Clause] = []
        for clause in clauses:
            first = clause.tokens[0].text
            if (
                merged
                and clause.opener in SPLITS
                and not clause.has("number", "name", "day")
                and not clause.quantities
                and not clause.which("direction")
            ):
                together = _Clause([*merged[-1].tokens, *clause.tokens], merged[-1].opener)
                if self._goes_on(merged[-1], together, is_predicate=first in PAST | PRESENT) or not self._says_measure(clause):
                    merged[-1] = together
                    continue
            merged.append(clause)
        return merged

    def _goes_on(self, before: _Clause, together: _Clause, *, is_predicate: bool) -> bool:
        """Whether the two read as one thing; where the second has a verb of its own, whether it adds nothing."""
        try:
            whole = self._own_measures(together, frozenset())
            return bool(whole) and (not is_predicate or whole == self._own_measures(before, frozenset()))
        except _Unreadable:
            return False

    def _around(self, clauses: list[_Clause]) -> list[_Clause]:
        """ "One of them, Earl Whitcomb, has no owner": what stands between commas is of the same, and the verb goes with its subject."""
        found: list[_Clause] = []
        for clause in clauses:
            if (
                len(found) > 1
                and clause.opener == found[-1].opener == ","
                and clause.tokens[0].text in PAST | PRESENT
                and found[-2].has_subject
            ):
                between = found.pop()
                found[-1] = _Clause([*found[-1].tokens, *clause.tokens], found[-1].opener)
                found.append(between)
            else:
                found.append(clause)
        return found

    @staticmethod
    def _says_measure(clause: _Clause) -> bool:
        return any(clause.which(kind) for kind in ("concept", "blocker", "status", "reason", "mover", "lane", "flow"))

    def _measured(self, clauses: list[_Clause]) -> Iterator[_Clause]:
        """Each clause with its measures: its own, else those of the one before it; the first ones without take those that follow."""
        before: frozenset[Measure] = frozenset()
        for clause in clauses:
            own = self._own_measures(clause, before)
            clause.own, clause.measures = bool(own), own or before
            before = clause.measures
        for place in range(len(clauses) - 2, -1, -1):
            here, after = clauses[place], clauses[place + 1]
            lists = here.named and not here.own and after.tokens[0].kind == "name" and after.opener in {",", "and"}
            if not here.measures or (lists and after.own):
                here.measures, here.own = after.measures, here.own or bool(lists and after.own)
        yield from clauses

    def _own_measures(self, clause: _Clause, before: frozenset[Measure]) -> frozenset[Measure]:
        """What the words of a clause measure; empty where they name nothing. Raises _Unreadable."""
        lanes = set(clause.which("lane"))
        if self.known.lane:
            if lanes - {self.known.lane}:
                raise _Unreadable("This digest is of another lane than this sentence names.")
            lanes = {""}
        concepts, flows = set(clause.which("concept")), set(clause.which("flow"))
        ofs = {kind: list(dict.fromkeys(clause.which(kind))) for kind in ("blocker", "status", "reason", "mover")}
        if len(lanes) > 1:
            raise _Unreadable("A clause names several lanes; say one thing in each clause.")
        inherited = {lane for _, _, lane in before} or {""}
        named = {lanes.pop()} if lanes and not self.known.lane else inherited
        bare = not concepts and not any(ofs.values())
        if bare and not flows:
            return frozenset((ACTIVE, "", lane) for lane in named) if clause.which("lane") and not self.known.lane else frozenset()
        if bare:
            by = {
                (f"{flow}_{topic.removeprefix('newly_').removeprefix('no_longer_')}", of, lane)
                for flow in flows
                for topic, of, lane in before
                if of and topic.endswith("blocked_by")
            }
            if by:
                return frozenset(by)
            concepts = {_concept(topic) for topic, _, _ in before}
            if not concepts - {""}:
                return frozenset()
        if "it" in clause.words and concepts == {"blocked"} and not ofs["blocker"]:
            ofs["blocker"] = sorted({of for topic, of, _ in before if topic.endswith("blocked_by")})
        topics = _topics(concepts, flows, ofs, clause, {topic for topic, _, _ in before})
        if not topics:
            raise _Unreadable("A clause names several things at once; say one thing in each clause.")
        if any(not _goes_with(flow, topic) for flow in flows for topic, _ in topics):
            raise _Unreadable("What became so, or is so no longer, is told of overdue, blocked and escalated patients only.")
        return frozenset((topic, of, lane) for topic, of in topics for lane in named)

    # --- Checking

    def _check(self, clause: _Clause, before: _Clause | None) -> None:
        if not clause.measures:
            if clause.has_subject or clause.which("direction"):
                self._at(clause, "It is not said of what this is; name what is counted.")
            else:
                self._days(clause, [])
            return
        clause.subjects = self._subjects(clause, before)
        facts = [fact for fact in self.cited if _measure(fact) in clause.measures]
        if any(token.kind == "name" for token in clause.subjects) and not any(token.kind == "number" for token in clause.subjects):
            facts += [fact for fact in self.cited if fact not in facts and any(each in clause.measures for each in _implied(fact))]
        if not facts and not (clause.own or clause.has_subject or clause.which("direction")):
            self._days(clause, [])
            return
        if not facts:
            other = next((fact for measure, fact in self.known.whole.items() if measure in clause.measures), None)
            hint = f" Cite “{other.id}” if that is meant." if other else ""
            self._at(clause, f"“{self._words(clause)}” is not about anything that this sentence cites.{hint}")
            return
        bound = self._numbers(clause, facts, before)
        self._people(clause, facts)
        self._days(clause, facts)
        bound = bound or facts
        self._quantity(clause, bound)
        self._direction(clause, bound)
        self._part_of(clause, bound, before)
        if not self.wrong:
            self.used |= {fact.id for fact in (bound if clause.has("number") or len(facts) == 1 else facts)}

    def _subjects(self, clause: _Clause, before: _Clause | None) -> list[Token]:
        """Who or how many it is about: its own, else those of the clause that it goes on with."""
        own = [token for token in clause.tokens if token.kind == "name"] or clause.numbers
        own = own or [token for token in clause.quantities if "none" in token.means("quantity")]
        if own and clause.opener == "," and clause.own and not clause.named and before is not None and before.named and not before.numbers:
            own = [*own, *before.named]
        if own or before is None or clause.which("direction"):
            return own
        goes_on = clause.opener == "(" or (clause.own and clause.opener in {",", "and", "or", "but", "who", "which", "yet"})
        return before.subjects if goes_on else own

    def _numbers(self, clause: _Clause, facts: Sequence[Fact], before: _Clause | None) -> list[Fact]:
        """The facts of which the numbers are, each held to the moment that is meant. Wrong ones are told."""
        bound: list[Fact] = []
        inherited = [token for token in clause.subjects if token.kind == "number" and token not in clause.tokens]
        for token in [*clause.numbers, *inherited]:
            if token in clause.tokens:
                when = self._when(clause, token, facts, before)
                if when is None:
                    continue
            else:
                when = {NOW}
            fitting = [fact for fact in facts if any(self._is(clause, token, fact, each) for each in when)]
            if WHOLE in when:
                continue
            if not fitting:
                where = token if token in clause.tokens else clause
                self._at(where, f"“{self._said(token)}” is not a number of what this sentence cites{_meant(when)}.")
            bound += [fact for fact in fitting if fact not in bound]
        return bound

    def _is(self, clause: _Clause, token: Token, fact: Fact, when: str) -> bool:
        """Whether a number is this one of a fact; a change goes with the direction that is said of it."""
        number = _number(fact, when)
        if number is None:
            return False
        if when == BY:
            said = {each for each in clause.which("direction") if each in {"up", "down"}}
            return abs(number) == token.number and number != 0 and said == {"up" if number > 0 else "down"}
        return number == token.number

    def _when(self, clause: _Clause, token: Token, facts: Sequence[Fact], before: _Clause | None) -> set[str] | None:
        """Which number of a fact is meant where this one stands; None where that is told as wrong, or checked here."""
        place = clause.tokens.index(token)
        left = [each for each in clause.tokens[:place] if each.text not in {"the", "just", "only", "a", "total", "our"}]
        last = left[-1] if left else None
        right = clause.tokens[place + 1 :]
        following = right[0] if right else None
        if last is not None and last.kind == "hedge":
            self._at(token, f"“{self._said(last)} {self._said(token)}” cannot be checked; say the number itself.")
            return None
        if following is not None and following.text in {"day", "days"}:
            return self._span(token, facts, self._stated(clause, token, left, right, before))
        if following is not None and following.text in {"week", "weeks", "month", "months", "hours", "hour", "years", "times", "percent"}:
            self._at(token, f"“{self._said(token)} {self._said(following)}” cannot be checked; say it in days or patients.")
            return None
        if any(fact.topic == "oldest" for fact in facts):
            self._at(token, "Say the age in days.")
            return None
        if last is not None and last.text == "of" and len(left) > 1 and left[-2].kind == "number":
            return self._of_whole(token, facts)
        return self._stated(clause, token, left, right, before)

    def _stated(self, clause: _Clause, token: Token, left: list[Token], right: list[Token], before: _Clause | None) -> set[str] | None:
        last, following = (left[-1] if left else None), (right[0] if right else None)
        said = self._moment(clause, token)
        opened = last.text if last is not None else clause.opener
        comparing = opened in COMPARING or (last is None and clause.opener in COMPARING) or self._compares(left)
        if (
            (last is not None and last.text == "by")
            or (last is not None and {"up", "down"} & set(last.means("direction")))
            or (following is not None and {"up", "down"} & set(following.means("direction")) and following.text in _MORE)
        ):
            when = {BY}
        elif (
            (last is not None and last.text == "from")
            or comparing
            or ([each.text for each in right[:1]] == ["to"] and right[1:2] and right[1].kind == "number")
        ):
            when = {THEN}
        elif last is not None and last.text in {"to", "at"}:
            when = {NOW}
        elif last is not None and last.text in {"was", "were"} and "there" not in [each.text for each in left[-3:]]:
            when = {THEN} if said != NOW else {NOW}
        else:
            when = {said or (THEN if self._bare_after_comparison(clause, before) else NOW)}
        if BY not in when and said is not None and said not in when:
            self._at(token, f"“{self._said(token)}”: its moment is said in two ways.")
            return None
        return when

    @staticmethod
    def _compares(left: list[Token]) -> bool:
        return any(each.text in COMPARING for each in left[-3:]) and not any(each.kind == "number" for each in left[-2:])

    @staticmethod
    def _bare_after_comparison(clause: _Clause, before: _Clause | None) -> bool:
        alone = len(clause.tokens) == 1 and clause.opener == "("
        return alone and before is not None and any(token.text in COMPARING for token in before.tokens)

    def _moment(self, clause: _Clause, token: Token) -> str | None:
        """The moment that is said beside a number: after it and before the next number, or at the head of the clause."""
        numbers = clause.numbers
        place = numbers.index(token)
        ends = numbers[place + 1].start if place + 1 < len(numbers) else clause.end
        beside = [each for each in clause.tokens if token.end <= each.start < ends]
        head = [each for each in clause.tokens if each.end <= token.start] if place == 0 else []
        for each in (*beside, *head):
            if each.means("moment"):
                which = each.means("moment")[0]
                if which in {"before", "earlier"}:
                    return THEN
                if which == "after":
                    return NOW
            if each.kind == "day" and not self._leads(clause, each, {"since"}):
                if self._fits(each, "since") and not self._leads(clause, each, {"until", "by", "through"}):
                    return THEN
                if self._fits(each, "until"):
                    return NOW
        return None

    def _span(self, token: Token, facts: Sequence[Fact], stated: set[str] | None) -> set[str] | None:
        if stated is None:
            return None
        if any(fact.topic in DAY_TOPICS for fact in facts):
            return stated
        ahead = any(fact.topic == "due_soon" and _number(fact, DAYS) == token.number for fact in facts)
        back = not any(fact.topic == "due_soon" for fact in facts) and token.number == self.known.days
        if not ahead and not back:
            self._at(token, f"“{self._said(token)} days” is not a span of what this sentence cites.")
        return None

    def _of_whole(self, token: Token, facts: Sequence[Fact]) -> set[str] | None:
        wholes = [whole for fact in facts for whole in self._wholes(fact)]
        fitting = [whole for whole in wholes if _number(whole, NOW) == token.number]
        if not fitting:
            self._at(token, f"“{self._said(token)}” is not the whole that this sentence cites.")
            return None
        self.used |= {whole.id for whole in fitting}
        return {WHOLE}

    def _wholes(self, fact: Fact) -> list[Fact]:
        """The cited facts of which this one is a part."""
        lane = _measure(fact)[2]
        found = [whole for whole in self.cited if whole.topic in PARTS.get(fact.topic, ()) and _measure(whole)[2] == lane]
        return found or [whole for whole in self.cited if fact.topic == whole.topic and lane and not _measure(whole)[2]]

    def _people(self, clause: _Clause, facts: Sequence[Fact]) -> None:
        for token in clause.subjects:
            if token.kind == "name":
                found = [fact for fact in facts if token.name in _names(fact)]
                if not found:
                    self._at(
                        token if token in clause.tokens else clause, f"The facts that this sentence cites do not say this of {token.name}."
                    )
                self.used |= {fact.id for fact in found}
                if "still" in clause.which("quantity"):
                    new = [each for each in self.known.whole.values() if each.topic.startswith("newly") and token.name in _names(each)]
                    if any(set(_measure(fact)[0:1]) & {each.topic.removeprefix("newly_") for each in new} for fact in found):
                        self._at(token, f"“still”: this is new for {token.name}.")

    def _days(self, clause: _Clause, facts: Sequence[Fact]) -> None:
        for token in clause.tokens:
            if token.kind == "day":
                self._day(clause, token, facts)
            for which in token.means("moment"):
                days = {"day": 1, "yesterday": 1}.get("day" if "day" in token.text and "today" not in token.text else "", 7)
                if which == "coming":
                    due = any(fact.topic == "due_soon" and _number(fact, DAYS) == 7 for fact in facts)
                    if not due:
                        self._at(token, "What is to come is told only of due dates.")
                elif (
                    ("week" in token.text or "day" in token.text)
                    and token.text != "today"
                    and "days" not in token.text
                    and which != "after"
                    and self.known.days != days
                ):
                    self._at(token, f"“{self._said(token)}”: this digest is of {self.known.days} days.")

    def _day(self, clause: _Clause, token: Token, facts: Sequence[Fact]) -> None:
        if self._leads(clause, token, {"since", "from"}):
            right = self._fits(token, "since")
        elif self._leads(clause, token, {"until", "by", "through", "to"}):
            right = self._fits(token, "until")
        else:
            dated = [
                (fact, fact.values.get(f"day_{_names(fact)[each.name]}"))
                for each in clause.subjects
                if each.kind == "name"
                for fact in facts
                if each.name in _names(fact)
            ]
            if dated:
                right = all(isinstance(day, date) and token.day.fits(day) for _, day in dated)
            else:
                stands = any("before" in fact.values for fact in facts) or not facts
                right = stands and (self._fits(token, "since") or self._fits(token, "until"))
        if not right:
            self._at(token, f"“{self._said(token)}” is not a day of what this sentence cites.")

    def _fits(self, token: Token, role: str) -> bool:
        day = self.known.day(role)
        return day is not None and token.day.fits(day)

    @staticmethod
    def _leads(clause: _Clause, token: Token, words: set[str]) -> bool:
        place = clause.tokens.index(token)
        return place > 0 and clause.tokens[place - 1].text in words

    def _quantity(self, clause: _Clause, facts: Sequence[Fact]) -> None:
        for token in clause.quantities:
            which = token.means("quantity")[0]
            right = False
            if which == "none":
                when = self._moment_of(clause)
                right = not clause.numbers and any(_number(fact, when) == 0 for fact in facts)
            elif which in {"all", "most", "half"}:
                right = self._share(which, clause, facts)
            elif which == "first":
                right = any(fact.topic == "first" for fact in self.cited)
                self.used |= {fact.id for fact in self.cited if fact.topic == "first"}
            elif which == "again":
                right = any(_again(fact, clause.which("direction")) for fact in facts)
            elif which == "still":
                right = bool(clause.named) or any((_number(fact, THEN) or 0) > 0 and (_number(fact, NOW) or 0) > 0 for fact in facts)
                right = right or any(
                    fact.topic in {"unacknowledged", "escalated_unclaimed"} and (_number(fact, NOW) or 0) > 0 for fact in facts
                )
            elif which == "super":
                right = any(self._largest(fact) for fact in facts)
            if not right:
                self._at(token, f"“{self._said(token)}” is not what the facts say; say the number, or leave it out.")
        inherited = [token for token in clause.subjects if token not in clause.tokens and "none" in token.means("quantity")]
        if inherited and not any(_number(fact, NOW) == 0 for fact in facts):
            self._at(clause, f"“{self._said(inherited[0])}” is not what the facts say of this.")

    def _moment_of(self, clause: _Clause) -> str:
        moments = set(clause.which("moment"))
        return THEN if moments & {"before", "earlier"} and not moments & {"after"} else NOW

    def _share(self, which: str, clause: _Clause, facts: Sequence[Fact]) -> bool:
        if which == "most" and clause.which("direction"):
            return self._share_of_change(clause, facts)
        for fact in facts:
            part = _number(fact, NOW)
            for whole in self._wholes(fact):
                total = _number(whole, NOW)
                if part is None or not total:
                    continue
                if {"all": part == total, "most": 2 * part > total, "half": 2 * part == total}[which]:
                    self.used.add(whole.id)
                    return True
        return False

    def _share_of_change(self, clause: _Clause, facts: Sequence[Fact]) -> bool:
        """ "Most of the rise is authorization": more than half of the change of the whole, in the direction that is said."""
        sign = {"up": 1, "down": -1}.get(next(iter(clause.which("direction"))), 0)
        for fact in facts:
            part = _number(fact, BY)
            for whole in self._wholes(fact):
                total = _number(whole, BY)
                if part is not None and total is not None and sign and total * sign > 0 and 2 * part * sign > total * sign:
                    self.used.add(whole.id)
                    return True
        return False

    def _largest(self, fact: Fact) -> bool:
        topic, of, lane = _measure(fact)
        others = [each for (other, _, in_lane), each in self.known.whole.items() if other == topic and bool(in_lane) == bool(lane)]
        number = _number(fact, NOW)
        return bool(of or lane) and number is not None and all(number >= (_number(each, NOW) or 0) for each in others)

    def _direction(self, clause: _Clause, facts: Sequence[Fact]) -> None:
        if "most" in clause.which("quantity"):
            return
        for token in clause.tokens:
            for which in token.means("direction"):
                changes = [change for fact in facts if (change := _change(fact)) is not None]
                if not changes:
                    self._at(token, f"“{self._said(token)}” compares, and what this sentence cites has no earlier number.")
                elif not all(_agrees(which, *change) for change in changes):
                    self._at(token, f"“{self._said(token)}” is not how it changed.")

    def _part_of(self, clause: _Clause, facts: Sequence[Fact], before: _Clause | None) -> None:
        """ "9 of them": what is counted must be a part of what was said before."""
        of = [token for place, token in enumerate(clause.tokens) if token.text in WHOM and place and clause.tokens[place - 1].text == "of"]
        of = of or [token for token in clause.tokens[:1] if clause.opener == "which" and token.text == "of"]
        if not of:
            return
        said = {topic for topic, _, _ in before.measures} if before else set()
        for fact in facts:
            if not said & {*PARTS.get(fact.topic, ()), fact.topic}:
                self._at(of[0], "What is counted here is no part of what was said before; say it in a clause of its own.")

    # --- Telling

    def _unused(self) -> None:
        for fact in self.cited:
            if fact.id not in self.used and fact.topic != "period":
                self._whole(f"The sentence says nothing of “{fact.id}”; leave that citation out.")

    def _at(self, where: "Token | _Clause", words: str) -> None:
        self.wrong.append((where.start, where.end, words))

    def _whole(self, words: str) -> None:
        self.wrong.append((0, len(self.line.text), words))

    def _said(self, token: Token) -> str:
        return self.line.text[token.start : token.end]

    def _words(self, clause: _Clause) -> str:
        return self.line.text[clause.start : clause.end]


_MORE = frozenset({"more", "fewer", "less", "higher", "lower", "up", "down"})


def _meant(when: set[str]) -> str:
    return {THEN: " for the moment or period before", NOW: " for now", BY: " as a change"}.get(next(iter(when)), "")


def _change(fact: Fact) -> tuple[int, int] | None:
    before, after = _number(fact, THEN), _number(fact, NOW)
    return (before, after) if before is not None and after is not None else None


def _agrees(which: str, before: int, after: int) -> bool:
    return {
        "up": after > before,
        "down": after < before,
        "same": after == before,
        "double": after == 2 * before > 0,
        "triple": after == 3 * before > 0,
        "halve": before == 2 * after > 0,
    }[which]


def _again(fact: Fact, directions: Sequence[str]) -> bool:
    """Whether it went on as in the period before: a stock that moved in the same direction twice, or what happened in both."""
    before, after = _number(fact, THEN), _number(fact, NOW)
    if before is None or after is None:
        return False
    earlier = fact.values.get("earlier")
    if "before" in fact.values and isinstance(earlier, int):
        return bool(directions) and all(_agrees(each, before, after) and _agrees(each, earlier, before) for each in directions)
    return not directions and before > 0 and after > 0


_OF_EACH = {"newly_overdue": "overdue", "newly_blocked": "blocked", "newly_blocked_by": "blocked_by", "newly_escalated": "escalated"}
_OF_EACH |= {"unacknowledged": "escalated", "escalated_unclaimed": "escalated"}


def _implied(fact: Fact) -> Iterator[Measure]:
    """What holds of each patient of a fact besides: who is newly overdue is overdue."""
    topic, of, lane = _measure(fact)
    if topic in _OF_EACH:
        yield _OF_EACH[topic], of, lane
    if topic == "escalated_unclaimed":
        yield "unclaimed", of, lane
    if topic in {"blocked_by", "newly_blocked_by"}:
        yield topic.removesuffix("_by"), "", lane
        yield "blocked", "", lane
    if topic == "closed_for":
        yield "closed", "", lane


def _concept(topic: str) -> str:
    """The concept that a clause goes on with which only says "newly" or "no longer"."""
    plain = topic.removeprefix("newly_").removeprefix("no_longer_").removesuffix("_by")
    return plain if plain in {"overdue", "blocked", "escalated"} else ""


def _goes_with(flow: str, topic: str) -> bool:
    """Whether "newly" or "no longer" is what a topic is about, or at least takes nothing from it."""
    return topic.startswith(flow) or (flow == "newly" and (topic in {"came_in", "closed", "closed_for", "reopened", "scheduled"}))


def _topics(concepts: set[str], flows: set[str], ofs: dict[str, list[str]], clause: _Clause, before: set[str]) -> set[tuple[str, str]]:
    """The topics, with what they are split by, that these words together name; empty where they are several."""
    blockers, statuses, reasons, movers = (ofs[kind] for kind in ("blocker", "status", "reason", "mover"))
    past = bool(clause.words & PAST)
    concepts = concepts - {""}
    kinds = sum(bool(each) for each in (blockers, statuses, reasons, movers))
    if kinds > 1 and not (reasons and concepts <= {"closed"}):
        return set()
    if reasons:
        return {("closed_for", reasons[0])} if len(reasons) == 1 and concepts <= {"closed", "reached"} else set()
    if len(statuses) == 2 and "from" in clause.words and "to" in clause.words | {"to"}:
        return {("moved", f"{statuses[0]}>{statuses[1]}")}
    if statuses:
        return {("status", statuses[0])} if len(statuses) == 1 and not concepts - {"active", "scheduled"} else set()
    if movers:
        return {("move", movers[0])} if len(movers) == 1 and concepts <= {"active"} else set()
    flow = next(iter(flows)) if len(flows) == 1 else ""
    if len(flows) > 1:
        flow = "no_longer" if "newly" not in flows else ""
    if blockers:
        if len(blockers) > 1 or concepts - {"blocked", "active"}:
            return set()
        if not flow and not concepts:
            flow = next((each for each in ("newly", "no_longer") if any(topic.startswith(f"{each}_blocked") for topic in before)), "")
        found = {(f"{flow}_blocked_by" if flow else "blocked_by", blockers[0])}
        return found | {("newly_blocked_by", blockers[0])} if past and not flow else found
    concepts -= {"active"} if len(concepts) > 1 else set()
    if concepts == {"unclaimed", "escalated"} or (concepts == {"unclaimed"} and before & _ESCALATED):
        return {("escalated_unclaimed", ""), *({("unclaimed", "")} if "escalated" not in concepts else set())}
    if concepts in ({"unacknowledged", "escalated"}, {"unacknowledged"}):
        return {("unacknowledged", "")}
    if len(concepts) != 1:
        return set()
    concept = next(iter(concepts))
    if concept in {"overdue", "blocked", "escalated"}:
        if flow:
            return {(f"{flow}_{concept}", "")}
        if concept == "escalated" and past:
            return (
                {("newly_escalated", ""), ("escalated", "")}
                if clause.which("direction") or clause.which("moment")
                else {("newly_escalated", "")}
            )
        return {(concept, ""), (f"newly_{concept}", "")} if past else {(concept, "")}
    if concept == "scheduled":
        return {("scheduled", "")}
    if concept in CONCEPT_TOPICS | {"unclaimed"}:
        return {(concept, "")}
    return set()


_ESCALATED = frozenset({"escalated", "newly_escalated", "unacknowledged", "escalated_unclaimed"})
