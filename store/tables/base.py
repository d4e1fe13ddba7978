"""What the tables are made of: moments with their zone, and the base of all rows."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must carry its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — the name SQLAlchemy calls
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, str: Text, dict[str, Any]: JSON, list[int]: JSON, list[str]: JSON}  # noqa: RUF012 — SQLAlchemy's own idiom


def core(row: type[Base]) -> Table:
    """The table behind a row class. Statements over it skip the ORM's work per row, which is most of an import's time."""
    return cast("Table", row.__table__)
