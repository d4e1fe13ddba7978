"""Is every sentence of a digest true of the facts it cites? It knows no assistant's phrases: a person's words are held to the same.

A sentence is cut into clauses. The words of a clause say what it measures (`Measure`): overdue, newly blocked by transport, closed because
the patient declined. A clause that names no measure goes on with the one before it, and one that names no number or patient with those
before it. Then each number, name, direction and quantity must be that of a cited fact of exactly this measure, and of the right moment:
where it stands in the clause says which ("from 17 to 11", "11, down from 17", "17 on Monday"). What cannot be read so is rejected, with
words that say what to mend; so is what is true of a fact that the sentence does not cite, and a citation that it does not use.

A sentence without number, name, day, direction, quantity or word of the queue is a person's own and passes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from triage.claims import ClaimKind, claims
from triage.narration_clauses import Clause, Unreadable, clauses_of
from triage.narration_facts import (
    BY,
    DAY_TOPICS,
    DAYS,
    NOW,
    PARTS,
    THEN,
    WHOLE,
    Known,
    agrees,
    change_of,
    implied,
    measure_of,
    names_of,
    number_of,
    went_on,
)
from triage.narration_tokens import Token, tokens
from triage.writing import Fact, Line


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a sentence (its place, from 0), at which of its characters, and what mends it."""

    sentence: int
    start: int
    end: int
    words: str


def check_narration(sentences: Sequence[Line], facts: Sequence[Fact]) -> list[Problem]:
    """What the facts do not bear out, in the order of the text; empty where the text may be shown."""
    known = Known(facts)
    found: list[Problem] = []
    for place, line in enumerate(sentences):
        problems = _Sentence(line, known).problems()
        found += sorted((Problem(place, *each) for each in problems), key=lambda problem: (problem.start, problem.end))
    return found


def cited_by(text: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """The ids of the facts that a sentence speaks of, as far as it can be read; in their order."""
    sentence = _Sentence(Line(text, tuple(fact.id for fact in facts)), Known(facts))
    sentence.problems()
    return tuple(fact.id for fact in facts if fact.id in sentence.used)


Wrong = tuple[int, int, str]

COMPARING = frozenset({"than", "against", "versus", "vs", "compared", "instead"})
WHOM = frozenset({"them", "these", "those", "which", "whom"})
_MORE = frozenset({"more", "fewer", "less", "higher", "lower", "up", "down"})


class _Sentence:
    def __init__(self, line: Line, known: Known) -> None:
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
            clauses = clauses_of(self.tokens, self.known.lane)
        except Unreadable as error:
            self._whole(str(error))
            return
        before: Clause | None = None
        for clause in clauses:
            self._check(clause, before)
            before = clause

    # --- Checking

    def _check(self, clause: Clause, before: Clause | None) -> None:
        if not clause.measures:
            if clause.has_subject or clause.which("direction"):
                self._at(clause, "It is not said of what this is; name what is counted.")
            else:
                self._days(clause, [])
            return
        clause.subjects = self._subjects(clause, before)
        facts = [fact for fact in self.cited if measure_of(fact) in clause.measures]
        if any(token.kind == "name" for token in clause.subjects) and not any(token.kind == "number" for token in clause.subjects):
            facts += [fact for fact in self.cited if fact not in facts and any(each in clause.measures for each in implied(fact))]
        if not facts and not (clause.own or clause.has_subject or clause.which("direction")):
            self._days(clause, [])
            return
        if not facts:
            other = next((fact for measure, fact in self.known.by_measure.items() if measure in clause.measures), None)
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

    def _subjects(self, clause: Clause, before: Clause | None) -> list[Token]:
        """Who or how many it is about: its own, else those of the clause that it goes on with."""
        own = [token for token in clause.tokens if token.kind == "name"] or clause.numbers
        own = own or [token for token in clause.quantities if "none" in token.means("quantity")]
        if own and clause.opener == "," and clause.own and not clause.named and before is not None and before.named and not before.numbers:
            own = [*own, *before.named]
        if own or before is None or clause.which("direction"):
            return own
        goes_on = clause.opener == "(" or (clause.own and clause.opener in {",", "and", "or", "but", "who", "which", "yet"})
        return before.subjects if goes_on else own

    def _numbers(self, clause: Clause, facts: Sequence[Fact], before: Clause | None) -> list[Fact]:
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

    def _is(self, clause: Clause, token: Token, fact: Fact, when: str) -> bool:
        """Whether a number is this one of a fact; a change goes with the direction that is said of it."""
        number = number_of(fact, when)
        if number is None:
            return False
        if when == BY:
            said = {each for each in clause.which("direction") if each in {"up", "down"}}
            return abs(number) == token.number and number != 0 and said == {"up" if number > 0 else "down"}
        return number == token.number

    def _when(self, clause: Clause, token: Token, facts: Sequence[Fact], before: Clause | None) -> set[str] | None:
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

    def _stated(self, clause: Clause, token: Token, left: list[Token], right: list[Token], before: Clause | None) -> set[str] | None:
        last, following = (left[-1] if left else None), (right[0] if right else None)
        said = self._moment(clause, token)
        opened = last.text if last is not None else clause.opener
        comparing = opened in COMPARING or (last is None and clause.opener in COMPARING) or self._compares(left)
        to_another = len(right) > 1 and right[0].text == "to" and right[1].kind == "number"
        moved_by = last is not None and (last.text == "by" or bool({"up", "down"} & set(last.means("direction"))))
        if moved_by or (following is not None and following.text in _MORE):
            when = {BY}
        elif (last is not None and last.text == "from") or comparing or to_another:
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
    def _bare_after_comparison(clause: Clause, before: Clause | None) -> bool:
        alone = len(clause.tokens) == 1 and clause.opener == "("
        return alone and before is not None and any(token.text in COMPARING for token in before.tokens)

    def _moment(self, clause: Clause, token: Token) -> str | None:
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
        ahead = any(fact.topic == "due_soon" and number_of(fact, DAYS) == token.number for fact in facts)
        back = not any(fact.topic == "due_soon" for fact in facts) and token.number == self.known.days
        if not ahead and not back:
            self._at(token, f"“{self._said(token)} days” is not a span of what this sentence cites.")
        return None

    def _of_whole(self, token: Token, facts: Sequence[Fact]) -> set[str] | None:
        wholes = [whole for fact in facts for whole in self._wholes(fact)]
        fitting = [whole for whole in wholes if number_of(whole, NOW) == token.number]
        if not fitting:
            self._at(token, f"“{self._said(token)}” is not the whole that this sentence cites.")
            return None
        self.used |= {whole.id for whole in fitting}
        return {WHOLE}

    def _wholes(self, fact: Fact) -> list[Fact]:
        """The cited facts of which this one is a part."""
        lane = measure_of(fact)[2]
        found = [whole for whole in self.cited if whole.topic in PARTS.get(fact.topic, ()) and measure_of(whole)[2] == lane]
        return found or [whole for whole in self.cited if fact.topic == whole.topic and lane and not measure_of(whole)[2]]

    def _people(self, clause: Clause, facts: Sequence[Fact]) -> None:
        for token in clause.subjects:
            if token.kind == "name":
                found = [fact for fact in facts if token.name in names_of(fact)]
                if not found:
                    self._at(
                        token if token in clause.tokens else clause, f"The facts that this sentence cites do not say this of {token.name}."
                    )
                self.used |= {fact.id for fact in found}
                if self._moment_of(clause) == THEN:
                    self._at(token, f"The facts tell how it is with {token.name} now; say it of now.")
                if "still" in clause.which("quantity"):
                    new = [
                        each for each in self.known.by_measure.values() if each.topic.startswith("newly") and token.name in names_of(each)
                    ]
                    if any(fact.topic == each.topic.removeprefix("newly_") for each in new for fact in found):
                        self._at(token, f"“still”: this is new for {token.name}.")

    def _days(self, clause: Clause, facts: Sequence[Fact]) -> None:
        for token in clause.tokens:
            if token.kind == "day":
                self._day(clause, token, facts)
            for which in token.means("moment"):
                days = _length(token.text)
                if which == "coming":
                    if not any(fact.topic == "due_soon" and number_of(fact, DAYS) == days for fact in facts):
                        self._at(token, "What is to come is told only of due dates.")
                elif days not in {None, self.known.days}:
                    self._at(token, f"“{self._said(token)}”: this digest is of {self.known.days} days.")

    def _day(self, clause: Clause, token: Token, facts: Sequence[Fact]) -> None:
        if self._leads(clause, token, {"since", "from"}):
            right = self._fits(token, "since")
        elif self._leads(clause, token, {"until", "by", "through", "to"}):
            right = self._fits(token, "until")
        else:
            dated = [
                (fact, fact.values.get(f"day_{names_of(fact)[each.name]}"))
                for each in clause.subjects
                if each.kind == "name"
                for fact in facts
                if each.name in names_of(fact)
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
    def _leads(clause: Clause, token: Token, words: set[str]) -> bool:
        place = clause.tokens.index(token)
        return place > 0 and clause.tokens[place - 1].text in words

    def _quantity(self, clause: Clause, facts: Sequence[Fact]) -> None:
        for token in clause.quantities:
            which = token.means("quantity")[0]
            right = False
            if which == "none":
                when = self._moment_of(clause)
                right = not clause.numbers and any(number_of(fact, when) == 0 for fact in facts)
            elif which in {"all", "most", "half"}:
                right = self._share(which, clause, facts)
            elif which == "first":
                right = any(fact.topic == "first" for fact in self.cited)
                self.used |= {fact.id for fact in self.cited if fact.topic == "first"}
            elif which == "again":
                right = any(went_on(fact, clause.which("direction")) for fact in facts)
            elif which == "still":
                right = bool(clause.named) or any((number_of(fact, THEN) or 0) > 0 and (number_of(fact, NOW) or 0) > 0 for fact in facts)
                right = right or any(
                    fact.topic in {"unacknowledged", "escalated_unclaimed"} and (number_of(fact, NOW) or 0) > 0 for fact in facts
                )
            elif which == "super":
                right = any(self._largest(fact) for fact in facts)
            if not right:
                self._at(token, f"“{self._said(token)}” is not what the facts say; say the number, or leave it out.")
        inherited = [token for token in clause.subjects if token not in clause.tokens and "none" in token.means("quantity")]
        if inherited and not any(number_of(fact, NOW) == 0 for fact in facts):
            self._at(clause, f"“{self._said(inherited[0])}” is not what the facts say of this.")

    def _moment_of(self, clause: Clause) -> str:
        moments = set(clause.which("moment"))
        return THEN if moments & {"before", "earlier"} and not moments & {"after"} else NOW

    def _share(self, which: str, clause: Clause, facts: Sequence[Fact]) -> bool:
        if which == "most" and clause.which("direction"):
            return self._share_of_change(clause, facts)
        for fact in facts:
            part = number_of(fact, NOW)
            for whole in self._wholes(fact):
                total = number_of(whole, NOW)
                if part is None or not total:
                    continue
                if {"all": part == total, "most": 2 * part > total, "half": 2 * part == total}[which]:
                    self.used.add(whole.id)
                    return True
        return False

    def _share_of_change(self, clause: Clause, facts: Sequence[Fact]) -> bool:
        """ "Most of the rise is authorization": more than half of the change of the whole, in the direction that is said."""
        sign = {"up": 1, "down": -1}.get(next(iter(clause.which("direction"))), 0)
        for fact in facts:
            part = number_of(fact, BY)
            for whole in self._wholes(fact):
                total = number_of(whole, BY)
                if part is not None and total is not None and sign and total * sign > 0 and 2 * part * sign > total * sign:
                    self.used.add(whole.id)
                    return True
        return False

    def _largest(self, fact: Fact) -> bool:
        topic, of, lane = measure_of(fact)
        others = [each for (other, _, in_lane), each in self.known.by_measure.items() if other == topic and bool(in_lane) == bool(lane)]
        number = number_of(fact, NOW)
        return bool(of or lane) and number is not None and all(number >= (number_of(each, NOW) or 0) for each in others)

    def _direction(self, clause: Clause, facts: Sequence[Fact]) -> None:
        if "most" in clause.which("quantity"):
            return
        for token in clause.tokens:
            for which in token.means("direction"):
                changes = [change for fact in facts if (change := change_of(fact)) is not None]
                if not changes:
                    self._at(token, f"“{self._said(token)}” compares, and what this sentence cites has no earlier number.")
                elif not all(agrees(which, *change) for change in changes):
                    self._at(token, f"“{self._said(token)}” is not how it changed.")

    def _part_of(self, clause: Clause, facts: Sequence[Fact], before: Clause | None) -> None:
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

    def _at(self, where: Token | Clause, words: str) -> None:
        self.wrong.append((where.start, where.end, words))

    def _whole(self, words: str) -> None:
        self.wrong.append((0, len(self.line.text), words))

    def _said(self, token: Token) -> str:
        return self.line.text[token.start : token.end]

    def _words(self, clause: Clause) -> str:
        return self.line.text[clause.start : clause.end]


def _length(said: str) -> int | None:
    """The days of a span in words; None where it is none."""
    if re.search(r"\bweek|\bseven days\b", said):
        return 7
    return 1 if re.search(r"\bday\b|\byesterday\b", said) else None


def _meant(when: set[str]) -> str:
    return {THEN: " for the moment or period before", NOW: " for now", BY: " as a change"}.get(next(iter(when)), "")
