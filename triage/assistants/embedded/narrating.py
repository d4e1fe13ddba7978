"""Queue changes from the facts themselves. A stand-in: every fact, as the record says it."""

from triage.reading import Identity
from triage.writing import ChangesRequest, Line, Narration


def narrate_changes(request: ChangesRequest, identity: Identity) -> Narration:
    """Every fact, each a sentence of its own."""
    return Narration(identity=identity, sentences=tuple(Line(fact.said, (fact.id,)) for fact in request.facts))
