"""Outreach drafts from templates. A stand-in until the templates are here: it writes no language."""

from triage.assistants.protocol import NoUsableAnswer
from triage.reading import Identity
from triage.writing import Draft, DraftRequest


def draft_outreach(request: DraftRequest, identity: Identity) -> Draft:  # noqa: ARG001
    """Raises NoUsableAnswer: there is no template yet."""
    raise NoUsableAnswer(
        f"The embedded assistant has no template for a message in the language {request.language!r}. A person must write it."
    )
