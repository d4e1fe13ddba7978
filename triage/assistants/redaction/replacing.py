"""The one function that makes a text fit to be sent: notes, and whatever else goes along with them."""

from triage.assistants.redaction.names import named
from triage.assistants.redaction.patterns import shaped
from triage.assistants.redaction.record import in_record
from triage.assistants.redaction.surrogates import Redacted, replaced
from triage.reading import Person


def redact(text: str, person: Person | None = None) -> Redacted:
    """`text` with surrogates ([NAME_1], [PHONE_1]) for what names somebody. Pure, and opens no connection.

    What `person`'s record says of them is found however it is written; other people, numbers and addresses as far as their shape or the
    words around them give them away. Dates stay, except a birth date: due dates are computed from them.
    """
    return replaced(text, [*(in_record(person, text) if person else ()), *shaped(text), *named(text)], person)
