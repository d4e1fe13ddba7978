"""A record to import into, and a way to import bytes as if they were a file somebody exported."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.intake import import_file
from connectors.report import Report
from store.database import Database
from store.lanes import load_lanes
from store.tables import NoteRow, PatientRow

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@dataclass
class Intake:
    """An empty record, and imports into it at `NOW`."""

    database: Database
    folder: Path
    enqueued: list[int] = field(default_factory=list)

    def take(self, data: bytes, name: str = "export.csv", **options: Any) -> Report:
        """Import `data` as a file called `name`."""
        path = self.folder / name
        path.write_bytes(data)
        return self.take_path(path, **options)

    def take_path(self, path: Path, **options: Any) -> Report:
        """Import a file that is there."""
        options = {"now": NOW, "enqueue": lambda _session, note_id: self.enqueued.append(note_id)} | options
        return import_file(path, self.database, load_lanes(), **options)

    def all(self, row: type[Any]) -> list[Any]:
        """Every stored row of a table."""
        with self.database.read() as session:
            return list(session.scalars(select(row).order_by(row.id)))

    def stored(self) -> tuple[int, int]:
        """How many patients and notes the record holds."""
        with self.database.read() as session:
            counts = [session.scalar(select(func.count()).select_from(row)) or 0 for row in (PatientRow, NoteRow)]
        return counts[0], counts[1]


@pytest.fixture
def intake(database: Database, tmp_path: Path) -> Intake:
    """An empty record, on each database in turn: what one takes and the other refuses is a fault of ours."""
    folder = tmp_path / "files"
    folder.mkdir()
    return Intake(database, folder)
