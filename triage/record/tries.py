"""Tries without contact over several notes: what was logged and what notes tell but nobody has decided, counted together.

Tries that were logged by themselves are the lane's own business: its rules count and raise them. This adds the ones that still lie in
unreviewed notes, and messages that nobody answered.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from triage.record.notes import Finding, Quote, RecordNote
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.vocabulary import EscalationReason, Outcome

USUAL_TRIES = 3
"""Where the lane names no number of failed tries that raises an episode."""

UNANSWERED = timedelta(days=7)
"""A message that stayed without an answer for this long is a try that failed."""


def tries_without_contact(notes: Sequence[RecordNote], episode: Episode, lane: Lane, now: datetime) -> Iterator[Finding]:
    """At most one finding, where logged and suggested tries together reach the lane's number and the newest of them lies in a note."""
    since = max(filter(None, (episode.last_contact_at, episode.reopened_at)), default=None)
    told = [(note, quote, count) for note in notes if since is None or note.written_at > since for quote, count in note.tries]
    if not told:
        return
    suggested = sum(count for _, _, count in told)
    unanswered = sum(
        attempt.count
        for attempt in episode.attempts
        if attempt.outcome is Outcome.MESSAGE_SENT
        and (since is None or attempt.happened_at >= since)
        and now - attempt.happened_at >= UNANSWERED
    )
    logged = episode.failed_attempts
    most = lane.escalation.after_failed_attempts or USUAL_TRIES
    sources = len({note.id for note, *_ in told}) + bool(logged) + bool(unanswered)
    if suggested + logged + unanswered < most or sources < 2:
        return
    parts = [f"{suggested} in {_notes(len({note.id for note, *_ in told}))} not reviewed yet"]
    parts += [f"{logged} logged"] * bool(logged) + [f"{unanswered} without an answer for a week"] * bool(unanswered)
    contact = episode.last_contact_at
    tz = lane.calendar.tz
    last = f"last contact {_day(contact.astimezone(tz))}" if contact else "no contact so far"
    quotes: tuple[Quote, ...] = tuple(quote for _, quote, _ in told)
    why = f"{suggested + logged + unanswered} tries without contact: {', '.join(parts)}; {last}."
    yield Finding(EscalationReason.REPEATED_FAILED_OUTREACH, quotes, why)


def _notes(count: int) -> str:
    return "a note" if count == 1 else f"{count} notes"


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
