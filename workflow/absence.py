"""Who the log shows to have been away.

It holds who was away only where that changed something: work was given back because of it, or did not return to whom it had belonged.
Whoever acts, owns or is offered something afterwards is back.
"""

from collections.abc import Sequence

from workflow import events as ev
from workflow.episode import Episode
from workflow.events import Event
from workflow.vocabulary import EscalationAnswer

_RULES_OWN_WORDS = frozenset({"escalated", "escalation ended", *(answer.label.lower() for answer in EscalationAnswer)})
"""Why a rule puts into its queue what somebody owned who is there."""

Step = tuple[Episode | None, Event]
"""An event, and the episode before it."""


def given_back(steps: Sequence[Step]) -> dict[str, str]:
    """Why, by user name, whose work a rule gave back in these events, because they were away or had left."""
    found: dict[str, str] = {}
    for before, event in steps:
        if before is None or event.actor.kind != "rule":
            continue
        match event.change:
            case ev.OfferEnded(why=why) if before.offer is not None:
                found[before.offer.to] = why
            case ev.OwnerSet(owner_role=role, owner=None, why=why) if before.owner is not None and role is before.owner_role:
                found |= {before.owner: why} if why not in _RULES_OWN_WORDS else {}
    return found


class Absence:
    """Who is away, move by move."""

    def __init__(self) -> None:
        self._away: dict[str, str] = {}

    def after(self, steps: Sequence[Step], stands: Episode) -> dict[str, str]:
        """Why, by user name, those known to be away during the move of these events were, after which the episode `stands`."""
        before, first = steps[0]
        given = {change.owner for _, event in steps if isinstance(change := event.change, ev.OwnerSet)}
        self._away |= self._passed_over(before, steps, stands, given) | given_back(steps)
        helpers = {change.helper for _, event in steps if isinstance(change := event.change, ev.EscalationAnswered)}
        offered = {stands.offer.to} if stands.offer else set()
        here = {first.actor.name, stands.owner} | helpers | offered | (given - given_back(steps).keys())
        self._away = {name: why for name, why in self._away.items() if name not in here}
        return dict(self._away)

    @staticmethod
    def _passed_over(before: Episode | None, steps: Sequence[Step], stands: Episode, given: set[str | None]) -> dict[str, str]:
        """Whom an escalation that was answered or ended would have gone back to, had they been there."""
        standing = before.escalation if before is not None else None
        ends = any(isinstance(event.change, ev.EscalationEnded | ev.EscalationAnswered) for _, event in steps)
        if standing is None or standing.owner_before is None or not ends or not stands.is_open:
            return {}
        if stands.owner is not None or standing.owner_before in given:
            return {}
        return {standing.owner_before: f"{standing.owner_before} was away"}
