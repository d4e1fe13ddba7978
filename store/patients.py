"""Patients, known by (source, external id) alone. Two rows that look alike are told to a person, never merged."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from store.errors import AlreadyKnown, Unknown
from store.tables import PatientRow, core


class Added(StrEnum):
    """What became of something handed in."""

    NEW = "new"
    KNOWN = "known"
    UPDATED = "updated"
    """Known, and its contact details are now those handed in."""


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient as an outside system knows them. None is what that system does not say.

    `language` is a BCP-47 tag, `zone` a time zone like America/Chicago.
    """

    source: str
    external_id: str
    name: str
    birth_date: date | None = None
    language: str | None = None
    phone: str | None = None
    email: str | None = None
    site: str | None = None
    contact_preference: str | None = None
    zone: str | None = None


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
    zone: str | None
    identified: bool

    def age(self, today: date) -> int | None:
        """Full years on `today`, or None where the birth date is not known."""
        born = self.birth_date
        return None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))


UNIDENTIFIED = "unidentified:"
"""Prefix of the external id of a stand-in patient, for a note that names none."""


_P = core(PatientRow).c
CONTACT_DETAILS = ("language", "phone", "email", "site", "contact_preference", "zone")
_KNOWN = select(_P.id, _P.name, _P.birth_date, *(_P[name] for name in CONTACT_DETAILS)).where(
    _P.source == bindparam("source"), _P.external_id == bindparam("external_id")
)
_ALIKE = (
    select(_P.id)
    .where(_P.name == bindparam("name"), _P.birth_date == bindparam("birth_date"))
    .where((_P.source != bindparam("source")) | (_P.external_id != bindparam("external_id")))
    .limit(1)
)


def add_patient(session: Session, patient: NewPatient, *, now: datetime) -> Added:
    """Store a patient once; a known one takes over the contact details that `patient` has, and keeps the others.

    Raises AlreadyKnown where the id is known with another name or birth date: that may be another person, and nothing is overwritten.
    """
    known = session.execute(_KNOWN, {"source": patient.source, "external_id": patient.external_id}).one_or_none()
    if known is None:
        session.execute(insert(core(PatientRow)), _values(patient) | {"language": patient.language or "en", "created_at": now})
        return Added.NEW
    if (known.name, known.birth_date) != (patient.name, patient.birth_date):
        raise AlreadyKnown(
            f"patient {patient.external_id} is already known with another name or birth date. "
            "Check the id: it may be another person. A name that changed has to be corrected by whoever runs Care Triage."
        )
    details = {name: value for name in CONTACT_DETAILS if (value := getattr(patient, name)) is not None}
    if all(getattr(known, name) == value for name, value in details.items()):
        return Added.KNOWN
    session.execute(update(PatientRow).where(PatientRow.id == known.id).values(**details))
    return Added.UPDATED


def _values(patient: NewPatient) -> dict[str, object]:
    return {field: getattr(patient, field) for field in NewPatient.__dataclass_fields__}


def find(session: Session, source: str, external_id: str) -> PatientRow | None:
    """The patient that `source` knows by `external_id`."""
    return session.scalars(select(PatientRow).where(PatientRow.source == source, PatientRow.external_id == external_id)).one_or_none()


def same_person_elsewhere(session: Session, patient: NewPatient) -> bool:
    """Whether somebody with this name and birth date is known under another id: a possible duplicate, for a person to look at."""
    if patient.birth_date is None:
        return False
    asked = {field: getattr(patient, field) for field in ("name", "birth_date", "source", "external_id")}
    return session.execute(_ALIKE, asked).first() is not None


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
        zone=row.zone,
        identified=not row.external_id.startswith(UNIDENTIFIED),
    )
