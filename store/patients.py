"""Patients, known by (source, external id) alone. Two rows that look alike are told to a person, never merged."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.errors import AlreadyKnown, Unknown
from store.tables import PatientRow


class Added(StrEnum):
    """What became of something handed in."""

    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient as an outside system knows them. `language` is a BCP-47 tag; `birth_date` None where it is not known."""

    source: str
    external_id: str
    name: str
    birth_date: date | None = None
    language: str = "en"
    phone: str | None = None
    email: str | None = None
    site: str | None = None
    contact_preference: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """A stored patient."""

    id: int
    external_id: str
    name: str
    birth_date: date | None
    language: str
    phone: str | None
    email: str | None
    site: str | None
    contact_preference: str | None
    identified: bool

    def age(self, today: date) -> int | None:
        """Full years on `today`, or None where the birth date is not known."""
        born = self.birth_date
        return None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))


UNIDENTIFIED = "unidentified:"
"""Prefix of the external id of a stand-in patient, for a note that names none."""


def add_patient(session: Session, patient: NewPatient, *, now: datetime) -> Added:
    """Store a patient once. Raises AlreadyKnown where the id is known with another name or birth date: nothing is overwritten."""
    known = find(session, patient.source, patient.external_id)
    if known is None:
        session.execute(insert(PatientRow).values(**_values(patient), created_at=now))
        return Added.NEW
    if (known.name, known.birth_date) != (patient.name, patient.birth_date):
        raise AlreadyKnown(
            f"patient {patient.external_id} is already known with another name or birth date. "
            "Check the id; if the person changed their name, change it on the Patient page."
        )
    return Added.KNOWN


def _values(patient: NewPatient) -> dict[str, object]:
    return {field: getattr(patient, field) for field in NewPatient.__dataclass_fields__}


def find(session: Session, source: str, external_id: str) -> PatientRow | None:
    """The patient that `source` knows by `external_id`."""
    return session.scalars(select(PatientRow).where(PatientRow.source == source, PatientRow.external_id == external_id)).one_or_none()


def same_person_elsewhere(session: Session, patient: NewPatient) -> bool:
    """Whether somebody with this name and birth date is known under another id: a possible duplicate, for a person to look at."""
    if patient.birth_date is None:
        return False
    alike = select(PatientRow.id).where(PatientRow.name == patient.name, PatientRow.birth_date == patient.birth_date)
    other = (PatientRow.source != patient.source) | (PatientRow.external_id != patient.external_id)
    return session.execute(alike.where(other).limit(1)).first() is not None


def load(session: Session, patient_id: int) -> Patient:
    """A patient by id. Raises Unknown."""
    row = session.get(PatientRow, patient_id)
    if row is None:
        raise Unknown("There is no such patient.")
    return as_patient(row)


def as_patient(row: PatientRow) -> Patient:
    """The domain value of a stored patient."""
    return Patient(
        id=row.id,
        external_id=row.external_id,
        name=row.name,
        birth_date=row.birth_date,
        language=row.language,
        phone=row.phone,
        email=row.email,
        site=row.site,
        contact_preference=row.contact_preference,
        identified=not row.external_id.startswith(UNIDENTIFIED),
    )
