"""A row of the queue as data: the columns of the CSV export and of the JSON API. Days and moments are ISO 8601, in the clinic's zone."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from store.queue import Moment, Row, Sort, View

Value = str | int | list[str] | None

COLUMNS = (
    *("episode_id", "patient_id", "patient", "birth_date", "language", "site", "lane"),
    *("status", "status_since", "next_action", "next_action_detail", "owner_role", "owner", "owner_name", "due", "days_overdue"),
    *("blocked_by", "blocked_since", "last_attempt_at", "last_attempt_channel", "last_attempt_outcome", "failed_attempts"),
    *("escalated_for", "escalated_since", "opened_at", "age_days"),
)


def of(row: Row, at: Moment, zone: ZoneInfo, names: Mapping[str, str]) -> dict[str, Value]:
    """One row. `names` are people's names by user name."""
    patient, episode = row.patient, row.episode
    last, task = episode.last_attempt, episode.task(episode.next_task) if episode.next_task is not None else None

    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None

    return {
        "episode_id": row.episode_id,
        "patient_id": patient.external_id if patient.identified else None,
        "patient": patient.name,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "language": patient.language,
        "site": patient.site,
        "lane": episode.lane.value,
        "status": episode.status.value,
        "status_since": local(episode.status_since),
        "next_action": episode.next_action.value,
        "next_action_detail": task.detail if task else None,
        "owner_role": episode.owner_role.value,
        "owner": episode.owner,
        "owner_name": names.get(episode.owner, episode.owner) if episode.owner else None,
        "due": episode.due.isoformat(),
        "days_overdue": episode.days_overdue(at.today),
        "blocked_by": [category.value for category in episode.blocked_by],
        "blocked_since": local(min((blocker.since for blocker in episode.blockers), default=None)),
        "last_attempt_at": local(last.happened_at) if last else None,
        "last_attempt_channel": last.channel.value if last else None,
        "last_attempt_outcome": last.outcome.value if last else None,
        "failed_attempts": episode.failed_attempts,
        "escalated_for": episode.escalation.reason.value if episode.escalation else None,
        "escalated_since": local(episode.escalation.since) if episode.escalation else None,
        "opened_at": local(episode.opened_at),
        "age_days": (at.now - episode.opened_at).days,
    }


def as_cells(row: Mapping[str, Value]) -> list[str]:
    """The row as cells of one line each: a line break inside a cell is a space, so that no second line can begin as a formula."""
    return [" ".join(_text(row[column]).splitlines()) for column in COLUMNS]


def _text(value: Value) -> str:
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def file_name(view: View, at: Moment, zone: ZoneInfo) -> str:
    """A name that says the view and the moment. What was searched for stays out of it: it may be a patient's name."""
    flags = ("overdue", "due_today", "blocked", "escalated", "unclaimed")
    parts = [
        *(str(word) for word in (view.lane, view.status, view.owner_role, view.blocker, view.owner) if word),
        *(flag for flag in flags if getattr(view, flag)),
        *([f"quiet {view.quiet_days} d"] if view.quiet_days else []),
        *(["found"] if view.text else []),
        *([f"by {view.sort}"] if view.sort is not Sort.DUE else []),
    ]
    slug = re.sub(r"[^A-Za-z0-9]+", "-", " ".join(parts)).strip("-")[:100] or "all"
    return f"queue-{slug}-{'as-of' if at.past else 'at'}-{at.now.astimezone(zone):%Y-%m-%dT%H%M}.csv"
