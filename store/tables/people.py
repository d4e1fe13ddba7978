"""Users, their sessions, who looked at what, and the workers."""

from datetime import date, datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class UserRow(Base):
    """A local account. `password_hash` is argon2id; an empty one cannot sign in."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    email: Mapped[str | None]
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]


class SessionRow(Base):
    """A signed-in browser; the token itself is never stored, only its SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInFailureRow(Base):
    """A wrong password, counted per user name (known or not) to slow guessing."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures", "username", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    at: Mapped[datetime]


class AccessRow(Base):
    """Who looked at or did what, by ids alone. Append-only and hash-chained."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    username: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class WorkerRow(Base):
    """A process that runs jobs, and when it was last seen alive."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
