"""The numbers beside the filters of the Queue page: each is how many rows its link shows.

One pass groups the queue by everything that a filter looks at. A group that only one filter of the view keeps out is counted under the
choices of that filter alone, since choosing another there would let it in; one that two keep out is counted nowhere.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from store.queue import QUIET_DAYS, Moment, View, matches, quiet_for, standing, still_open
from store.tables import PatientRow
from workflow.vocabulary import BlockerCategory, LaneName, OwnerRole, Status


@dataclass(frozen=True, slots=True)
class Counts:
    """`active` is the whole queue, `shown` the view, `everyone` the view without its quick filters; the others what a choice would show.

    `lanes` has the count without a lane under None.
    """

    active: int = 0
    shown: int = 0
    everyone: int = 0
    mine: int = 0
    offered: int = 0
    unclaimed: int = 0
    overdue: int = 0
    due_today: int = 0
    blocked: int = 0
    escalated: int = 0
    lanes: dict[LaneName | None, int] = field(default_factory=dict)
    by_status: dict[Status, int] = field(default_factory=dict)
    by_owner: dict[OwnerRole, int] = field(default_factory=dict)
    by_blocker: dict[BlockerCategory, int] = field(default_factory=dict)
    quiet: dict[int, int] = field(default_factory=dict)


Narrows = Callable[[Any, View], bool]
"""Whether a filter of the view keeps this group out."""

FILTERS: dict[str, Narrows] = {
    "lane": lambda group, view: view.lane is not None and group.lane != view.lane.value,
    "status": lambda group, view: view.status is not None and group.status != view.status.value,
    "role": lambda group, view: view.owner_role is not None and group.owner_role != view.owner_role.value,
    "who": lambda group, view: (
        view.owner not in {None, group.owner}
        or view.offered_to not in {None, group.offered_to}
        or (view.unclaimed and group.owner is not None)
    ),
    "due": lambda group, view: (view.overdue and group.due_word != "overdue") or (view.due_today and group.due_word != "today"),
    "blocked": lambda group, view: (
        (view.blocked and not group.blocked_by) or (view.blocker is not None and view.blocker.value not in group.blocked_by.split(","))
    ),
    "escalated": lambda group, view: view.escalated and group.status != Status.ESCALATED.value,
    "quiet": lambda group, view: view.quiet_days is not None and group.quiet_for < view.quiet_days,
    "text": lambda group, _view: not group.matched,
}
QUICK = frozenset({"who", "due", "blocked", "escalated", "quiet"})
"""The filters that “Everyone” takes off."""


def counts(session: Session, view: View, at: Moment, *, me: str = "") -> Counts:
    """The numbers for this view, as `me` sees them."""
    found: Counter[tuple[str, Any]] = Counter()
    for group in _groups(session, view, at):
        kept_out_by = {name for name, narrows in FILTERS.items() if narrows(group, view)}
        found["active", None] += group.number
        if kept_out_by <= QUICK:
            found["everyone", None] += group.number
        if not kept_out_by:
            found["shown", None] += group.number
        for name, choices in _choices(group, me).items():
            if kept_out_by <= {name}:
                found.update({(name, choice): group.number for choice in choices})
    by = {name: {choice: count for (its, choice), count in found.items() if its == name} for name in FILTERS}
    return Counts(
        active=found["active", None],
        shown=found["shown", None],
        everyone=found["everyone", None],
        mine=found["who", "mine"],
        offered=found["who", "offered"],
        unclaimed=found["who", "unclaimed"],
        overdue=found["due", "overdue"],
        due_today=found["due", "today"],
        blocked=found["blocked", "any"],
        escalated=found["escalated", "yes"],
        lanes={LaneName(lane) if lane else None: count for lane, count in by["lane"].items()},
        by_status={Status(status): count for status, count in by["status"].items()},
        by_owner={OwnerRole(role): count for role, count in by["role"].items()},
        by_blocker={BlockerCategory(word): count for word, count in by["blocked"].items() if word != "any"},
        quiet=by["quiet"],
    )


def _choices(group: Any, me: str) -> dict[str, list[Any]]:
    """Under which choices of each filter this group counts."""
    blockers = [word for word in group.blocked_by.split(",") if word]
    return {
        "lane": [group.lane, None],
        "status": [group.status],
        "role": [group.owner_role],
        "who": [
            *(["unclaimed"] if group.owner is None else ["mine"] if group.owner == me else []),
            *(["offered"] if group.offered_to == me else []),
        ],
        "due": [group.due_word] if group.due_word else [],
        "blocked": ["any", *blockers] if blockers else [],
        "escalated": ["yes"] if group.status == Status.ESCALATED.value else [],
        "quiet": [days for days in QUIET_DAYS if group.quiet_for >= days],
    }


def _groups(session: Session, view: View, at: Moment) -> list[Any]:
    """The whole queue, grouped by what the filters look at."""
    stood = standing(at)
    c = stood.c
    due_word = case((c.due < at.today, "overdue"), (c.due == at.today, "today"), else_="")
    matched: ColumnElement[Any] = case((matches(stood, view.text), 1), else_=0) if view.text.strip("\0 ") else literal(1)
    grouped = (
        *(c.lane, c.status, c.owner_role, c.owner, c.offered_to, c.blocked_by),
        *(due_word.label("due_word"), quiet_for(stood, at).label("quiet_for"), matched.label("matched")),
    )
    inner = select(*grouped).where(*still_open(stood, at))
    if view.text.strip("\0 "):
        inner = inner.join(PatientRow, PatientRow.id == c.patient_id)
    rows = inner.subquery()
    return list(session.execute(select(*rows.c, func.count().label("number")).group_by(*rows.c)).all())
