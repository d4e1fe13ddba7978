"""A clinic in which everything that comes from outside is hostile."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from store import episodes, suggestions, users
from store.decisions import Reviewer, accept
from store.patients import NewPatient, add_patient
from store.suggestions import NewReading, NewSuggestion
from tests.builders import CALL, LANES, NOW, WORSE, a_note
from workflow.vocabulary import UserRole


def plant(session: Session, payloads: Sequence[str], *, username: str) -> list[int]:
    """One patient and note per payload, which stands in every field that comes from outside; returns the notes' ids."""
    notes = []
    for number, payload in enumerate(payloads):
        who = users.add_user(session, f"{username}{number}{payload}", f"Nurse {payload}", UserRole.COORDINATOR, None, now=NOW)
        outside = {"phone": payload, "email": payload, "site": payload, "contact_preference": payload, "language": f"xx-{payload}"}
        add_patient(session, NewPatient("ehr", f"p{number}{payload}", f"Pt {payload}", **outside), now=NOW)
        text = f"Start {payload} middle. Will call.\n{payload}"
        fields = {"patient": f"p{number}{payload}", "author": payload, "author_role": payload, "kind": payload, "text": text}
        note = a_note(session, f"n{number}{payload}", **fields)
        reading = NewReading(
            reader=f"llm:{payload}", assistant="llm", model=payload, prompt=payload, prompt_version=payload, content_hash=payload,
            refused=1, stood_in_for=payload, usage={},
            suggestions=[
                NewSuggestion(CALL, 0, len(text), 0.5, time_phrase=payload),
                NewSuggestion(WORSE, 6, 6 + len(payload), 0.5, time_phrase=payload),
            ],
        )  # fmt: skip
        suggestions.save_reading(session, note.id, reading, now=NOW)
        if number % 2:  # half of them are decided, so that the words stand in events, toasts and the queue as well
            reviewer = Reviewer(who.id, who.username, who.name)
            for item in suggestions.of_note(session, note.id):
                version = episodes.load(session, item.episode_id).version
                accept(session, LANES, item.id, reviewer=reviewer, episode_version=version, now=NOW)
        notes.append(note.id)
    return notes
