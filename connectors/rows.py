"""The columns of patients and notes, and the headings under which we know them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo

from connectors import values
from connectors.refusals import shown
from connectors.values import Setting
from store.notes import NewNote
from store.patients import NewPatient
from workflow.vocabulary import LaneName


class What(StrEnum):
    """What the rows of a file are."""

    PATIENTS = "patients"
    NOTES = "notes"


def _birth_date(value: object, info: ValidationInfo) -> date:
    return values.birth_date(value, _setting(info))


def _moment(value: object, info: ValidationInfo) -> datetime:
    return values.moment(value, _setting(info))


def _setting(info: ValidationInfo) -> Setting:
    if not isinstance(info.context, Setting):
        raise TypeError("rows are validated with context=Setting(...)")
    return info.context


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PatientRecord(_Record):
    """One row of a list of patients. An empty cell is an absent value."""

    patient_id: Annotated[str, PlainValidator(values.identifier)] = Field(description="The patient's id in the other system, as text.")
    name: Annotated[str, PlainValidator(values.person_name)] = Field(description="The name as the team says it.")
    birth_date: Annotated[date | None, PlainValidator(_birth_date)] = Field(None, description="Year-month-day, like 1958-04-30.")
    language: Annotated[str | None, PlainValidator(values.language)] = Field(
        None, description="A language code, like en, es or zh-Hant; en where it is empty."
    )
    phone: Annotated[str | None, PlainValidator(values.phone)] = Field(None, description="One number, with an extension or not.")
    email: Annotated[str | None, PlainValidator(values.email)] = Field(None, description="One plain address.")
    site: Annotated[str | None, PlainValidator(values.line(120))] = Field(None, description="The clinic or program.")
    contact_preference: Annotated[str | None, PlainValidator(values.line(200))] = Field(
        None, description="How and when the patient likes to be reached, in a few words."
    )
    zone: Annotated[str | None, PlainValidator(values.zone)] = Field(
        None, description="The patient's time zone, like America/Chicago; the lane's where it is empty."
    )

    def as_new(self, source: str) -> NewPatient:
        """The patient for the store, as the system `source` knows them."""
        own = self.model_dump(exclude={"patient_id"})
        return NewPatient(source=source, external_id=self.patient_id, **own)


class NoteRecord(_Record):
    """One row of a list of notes."""

    note_id: Annotated[str, PlainValidator(values.identifier)] = Field(description="The note's id in the other system, as text.")
    lane: Annotated[LaneName, PlainValidator(values.lane_name)] = Field(description=f"One of {', '.join(LaneName.values())}.")
    written_at: Annotated[datetime, PlainValidator(_moment)] = Field(description="Like 2026-03-10T15:20:00-05:00.")
    text: Annotated[str, PlainValidator(values.note_text)] = Field(description="The note, kept exactly as it came.")
    patient_id: Annotated[str | None, PlainValidator(values.identifier)] = Field(
        None, description="Whose note it is. Empty: the note waits under a patient of its own, “not identified”."
    )
    author: Annotated[str, PlainValidator(values.line(values.NAME_LENGTH))] = Field("", description="Who wrote it.")
    author_role: Annotated[str, PlainValidator(values.author_role)] = Field(
        "unknown", description="Their role; an owner role such as nurse_reviewer where one fits."
    )
    source: Annotated[str, PlainValidator(values.line(120))] = Field("note", description="The kind of text, such as call_log or e-mail.")

    def as_new(self, source: str) -> NewNote:
        """The note for the store, as the system `source` knows it. The file's own `source` column is the kind of text."""
        return NewNote(
            source=source,
            external_id=self.note_id,
            patient=self.patient_id,
            lane=self.lane,
            author=self.author,
            author_role=self.author_role,
            kind=self.source,
            written_at=self.written_at,
            text=self.text,
        )


RECORDS: dict[What, type[PatientRecord] | type[NoteRecord]] = {What.PATIENTS: PatientRecord, What.NOTES: NoteRecord}

SYNONYMS: dict[What, dict[str, str]] = {
    What.PATIENTS: {
        "id": "patient_id",
        "mrn": "patient_id",
        "patient": "patient_id",
        "patient_name": "name",
        "full_name": "name",
        "dob": "birth_date",
        "date_of_birth": "birth_date",
        "birthdate": "birth_date",
        "lang": "language",
        "phone_number": "phone",
        "e_mail": "email",
        "email_address": "email",
        "time_zone": "zone",
        "timezone": "zone",
    },
    What.NOTES: {
        "id": "note_id",
        "mrn": "patient_id",
        "patient": "patient_id",
        "note_text": "text",
        "kind": "source",
        "note_type": "source",
    },
}


def columns(what: What) -> list[str]:
    """Our columns, in the order of the documentation."""
    return list(RECORDS[what].model_fields)


def required(what: What) -> list[str]:
    """The columns that a file must have."""
    return [name for name, field in RECORDS[what].model_fields.items() if field.is_required()]


def heading(text: str) -> str:
    """A heading without what people vary: case, spaces, hyphens, dots. "Patient ID" is patient_id."""
    words = text.strip(values.SPACE + "\ufeff").casefold()
    for mark in "-. \t\u00a0":
        words = words.replace(mark, "_")
    return "_".join(part for part in words.split("_") if part)


def column(text: str, what: What) -> str | None:
    """Our column for a heading of a file, or None where we do not know it."""
    name = heading(text)
    known = RECORDS[what].model_fields
    return name if name in known else SYNONYMS[what].get(name)


def detect(headings: Sequence[str]) -> What | None:
    """What a file with these headings holds, or None: a text makes it notes, a name without one patients."""
    names = {heading(text) for text in headings}
    if names & {"text", "note_text", "note_id"}:
        return What.NOTES
    return What.PATIENTS if names & {"name", "patient_name", "full_name"} else None


def read_record(row: Mapping[str, object], what: What, setting: Setting) -> PatientRecord | NoteRecord:
    """The record a row holds. Raises pydantic.ValidationError; see `refusals.sentence`."""
    return RECORDS[what].model_validate(dict(row), context=setting)


def unknown_content(headings: Sequence[str]) -> str:
    """Why nobody can say what a file holds."""
    found = ", ".join(shown(text) for text in headings[:12]) or "none"
    return (
        f"The file has no columns that Care Triage knows (found: {found}). "
        f"A list of patients needs {', '.join(required(What.PATIENTS))}; a list of notes needs {', '.join(required(What.NOTES))}. "
        "The first line must name the columns."
    )
