"""The filters of the Queue page as links: what each says, how many rows it leads to, whether it is on.

Choosing one that is on takes it off.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from review_ui.queue_address import ME
from store.counts import Counts
from store.queue import QUIET_DAYS, View
from workflow.vocabulary import BlockerCategory, OwnerRole, Status, Word

Address = Callable[..., str]
W = TypeVar("W", bound=Word)

QUICK: dict[str, bool | None] = {
    "owner": None, "offered_to": None, "overdue": False, "due_today": False, "blocked": False, "blocker": None, "escalated": False,
    "unclaimed": False, "quiet_days": None,
}  # fmt: skip
"""The fields of a view that “Everyone” takes off."""

SETTABLE = [word for word in Status if word not in {Status.CLOSED, Status.ESCALATED, Status.NEW}]
"""The statuses that a person sets; closing and escalating are moves of their own, and nothing becomes new."""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    count: int
    href: str
    on: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """Choices of one filter behind a button that says which is on."""

    label: str
    links: list[Link]
    on: bool


def of(view: View, numbers: Counts, address: Address, username: str) -> dict[str, list[Link] | list[Menu]]:
    """The quick filters, and the menus beside them."""
    mine, offered = view.owner == username, view.offered_to == username
    wide = all(getattr(view, name) == value for name, value in QUICK.items())
    quick = [
        Link("Everyone", numbers.everyone, address(**QUICK), wide),
        Link("Mine", numbers.mine, address(owner=None if mine else ME, offered_to=None, unclaimed=False), mine),
        Link("Offered to me", numbers.offered, address(offered_to=None if offered else ME, owner=None, unclaimed=False), offered),
        Link("Unclaimed", numbers.unclaimed, address(unclaimed=not view.unclaimed, owner=None, offered_to=None), view.unclaimed),
        Link("Overdue", numbers.overdue, address(overdue=not view.overdue, due_today=False), view.overdue),
        Link("Due today", numbers.due_today, address(due_today=not view.due_today, overdue=False), view.due_today),
        Link("Blocked", numbers.blocked, address(blocked=not view.blocked, blocker=None), view.blocked),
        Link("Escalated", numbers.escalated, address(escalated=not view.escalated), view.escalated),
    ]
    menus = [
        _menu("Owner role", OwnerRole, numbers.by_owner, view.owner_role, lambda word: address(owner_role=word)),
        _menu("Blocked by", BlockerCategory, numbers.by_blocker, view.blocker, lambda word: address(blocker=word, blocked=False)),
        Menu(
            f"No contact for {view.quiet_days} d" if view.quiet_days else "Last contact",
            [
                Link(
                    f"No contact for {days} days or more",
                    numbers.quiet.get(days, 0),
                    address(quiet_days=None if view.quiet_days == days else days),
                    view.quiet_days == days,
                )
                for days in QUIET_DAYS
            ],
            view.quiet_days is not None,
        ),
    ]
    return {"quick": quick, "menus": menus}


def _menu(name: str, words: Iterable[W], numbers: dict[W, int], chosen: W | None, href: Callable[[W | None], str]) -> Menu:
    """The words that lead somewhere, and the one that is on."""
    links = [
        Link(word.label, numbers.get(word, 0), href(None if word is chosen else word), word is chosen)
        for word in words
        if numbers.get(word) or word is chosen
    ]
    return Menu(f"{name}: {chosen.label.lower()}" if chosen else name, links, chosen is not None)
