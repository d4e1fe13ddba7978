"""How fast a file of notes is imported into SQLite, with and without the jobs that read them, beside raw inserts of the same rows."""

import csv
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.measuring import ROUNDS, Measure, over_rounds, raw_sqlite
from benchmarks.seeding import new_record, patient_rows, public_notes
from connectors.intake import import_file
from store.database import Database
from store.jobs import JobQueue
from store.lanes import load_lanes
from store.notes import Enqueue
from store.tables import PatientRow
from triage.jobs import enqueue_reading

NAME = "importing"
NOTES, PATIENTS = 5_000, 500
RAW = "raw inserts of the same rows"


def run(folder: Path) -> list[Measure]:
    """Each round imports the file twice into fresh databases and then inserts the stored rows raw, in one transaction."""
    file = write_csv(folder / "notes.csv")
    with_jobs, without, raw = [], [], []
    for number in range(ROUNDS):
        without.append(_import(file, folder / f"without-{number}.db", jobs=False))
        with_jobs.append(_import(file, folder / f"with-{number}.db", jobs=True))
        raw.append(_insert_raw(folder / f"without-{number}.db", folder / f"raw-{number}.db"))
    n = f"{NOTES:,} notes of {PATIENTS} patients, {ROUNDS} rounds"
    return [
        over_rounds(NAME, "rows imported, each with its job", with_jobs, "rows/s", n, baseline=raw, against=RAW),
        over_rounds(NAME, "rows imported, no jobs", without, "rows/s", n, baseline=raw, against=RAW),
        over_rounds(NAME, "rows imported with jobs, beside none", with_jobs, "rows/s", n, baseline=without, against="no jobs"),
        over_rounds(NAME, RAW, raw, "rows/s", n, remark="patients and episodes there already; one transaction"),
    ]


def write_csv(path: Path) -> Path:
    """A file of notes as an outside system might export it; the texts are those of the public data set."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("note_id", "patient_id", "lane", "written_at", "author_role", "source", "text"))
        for number in range(NOTES):
            note = public_notes()[number % len(public_notes())]
            patient = f"p-{number % PATIENTS + 1}"
            rows.writerow((f"n-{number}", patient, note.lane.value, note.written_at.isoformat(), note.author_role, note.source, note.text))
    return path


def _record_with_patients(path: Path) -> Database:
    database = new_record(path)
    with database.write() as session:
        session.execute(insert(PatientRow), patient_rows(PATIENTS, datetime.now(UTC)))
    return database


def _no_job(_session: Session, _note_id: int) -> None:
    """Stands in for the queue."""


def _import(file: Path, path: Path, *, jobs: bool) -> float:
    """Rows a second."""
    database = _record_with_patients(path)
    queue = JobQueue(database)
    enqueue: Enqueue = enqueue_reading(queue) if jobs else _no_job
    try:
        began = time.perf_counter()
        report = import_file(file, database, load_lanes(), source="bench", now=datetime.now(UTC), enqueue=enqueue)
        took = time.perf_counter() - began
        if report.new != NOTES:
            raise RuntimeError(f"{report.new} of {NOTES} notes were imported; {len(report.refused)} refused: {report.refused[:1]}")
        return NOTES / took
    finally:
        queue.close()
        database.dispose()


def _insert_raw(imported: Path, path: Path) -> float:
    """Rows a second for the notes of an imported database, into the same table with the same indexes and keys."""
    _record_with_patients(path).dispose()
    connection = raw_sqlite(path)
    try:
        connection.execute("ATTACH ? AS imported", (str(imported),))
        connection.execute("INSERT INTO episodes SELECT * FROM imported.episodes")
        cursor = connection.execute("SELECT * FROM imported.notes")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        statement = f"INSERT INTO notes ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")
        return len(rows) / (time.perf_counter() - began)
    finally:
        connection.close()
