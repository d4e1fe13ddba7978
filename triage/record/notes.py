"""The notes of one episode as the record's eyes see them, and what is quoted from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from triage.assistants.embedded.clauses import Clause, Split, split
from triage.orders import without_orders
from workflow.vocabulary import EscalationReason


@dataclass(frozen=True, slots=True)
class Quote:
    """`text[start:end]` of the note with this id, in characters, verbatim."""

    note: int
    start: int
    end: int


@dataclass(frozen=True)
class RecordNote:
    """One note. `written_at` is aware and carries the note's own offset. `tries` are the failed attempts suggested in it that nobody has
    decided: the words and how often."""

    id: int
    written_at: datetime
    text: str
    tries: tuple[tuple[Quote, int], ...] = ()

    @property
    def day(self) -> date:
        """The note's own calendar day."""
        return self.written_at.date()

    @cached_property
    def parts(self) -> Split:
        """Its sentences and clauses, without what speaks to a machine."""
        return split(without_orders(self.text))

    def clauses(self) -> Iterator[tuple[Clause, str]]:
        """Each clause with its folded words."""
        for clause in self.parts.clauses:
            yield clause, self.parts.folded[clause.start : clause.end]

    def quote(self, clause: Clause) -> Quote:
        """The words of a clause."""
        return Quote(self.id, clause.start, clause.end)


@dataclass(frozen=True, slots=True)
class Finding:
    """Cause for a person to look sooner, seen over several notes. `quotes` are oldest first; the last one is where it shows now.

    `why` says in one sentence what the quotes show together.
    """

    reason: EscalationReason
    quotes: tuple[Quote, ...]
    why: str
