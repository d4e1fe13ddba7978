"""Facts as plain JSON and back, for the store, which knows no assistant's shapes."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from triage.writing import Fact, Source, Value


def as_json(fact: Fact) -> dict[str, Any]:
    """A fact as it is stored; days and moments say what they are."""
    return asdict(fact) | {"values": {role: _plain(value) for role, value in fact.values.items()}}


def fact_of(stored: dict[str, Any]) -> Fact:
    """The fact that `as_json` made this of."""
    values = {role: _value(value) for role, value in stored["values"].items()}
    sources = tuple(Source(**source) for source in stored["sources"])
    return Fact(stored["id"], stored["topic"], stored["said"], values, sources, tuple(stored["episodes"]))


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _value(stored: Any) -> Value:
    match stored:
        case {"moment": text}:
            return datetime.fromisoformat(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case int() | float() | str():
            return stored
    raise ValueError("this is no value of a fact")
