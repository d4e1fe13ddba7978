"""What of an episode's record can matter now: each fact in a short sentence, with the note, the event or the field that says it.

What the record does not hold is said as unknown where somebody would look for it; nothing is concluded from its absence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from store.suggestions import Suggestion
from store.timeline import EpisodeView, EventEntry, NoteEntry
from triage.record.deadlines import deadlines_of
from triage.record.notes import RecordNote
from triage.said_appointment import Said, is_by_patient, next_appointment
from triage.writing import ContextRequest, Fact, Source, Value
from workflow import events as ev
from workflow.calendar import counted_days, in_words
from workflow.contact import by
from workflow.episode import Attempt
from workflow.lanes import Lane
from workflow.languages import language
from workflow.people import People
from workflow.vocabulary import CONTACT, BlockerCategory, Channel, Outcome, Status, SuggestionKind

_INNER = str.maketrans({"“": "'", "”": "'", '"': "'"})
"""Quotation marks within a quotation."""

MOST_QUOTE_CHARS = 90
"""Of longer words only the beginning is told, up to a space; the source has them whole."""

FEW_CHARS = 45
"""Where several things block, only words as short as this are told."""

_ENGLISH = "en"
_BY = {
    Channel.CALL: "a call",
    Channel.SMS: "an SMS",
    Channel.EMAIL: "an e-mail",
    Channel.PORTAL: "a portal message",
    Channel.LETTER: "a letter",
    Channel.VISIT: "a visit",
}
_HOW = {
    Outcome.NO_ANSWER: "no answer",
    Outcome.LEFT_VOICEMAIL: "left a voicemail",
    Outcome.WRONG_NUMBER: "wrong number",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """A fact without its number."""

    topic: str
    said: str
    values: Mapping[str, Value] = field(default_factory=dict)
    source: Source = field(default_factory=Source)


def context_request(view: EpisodeView, pending: Sequence[Suggestion], lane: Lane, people: People, *, now: datetime) -> ContextRequest:
    """What a summary of this episode may say. `pending` are its suggestions that nobody has decided; `people` knows names."""
    today = lane.calendar.local_day(now)
    told = _Teller(view, lane, people, today)
    found = [*told.standing(pending), *told.patient(), *told.elsewhere()]
    facts = tuple(
        Fact(f"f{number}", one.topic, one.said, dict(one.values), (replace(one.source, episode=view.episode_id),), (view.episode_id,))
        for number, one in enumerate(found, start=1)
    )
    return ContextRequest(lane.name, today, facts)


class _Teller:
    """Tells the facts of one episode, the most pressing topics first."""

    def __init__(self, view: EpisodeView, lane: Lane, people: People, today: date) -> None:
        self.view, self.episode, self.lane, self.people, self.today = view, view.episode, lane, people, today
        self.events = [entry for entry in view.timeline if isinstance(entry, EventEntry) and not entry.taken_back]
        self.notes = [entry.note for entry in view.timeline if isinstance(entry, NoteEntry)]

    def standing(self, pending: Sequence[Suggestion]) -> Iterator[_Told]:
        """How the episode stands."""
        episode = self.episode
        if not episode.is_open:
            yield from self._closed()
            return
        yield from self._escalation()
        yield from self._flags(pending)
        yield from self._opened()
        yield from self._next()
        yield from self._also()
        yield from self._owner()
        yield from self._blockers()
        yield from self._contact()
        yield from self._appointment()
        yield from self._deadline()
        yield from self._status()
        yield from self._undecided(pending)
        yield from self._reopened()

    def patient(self) -> Iterator[_Told]:
        """What is known of the patient, and what is not."""
        who = self.view.patient
        for wish in self.view.facts.do_not_contact:
            day = self._day(wish.since)
            said = f"{wish.words} (since {in_words(day)}).{_words(wish.reason)}"
            yield _Told(
                "do not contact", said, {"since": day, "quote": wish.reason}, Source(field="patient.do_not_contact", quote=wish.reason)
            )
        if not who.identified:
            yield _Told("unknown", "Who the patient is is unknown.", {}, Source(field="patient.name"))
        elif not who.phone:
            yield _Told("unknown", "Phone number unknown.", {}, Source(field="patient.phone"))
        if who.language.partition("-")[0].lower() != _ENGLISH:
            name = language(who.language)
            yield _Told("language", f"Speaks {name}.", {"language": name}, Source(field="patient.language"))
        if who.contact_preference:
            words = _short(who.contact_preference)
            yield _Told("preference", f"Prefers: “{words}”.", {"quote": words}, Source(field="patient.contact_preference"))

    def elsewhere(self) -> Iterator[_Told]:
        """The patient's other open episodes."""
        for _, lane, is_open in self.view.others:
            if is_open:
                yield _Told("elsewhere", f"Also open: {lane.label}.", {"lane": lane.label}, Source(field="patient.episodes"))

    def _closed(self) -> Iterator[_Told]:
        closure = self.episode.closure
        if closure is not None:
            day = self._day(closure.at)
            said = f"Closed on {in_words(day)}: {closure.reason.label.lower()}.{_words(closure.text)}"
            values: dict[str, Value] = {"day": day, "reason": closure.reason.label, "quote": closure.text}
            yield _Told("closed", said, values, self._event(ev.EpisodeClosed))
            yield from self._opened()

    def _reopened(self) -> Iterator[_Told]:
        if self.episode.reopened_at is not None:
            day = self._day(self.episode.reopened_at)
            change = next((e.event.change for e in self.events if isinstance(e.event.change, ev.EpisodeReopened)), None)
            text = change.text if change else ""
            said = f"Reopened on {in_words(day)}.{_words(text)}"
            yield _Told("reopened", said, {"day": day, "quote": text}, self._event(ev.EpisodeReopened))

    def _opened(self) -> Iterator[_Told]:
        """What the episode is about, in the words of whoever opened it, where they say more than the lane's name."""
        episode = self.episode
        if episode.reason not in {self.lane.title, self.lane.name.label}:
            day = self._day(episode.opened_at)
            said = (
                f"Open since {self._on(day)} for “{_short(episode.reason)}”."
                if episode.is_open
                else f"Opened for “{_short(episode.reason)}”."
            )
            yield _Told("opened", said, {"since": day, "quote": episode.reason}, self._event(ev.EpisodeOpened))

    def _escalation(self) -> Iterator[_Told]:
        raised = self.episode.escalation
        if raised is None:
            return
        day, to, reason = self._day(raised.since), raised.to.label.lower(), raised.reason.label.lower()
        source = self._event(ev.Escalated, raised.text)
        whose = " by rule" if raised.by_rule else ""
        because = f" ({raised.text})" if raised.by_rule and raised.text else ""  # the rules' own words are no quote
        words = "" if raised.by_rule else _words(raised.text)
        said = f"Escalated{whose} to the {to} since {self._on(day)}: {reason}{because}.{words}"
        yield _Told("escalation", said, {"since": day, "to": to, "reason": reason, "quote": raised.text}, source)
        if not raised.by_rule:
            entry = next((one for one in self.events if one.event.seq == source.event), None)
            if entry is not None:
                yield _Told("raised by", f"{entry.who} raised it.", {"name": entry.who}, source)
        known = raised.acknowledged
        if known is None:
            yield _Told("acknowledged", "Nobody has acknowledged it yet.", {}, source)
        else:
            name, answer = self.people.name(known.by), known.answer.label.lower()
            said = f"{name} acknowledged it on {in_words(self._day(known.at))}: {answer}.{_words(known.text)}"
            values: dict[str, Value] = {"name": name, "day": self._day(known.at), "quote": known.text}
            yield _Told("acknowledged", said, values, self._event(ev.EscalationAnswered))
            if known.helper is not None:
                helper = self.people.name(known.helper)
                yield _Told("helper", f"{helper} helps.", {"name": helper}, self._event(ev.EscalationAnswered))

    def _flags(self, pending: Sequence[Suggestion]) -> Iterator[_Told]:
        """Escalations that assistants suggest and nobody has decided, the newest first, one of a reason."""
        seen = set()
        for item in sorted(pending, key=lambda one: -one.id):
            reason = getattr(item.payload, "reason", None)
            if item.kind is SuggestionKind.ESCALATION and reason not in seen:
                seen.add(reason)
                words = _short(item.evidence)
                said = f"Suggested, not decided: escalate for {str(reason.label).lower()}. “{words}”" if reason else ""
                yield _Told("flag", said, {"quote": words}, Source(note=item.note_id, quote=item.evidence))

    def _next(self) -> Iterator[_Told]:
        episode = self.episode
        overdue, action = episode.days_overdue(self.today), episode.next_action.label.lower()
        if overdue:
            said = f"Next: {action}, {counted_days(overdue)} overdue (it was due {in_words(episode.due)})."
        elif episode.due == self.today:
            said = f"Next: {action}, due today."
        else:
            said = f"Next: {action}, due {in_words(episode.due)}."
        task = next((t for t in episode.tasks if t.number == episode.next_task), None)
        source = self._event(ev.TaskAdded, task.detail, lambda c: c.task == task.number) if task else self._event(ev.DueSet)
        source = source if source.event else self._event(ev.EpisodeOpened)
        yield _Told("overdue" if overdue else "next", said, {"due": episode.due, "overdue_days": overdue}, source)

    def _also(self) -> Iterator[_Told]:
        """The most urgent of the other open tasks."""
        others = [task for task in self.episode.tasks if task.number != self.episode.next_task]
        task = min(others, key=lambda one: (one.due, one.number), default=None)
        if task is not None:
            late = (self.today - task.due).days
            when = f"{counted_days(late)} overdue" if late > 0 else "due today" if late == 0 else f"due {in_words(task.due)}"
            source = self._event(ev.TaskAdded, task.detail, lambda c: c.task == task.number)
            said = f"Also to do: {task.action.label.lower()}, {when}."
            yield _Told("also", said, {"due": task.due, "overdue_days": max(late, 0)}, source)

    def _owner(self) -> Iterator[_Told]:
        episode, role = self.episode, self.episode.owner_role.label.lower()
        source = self._event(ev.OwnerSet)
        source = source if source.event else self._event(ev.EpisodeOpened)
        if episode.owner is not None:
            name = self.people.name(episode.owner)
            yield _Told("owner", f"{name} owns it.", {"name": name}, source)
        else:
            yield _Told("unclaimed", f"Nobody owns it yet: it waits in the {role} queue.", {}, source)
        if episode.offer is not None:
            name, day = self.people.name(episode.offer.to), self._day(episode.offer.since)
            said = f"Offered to {name} since {self._on(day)}, not accepted yet.{_words(episode.offer.text)}"
            yield _Told("offer", said, {"name": name, "since": day, "quote": episode.offer.text}, self._event(ev.OwnerOffered))

    def _blockers(self) -> Iterator[_Told]:
        several = len(self.episode.blockers) > 1
        for blocker in sorted(self.episode.blockers, key=lambda one: one.since):
            other = blocker.category is BlockerCategory.OTHER
            day, what = self._day(blocker.since), "something else" if other else blocker.category.label.lower()
            source = self._event(ev.BlockerSet, blocker.detail, lambda c, it=blocker: c.category is it.category)
            words = "" if several and len(blocker.detail) > FEW_CHARS else _words(blocker.detail)
            days = (self.today - day).days
            long = f" for {counted_days(days)}" if days else " since today"
            said = f"Blocked by {what}{long}.{words}"
            yield _Told("blocker", said, {"days": days, "since": day, "what": what, "quote": blocker.detail}, source)

    def _contact(self) -> Iterator[_Told]:
        episode = self.episode
        last = episode.last_attempt
        if last is None:
            yield _Told("contact", "No contact tried so far.", {}, self._event(ev.EpisodeOpened))
            return
        failed = episode.failed_attempts
        if failed:
            most, day = self.lane.escalation.after_failed_attempts, self._day(episode.failing[-1].happened_at)
            tries = f"{failed} of {most} tries" if most and failed <= most else counted(failed, "try", "tries")
            newest = episode.failing[-1]
            said = f"{tries} were in vain, the last {_BY[newest.channel]} {self._when(day)}: {_HOW[newest.outcome]}."
            yield _Told("tries", said, {"failed": failed, "most": most or failed, "day": day}, self._attempt(newest))
        reached = next((one for one in reversed(episode.attempts) if one.outcome in CONTACT), None)
        if reached is not None:
            day = self._day(reached.happened_at)
            said = f"{reached.outcome.label} {by(reached.channel)} {self._when(day)}.{_words(reached.text)}"
            yield _Told("contact", said, {"day": day, "quote": reached.text}, self._attempt(reached))
        elif failed:
            yield _Told("contact", "No contact so far.", {}, self._attempt(last))
        if last.outcome is Outcome.MESSAGE_SENT:
            day = self._day(last.happened_at)
            said = f"{_BY[last.channel].capitalize()} was sent {self._when(day)}: no answer so far."
            yield _Told("message", said, {"day": day}, self._attempt(last))

    def _appointment(self) -> Iterator[_Told]:
        said = [Said(note.written_at, note.text, Source(note=note.id)) for note in self.notes if not is_by_patient(note.author_role)]
        found = next_appointment(said, self.today)
        if found is not None:
            at = f" at {found.time}" if found.time else ""
            values: dict[str, Value] = {"day": found.day, "quote": found.quote, "time": found.time}
            source = replace(found.said.source, quote=found.quote)
            yield _Told("appointment", f"A note tells of an appointment on {in_words(found.day)}{at}.", values, source)

    def _deadline(self) -> Iterator[_Told]:
        """The nearest day to come by which a note says that something must have happened."""
        told = [one for note in self.notes for one in deadlines_of(RecordNote(note.id, note.written_at, note.text))]
        ahead = min((one for one in told if one.day >= self.today), key=lambda one: one.day, default=None)
        if ahead is not None:
            text = next(note.text for note in self.notes if note.id == ahead.quote.note)
            words = text[ahead.quote.start : ahead.quote.end]
            source = Source(note=ahead.quote.note, quote=words)
            yield _Told(
                "deadline",
                f"A note tells of a deadline on {in_words(ahead.day)}: “{_short(words)}”.",
                {"day": ahead.day, "quote": words},
                source,
            )

    def _status(self) -> Iterator[_Told]:
        episode = self.episode
        if episode.status in {Status.NEW, Status.ESCALATED, Status.NEEDS_OUTREACH}:
            return
        day = self._day(episode.status_since)
        said = f"{episode.status.label} since {self._on(day)}."
        source = self._event(ev.StatusSet)
        yield _Told("status", said, {"since": day}, source if source.event else self._event(ev.EpisodeOpened))

    def _undecided(self, pending: Sequence[Suggestion]) -> Iterator[_Told]:
        waiting = [one for one in pending if one.kind is not SuggestionKind.ESCALATION]
        if waiting:
            by_id = {note.id: note for note in self.notes}
            newest = max((by_id[one.note_id] for one in waiting if one.note_id in by_id), key=lambda n: n.written_at, default=None)
            if newest is not None:
                count, notes = len(waiting), len({one.note_id for one in waiting})
                what = counted(count, "suggestion waits", "suggestions wait")
                where = f"the note of {in_words(newest.written_at.date())}" if notes == 1 else f"{notes} notes"
                values: dict[str, Value] = {"count": count, "notes": notes, "day": newest.written_at.date()}
                yield _Told("undecided", f"{what} to be decided in {where}.", values, Source(note=newest.id))

    def _attempt(self, attempt: Attempt) -> Source:
        return self._event(ev.OutreachLogged, attempt.text, lambda c: c.happened_at == attempt.happened_at and c.outcome is attempt.outcome)

    def _event(self, kind: type, words: str = "", fits: Callable[..., bool] = lambda _: True) -> Source:
        """The newest event of this kind; the note it came from, where these words stand in it."""
        entry = next((one for one in self.events if isinstance(one.event.change, kind) and fits(one.event.change)), None)
        if entry is None:
            return Source()
        note = next((note for note in self.notes if note.id == entry.note_id and words and words in note.text), None)
        return Source(event=entry.event.seq, note=note.id if note else None, quote=words if note else "")

    def _day(self, moment: datetime) -> date:
        return self.lane.calendar.local_day(moment)

    def _on(self, day: date) -> str:
        return "today" if day == self.today else in_words(day)

    def _when(self, day: date) -> str:
        return "today" if day == self.today else f"on {in_words(day)}"


def _words(text: str) -> str:
    """A blank and the words in quotation marks; empty where there are none."""
    return f" “{_short(text)}”" if text.strip() else ""


def counted(count: int, one: str, many: str) -> str:
    """ "1 suggestion waits", "3 suggestions wait"."""
    return f"{count} {one if count == 1 else many}"


def _short(words: str) -> str:
    """The words on one line, cut at a space where they are long."""
    plain = " ".join(words.split()).translate(_INNER)
    if len(plain) <= MOST_QUOTE_CHARS:
        return plain
    return plain[: plain.rfind(" ", 0, MOST_QUOTE_CHARS)] + " …" if " " in plain[:MOST_QUOTE_CHARS] else plain[:MOST_QUOTE_CHARS] + "…"
