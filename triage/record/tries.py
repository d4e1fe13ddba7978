"""Tries without contact over several notes: what was logged and what notes tell but nobody has decided, counted together.

Tries that were logged by themselves are the lane's own business: its rules count and raise them. This adds the ones that still lie in
unreviewed notes, and messages that nobody answered.
"""

import re
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

_THEM = (
    r"(?:the |la |el |su )?(?:pt|patient|(?:her|him)(?= (?:and|about|re|on|today|this|who|by)\b|\W|$)|mom|mother|dad|father|wife|husband|"
    r"spouse|son|daughter|dtr|caregiver|family|sister|brother|paciente|hij[oa]|espos[oa]|mam[aá]|pap[aá]|herman[oa])"
)
_CONTACT = re.compile(
    rf"\b(?:(?:spoke|talked|connected|got through|got hold|hablé|hable) (?:w/|with|to|of|con) {_THEM}\b|reached {_THEM}\b|"
    rf"{_THEM} (?:then |finally |has )?(?:called|phoned|rang|returned|answered|picked up(?! (?:the |her |his )?(?:rx|med))|replied|"
    r"texted|wrote|responded|contestó|llamó|respondió)\b|"
    r"(?:called|phoned|rang) (?:us |me )?back\b|returned (?:my|our|the|your) (?:call|message|voicemail|vm)|returning your|"
    r"(?:got|saw|received) your (?:message|voicemail|call|letter|text|note)s?|devolvió la llamada)"
)
"""The patient or family was in touch, told in a note that nobody has reviewed yet."""
_NO_CONTACT = re.compile(r"\b(?:if|no|not|never|unable|didn't|hasn't|haven't|until|once|asked|will|to|phone off|nadie|si|hasta)\b")


def tries_without_contact(notes: Sequence[RecordNote], episode: Episode, lane: Lane, now: datetime) -> Iterator[Finding]:
    """At most one finding, where logged and suggested tries together reach the lane's number and the newest of them lies in a note."""
    told_contact = [note.written_at for note in notes if _in_touch(note)]
    since = max(filter(None, (episode.last_contact_at, episode.reopened_at, *told_contact)), default=None)
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
    logged = sum(attempt.count for attempt in episode.failing if since is None or attempt.happened_at > since)
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


def _in_touch(note: RecordNote) -> bool:
    return any(
        found and not _NO_CONTACT.search(words[: found.start()]) for _, words in note.clauses() for found in [_CONTACT.search(words)]
    )


def _notes(count: int) -> str:
    return "a note" if count == 1 else f"{count} notes"


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
