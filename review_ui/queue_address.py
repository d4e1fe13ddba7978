"""A view of the queue as an address, and back. The whole view stands in it, so that it can be saved, sent and bookmarked.

What an address asks that does not exist narrows nothing: an old or mistyped link shows the queue. Only a past moment that cannot be read is
told, since showing the present in its place would mislead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from review_ui import forms
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from store.queue import QUIET_DAYS, Moment, Sort, View
from workflow.vocabulary import BlockerCategory, LaneName, OwnerRole, Status

ME = "@me"
"""Stands for whoever looks, so that “mine” in a shared view is everybody's own."""

MOST_TEXT = 100
FLAGS = {"overdue": "overdue", "today": "due_today", "blocked": "blocked", "escalated": "escalated", "unclaimed": "unclaimed"}
"""Parameters that are 1 or absent, and the fields of a view that they set."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: the view as it stands there, and the past moment as it is written there, "" for the present."""

    view: View
    as_of: str = ""

    def resolved(self, username: str) -> View:
        """The view for the person who looks."""
        mine = {name: username for name in ("owner", "offered_to") if getattr(self.view, name) == ME}
        return replace(self.view, **mine)  # type: ignore[arg-type]

    def query(self, **changes: object) -> str:
        """The part of the address after the question mark, with some of the view changed; what narrows nothing is left out."""
        view = replace(self.view, **changes)  # type: ignore[arg-type]
        parts: dict[str, str] = {
            "lane": view.lane or "",
            "status": view.status or "",
            "role": view.owner_role or "",
            "owner": view.owner or "",
            "offered": view.offered_to or "",
            "blocker": view.blocker or "",
            "quiet": str(view.quiet_days or ""),
            "q": view.text,
            "sort": view.sort if view.sort is not Sort.DUE else "",
            "down": "1" if view.descending else "",
            **{name: "1" if getattr(view, flag) else "" for name, flag in FLAGS.items()},
            "as_of": self.as_of,
        }
        return urlencode({name: str(value) for name, value in parts.items() if value})

    def address(self, path: str = "/queue", **changes: object) -> str:
        """The address of the view, with some of it changed."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The view as the hidden fields of a form."""
        return parse_qsl(self.query())


def asked_of(query: Mapping[str, str]) -> Asked:
    """What these parameters ask for. A moment may come as a day and a time beside it, as the form sends them."""
    view = View(
        lane=forms.optional_word(query.get("lane"), LaneName),
        status=forms.optional_word(query.get("status"), Status),
        owner_role=forms.optional_word(query.get("role"), OwnerRole),
        owner=_text(query, "owner") or None,
        offered_to=_text(query, "offered").strip() or None,
        blocker=forms.optional_word(query.get("blocker"), BlockerCategory),
        quiet_days=next((days for days in QUIET_DAYS if query.get("quiet") == str(days)), None),
        text=_text(query, "q").strip(),
        sort=Sort(query["sort"]) if query.get("sort") in set(Sort) else Sort.DUE,
        descending=query.get("down") == "1",
        **{flag: query.get(name) == "1" for name, flag in FLAGS.items()},
    )
    day, at = _text(query, "as_of").strip(), _text(query, "as_of_time").strip()
    return Asked(view, f"{day}T{at}" if day and at else day)


def asked_of_text(query: str) -> Asked:
    """What the part of an address after the question mark asks for."""
    return asked_of(dict(parse_qsl(query[:2000])))


def moment_of(asked: Asked, site: Site) -> Moment:
    """The moment an address asks for. A day means its end at the clinic; a moment without a zone is the clinic's own.

    Raises UnreadableForm where it cannot be read or lies in the future.
    """
    now = site.clock()
    if not asked.as_of:
        return Moment(now, site.today(now))
    zone = ZoneInfo(site.zone)
    try:
        if len(asked.as_of) <= len("2026-03-03"):
            day = date.fromisoformat(asked.as_of)
            last = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)
            moment = min(last, now) if day <= site.today(now) else last
        else:
            read = datetime.fromisoformat(asked.as_of)
            moment = (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableForm(
            f"As it stood on: write a past day like {site.today(now)}, or a moment like {site.today(now)}T14:30."
        ) from None
    if moment > now:
        raise UnreadableForm("As it stood on: this lies in the future. Choose a day or a moment that is past.")
    if moment.year < forms.EARLIEST.year:
        raise UnreadableForm(f"As it stood on: choose a day after {forms.EARLIEST.year}.")
    return Moment(moment, site.today(moment), past=True)


def _text(query: Mapping[str, str], name: str) -> str:
    """A parameter as text that a database can hold."""
    return "".join(char for char in query.get(name, "") if char != "\0" and not "\ud800" <= char <= "\udfff")[:MOST_TEXT]
