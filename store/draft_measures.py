"""What became of each outreach draft: the raw rows behind "used unchanged", "edited", "rejected" and how long a decision took."""

from dataclasses import dataclass
from datetime import datetime

from rapidfuzz.distance import Levenshtein
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from store.tables import DraftDecisionRow, DraftRow, DraftTextRow, EpisodeRow
from workflow.vocabulary import DraftForm, DraftRejectReason, DraftStanding, LaneName


@dataclass(frozen=True, slots=True)
class DraftOutcome:
    """One draft that was offered. `changed` is the share of its words that a person changed before approving, in [0, 1].

    It is 0 where it was used as the assistant wrote it, and None where it was not approved. `seconds` is how long the decision took,
    None where nobody decided or the page could not measure it. `prompt` is NAME@VERSION.
    """

    form: DraftForm
    lane: LaneName
    language: str
    assistant: str
    prompt: str
    standing: DraftStanding
    changed: float | None
    reason: DraftRejectReason | None
    seconds: float | None


def outcomes(session: Session, since: datetime, until: datetime, *, lane: LaneName | None = None) -> list[DraftOutcome]:
    """The drafts offered from `since` to before `until`, in order, as they stand now."""
    first, decided, each = aliased(DraftTextRow), aliased(DraftTextRow), aliased(DraftDecisionRow)
    newest = select(func.max(each.id)).where(each.draft_id == DraftRow.id).scalar_subquery()
    rows = (
        select(DraftRow, EpisodeRow.lane, DraftDecisionRow, first, decided)
        .join(EpisodeRow, EpisodeRow.id == DraftRow.episode_id)
        .join(first, (first.draft_id == DraftRow.id) & (first.number == 1))
        .outerjoin(DraftDecisionRow, DraftDecisionRow.id == newest)
        .outerjoin(decided, decided.id == DraftDecisionRow.text_id)
        .where(DraftRow.at >= since, DraftRow.at < until)
        .order_by(DraftRow.id)
    )
    if lane is not None:
        rows = rows.where(EpisodeRow.lane == lane.value)
    found = []
    for draft, lane_name, decision, written, sent in session.execute(rows):
        standing = DraftStanding(draft.standing)
        reason = decision.reject_reason if decision else None
        is_decided = standing in {DraftStanding.APPROVED, DraftStanding.REJECTED}
        found.append(
            DraftOutcome(
                form=DraftForm(draft.form),
                lane=LaneName(lane_name),
                language=draft.language,
                assistant=draft.assistant,
                prompt=f"{draft.prompt}@{draft.prompt_version}",
                standing=standing,
                changed=changed(written, sent) if standing is DraftStanding.APPROVED else None,
                reason=DraftRejectReason(reason) if reason else None,
                seconds=decision.seconds if is_decided else None,
            )
        )
    return found


def changed(written: DraftTextRow, sent: DraftTextRow) -> float:
    """The share of words that were put in, left out or replaced: word-level Levenshtein distance over the longer text's words."""
    if written.hash == sent.hash:
        return 0.0
    before, after = (f"{text.subject} {text.body}".split() for text in (written, sent))
    return Levenshtein.normalized_distance(before, after)
