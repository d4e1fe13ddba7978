"""A sentence of a digest cut into clauses that each say one thing, and what the words of each clause measure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from triage.narration_facts import ACTIVE, Measure
from triage.narration_tokens import Token

CONCEPT_TOPICS = frozenset({"active", "came_in", "closed", "reopened", "oldest", "median_age", "attempts", "reached", "due_soon"})
SPLITS = frozenset(
    {"and", "but", "while", "whereas", "with", "though", "although", "or", "plus", "which", "who", "including", "leaving", "yet"}
)
HAVING = frozenset({"has", "have", "had", "got", "having"})
PAST, PRESENT = frozenset({"was", "were", "got", "had"}), frozenset({"is", "are", "stand", "stands", "remain", "remains", "have", "has"})
ESCALATED = frozenset({"escalated", "newly_escalated", "unacknowledged", "escalated_unclaimed"})


@dataclass(slots=True)
class Clause:
    """A part of a sentence that says one thing. `opener` is the word or mark before it.

    `measures` are what it may measure; `own` where its own words say so. `subjects` are the numbers and names it is about.
    """

    tokens: list[Token]
    opener: str = ""
    measures: frozenset[Measure] = frozenset()
    own: bool = False
    subjects: list[Token] = field(default_factory=list)

    def which(self, kind: str) -> list[str]:
        """What its words mean of a kind."""
        return [each for token in self.tokens for each in token.means(kind)]

    def has(self, *kinds: str) -> bool:
        """Whether a token of these kinds is in it."""
        return any(token.kind in kinds for token in self.tokens)

    @property
    def words(self) -> set[str]:
        """Its words in small letters."""
        return {token.text for token in self.tokens}

    @property
    def numbers(self) -> list[Token]:
        """Its numbers."""
        return [token for token in self.tokens if token.kind == "number"]

    @property
    def named(self) -> list[Token]:
        """Whom it names."""
        return [token for token in self.tokens if token.kind == "name"]

    @property
    def quantities(self) -> list[Token]:
        """Its words like "none" and "most"."""
        return [token for token in self.tokens if token.means("quantity")]

    @property
    def has_subject(self) -> bool:
        """Whether it says who or how many."""
        return self.has("number", "name") or bool({"none", "all", "most", "half"} & set(self.which("quantity")))

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end


class Unreadable(Exception):
    """A clause says several things at once, or what cannot be told. The message says what to mend."""


def clauses_of(tokens: Sequence[Token], lane: str) -> list[Clause]:
    """The clauses of a sentence with what they measure. `lane` is that of the digest, empty for one of all lanes. Raises Unreadable."""
    return list(_measured(_around(_merged(_cut(tokens), lane)), lane))


def _cut(tokens: Sequence[Token]) -> list[Clause]:
    found, opener, part = list[Clause](), "", list[Token]()
    for token in tokens:
        splits = token.kind == "mark" or (token.kind == "plain" and token.text in SPLITS and not (token.text == "with" and not part))
        if not splits:
            part.append(token)
            continue
        if part:
            found.append(Clause(part, opener))
            part, opener = [], token.text
        else:
            opener = opener if opener in {"(", ":"} and token.text in SPLITS else token.text
    return [*found, Clause(part, opener)] if part else found


def _merged(clauses: list[Clause], lane: str) -> list[Clause]:
    """Clauses that only go on with what the one before them measures are put to it: "closed | with care completed"."""
    merged: list[Clause] = []
    for clause in clauses:
        first = clause.tokens[0].text
        if merged and clause.opener == "," and _names_a_lane_alone(merged[-1]):
            merged[-1] = Clause([*merged[-1].tokens, *clause.tokens], merged[-1].opener)
            continue
        if (
            merged
            and clause.opener in SPLITS
            and not clause.has("number", "name", "day")
            and not clause.quantities
            and not clause.which("direction")
        ):
            together = Clause([*merged[-1].tokens, *clause.tokens], merged[-1].opener)
            if _goes_on(merged[-1], together, lane, is_predicate=first in PAST | PRESENT) or not _says_measure(clause):
                merged[-1] = together
                continue
        merged.append(clause)
    return merged


def _names_a_lane_alone(clause: Clause) -> bool:
    """ "In Referral follow-through, ..."."""
    return bool(clause.which("lane")) and all(token.kind == "plain" or token.means("lane") for token in clause.tokens)


def _goes_on(before: Clause, together: Clause, lane: str, *, is_predicate: bool) -> bool:
    """Whether the two read as one thing; where the second has a verb of its own, whether it adds nothing."""
    try:
        whole = _own_measures(together, frozenset(), lane)
        return bool(whole) and (not is_predicate or whole == _own_measures(before, frozenset(), lane))
    except Unreadable:
        return False


def _around(clauses: list[Clause]) -> list[Clause]:
    """ "One of them, Earl Whitcomb, has no owner": what stands between commas is said of the same."""
    found: list[Clause] = []
    for clause in clauses:
        if (
            len(found) > 1
            and clause.opener == found[-1].opener == ","
            and clause.tokens[0].text in PAST | PRESENT
            and found[-2].has_subject
        ):
            between = found.pop()
            found[-1] = Clause([*found[-1].tokens, *clause.tokens], found[-1].opener)
            found.append(between)
        else:
            found.append(clause)
    return found


def _says_measure(clause: Clause) -> bool:
    return any(clause.which(kind) for kind in ("concept", "blocker", "status", "reason", "mover", "lane", "flow"))


def _measured(clauses: list[Clause], lane: str) -> Iterator[Clause]:
    """Each clause with its measures: its own, else those of the one before it; the first ones without take those that follow."""
    before: frozenset[Measure] = frozenset()
    for clause in clauses:
        own = _own_measures(clause, before, lane)
        clause.own, clause.measures = bool(own), own or before
        before = clause.measures
    for place in range(len(clauses) - 2, -1, -1):
        here, after = clauses[place], clauses[place + 1]
        lists = here.named and not here.own and after.tokens[0].kind == "name" and after.opener in {",", "and"}
        if not here.measures or (lists and after.own):
            here.measures, here.own = after.measures, here.own or bool(lists and after.own)
    yield from clauses


def _own_measures(clause: Clause, before: frozenset[Measure], of_digest: str) -> frozenset[Measure]:
    """What the words of a clause measure; empty where they name nothing. Raises Unreadable."""
    if any(token.text in HAVING and after.means("blocker") for token, after in pairwise(clause.tokens)):
        raise Unreadable("What a patient has is no blocker: say by what they are blocked.")
    lanes = set(clause.which("lane"))
    if of_digest:
        if lanes - {of_digest}:
            raise Unreadable("This digest is of another lane than this sentence names.")
        lanes = {""}
    concepts, flows = set(clause.which("concept")), set(clause.which("flow"))
    ofs = {kind: list(dict.fromkeys(clause.which(kind))) for kind in ("blocker", "status", "reason", "mover")}
    if len(lanes) > 1:
        raise Unreadable("A clause names several lanes; say one thing in each clause.")
    inherited = {lane for _, _, lane in before} or {""}
    named = {lanes.pop()} if lanes and not of_digest else inherited
    bare = not concepts and not any(ofs.values())
    if bare and not flows:
        return frozenset((ACTIVE, "", lane) for lane in named) if clause.which("lane") and not of_digest else frozenset()
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
        raise Unreadable("A clause names several things at once; say one thing in each clause.")
    if any(not _goes_with(flow, topic) for flow in flows for topic, _ in topics):
        raise Unreadable("What became so, or is so no longer, is told of overdue, blocked and escalated patients only.")
    return frozenset((topic, of, lane) for topic, of in topics for lane in named)


def _concept(topic: str) -> str:
    """The concept that a clause goes on with which only says "newly" or "no longer"."""
    plain = topic.removeprefix("newly_").removeprefix("no_longer_").removesuffix("_by")
    return plain if plain in {"overdue", "blocked", "escalated"} else ""


def _goes_with(flow: str, topic: str) -> bool:
    """Whether "newly" or "no longer" is what a topic is about, or at least takes nothing from it."""
    return topic.startswith(flow) or (flow == "newly" and (topic in {"came_in", "closed", "closed_for", "reopened", "scheduled"}))


def _topics(concepts: set[str], flows: set[str], ofs: dict[str, list[str]], clause: Clause, before: set[str]) -> set[tuple[str, str]]:
    """The topics, with what they are split by, that these words together name; empty where they are several."""
    blockers, statuses, reasons, movers = (ofs[kind] for kind in ("blocker", "status", "reason", "mover"))
    past = bool(clause.words & PAST)
    concepts = concepts - {""}
    kinds = sum(bool(each) for each in (blockers, statuses, reasons, movers))
    if kinds > 1 and not (reasons and concepts <= {"closed"}):
        return set()
    if reasons:
        return {("closed_for", reasons[0])} if len(reasons) == 1 and concepts <= {"closed", "reached"} else set()
    if len(statuses) == 2 and any(word.split()[0] == "from" for word in clause.words):
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
    if concepts == {"unclaimed", "escalated"} or (concepts == {"unclaimed"} and before & ESCALATED):
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
        at_a_moment = {"before", "after"} & set(clause.which("moment"))
        return {("scheduled", ""), *([("status", "scheduled")] if at_a_moment else [])}
    if concept in CONCEPT_TOPICS | {"unclaimed"}:
        return {(concept, "")}
    return set()
