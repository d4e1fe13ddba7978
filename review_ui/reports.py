"""What a report says: its question, its definition, a sentence that reads it, its table and its chart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from review_ui import charts, words
from review_ui.charts import Cell, Spec
from store.reports.cases import AGES, LATE, TRIES
from store.reports.counting import DAY, Bands, Counted, Line
from workflow.vocabulary import BlockerCategory, ClosureReason, Mover, Status, Word

FEW = 10
"""Below this many cases a report says that they are few."""

UNDEFINED = "–"

SHORT = {
    Status.WAITING_ON_PATIENT: "Waiting: patient",
    Status.WAITING_ON_PROVIDER: "Waiting: provider",
    Status.WAITING_ON_DOCUMENTS: "Waiting: documents",
    Status.SCHEDULED: "Scheduled",
}
"""Statuses where there is room for two words."""

WHOSE = {Mover.TEAM: "Ours", Mover.PATIENT: "Patient’s", Mover.PROVIDER: "Provider’s or partner’s", Mover.PAYER: "Payer’s, or documents"}


@dataclass(frozen=True, slots=True)
class Background:
    """What some sentences need beside the report's own cases: how many were open, and the median of business days late."""

    open: int
    business_days_late: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: its words, then its numbers as they are shown. `key` leads to its patients; "" to all of the report's."""

    key: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    patients: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One kind of report. `headings` are those of the words, then those of the numbers."""

    title: str
    definition: str
    headings: tuple[str, ...]
    reading: Callable[[Counted, Background], str]
    rows: Callable[[Counted], list[Row]]
    chart: Callable[[Counted], Spec]
    of: str
    """What a case is, in the singular."""


def line_words(kind: Shown, counted: Counted, key: str) -> str:
    """A line of the table in words, for the list of its patients; empty for the whole or an unknown key."""
    return next((", ".join(row.words) for row in kind.rows(counted) if row.key == key), "") if key else ""


def is_few(counted: Counted) -> bool:
    """Whether there are cases, but few of them."""
    return 0 < counted.whole.count < FEW


def days(seconds: float | None) -> str:
    """Seconds as days of 24 hours: "2.5 days", "31 days"."""
    if seconds is None:
        return UNDEFINED
    number = seconds / DAY
    text = f"{number:,.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")
    return f"{text} day{'' if text == '1' else 's'}"


def share(part: float, whole: float) -> str:
    """ "17 %"; undefined of nothing."""
    if not whole:
        return UNDEFINED
    percent = 100 * part / whole
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def _word(kind: type[Word], key: str) -> str:
    label = kind(key).label
    return label[0].upper() + label[1:]


def _labels(bands: Bands) -> Callable[[str], str]:
    return lambda key: bands.labels[int(key)]


def _frequency(label: Callable[[str], str]) -> Callable[[Counted], list[Row]]:
    """Count, share and patients a line."""

    def rows(counted: Counted) -> list[Row]:
        def row(line: Line, text: str) -> Row:
            return Row(line.key, (text,), (f"{line.count:,}", share(line.count, counted.whole.count), f"{line.episodes:,}"), line.episodes)

        return [*(row(line, label(line.key)) for line in counted.lines), row(counted.whole, "All")]

    return rows


def _people(label: Callable[[str], str]) -> Callable[[Counted], list[Row]]:
    """Patients and share a line, where every case is a patient of its own."""

    def rows(counted: Counted) -> list[Row]:
        def row(line: Line, text: str) -> Row:
            return Row(line.key, (text,), (f"{line.episodes:,}", share(line.episodes, counted.whole.episodes)), line.episodes)

        return [*(row(line, label(line.key)) for line in counted.lines), row(counted.whole, "All")]

    return rows


def _spent(label: Callable[[str], str]) -> Callable[[Counted], list[Row]]:
    """Days, share and patients a line."""

    def rows(counted: Counted) -> list[Row]:
        def row(line: Line, text: str) -> Row:
            return Row(
                line.key, (text,), (f"{line.total / DAY:,.1f}", share(line.total, counted.whole.total), f"{line.episodes:,}"), line.episodes
            )

        return [*(row(line, label(line.key)) for line in counted.lines), row(counted.whole, "All")]

    return rows


def _count_bars(label: Callable[[str], str], colour: str = "accent") -> Callable[[Counted], Spec]:
    return lambda counted: charts.bars([(label(line.key), line.count, f"{line.count:,}") for line in counted.lines], colour)


def _time_bars(label: Callable[[str], str]) -> Callable[[Counted], Spec]:
    return lambda counted: charts.bars([(label(line.key), line.total, share(line.total, counted.whole.total)) for line in counted.lines])


def _most(lines: tuple[Line, ...], by: Callable[[Line], int] = lambda line: line.count) -> Line:
    return max(lines, key=by)


def _cycle_time(counted: Counted, _: Background) -> str:
    if not counted.values:
        return "Nothing was closed in this period."
    half, most = days(counted.percentile(0.5)), days(counted.percentile(0.9))
    return f"Of {words.plural(counted.whole.count, 'closing')}, half came within {half} of open time and 9 in 10 within {most}."


def _aging(counted: Counted, _: Background) -> str:
    if not counted.values:
        return "Nobody was open at the end of this period."
    oldest = counted.lines[-1].count
    tail = f"; {oldest:,} for {AGES.labels[-1]}" if oldest else ""
    return f"{counted.whole.count:,} open, half of them for up to {days(counted.percentile(0.5))}{tail}."


def _overdue(counted: Counted, background: Background) -> str:
    if not counted.whole.count:
        return f"None of {background.open:,} open is overdue." if background.open else "Nobody was open at the end of this period."
    late = background.business_days_late
    half = "" if late is None else f"; half of them by at most {words.plural(late, 'business day')}"
    return f"{counted.whole.count:,} of {background.open:,} open are overdue ({share(counted.whole.count, background.open)}){half}."


def _time_by_status(counted: Counted, _: Background) -> str:
    if not counted.whole.total:
        return "Nobody was open in this period."
    most = _most(counted.lines, lambda line: line.total)
    return f"Most time went by as “{_word(Status, most.key)}”: {share(most.total, counted.whole.total)} of all open time."


def _time_by_move(counted: Counted, _: Background) -> str:
    if not counted.whole.total:
        return "Nobody was open in this period."
    return f"It was our move for {share(counted.line(Mover.TEAM.value).total, counted.whole.total)} of all open time."


def _mix_parts(line: Line) -> tuple[date, BlockerCategory]:
    day, _, category = line.key.partition(">")
    return date.fromisoformat(day), BlockerCategory(category)


def _blocker_mix(counted: Counted, _: Background) -> str:
    if not counted.lines:
        return "Nothing was blocked on the days looked at."
    last = max(_mix_parts(line)[0] for line in counted.lines)
    most = _most(tuple(line for line in counted.lines if _mix_parts(line)[0] == last))
    if not most.count:
        return f"Nothing was blocked on {words.day(last)}."
    category = _mix_parts(most)[1]
    first = next(line for line in counted.lines if _mix_parts(line)[1] is category)
    before = f"on {words.day(_mix_parts(first)[0])}: {first.count:,}"
    return f"Most frequent on {words.day(last)}: {category.label.lower()}, {most.count:,}; {before}."


def _mix_rows(counted: Counted) -> list[Row]:
    rows = []
    for line in sorted(counted.lines, key=lambda line: line.key.partition(">")[0]):
        day, category = _mix_parts(line)
        rows.append(Row(line.key, (day.isoformat(), category.label), (f"{line.episodes:,}",), line.episodes))
    return [*rows, Row("", ("All", "on any of the days"), (f"{counted.whole.episodes:,}",), counted.whole.episodes)]


def _mix_chart(counted: Counted) -> Spec:
    parts = [(*_mix_parts(line), line.count) for line in counted.lines]
    days_ = [f"{day.day} {day:%b}" for day in sorted({day for day, _, _ in parts})]
    cells = [Cell(category.label, f"{day.day} {day:%b}", count) for day, category, count in parts]
    labels = list(dict.fromkeys(category.label for _, category, _ in parts))
    return charts.heat(cells, labels, days_, row_title="", column_title="", colour="blocker")


def _moved(line: Line) -> tuple[Status, Status]:
    before, _, after = line.key.partition(">")
    return Status(before), Status(after)


def _status_movement(counted: Counted, _: Background) -> str:
    if not counted.lines:
        return "No status changed in this period."
    before, after = _moved(counted.lines[0])
    often = f"from “{before.label}” to “{after.label}”, {counted.lines[0].count:,}"
    told = words.plural(counted.whole.count, "change")
    return f"{told} of status of {words.plural(counted.whole.episodes, 'patient')}; most often {often}."


def _movement_rows(counted: Counted) -> list[Row]:
    def row(line: Line, text: tuple[str, ...]) -> Row:
        return Row(line.key, text, (f"{line.count:,}", f"{line.episodes:,}"), line.episodes)

    rows = [row(line, tuple(status.label for status in _moved(line))) for line in counted.lines]
    return [*rows, row(counted.whole, ("All", "all"))]


def _movement_chart(counted: Counted) -> Spec:
    names = {status: SHORT.get(status, status.label) for status in Status}
    cells = [Cell(names[before], names[after], line.count) for line in counted.lines for before, after in [_moved(line)]]
    there = {status for line in counted.lines for status in _moved(line)}
    rows = [names[status] for status in Status if status in {_moved(line)[0] for line in counted.lines}]
    columns = [names[status] for status in Status if status in there and names[status] in {cell.column for cell in cells}]
    return charts.heat(cells, rows, columns, row_title="from ↓", column_title="to", colour="accent")


def _attempts(counted: Counted, _: Background) -> str:
    if not counted.values:
        return "Nothing was closed in this period."
    mean = f"{counted.whole.total / counted.whole.count:.1f}"
    half = words.plural(counted.percentile(0.5) or 0, "try", "tries")
    return f"{mean} outreach tries a closing on average over {words.plural(counted.whole.count, 'closing')}; half had at most {half}."


def _closure_reasons(counted: Counted, _: Background) -> str:
    if not counted.lines:
        return "Nothing was closed in this period."
    first = counted.lines[0]
    of = f"{first.count:,} of {counted.whole.count:,} ({share(first.count, counted.whole.count)})"
    return f"Most frequent: {_word(ClosureReason, first.key).lower()}, {of}."


def _status(key: str) -> str:
    return _word(Status, key)


def _mover(key: str) -> str:
    return _word(Mover, key)


SHOWN: dict[str, Shown] = {
    "cycle-time": Shown(
        "How long from opening to closing?",
        "Cycle time: the time an episode was open, from opening to closing, in days of 24 hours; time it stood closed in between is left "
        "out. Counted: closings in the period. The 90th percentile is the shortest time that 9 in 10 did not exceed.",
        ("Open for", "Closings", "Share", "Patients"),
        _cycle_time,
        _frequency(_labels(AGES)),
        _count_bars(_labels(AGES)),
        "closing",
    ),
    "aging": Shown(
        "How long have open patients been open?",
        "Age: the time since opening, in days of 24 hours, without time it stood closed. No edit, note or change of owner makes it less. "
        "Counted: patients open at the end of the period.",
        ("Open for", "Patients", "Share"),
        _aging,
        _people(_labels(AGES)),
        _count_bars(_labels(AGES)),
        "patient",
    ),
    "overdue": Shown(
        "Who is overdue, and by how much?",
        "Overdue: open at the end of the period with a due date before that day. Late by calendar days of the clinic; the sentence also "
        "says business days of the lane's own calendar.",
        ("Late by", "Patients", "Share"),
        _overdue,
        _people(_labels(LATE)),
        _count_bars(_labels(LATE), "escalation"),
        "patient",
    ),
    "time-by-status": Shown(
        "In which status did time go by?",
        "Time by status: for every patient open in the period, the time in each status that lies in the period, added up, in days of 24 "
        "hours. Closed time does not count.",
        ("Status", "Days", "Share", "Patients"),
        _time_by_status,
        _spent(_status),
        _time_bars(lambda key: SHORT.get(Status(key), Status(key).label)),
        "patient",
    ),
    "time-by-move": Shown(
        "Whose move was it?",
        "Time by whose move: the same time, by who had to act in that status: the team (new, needs outreach, scheduled, escalated), the "
        "patient, the provider or partner, or the payer and documents.",
        ("Whose move", "Days", "Share", "Patients"),
        _time_by_move,
        _spent(_mover),
        _time_bars(lambda key: WHOSE[Mover(key)]),
        "patient",
    ),
    "blocker-mix": Shown(
        "What blocks, and does it change?",
        "Blocker mix: patients blocked by each category at the end of the days shown: the last of the period and back from it by one "
        "week, or by two, four, eight weeks and so on where that makes more than eight days. A patient with two blockers counts "
        "under both.",
        ("Day", "Blocker", "Patients"),
        _blocker_mix,
        _mix_rows,
        _mix_chart,
        "patient",
    ),
    "status-movement": Shown(
        "From which status to which?",
        "Status movement: changes of status in the period that were not taken back. A patient may move several times. A status that "
        "stood for less than a second is passed over.",
        ("From", "To", "Changes", "Patients"),
        _status_movement,
        _movement_rows,
        _movement_chart,
        "change of status",
    ),
    "attempts-per-closure": Shown(
        "How many outreach tries until closing?",
        "Tries per closing: all outreach tries of the episode until it closed, by whatever channel and with whatever outcome; an entry "
        "“3 calls” counts as 3. Counted: closings in the period.",
        ("Tries", "Closings", "Share", "Patients"),
        _attempts,
        _frequency(_labels(TRIES)),
        _count_bars(_labels(TRIES)),
        "closing",
    ),
    "closure-reasons": Shown(
        "Why were episodes closed?",
        "Closure reasons: closings in the period by the reason given. An episode that was reopened and closed again counts twice.",
        ("Reason", "Closings", "Share", "Patients"),
        _closure_reasons,
        _frequency(lambda key: _word(ClosureReason, key)),
        _count_bars(lambda key: _word(ClosureReason, key)),
        "closing",
    ),
}
