"""The timeline in words: notes, and what happened, each act of a person with its consequences under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from review_ui import words
from store.contact import Entry
from store.timeline import EventEntry, NoteEntry
from workflow import events as ev
from workflow.contact import by
from workflow.events import Change, Event
from workflow.people import ANYBODY, People
from workflow.vocabulary import Action

Tasks = dict[int, Action]
"""What each task of the episode is, by its number."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline. `follows` are the rule's consequences; `undo` the events to take back, empty where that is not offered.

    `at` is when it happened; `written`, where that was later, when it was written down. `quoted` says that `detail` is what a person
    wrote or a note says, word for word. `marks` are the contact limits that an attempt went beyond, in words. `topics` are the filters
    it is found under.
    """

    at: datetime
    css: str
    headline: str
    who: str
    detail: str = ""
    quoted: bool = False
    follows: tuple[str, ...] = ()
    note: NoteEntry | None = None
    note_id: int | None = None
    suggestion_id: int | None = None
    taken_back: bool = False
    undo: str = ""
    written: datetime | None = None
    marks: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()


TOPICS = {
    "outreach": "Outreach",
    "notes": "Notes",
    "people": "What people did",
    "rules": "By rule",
    "escalations": "Escalations",
}
"""The filters of the timeline."""

UNDO_FOR = timedelta(days=1)
"""How long an act can be taken back. What is older is history: a new act corrects it."""


def steps(timeline: list[NoteEntry | EventEntry], now: datetime, wishes: Sequence[Entry] = (), people: People = ANYBODY) -> list[Step]:
    """The timeline as shown, newest first. Events of one moment and one decision are one act and its consequences.

    An attempt stands where it happened, however late it was written down. `wishes` are what the patient asked about being contacted.
    """
    added = (entry.event.change for entry in reversed(timeline) if isinstance(entry, EventEntry))
    tasks = {change.task: change.action for change in added if isinstance(change, ev.TaskAdded)}
    shown = []
    for (_, is_note, _), group in groupby(timeline, key=_act_of):
        entries = list(group)
        if is_note:
            shown += [_note(entry) for entry in entries if isinstance(entry, NoteEntry)]
        else:
            shown.append(_act(sorted((e for e in entries if isinstance(e, EventEntry)), key=lambda e: e.event.seq), tasks, now, people))
    shown += [_wish(entry) for entry in reversed(wishes)]
    return sorted(shown, key=lambda step: step.at, reverse=True)


def undoable(timeline: list[NoteEntry | EventEntry], now: datetime) -> list[set[int]]:
    """The acts that the timeline offers to take back, each the numbers of its events: a person's act goes with its consequences."""
    return [{int(seq) for seq in step.undo.split(",")} for step in steps(timeline, now) if step.undo]


def _wish(entry: Entry) -> Step:
    headline = f"May be contacted again {by(entry.channel)}" if entry.lifted else f"Asked not to be contacted {by(entry.channel)}"
    if entry.lifted and entry.channel is None:
        headline = "May be contacted again"
    return Step(entry.at, "act", headline, entry.by, entry.reason, quoted=True, topics=frozenset({"outreach", "people"}))


def _act_of(entry: NoteEntry | EventEntry) -> tuple[datetime, bool, int | None]:
    """What entries of one act have in common: "accept all" is several decisions of one moment."""
    return (entry.at, False, entry.decision_id) if isinstance(entry, EventEntry) else (entry.at, True, None)


def _note(entry: NoteEntry) -> Step:
    note = entry.note
    author = ", ".join(part for part in (note.author, note.author_role.replace("_", " ")) if part)
    return Step(
        entry.at, "note", note.kind.replace("_", " ").capitalize(), author, note=entry, note_id=note.id, topics=frozenset({"notes"})
    )


def _act(entries: list[EventEntry], tasks: Tasks, now: datetime, people: People) -> Step:
    first = next((entry for entry in entries if entry.event.actor.kind == "person"), entries[0])
    rest = tuple(
        describe(entry.event.change, tasks, people)
        for entry in entries
        if entry is not first and not isinstance(entry.event.change, ev.NextActionSet)
    )
    by_rule = first.event.actor.kind == "rule"
    recent = now - first.at < UNDO_FOR
    can_undo = (
        recent and not by_rule and first.note_id is None and not first.taken_back and not isinstance(first.event.change, ev.Retracted)
    )
    change = first.event.change
    happened = change.happened_at if isinstance(change, ev.OutreachLogged) else first.at
    return Step(
        at=happened,
        css=_css(first.event.change, by_rule=by_rule),
        headline=describe(first.event.change, tasks, people),
        who="by rule" if by_rule else first.who,
        detail=_detail(first.event.change),
        quoted=first.event.actor.kind == "person" and bool(_words(first.event.change)),
        follows=rest,
        note_id=first.note_id,
        suggestion_id=first.suggestion_id,
        taken_back=first.taken_back,
        undo=",".join(str(entry.event.seq) for entry in entries) if can_undo else "",
        written=first.at if happened < first.at else None,
        marks=tuple(words.BEYOND[limit] for limit in change.beyond) if isinstance(change, ev.OutreachLogged) else (),
        topics=_topics(entries),
    )


def _topics(entries: list[EventEntry]) -> frozenset[str]:
    found = {"rules" if entry.event.actor.kind == "rule" else "people" for entry in entries}
    changes = [entry.event.change for entry in entries]
    found |= {"outreach"} if any(isinstance(change, ev.OutreachLogged) for change in changes) else set()
    found |= {"escalations"} if any(isinstance(change, ev.Escalated | ev.EscalationEnded) for change in changes) else set()
    return frozenset(found)


def _css(change: Change, *, by_rule: bool) -> str:
    match change:
        case ev.OutreachLogged():
            return "attempt"
        case ev.Escalated():
            return "escalation"
        case _:
            return "rule" if by_rule else "act"


def _detail(change: Change) -> str:
    return _words(change) or str(getattr(change, "why", ""))


def _words(change: Change) -> str:
    """What somebody wrote or a note says; a `why` may be our own words."""
    return str(getattr(change, "text", "") or getattr(change, "detail", ""))


def describe(change: Change, tasks: Tasks, people: People = ANYBODY) -> str:
    """One change in a few words."""
    match change:
        case ev.EpisodeOpened(reason=reason):
            return f"Opened: {reason}"
        case ev.StatusSet(status=status):
            return f"Status: {status.label.lower()}"
        case ev.OwnerSet(owner_role=role, owner=owner):
            return f"Owner: {role.label.lower()}" + (f", {people.name(owner)}" if owner else "")
        case ev.OwnerOffered(owner_role=role, owner=owner):
            return f"Offered to {people.name(owner)} as {role.label.lower()}"
        case ev.OfferEnded(how=how):
            return "Hand-over returned" if how == "returned" else "Hand-over withdrawn"
        case ev.NextActionSet(action=action):
            return f"Next action: {action.label.lower()}"
        case ev.DueSet(due=due, why=why):
            return f"Next touch set to {words.day(due)}" + (f": {why}" if why else "")
        case ev.TaskAdded(action=action, due=due):
            return f"Task: {action.label.lower()}, due {words.day(due)}"
        case ev.TaskMoved(task=task, due=due):
            return f"Task moved to {words.day(due)}: {_name(task, tasks)}"
        case ev.TaskCompleted(task=task):
            return f"Done: {_name(task, tasks)}"
        case ev.TaskCancelled(task=task):
            return f"Cancelled: {_name(task, tasks)}"
        case ev.BlockerSet(category=category):
            return f"Blocked: {category.label.lower()}"
        case ev.BlockerCleared(category=category):
            return f"No longer blocked: {category.label.lower()}"
        case ev.OutreachLogged(channel=channel, outcome=outcome, count=count):
            return words.attempt(channel, outcome, count)
        case ev.Escalated(reason=reason, to=to):
            return f"Escalated to {to.label.lower()}: {reason.label.lower()}"
        case ev.EscalationAnswered(answer=answer, helper=helper):
            return f"Escalation acknowledged: {answer.label.lower()}" + (f", {people.name(helper)}" if helper else "")
        case ev.EscalationEnded():
            return "Escalation ended"
        case ev.EpisodeClosed(reason=reason):
            return f"Closed: {reason.label.lower()}"
        case ev.EpisodeReopened():
            return "Reopened"
        case ev.Retracted(seqs=seqs):
            return f"Took back {words.plural(len(seqs), 'entry', 'entries')}"


def since(history: Sequence[Event], version: int | None, people: People) -> str:
    """What happened after the version that a page showed, in a sentence; empty where nothing did or no version was sent."""
    tasks = {event.change.task: event.change.action for event in history if isinstance(event.change, ev.TaskAdded)}
    news = [
        f"{describe(event.change, tasks, people)} ({'by rule' if event.actor.kind == 'rule' else people.name(event.actor.name)})"
        for event in history
        if version is not None and event.seq > version
    ]
    return f" Since then: {'; '.join(news)}." if news else ""


def _name(task: int, tasks: Tasks) -> str:
    return tasks[task].label.lower() if task in tasks else "task"
