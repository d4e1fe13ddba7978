"""Claims: what a text says that can be wrong, and what of it no fact supports."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.claims import Claim, ClaimKind, Length, claims, untraced
from triage.time_words import ONES
from triage.writing import Fact, Value

DAY = date(2026, 3, 10)  # a Tuesday


def fact(**values: Value) -> Fact:
    return Fact(id="F1", topic="t", said="", values=values)


def told(text: str, language: str = "en") -> list[tuple[str, object]]:
    return [(claim.kind.value, claim.value) for claim in claims(text, language, day=DAY) if claim.kind is not ClaimKind.DAY]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("tried 3 times", "en", [("number", 3)]),
        ("three tries", "en", [("number", 3)]),
        ("the third try, a 3rd", "en", [("number", 3), ("number", 3)]),
        ("a dozen of them, twice", "en", [("number", 12), ("number", 2)]),
        ("a hundred and five patients", "en", [("number", 105)]),
        ("1,204 patients, 2.5 on average", "en", [("number", 1204), ("number", 2.5)]),
        ("tres intentos, el segundo hoy, una docena, dos veces", "es", [("number", 3), ("number", 2), ("number", 12), ("number", 2)]),
        ("treinta y dos pacientes, once hoy", "es", [("number", 32), ("number", 11)]),
        ("no one called, one of them; once the form is in", "en", []),
        ("at 3:30 pm, 15:30, 3:30", "en", [("time", "15:30"), ("time", "15:30"), ("time", "03:30?")]),
        ("a las 3 de la tarde", "es", [("time", "15:00")]),
        ("in the morning, at noon", "en", [("time", "morning"), ("time", "12:00")]),
        ("Good morning. Buenas tardes.", "en", []),
        (
            "for 5 days, 2 weeks, a month",
            "en",
            [("duration", Length(5, "day")), ("duration", Length(2, "week")), ("duration", Length(1, "month"))],
        ),
        ("3 to 5 business days", "en", [("duration", Length(3, "business day")), ("duration", Length(5, "business day"))]),
        ("hace tres semanas", "es", [("duration", Length(3, "week"))]),
        ("$1,200.50 or 80 dollars", "en", [("money", 1200.5), ("money", 80)]),
        ("12% and 7 percent", "en", [("percent", 12), ("percent", 7)]),
        ("call (312) 555-0199 or 312.555.0199", "en", [("phone", "3125550199"), ("phone", "3125550199")]),
        ("mail a.b@clinic.org, see https://x.org/y.", "en", [("address", "a.b@clinic.org"), ("address", "x.org/y")]),
        ("A1C, form B-12", "en", [("code", "a1c"), ("code", "b-12")]),
        ("Ask Rosa Delgado, then Dr. Webb.", "en", [("name", "rosa delgado"), ("name", "dr webb")]),
        ("ROSA DELGADO called", "en", [("name", "rosa delgado")]),
        ("It waits on Grace. Nobody owns it. Overdue.", "en", [("name", "grace")]),
        ("Needs an interpreter for Tigrinya", "en", [("name", "tigrinya")]),
        ("Hola, Sra. Ortiz", "es", [("name", "sra ortiz")]),
    ],
)
def test_what_can_be_wrong_is_found(text: str, language: str, found: list[tuple[str, object]]) -> None:
    assert told(text, language) == found


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Thu 12 Mar", "en"),
        ("March 12", "en"),
        ("12 March 2026", "en"),
        ("the 12th of March", "en"),
        ("Thursday, March 12th, 2026", "en"),
        ("3/12/2026", "en"),
        ("3/12", "en"),
        ("2026-03-12", "en"),
        ("Thursday the 12th", "en"),
        ("the 12th", "en"),
        ("Thursday", "en"),
        ("this week", "en"),
        ("in 2 days", "en"),
        ("the day after tomorrow", "en"),
        ("jueves 12 de marzo", "es"),
        ("el 12 de marzo de 2026", "es"),
        ("12/3/2026", "es"),
        ("el jueves", "es"),
        ("pasado mañana", "es"),
        ("esta semana", "es"),
    ],
)
def test_a_day_may_be_told_in_any_usual_way_and_is_wrong_for_any_other_day(words: str, language: str) -> None:
    """The 12th is a Thursday; no other near day may pass for it, save where the words leave it open ("this week")."""
    text = f"Due {words}."
    stretch = "week" in words or "semana" in words

    assert not untraced(text, [fact(day=date(2026, 3, 12))], language=language, day=DAY)
    for wrong in (date(2026, 3, 20), date(2026, 4, 13), date(2026, 3, 31), date(2025, 2, 11)):
        assert untraced(text, [fact(day=wrong)], language=language, day=DAY), wrong
    assert stretch or untraced(text, [fact(day=date(2026, 3, 13))], language=language, day=DAY)


def test_days_that_count_from_today_are_traced_from_today() -> None:
    tomorrow = fact(day=DAY + timedelta(days=1))

    assert not untraced("Call tomorrow.", [tomorrow], day=DAY)
    assert untraced("Call tomorrow.", [tomorrow], day=DAY - timedelta(days=1))
    assert untraced("Call tomorrow.", [tomorrow]), "without a day nothing counts from it"
    assert untraced("Call tomorrow.", [fact(words="call tomorrow")], day=DAY), "the note's tomorrow is another day"
    assert not untraced('The note says "call tomorrow".', [fact(words="pls call tomorrow am")], day=DAY), "a quote is a quote"


def test_a_number_is_traced_by_what_it_counts() -> None:
    """Three days are not three tries, and 12 % is not 12 patients."""
    assert not untraced("3 tries", [fact(tries=3)])
    assert untraced("3 days", [fact(tries=3)])
    assert untraced("3 tries", [fact(days=3)])
    assert not untraced("3 weeks", [fact(waiting_days=21)])
    assert not untraced("3 weeks ago", [fact(since=DAY - timedelta(days=21))], day=DAY)
    assert untraced("12%", [fact(patients=12)])
    assert not untraced("12%", [fact(percent=12)])
    assert not untraced("12%", [fact(share=0.12)])
    assert not untraced("$40", [fact(copay=40)])
    assert not untraced("several tries", [fact(tries=3)])
    assert untraced("several tries", [fact(tries=2)])


def test_a_name_is_traced_whole_and_from_one_value() -> None:
    facts = [fact(name="Rosa Delgado"), fact(name="Iván Ortiz")]

    assert not untraced("Rosa, Ms. Delgado and Ivan Ortiz's wife", facts)
    assert untraced("Rosa Ortiz", facts)
    assert untraced("Dr. Delgado", facts), "nobody said that she is a doctor"
    assert not untraced("Dr. Webb", [fact(words="per Dr Webb office")])
    assert untraced("Call Mark", [fact(words="please mark the chart")])


def test_times_are_traced_from_moments() -> None:
    at = datetime(2026, 3, 12, 15, 30, tzinfo=UTC)

    assert not untraced("Thu 12 Mar at 3:30 pm, in the afternoon", [fact(at=at)], day=DAY)
    assert not untraced("at 3:30", [fact(at=at)], day=DAY)
    assert untraced("at 3:30 am", [fact(at=at)], day=DAY)
    assert untraced("in the morning", [fact(at=at)], day=DAY)


def test_what_everybody_may_say_is_given_beside_the_facts() -> None:
    clinic: list[Value] = ["Lakeside Clinic", "312-555-0199", "help@lakeside.org"]
    text = "This is Lakeside Clinic. Call (312) 555-0199 or write to help@lakeside.org."

    assert not untraced(text, [], also=clinic)
    assert {claim.kind for claim in untraced(text, [])} == {ClaimKind.NAME, ClaimKind.PHONE, ClaimKind.ADDRESS}


NAMES = [
    "Rosa Delgado",
    "Iván Ortiz",
    "Thuy Nguyen",
    "Mark Young",
    "Grace Lee",
    "Olena Kovalenko",
    "DeShawn Pierre",
    "Ana María de la Cruz",
]
DAYS = st.dates(date(2026, 1, 12), date(2026, 11, 30))


def in_words(number: int, way: int) -> str:
    return ONES[number - 1] if way and number < 20 else str(number)


def on(day: date, way: int) -> str:
    return (
        f"{day:%a %-d %b}",
        f"{day:%B %-d}",
        f"{day:%A, %B %-d, %Y}",
        f"{day:%-m/%-d/%Y}",
        day.isoformat(),
        f"the {day.day} of {day:%B}",
    )[way]


@given(st.integers(2, 400), st.integers(2, 90), DAYS, st.sampled_from(NAMES), st.integers(0, 5), st.booleans(), st.data())
def test_what_is_made_of_facts_is_traced_and_any_one_change_of_it_is_not(
    tries: int, days: int, day: date, name: str, way: int, spelled: bool, data: st.DataObject
) -> None:
    """The property the whole rests on: a text may say what the facts say, and nothing beside."""

    def text(tries: int, days: int, day: date, name: str) -> str:
        count = in_words(tries, spelled)
        return f"{count.capitalize()} tries since {on(day, way)}; {name} has waited {in_words(days, spelled)} days and expects us."

    facts = [fact(tries=tries, waiting_days=days, since=day, name=name)]
    assert not untraced(text(tries, days, day, name), facts, day=DAY)

    other = st.integers(2, 400).filter(lambda number: number != tries)
    assert untraced(text(data.draw(other), days, day, name), facts, day=DAY)
    away = st.integers(2, 90).filter(lambda number: number != days and abs((day - DAY).days) != number)
    assert untraced(text(tries, data.draw(away), day, name), facts, day=DAY)
    assert untraced(text(tries, days, data.draw(DAYS.filter(lambda other: other != day)), name), facts, day=DAY)
    assert untraced(text(tries, days, day, data.draw(st.sampled_from([one for one in NAMES if one != name]))), facts, day=DAY)


@given(st.text(max_size=200), st.sampled_from(["en", "es", "vi"]))
def test_any_text_is_read(text: str, language: str) -> None:
    """Claims never overlap, stand in order, and lie within the text."""
    last = 0
    for claim in claims(text, language, day=DAY):
        assert isinstance(claim, Claim)
        assert last <= claim.start < claim.end <= len(text)
        last = claim.end


@pytest.mark.parametrize("piece", ["1", "1 ", "1-", "twenty ", "Aa ", "a hundred and ", "a", '"', "(5", "12/3", "on Monday the ", "9:"])
def test_a_long_text_of_anything_is_read(piece: str) -> None:
    """Whatever a note or a model repeats ten thousand characters long."""
    text = (piece * 10_000)[:10_000]

    assert all(claim.end <= len(text) for claim in claims(text))
