"""How people decided suggestions like one: the same label, by any assistant."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.tables import SuggestionRow
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import Standing

LATELY = 3000
"""The newest suggestions that count, by number: what an older prompt was good at says little, and the page stays quick."""

Likeness = tuple[str, str, str]
"""Kind, label, and for an attempt its outcome."""


@dataclass(frozen=True, slots=True)
class Precedents:
    """What became of the ones that were decided."""

    accepted: int = 0
    edited: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.edited + self.rejected


def likeness(payload: Payload) -> Likeness:
    """What makes two suggestions alike: not owner, date or count."""
    match payload:
        case TaskPayload(action=word) | BlockerPayload(category=word) | EscalationPayload(reason=word):
            return payload.kind.value, word.value, ""
        case OutreachAttemptPayload(channel=channel, outcome=outcome):
            return payload.kind.value, channel.value, outcome.value


def lately(session: Session) -> dict[Likeness, Precedents]:
    """Of the newest `LATELY` suggestions, how those that assistants made were decided, by likeness."""
    field = SuggestionRow.payload
    label = func.coalesce(*(field[name].as_string() for name in ("action", "category", "channel", "reason")))
    outcome = func.coalesce(field["outcome"].as_string(), "")
    newest = select(func.max(SuggestionRow.id) - LATELY).scalar_subquery()
    decided = (Standing.ACCEPTED.value, Standing.EDITED.value, Standing.REJECTED.value)
    rows = session.execute(
        select(SuggestionRow.kind, label, outcome, SuggestionRow.standing, func.count())
        .where(SuggestionRow.id > newest, SuggestionRow.standing.in_(decided), SuggestionRow.origin == "assistant")
        .group_by(SuggestionRow.kind, label, outcome, SuggestionRow.standing)
    )
    counted: dict[Likeness, dict[str, int]] = {}
    for kind, word, further, standing, count in rows:
        counted.setdefault((kind, word, further), {})[standing] = count
    return {key: Precedents(*(by.get(standing, 0) for standing in decided)) for key, by in counted.items()}
