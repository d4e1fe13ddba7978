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

PAGE = 50
"""Patients on a page of one rule."""


@dataclass(frozen=True, slots=True)
class Failing:
    """One rule with some of the `total` episodes that fail it, and how many did on each of the days checked."""

    rule: Rule
    failures: list[Failure]
    total: int
    counts: list[int]

    @property
    def line(self) -> str:
        """The trend as the points of a line in a box of 100 by 20."""
        high = max(*self.counts, 1)
        step = 100 / max(len(self.counts) - 1, 1)
        return " ".join(f"{number * step:.1f},{20 - 18 * count / high:.1f}" for number, count in enumerate(self.counts))


def address(narrowed: Narrowed, rule: str = "", page: int = 1) -> str:
    """The address of this page for a part of the failures."""
    parts = {
        "lane": narrowed.lane.value if narrowed.lane else "",
        "role": narrowed.owner_role.value if narrowed.owner_role else "",
        "owner": narrowed.owner or "",
        "rule": rule,
        "page": str(page) if page > 1 else "",
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
    page = _page(asked.get("page", ""))
    episodes = 0
    days: list[date] = []
    failing: list[Failing] = []
    with site.database.read() as session:
        ran = self_checks.last_run(session)
        people = {each.username: each.name for each in users.everybody(session)}
        if ran is not None:
            episodes, totals = self_checks.count_failed(session, ran.day, narrowed, only.name if only else None)
            days, counts = self_checks.trend(session, ran.day, narrowed)
            first, most = ((page - 1) * PAGE, PAGE) if only else (0, MOST)
            for rule in RULES:
                total = totals.get(rule.name, 0)
                if only in {None, rule} and (total or rule.name in counts):
                    shown = self_checks.failed(session, ran.day, narrowed, rule=rule.name, first=first, most=most)
                    failing.append(Failing(rule, shown, total, counts.get(rule.name, [0] * len(days))))
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
        episodes=episodes,
        page=page,
        pages=-(-max((each.total for each in failing), default=0) // PAGE),
        people=people,
        lanes=list(site.lanes.values()),
        address=address,
        changed=replace,
    )


def _page(text: str) -> int:
    """The number of a page; the first where the address names none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) else 1
