"""Names of patterns from their category. A stand-in: the category in words."""

from triage.reading import Identity
from triage.writing import PatternName, PatternRequest


def name_pattern(request: PatternRequest, identity: Identity) -> PatternName:
    """The category in words; "unnamed" where there is none."""
    return PatternName(identity=identity, name=request.category.value.replace("_", " ") if request.category else "unnamed")
