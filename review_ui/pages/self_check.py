"""The Self-check page: what the nightly self-check found, by rule, with its trend."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from review_ui import forms
from review_ui.queue_address import MOST_TEXT
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, self_checks, users
from store.self_checks import Failure, Narrowed
from workflow.self_check import RULES, Rule
from workflow.vocabulary import LaneName, OwnerRole

router = APIRouter()

MOST = 8
"""Patients shown under a rule until it is opened by itself."""


@dataclass(frozen=True, slots=True)
class Failing:
    """One rule with the episodes that fail it, and how many did on each of the days checked."""

    rule: Rule
    failures: list[Failure]
    counts: list[int]

    @property
    def line(self) -> str:
        """The trend as the points of a line in a box of 100 by 20."""
        high = max(*self.counts, 1)
        step = 100 / max(len(self.counts) - 1, 1)
        return " ".join(f"{number * step:.1f},{20 - 18 * count / high:.1f}" for number, count in enumerate(self.counts))


def address(narrowed: Narrowed, rule: str = "") -> str:
    """The address of this page for a part of the failures."""
    parts = {
        "lane": narrowed.lane.value if narrowed.lane else "",
        "role": narrowed.owner_role.value if narrowed.owner_role else "",
        "owner": narrowed.owner or "",
        "rule": rule,
    }
    query = urlencode({key: value for key, value in parts.items() if value})
    return f"/self-check?{query}" if query else "/self-check"


@router.get("/self-check")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The failures of the last self-check. That they were looked at is recorded."""
    asked = request.query_params
    narrowed = Narrowed(
        lane=forms.optional_word(asked.get("lane"), LaneName),
        owner_role=forms.optional_word(asked.get("role"), OwnerRole),
        owner=asked.get("owner", "").replace("\x00", "")[:MOST_TEXT] or None,
    )
    only = next((rule for rule in RULES if rule.name == asked.get("rule")), None)
    days: list[date] = []
    failing: list[Failing] = []
    with site.database.read() as session:
        ran = self_checks.last_run(session)
        people = {each.username: each.name for each in users.everybody(session)}
        if ran is not None:
            found = self_checks.failed(session, ran.day, narrowed)
            days, counts = self_checks.trend(session, ran.day, narrowed)
            for rule in RULES:
                mine = [failure for failure in found if failure.rule == rule.name]
                if only in {None, rule} and (mine or rule.name in counts):
                    failing.append(Failing(rule, mine, counts.get(rule.name, [0] * len(days))))
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "self-check", now=site.clock())
    return render(
        request,
        "self_check.html",
        section="agenda",
        ran=ran,
        narrowed=narrowed,
        only=only,
        days=days,
        failing=failing,
        rules=RULES,
        episodes=len({failure.episode_id for each in failing for failure in each.failures}),
        people=people,
        lanes=list(site.lanes.values()),
        address=address,
        changed=replace,
        most=MOST,
    )
