"""A patient's context from the facts themselves. A stand-in: the first facts, as the record says them."""

from triage.reading import Identity
from triage.writing import ContextRequest, Line, Summary

MOST_LINES = 5


def summarise_context(request: ContextRequest, identity: Identity) -> Summary:
    """The first facts, each a line of its own."""
    return Summary(identity=identity, lines=tuple(Line(fact.said, (fact.id,)) for fact in request.facts[:MOST_LINES]))
