"""Importing, as the people who do it meet it: again, after mending, after a crash, from two systems."""

import csv
import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from connectors import intake as intake_module
from connectors.refusals import FileRefused
from connectors.refused_file import safe_name
from connectors.report import ImportStopped
from connectors.rows import What
from connectors.spreadsheet import guarded, unguarded
from store.tables import EpisodeRow, NoteRow, PatientRow
from workflow.vocabulary import LaneName

PATIENTS = b"patient_id,name,birth_date,language,phone,email,site,contact_preference\n"
ANA = b"007,Ana Ruiz,1958-04-30,ES,+1 312 555 0100,ana@example.org,North,calls after 16:00\n"
NOTES = b"note_id,patient_id,lane,written_at,author,author_role,source,text\n"
LVM = b'n1,007,referral,2026-03-10T15:20:00-05:00,Maria,Nurse Reviewer,call_log,"LVM.\r\n Try Thurs "\n'
PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data" / "public-notes.jsonl"


def test_a_patient_is_stored_as_the_file_says(intake: Any) -> None:
    """Every column arrives; only the spelling of the language is made one."""
    report = intake.take(PATIENTS + ANA)

    (ana,) = intake.all(PatientRow)
    assert report.what is What.PATIENTS
    assert (ana.source, ana.external_id, ana.name, ana.birth_date) == ("file", "007", "Ana Ruiz", date(1958, 4, 30))
    assert (ana.language, ana.phone, ana.email) == ("es", "+1 312 555 0100", "ana@example.org")
    assert (ana.site, ana.contact_preference) == ("North", "calls after 16:00")


def test_a_note_keeps_its_text_and_its_zone_and_waits_to_be_read(intake: Any) -> None:
    """Evidence is a span of the text, and "Thurs" counts from the note's own day: neither may move by a character or an hour."""
    intake.take(PATIENTS + ANA)

    report = intake.take(NOTES + LVM)

    (note,) = intake.all(NoteRow)
    assert report.what is What.NOTES
    assert note.text == "LVM.\r\n Try Thurs "
    assert (note.offset_minutes, note.written_at.isoformat()) == (-300, "2026-03-10T20:20:00+00:00")
    assert (note.author, note.author_role, note.kind) == ("Maria", "nurse_reviewer", "call_log")
    assert intake.enqueued == [note.id]
    assert [episode.lane for episode in intake.all(EpisodeRow)] == ["referral"]


def test_importing_twice_changes_nothing(intake: Any) -> None:
    """The nightly export holds yesterday's rows too; no note is read or paid for twice."""
    intake.take(PATIENTS + ANA)
    intake.take(NOTES + LVM)

    again = intake.take(NOTES + LVM)

    assert (again.new, again.known, again.refused) == (0, 1, [])
    assert len(intake.enqueued) == 1


def test_a_known_note_with_another_text_is_refused(intake: Any) -> None:
    """Somebody may have decided by the first text."""
    intake.take(PATIENTS + ANA)
    intake.take(NOTES + LVM)

    report = intake.take(NOTES + LVM.replace(b"Thurs", b"Fri"))

    assert "already known with another text" in report.refused[0].reason
    assert intake.all(NoteRow)[0].text == "LVM.\r\n Try Thurs "


def test_refused_rows_come_back_mended(intake: Any) -> None:
    """A person mends the refused file alone; its formulas are harmless in a spreadsheet and whole again in the record."""
    bad = b'n2,007,referral,10/3/2026 15:20,,,,"- called pt\r\n=no answer"\n'
    intake.take(PATIENTS + ANA)
    report = intake.take(NOTES + LVM + bad, "notes.csv")

    text = report.refused_file.read_bytes().decode("utf-8-sig")
    mended = intake.folder / "mended.csv"
    mended.write_bytes(text.replace("10/3/2026 15:20", "2026-03-10T15:20:00Z").encode())
    back = intake.take_path(mended)

    assert (report.new, len(report.refused), back.new, back.refused, back.warnings) == (1, 1, 1, [], [])
    assert intake.all(NoteRow)[1].text == "- called pt\r\n=no answer"


def test_refused_lines_of_json_come_back_mended(intake: Any) -> None:
    """Keys that were right stay as they were."""
    line = {"id": "n1", "lane": "surgery", "written_at": "2026-03-10T15:20:00Z", "text": "Zoé \u202e"}
    report = intake.take(json.dumps(line).encode() + b"\n", "notes.jsonl")

    mended = intake.folder / "mended.jsonl"
    mended.write_text(report.refused_file.read_text(encoding="utf-8").replace("surgery", "referral"), encoding="utf-8")
    back = intake.take_path(mended)

    assert report.refused_file.name == "notes.refused.jsonl"
    assert (back.new, back.refused, back.warnings[:-1]) == (1, [], [])
    assert intake.all(NoteRow)[0].text == "Zoé \u202e"


def test_the_refused_file_overwrites_nothing_and_is_for_its_owner_alone(intake: Any) -> None:
    """It holds patient data, and the last one may be half mended."""
    first, second = (intake.take(b"patient_id,name\n1,\n", "list.csv") for _ in range(2))
    third = intake.take_path(second.refused_file)

    assert [report.refused_file.name for report in (first, second, third)] == [f"list.refused{number}.csv" for number in ("", "-2", "-3")]
    assert stat.S_IMODE(first.refused_file.stat().st_mode) == 0o600


def test_the_refused_file_holds_no_formula(intake: Any) -> None:
    """Somebody will open it in a spreadsheet, which is what the sender of =HYPERLINK hopes for."""
    cells = ["=cmd", "+1", "-1", "@x", " =cmd", "\t=cmd", "\u00a0=cmd", "'=cmd", "＝cmd", "\rx"]
    quoted = b"".join(b'"%s",,c\n' % cell.encode() for cell in cells)

    report = intake.take(b'patient_id,name,"=heading"\n' + quoted, "list.csv")

    with report.refused_file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[1] for row in rows[1:]] == [f"'{cell}" for cell in cells]
    assert rows[0] == ["refused_because", "patient_id", "name", "'=heading"]
    assert report.refused_file.read_text(encoding="utf-8-sig").startswith('"refused_because"')


@pytest.mark.parametrize("cell", ["", "x", "'x", "'", "''", "=1", "'=1", "''=1", " =1", "'\t", "-", "'tis", "a\n=1"])
def test_guarding_a_cell_is_taken_back_exactly(cell: str) -> None:
    """Otherwise a note that begins with a dash would change on its way through the refused file."""
    assert unguarded(guarded(cell)) == cell
    assert unguarded(cell) == cell or cell != guarded(cell)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\r\nb.csv", "<img src=x onerror=alert(1)>.csv", "..", "", "x" * 500, "\u202efdp.csv"]
)
def test_a_refused_file_is_named_harmlessly(name: str) -> None:
    """The name of an uploaded file is the sender's choice."""
    safe = safe_name(name)

    assert 0 < len(safe) <= 100
    assert safe.isprintable()
    assert not set(safe) & set("/\\<>\"'\r\n")
    assert not safe.startswith(".")


def test_a_folder_that_cannot_be_written_is_told(intake: Any) -> None:
    """The rows that are right are in all the same."""
    (intake.folder / "list").write_text("a file, not a folder")

    report = intake.take(b"patient_id,name\n1,Ana\n2,\n", refused_folder=intake.folder / "list")

    assert (report.new, report.refused_file) == (1, None)
    assert "--refused-dir" in report.warnings[-1]


def test_two_systems_may_use_the_same_ids(intake: Any) -> None:
    """Ids count within a system; the same number elsewhere is somebody else until a person says otherwise."""
    intake.take(b"patient_id,name,birth_date\n1,Ana,1958-04-30\n", source="clinic-a")

    report = intake.take(b"patient_id,name,birth_date\n1,Ana,1958-04-30\n", source="clinic-b")

    assert (report.new, intake.stored()) == (1, (2, 0))
    assert "Possible duplicates: line 2" in report.warnings[0]


def test_an_import_that_dies_half_way_is_completed_by_the_next(intake: Any) -> None:
    """What is stored is a whole number of batches from the start of the file, each note with its job."""
    lines = "".join(f'{{"id": "n{n}", "lane": "referral", "written_at": "2026-03-10T15:20:00Z", "text": "LVM"}}\n' for n in range(1000))

    def dies(_session: Any, note_id: int) -> None:
        if len(intake.enqueued) == 500:
            raise OperationalError("insert", {}, OSError("disk I/O error"))
        intake.enqueued.append(note_id)

    with pytest.raises(ImportStopped, match="after 400 of 1,000 rows: disk I/O error") as stopped:
        intake.take(lines.encode(), "notes.jsonl", enqueue=dies)
    assert (stopped.value.report.new, intake.stored()[1]) == (400, 400)

    report = intake.take(lines.encode(), "notes.jsonl")

    assert (report.new, report.known, intake.stored()[1]) == (600, 400, 1000)


def test_progress_is_told_and_ends_at_the_number_of_rows(intake: Any) -> None:
    """A bar that stops at 97 % is read as a fault."""
    told: list[tuple[int, int]] = []
    data = b"patient_id,name\n" + b"".join(b"%d,Ana\n" % number for number in range(450)) + b"451,\n"

    intake.take(data, progress=lambda done, total: told.append((done, total)))

    assert told == [(200, 451), (400, 451), (451, 451)]


def test_a_note_for_a_closed_episode_opens_a_new_one(intake: Any) -> None:
    """The store decides (see store.notes); intake hands every note over alike."""
    intake.take(PATIENTS + ANA)
    intake.take(NOTES + LVM)
    with intake.database.write() as session:
        session.get(EpisodeRow, 1).closed_at = datetime(2026, 3, 12, tzinfo=UTC)

    intake.take(NOTES + LVM.replace(b"n1", b"n2"))

    assert [episode.closed_at is None for episode in intake.all(EpisodeRow)] == [False, True]


def test_a_path_that_is_no_file_is_refused(intake: Any) -> None:
    """With a sentence, not a traceback."""
    with pytest.raises(FileRefused, match="is not there"):
        intake.take_path(intake.folder / "nothing.csv")
    with pytest.raises(FileRefused, match="no file but a folder"):
        intake.take_path(intake.folder)
    with pytest.raises(FileRefused, match="--source"):
        intake.take(PATIENTS + ANA, source="a\nb")


def test_a_file_of_more_than_the_limit_is_refused(intake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a byte of it is read into memory."""
    monkeypatch.setattr("connectors.encodings.LIMIT_MB", 0.0001)

    with pytest.raises(FileRefused, match="Split it"):
        intake.take(PATIENTS + ANA)


def test_every_lane_can_be_imported_into(intake: Any) -> None:
    """The words of the annotation guide and of the lanes are the same."""
    lines = "".join(f"n{lane},,{lane},2026-03-10T15:20:00Z,,,,x\n" for lane in LaneName)

    assert intake.take(NOTES + lines.encode()).new == len(LaneName)


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public notes are not on this machine")
def test_notes_that_nobody_of_this_project_wrote_are_taken_in_whole(intake: Any) -> None:
    """160 real-style notes, in the format of labelled notes without labels."""
    lines = [json.loads(line) for line in PUBLIC.read_text(encoding="utf-8").splitlines()]

    report = intake.take_path(PUBLIC)

    assert (report.new, report.refused) == (len(lines), [])
    assert [note.text for note in intake.all(NoteRow)] == [line["text"] for line in lines]
    assert "written_at_assigned" in "\n".join(report.warnings)


def test_a_batch_that_the_database_refuses_is_stored_row_by_row(intake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people may import the same file at the same moment; the second finds the rows of the first, and loses none of its own."""
    add, tried = intake_module.add_patient, []

    def raced(session: Any, patient: Any, *, now: Any) -> Any:
        tried.append(patient.external_id)
        if patient.external_id == "2" and tried.count("2") == 1:
            raise IntegrityError("insert", {}, ValueError("unique"))
        return add(session, patient, now=now)

    monkeypatch.setattr(intake_module, "add_patient", raced)

    report = intake.take(b"patient_id,name\n1,Ana\n2,Eva\n3,Ida\n")

    assert (report.new, report.refused, intake.stored()) == (3, [], (3, 0))
