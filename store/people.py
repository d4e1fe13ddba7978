"""Who can be given work, and how much each person has."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from store import users
from store.tables import EpisodeRow
from store.users import User
from workflow.people import People


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has: open episodes, how many of them are past due, and how many are offered to them."""

    open: int = 0
    overdue: int = 0
    offered: int = 0


def here(session: Session, today: date) -> People:
    """Everybody with an account, and who of them cannot be given work on this day."""
    everybody = users.everybody(session)
    unavailable = {user.username: why for user in everybody if (why := why_unavailable(user, today)) is not None}
    return People({user.username: user.name for user in everybody}, unavailable)


def why_unavailable(user: User, today: date) -> str | None:
    """ "Dana Ruiz is away until 4 December", or that the account is switched off; None for whoever is there."""
    if not user.active:
        return f"{user.name}’s account is switched off"
    if user.away_from is None or user.away_until is None or not user.away_from <= today <= user.away_until:
        return None
    until = user.away_until
    return f"{user.name} is away until {until.day} {until:%B}{'' if until.year == today.year else f' {until.year}'}"


def loads(session: Session, today: date) -> dict[str, Load]:
    """What everybody has, by user name; whoever has nothing is left out."""
    is_open = EpisodeRow.closed_at.is_(None)
    late = func.sum(case((EpisodeRow.due < today, 1), else_=0))
    owned = session.execute(
        select(EpisodeRow.owner, func.count(), late).where(is_open, EpisodeRow.owner.is_not(None)).group_by(EpisodeRow.owner)
    )
    offered = session.execute(
        select(EpisodeRow.offered_to, func.count()).where(is_open, EpisodeRow.offered_to.is_not(None)).group_by(EpisodeRow.offered_to)
    )
    waiting = {username: count for username, count in offered if username is not None}
    found = {owner: Load(count, overdue, waiting.get(owner, 0)) for owner, count, overdue in owned if owner is not None}
    return {username: Load(offered=count) for username, count in waiting.items()} | found
