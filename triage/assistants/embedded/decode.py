"""From the network's scores to suggestions: what is told of one step, one attempt, one alarm is brought together into one item."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from triage.assistants.embedded.counts import count
from triage.assistants.embedded.due import Due, due
from triage.assistants.embedded.examples import ACTIONS, BLOCKERS, CHANNELS, OUTCOMES, REASONS
from triage.assistants.embedded.features import Seen, Unit, who_speaks
from triage.assistants.embedded.heads import Floats, chances
from triage.assistants.embedded.lexicon import OPEN_MOODS
from triage.assistants.embedded.owners import owner
from triage.assistants.embedded.threads import replied_thread
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import CONTACT, FAILED, Action, BlockerCategory, Channel, EscalationReason, Outcome

_UNREACHABLE = BlockerPayload(category=BlockerCategory.PATIENT_UNREACHABLE)
_UNANSWERED = re.compile(
    r"\b(?:no (?:reply|response|answer)|unread|never (?:opened|read|answered|replied)|not (?:opened|read|answered)|unanswered|"
    r"came back|unclaimed|return(?:ed)? to sender|no answer back|bounced|neither|undeliver\w+)\b"
)
_DECLINED = re.compile(
    r"\b(?:(?:he|she|pt|patient|they|mom|wife|husband|daughter|son|[a-z]+),? (?:still )?(?:declin(?:ed|es)|refus(?:ed|es)|turned "
    r"(?:it |us |him |her )?down)|not interested|"
    r"(?:doesn't|does not|didn't|did not) want (?:it|to|the|any|this|us)|passed on (?:it|the)|absolutely not|polite no|wants no|"
    r"opted out|no thank)\b"
)
_EARLIER = 160  # characters in which somebody is still "her" or "him"
_THREAD_CHANCE = 0.9  # a message and its answer, line under line, leave little doubt
_GIVEN_UP = REASONS.index(EscalationReason.REPEATED_FAILED_OUTREACH.value)
_MANY = 3  # failed attempts: this many are repeated_failed_outreach


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible suggestion. `raw` is the network's own probability, before calibration."""

    kind: str
    payload: Payload
    start: int
    end: int
    raw: float
    time_phrase: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One note with what the network makes of its units: rows are clauses (action, blocker) or sentences (outcome, channel, reason)."""

    seen: Seen
    actions: Floats
    blockers: Floats
    outcomes: Floats
    channels: Floats
    reasons: Floats


def judge(seen: Seen, scores: Floats) -> Judged:
    """What the network's `scores` [units, columns] say of each unit, as probabilities."""
    clauses, sentences = scores[: len(seen.clauses)], scores[len(seen.clauses) :]
    blockers = chances(clauses, "blocker")
    if len(blockers):  # what a clause says, and what its whole sentence says: each sees some that the other misses
        whole = chances(sentences, "blocker")
        blockers = (blockers + whole[[unit.place.sentence for unit in seen.clauses]]) * np.float32(0.5)
    outcomes, channels, reasons = (chances(sentences, name) for name in ("outcome", "channel", "reason"))
    return Judged(seen, chances(clauses, "action"), blockers, outcomes, channels, reasons)


def candidates(note: Judged, thresholds: Mapping[str, float]) -> list[Candidate]:
    """All suggestions of a note that reach the thresholds, in the order of the note within each kind."""
    attempts = _attempts(note, thresholds["attempt"])
    alarm = _alarm(note, attempts, thresholds["escalation"])
    blockers = _with_unreachable(list(_blockers(note, thresholds["blocker"])), attempts)
    return [*_tasks(note, thresholds["task"]), *blockers, *attempts, *([alarm] if alarm else [])]


def _tasks(note: Judged, threshold: float) -> Iterator[Candidate]:
    seen = note.seen
    folded = seen.split.folded
    runs: list[tuple[int, int, Action, float]] = []  # first clause, last clause, action, chance
    for index, row in enumerate(note.actions):
        chance = 1.0 - float(row[0])
        if chance < threshold or _is_past(seen.clauses[index]):
            continue
        action = Action(ACTIONS[1 + int(np.argmax(row[1:]))])
        place = seen.clauses[index].place
        if runs and runs[-1][1] == index - 1 and runs[-1][2] is action and seen.clauses[index - 1].place.sentence == place.sentence:
            runs[-1] = (runs[-1][0], index, action, max(chance, runs[-1][3]))
        else:
            runs.append((index, index, action, chance))
    said: set[tuple[Action, str]] = set()
    for first, last, action, chance in runs:
        start, end = seen.clauses[first].place.start, seen.clauses[last].place.end
        if (action, folded[start:end]) in said:
            continue  # a step told twice in the same words is one step
        said.add((action, folded[start:end]))
        sentence = seen.sentences[seen.clauses[first].place.sentence].place
        when = due(seen, action, start, end, sentence) or _shared_due(seen, action, first, last, {run[0] for run in runs})
        told = folded[max(0, start - _EARLIER) : start]
        who = owner(action, folded[start:end], folded[sentence.start : start], seen.note.author_role, told)
        payload = TaskPayload(action=action, owner_role=who, due=when.day if when else None)
        yield Candidate("task", payload, start, end, chance, when.words if when else None)


def _is_past(clause: Unit) -> bool:
    """ "Records faxed to the clinic": rule 1, held in code where "to" is all that looks like a step still to come."""
    moods = clause.cues.intersection(OPEN_MOODS)
    return "m:past" in clause.cues and moods == {"m:name_to"} and " to be " not in clause.text


def _shared_due(seen: Seen, action: Action, first: int, last: int, taken: set[int]) -> Due | None:
    """ "Ring them by Friday and get it": a clause that is no step of its own lends its time to its neighbour in the sentence."""
    for other in (last + 1, first - 1):
        if (
            0 <= other < len(seen.clauses)
            and other not in taken
            and seen.clauses[other].place.sentence == seen.clauses[first].place.sentence
        ):
            place = seen.clauses[other].place
            told = (
                due(seen, action, place.start, place.end, place)
                if {"open", "m:cond"} & seen.clauses[other].cues and "m:patient_will" not in seen.clauses[other].cues
                else None
            )
            if told:
                return told
    return None


def _blockers(note: Judged, threshold: float) -> Iterator[Candidate]:
    seen, chances = note.seen, note.blockers
    if not len(chances):
        return
    best = chances.argmax(axis=0)
    for column, name in enumerate(BLOCKERS):
        chance = float(chances[best[column], column])
        if chance >= threshold:
            place = seen.clauses[int(best[column])].place
            yield Candidate("blocker", BlockerPayload(category=BlockerCategory(name)), place.start, place.end, chance)


def _with_unreachable(blockers: list[Candidate], attempts: list[Candidate]) -> list[Candidate]:
    """Rule 6, held in code: a failed attempt with no contact since blocks, and a later contact resolves it."""
    touched = [one.start for one in attempts if isinstance(one.payload, OutreachAttemptPayload) and one.payload.outcome in CONTACT]
    failed = [one for one in attempts if isinstance(one.payload, OutreachAttemptPayload) and one.payload.outcome in FAILED]
    kept = [one for one in blockers if one.payload != _UNREACHABLE or not any(start >= one.start for start in touched)]
    last = failed[-1] if failed else None
    if last and not any(start >= last.start for start in touched) and all(one.payload != _UNREACHABLE for one in kept):
        kept.append(Candidate("blocker", _UNREACHABLE, last.start, last.end, last.raw))
    return kept


def _attempts(note: Judged, threshold: float) -> list[Candidate]:
    seen = note.seen
    folded = seen.split.folded
    merged: dict[tuple[Channel, Outcome], Candidate] = {}
    exchange = replied_thread(seen)
    if exchange:
        merged[exchange.channel, Outcome.REPLIED] = Candidate(
            "attempt",
            OutreachAttemptPayload(channel=exchange.channel, outcome=Outcome.REPLIED),
            exchange.start,
            exchange.end,
            _THREAD_CHANCE,
        )
    for index, row in enumerate(note.outcomes):
        chance = 1.0 - float(row[0])
        if chance < threshold:
            continue
        outcome = Outcome(OUTCOMES[1 + int(np.argmax(row[1:]))])
        channel = Channel(CHANNELS[1 + int(np.argmax(note.channels[index, 1:]))])
        place = seen.sentences[index].place
        if exchange and who_speaks(place.header, ""):
            continue
        if outcome is Outcome.REACHED and _DECLINED.search(folded, place.start, place.end):
            outcome = Outcome.DECLINED
        times = count(folded[place.start : place.end], outcome)
        earlier = merged.get((channel, outcome))
        if earlier and isinstance(earlier.payload, OutreachAttemptPayload):
            times = max(times, earlier.payload.count) if outcome in CONTACT else min(99, times + earlier.payload.count)
            payload = OutreachAttemptPayload(channel=channel, outcome=outcome, count=times)
            merged[channel, outcome] = Candidate("attempt", payload, earlier.start, place.end, max(chance, earlier.raw))
        else:
            payload = OutreachAttemptPayload(channel=channel, outcome=outcome, count=times)
            merged[channel, outcome] = Candidate("attempt", payload, place.start, place.end, chance)
    return list(merged.values())


def _alarm(note: Judged, attempts: list[Candidate], threshold: float) -> Candidate | None:
    seen, chances = note.seen, note.reasons
    if len(chances):
        flags = chances[:, 1:_GIVEN_UP].sum(axis=1)  # giving up is counted, not felt
        index = int(np.argmax(flags))
        if float(flags[index]) >= threshold:
            reason = EscalationReason(REASONS[1 + int(np.argmax(chances[index, 1:_GIVEN_UP]))])
            place = seen.sentences[index].place
            return Candidate("escalation", EscalationPayload(reason=reason), place.start, place.end, float(flags[index]))
    return _given_up(seen, attempts)


def _given_up(seen: Seen, attempts: list[Candidate]) -> Candidate | None:
    """Three or more failed attempts told in the note, with nobody reached since."""
    failed = [one for one in attempts if _failed(seen, one)]
    told = sum(one.payload.count for one in failed if isinstance(one.payload, OutreachAttemptPayload))
    if told < _MANY or any(isinstance(one.payload, OutreachAttemptPayload) and one.payload.outcome is Outcome.REACHED for one in attempts):
        return None
    start, end = min(one.start for one in failed), max(one.end for one in failed)
    return Candidate(
        "escalation", EscalationPayload(reason=EscalationReason.REPEATED_FAILED_OUTREACH), start, end, min(one.raw for one in failed)
    )


def _failed(seen: Seen, attempt: Candidate) -> bool:
    if not isinstance(attempt.payload, OutreachAttemptPayload):
        return False
    if attempt.payload.outcome in FAILED:
        return True
    told = seen.split.folded[attempt.start : attempt.end + 40]
    return attempt.payload.outcome is Outcome.MESSAGE_SENT and attempt.payload.channel is not Channel.SMS and bool(_UNANSWERED.search(told))
