"""The tables. Those of `APPEND_ONLY` refuse UPDATE and DELETE by triggers (see the migrations).

What holds "the AI prepares, a person decides" here: an event's actor is a person or a rule (a CHECK), a decision belongs to a user
(NOT NULL, a foreign key), and a suggestion of an assistant changes nothing by being there.
"""

from store.tables.base import Base, Moment, core
from store.tables.digests import DigestMailRow, DigestRow, DigestScheduleRow, DigestTextRow
from store.tables.episodes import MORE_COUNTED, STANDS, DoNotContactRow, EpisodeRow, EpisodeStateRow, EventRow, IntervalRow, PatientRow
from store.tables.leading import MeetingNoteRow, MeetingRow, PassRow, SelfCheckFailureRow, SelfCheckRow
from store.tables.notes import ContextRow, FaultRow, NoteRow, ReadingRow, SentAboutRow, SentForRow, SentRow, SentTextRow
from store.tables.outreach import DeliveryReportRow, DeliveryRow, DraftDecisionRow, DraftRow, DraftTextRow, InboundRow
from store.tables.patterns import ImprovementRow, PatternDecisionRow, PatternItemRow, PatternRow, PatternRunRow
from store.tables.people import AccessRow, SessionRow, SignInFailureRow, UserRow, WorkerRow
from store.tables.review import DecisionRow, QuoteRow, RecallRow, ReviewRow, SuggestionRow, ViewerRow
from store.tables.views import BatchItemRow, BatchRow, DefaultViewRow, SavedViewRow

__all__ = [
    "APPEND_ONLY",
    "MORE_COUNTED",
    "STANDS",
    "AccessRow",
    "Base",
    "BatchItemRow",
    "BatchRow",
    "ContextRow",
    "DecisionRow",
    "DefaultViewRow",
    "DeliveryReportRow",
    "DeliveryRow",
    "DigestMailRow",
    "DigestRow",
    "DigestScheduleRow",
    "DigestTextRow",
    "DoNotContactRow",
    "DraftDecisionRow",
    "DraftRow",
    "DraftTextRow",
    "EpisodeRow",
    "EpisodeStateRow",
    "EventRow",
    "FaultRow",
    "ImprovementRow",
    "InboundRow",
    "IntervalRow",
    "MeetingNoteRow",
    "MeetingRow",
    "Moment",
    "NoteRow",
    "PassRow",
    "PatientRow",
    "PatternDecisionRow",
    "PatternItemRow",
    "PatternRow",
    "PatternRunRow",
    "QuoteRow",
    "ReadingRow",
    "RecallRow",
    "ReviewRow",
    "SavedViewRow",
    "SelfCheckFailureRow",
    "SelfCheckRow",
    "SentAboutRow",
    "SentForRow",
    "SentRow",
    "SentTextRow",
    "SessionRow",
    "SignInFailureRow",
    "SuggestionRow",
    "UserRow",
    "ViewerRow",
    "WorkerRow",
    "core",
]

APPEND_ONLY = (
    "events",
    "decisions",
    "recalls",
    "access_log",
    "sent",
    "sent_texts",
    "sent_for",
    "sent_about",
    "meeting_notes",
    "do_not_contact",
    "draft_texts",
    "draft_decisions",
    "delivery_reports",
    "pattern_decisions",
    "digest_texts",
)
