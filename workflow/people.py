"""Who works here, as the moves need to know it. The store fills it in; a move reads no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.refusals import Unavailable


@dataclass(frozen=True, slots=True)
class People:
    """`names` are the names by user name; `unavailable` says, in words, why somebody cannot be given work now.

    `unavailable["dana"]` is a sentence without its full stop: "Dana Ruiz is away until 4 December". Whoever is in neither is known by
    user name alone and can be given work.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)

    def name(self, username: str) -> str:
        """The name others know this person by."""
        return self.names.get(username, username)

    def here(self, username: str | None) -> str | None:
        """This person if they can be given work, else None: the role's queue."""
        return None if username in self.unavailable else username

    def must_be_here(self, username: str, by: str, *, otherwise: str = "Choose somebody else, or the role’s queue") -> None:
        """Raise Unavailable, with what `by` can do about it, where this person cannot be given work."""
        why = self.unavailable.get(username)
        if why is not None:
            raise Unavailable(f"{why}. {'End that under My account first' if username == by else otherwise}.")


ANYBODY = People()
"""Everybody is here, known by user name."""
