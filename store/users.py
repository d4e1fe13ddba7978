"""Local accounts and signed-in browsers.

Passwords are argon2id (19 MiB, 2 passes, RFC 9106's second choice, a third of a login's usual memory so that many can sign in at once).
A session is a random 256-bit token of which only the SHA-256 is stored; it ends by signing out, after 15 idle minutes, after 8 hours,
or when the account is switched off.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from store.errors import AlreadyKnown, TooManyTries, Unknown
from store.tables import SessionRow, SignInFailureRow, UserRow
from workflow.vocabulary import UserRole

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
TRIES = 10
TRIES_WITHIN = timedelta(minutes=30)
SHORTEST_PASSWORD = 10
LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
"""What HTML takes in a field of type email: one plain address, in ASCII, so that no header can be smuggled in with it."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex(16))
"""Checked for user names that do not exist, so that they take as long as those that do."""


@dataclass(frozen=True, slots=True)
class User:
    """An account. `away_from` and `away_until` are the first and the last day away, in the clinic's zone; `email` is where mails go."""

    id: int
    username: str
    name: str
    role: UserRole
    active: bool
    away_from: date | None = None
    away_until: date | None = None
    email: str | None = None


def add_user(
    session: Session, username: str, name: str, role: UserRole, password: str | None, *, now: datetime, email: str | None = None
) -> User:
    """A new account; without a password it cannot sign in by form.

    Raises AlreadyKnown, or ValueError for a weak password, an empty name, or what is no e-mail address.
    """
    if not username.strip() or not name.strip():
        raise ValueError("A user name and a name are needed.")
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    if session.execute(select(UserRow.id).where(UserRow.username == username)).first():
        raise AlreadyKnown(f"The user name {username} is taken.")
    hashed = _hasher.hash(password) if password is not None else ""
    address = mail_address(email or "")
    values = {"username": username, "name": name, "role": role.value, "password_hash": hashed, "active": True, "created_at": now}
    user_id = session.execute(insert(UserRow).values(**values, email=address).returning(UserRow.id)).scalar_one()
    return User(user_id, username, name, role, active=True, email=address)


def mail_address(text: str) -> str | None:
    """`text` as an e-mail address, or None where it is empty. Raises ValueError for anything else, a second address or a line break."""
    text = text.strip()
    if not text:
        return None
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise ValueError("This is no e-mail address. Write one like dana@example.org, without a name around it.")
    return text


def set_email(session: Session, username: str, address: str) -> User:
    """Where mails to this person go; empty for nowhere. Raises Unknown, or ValueError saying what to mend."""
    user = by_username(session, username)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(email=mail_address(address)))
    return by_username(session, username)


def check_password(session: Session, username: str, password: str, *, now: datetime) -> User | None:
    """The account, or None where name or password is wrong. Raises TooManyTries before any hashing once an account was guessed at often.

    Failures are recorded, so this needs a writing transaction that commits also when None comes back.
    """
    recent = (SignInFailureRow.username == username, SignInFailureRow.at > now - TRIES_WITHIN)
    if session.execute(select(func.count()).select_from(SignInFailureRow).where(*recent)).scalar_one() >= TRIES:
        minutes = int(TRIES_WITHIN.total_seconds() // 60)
        raise TooManyTries(f"Too many wrong passwords for this account. Try again in {minutes} minutes.")
    row = session.scalars(select(UserRow).where(UserRow.username == username)).one_or_none()
    try:
        _hasher.verify(row.password_hash if row and row.password_hash else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        row = None
    if row is None or not row.active or not row.password_hash:
        session.execute(insert(SignInFailureRow).values(username=username, at=now))
        return None
    session.execute(delete(SignInFailureRow).where(SignInFailureRow.username == username))
    return as_user(row)


def open_session(session: Session, user: User, *, now: datetime) -> str:
    """A new signed-in browser; returns the token for its cookie. Never reuses a token the browser sent."""
    token = secrets.token_urlsafe(32)
    session.execute(insert(SessionRow).values(token_hash=_digest(token), user_id=user.id, created_at=now, seen_at=now))
    return token


def session_user(session: Session, token: str, *, now: datetime) -> User | None:
    """Whose session this is, or None where it is unknown, idle for too long, too old, or its account is switched off."""
    row = session.get(SessionRow, _digest(token))
    if row is None or now - row.seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    user = session.get(UserRow, row.user_id)
    return as_user(user) if user is not None and user.active else None


def touch_session(session: Session, token: str, *, now: datetime) -> None:
    """The browser is in use."""
    session.execute(update(SessionRow).where(SessionRow.token_hash == _digest(token)).values(seen_at=now))


def is_stale(session: Session, token: str, *, now: datetime) -> bool:
    """Whether `touch_session` is due: at most once a minute, so that a page load takes no write lock for it."""
    row = session.get(SessionRow, _digest(token))
    return row is not None and now - row.seen_at > timedelta(minutes=1)


def close_session(session: Session, token: str) -> None:
    """Sign this browser out."""
    session.execute(delete(SessionRow).where(SessionRow.token_hash == _digest(token)))


def switch_off(session: Session, username: str) -> None:
    """Ex-staff: the account cannot sign in and all its sessions end at once."""
    user = by_username(session, username)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(active=False))
    session.execute(delete(SessionRow).where(SessionRow.user_id == user.id))


def set_away(session: Session, username: str, first: date, last: date, *, today: date) -> User:
    """`username` is away from `first` to `last`, both days included; an earlier period is replaced. Raises ValueError saying what to mend.

    What they own is given back once the period has begun (`store.owning.release_unavailable`).
    """
    user = by_username(session, username)
    if not user.active:
        raise ValueError(f"{user.name}’s account is switched off; it needs no days away.")
    if last < first:
        raise ValueError("The last day away lies before the first. Swap them.")
    if last < today:
        raise ValueError("These days are past. Choose today or later as the last day away.")
    session.execute(update(UserRow).where(UserRow.id == user.id).values(away_from=first, away_until=last))
    return by_username(session, username)


def end_away(session: Session, username: str) -> User:
    """`username` is back, or does not go. What was given back stays where it is."""
    user = by_username(session, username)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(away_from=None, away_until=None))
    return by_username(session, username)


def by_username(session: Session, username: str) -> User:
    """An account by its user name. Raises Unknown."""
    row = session.scalars(select(UserRow).where(UserRow.username == username)).one_or_none()
    if row is None:
        raise Unknown(f"There is no user {username}.")
    return as_user(row)


def everybody(session: Session) -> list[User]:
    """All accounts by name."""
    return [as_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.name))]


def as_user(row: UserRow) -> User:
    """The domain value of a stored account."""
    return User(row.id, row.username, row.name, UserRole(row.role), row.active, row.away_from, row.away_until, row.email)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
