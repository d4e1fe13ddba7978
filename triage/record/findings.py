"""Everything that a record shows over several notes, put together."""

from collections.abc import Sequence
from datetime import datetime

from triage.record.deadlines import deadlines_at_risk
from triage.record.notes import Finding, RecordNote
from triage.record.symptoms import worsening_symptoms
from triage.record.tries import tries_without_contact
from triage.record.values import worsening_values
from workflow.episode import Episode
from workflow.lanes import Lane

VERSION = "1"
"""Of these rules. Another one reads every record anew."""

MOST_NOTES = 40
"""The newest notes that are looked at: older ones are another story."""


def findings(notes: Sequence[RecordNote], episode: Episode, lane: Lane, now: datetime) -> list[Finding]:
    """What gives cause to look sooner at an open episode, at most one of a reason; `notes` are oldest first. Empty is a right answer.

    What is escalated for the same reason is not found again.
    """
    if not episode.is_open:
        return []
    notes = [note for note in notes if episode.reopened_at is None or note.written_at >= episode.reopened_at][-MOST_NOTES:]
    found: dict[object, Finding] = {}
    for finding in (
        *worsening_values(notes),
        *worsening_symptoms(notes),
        *deadlines_at_risk(notes, episode, lane, now),
        *tries_without_contact(notes, episode, lane, now),
    ):
        several = len({quote.note for quote in finding.quotes}) > 1 or finding.reason.value == "repeated_failed_outreach"
        if several:
            found.setdefault(finding.reason, finding)
    raised = episode.escalation.reason if episode.escalation else None
    return [finding for reason, finding in found.items() if reason is not raised]
