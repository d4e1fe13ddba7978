"""Facts as the store keeps them, and back: JSON knows neither days nor moments."""

from datetime import date, datetime
from typing import Any

from triage.writing import Fact, Source, Value


def to_json(fact: Fact) -> dict[str, Any]:
    """The fact as JSON."""
    return {
        "id": fact.id,
        "topic": fact.topic,
        "said": fact.said,
        "values": {role: _value_to_json(value) for role, value in fact.values.items()},
        "sources": [_source_to_json(source) for source in fact.sources],
        "episodes": list(fact.episodes),
    }


def from_json(stored: dict[str, Any]) -> Fact:
    """The fact that `to_json` wrote."""
    return Fact(
        stored["id"],
        stored["topic"],
        stored["said"],
        {role: _value_from_json(value) for role, value in stored["values"].items()},
        tuple(Source(**source) for source in stored["sources"]),
        tuple(stored["episodes"]),
    )


def _value_to_json(value: Value) -> object:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _value_from_json(value: Any) -> Value:
    if not isinstance(value, dict):
        known: Value = value
        return known
    return datetime.fromisoformat(value["moment"]) if "moment" in value else date.fromisoformat(value["day"])


def _source_to_json(source: Source) -> dict[str, object]:
    return {"episode": source.episode, "note": source.note, "event": source.event, "field": source.field, "quote": source.quote}
