"""`triage doctor`: does this machine have what Care Triage needs, and is the record in order?"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

import typer

from cli.telling import FINDINGS

if TYPE_CHECKING:
    from cli.settings import Settings
    from store.clock import Pass
    from store.self_checks import Ran

PASS_OVERDUE = timedelta(hours=3)
"""Without a pass for so long, nobody runs the jobs: they make one every hour."""

SELF_CHECK_OVERDUE = timedelta(days=2)
"""Without a self-check for so long, nobody runs the jobs: they make one every day."""

SENDING_OVERDUE = timedelta(minutes=5)
"""A message that should have left so long ago waits for jobs that nobody runs."""

PACKAGES = ("sqlalchemy", "dbos", "fastapi", "pydantic", "openai", "instructor", "scikit-learn", "onnxruntime")
Finding = tuple[Literal["ok", "note", "wrong"], str]


def doctor() -> None:
    """Versions, settings (secrets masked), database, model, jobs. Changes nothing; ends with 1 where something is wrong."""
    from cli.settings import settings

    chosen = settings()
    wrong = 0
    for title, look in (
        ("Program", _program),
        ("Settings", _settings),
        ("Database", _database),
        ("Sending", _sending),
        ("Assistants", _assistants),
    ):
        typer.echo(title)
        for kind, words in _looked(look, chosen):
            wrong += kind == "wrong"
            mark = {"ok": "  ", "note": " !", "wrong": " X"}[kind]
            typer.echo(f"{mark} {words}")
    if wrong:
        typer.echo(f"{wrong} of this must be mended (marked X).", err=True)
        raise typer.Exit(FINDINGS)


def _looked(look: "Callable[[Settings], Iterator[Finding]]", chosen: "Settings") -> Iterator[Finding]:
    """What a look finds; one that fails with something a person can mend is a finding too."""
    from cli.telling import sentence

    try:
        yield from look(chosen)
    except Exception as error:
        words = sentence(error)
        if words is None:
            raise
        yield "wrong", words


def _program(_: "Settings") -> Iterator[Finding]:
    try:
        own = version("care-triage")
    except PackageNotFoundError:
        own = "run from its source folder"
    yield "ok", f"Care Triage {own}, Python {sys.version.split()[0]}"
    yield "ok", ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield sqlite_finding()


def sqlite_finding(library: str | None = None) -> Finding:
    """The SQLite library in use, and whether it is open to the WAL-reset fault (https://sqlite.org/wal.html#walresetbug)."""
    import pysqlite3.dbapi2 as sqlite

    library = library or sqlite.sqlite_version
    number = tuple(int(part) for part in library.split("."))
    mended = number >= (3, 51, 3) or (3, 50, 7) <= number < (3, 51) or (3, 44, 6) <= number < (3, 45)
    if mended:
        return "ok", f"SQLite {library}"
    return (
        "note",
        f"SQLite {library} can damage a database that several connections write at once. Update the pysqlite3 package (3.51.3 or later).",
    )


def _settings(chosen: "Settings") -> Iterator[Finding]:
    from pydantic import SecretStr

    for name, field in type(chosen).model_fields.items():
        value = getattr(chosen, name)
        if isinstance(value, SecretStr):
            value = "(set, not shown)" if value.get_secret_value() else "(not set)"
        elif name == "database_url" and value:
            value = _database_without_secrets(value)
        elif name in {"llm_base_url", "sms_base_url"} and value:
            value = _without_secrets(str(value))
        given = "" if name in chosen.model_fields_set else "  (default)"
        yield "ok", f"TRIAGE_{name.upper()} = {value}{given}  — {field.description}"


def _database_without_secrets(url: str) -> str:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return "(no database address; not shown)"
    return parsed.set(query=dict.fromkeys(parsed.query, "***")).render_as_string(hide_password=True)


def _without_secrets(url: str) -> str:
    """An address without user, password and query, where people have put keys."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    hidden = "***@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{hidden}{parts.netloc.rpartition('@')[2]}{parts.path}{'?***' if parts.query else ''}"


def _database(chosen: "Settings") -> Iterator[Finding]:
    from cli.wiring import open_database
    from store import clock, notes, owning, self_checks, users
    from store.jobs import workers_alive
    from store.lanes import load_lanes
    from store.migrate import require_current, revision

    lanes = load_lanes(chosen.lanes_dir)
    yield "ok", "All five lane files hold"
    database = open_database(chosen)
    try:
        if database.is_sqlite and not _file_is_there(database.engine.url.database):
            yield "note", f"{database.engine.url.database} is not there yet; the first command that needs it makes it"
            return
        require_current(database)
        yield "ok", f"Reachable and up to date (migration {revision(database)})"
        with database.read() as session:
            active = sum(user.active for user in users.everybody(session))
            yield ("ok" if active else "note"), f"{active} people can sign in" + ("" if active else "; add one with: triage user add")
            alive, unread = workers_alive(session), len(notes.unread(session))
            if alive:
                yield "ok", f"{alive} processes run jobs; {unread} notes wait to be read"
            else:
                yield "note", f"No process runs jobs; {unread} notes wait to be read. Start one with: triage serve, or triage worker"
            now = datetime.now(UTC)
            yield _last_pass(clock.last_pass(session), now)
            yield _still_theirs(len(owning.of_unavailable(session, lanes, now=now)))
            yield _last_self_check(self_checks.last_run(session), now)
    finally:
        database.dispose()


def _last_pass(last: "Pass | None", now: datetime) -> Finding:
    """When what is overdue or blocked too long was last raised: every hour where jobs run."""
    if last is None:
        return "note", "Overdue and blocked episodes were never looked at. Run the jobs (triage serve, or triage worker), or: triage tick"
    when = f"last looked at {last.ended_at:%Y-%m-%d %H:%M} UTC"
    looked = f"Overdue and blocked episodes: {when}, {last.looked_at} of them, {last.raised} raised"
    if last.failed:
        return "wrong", f"{looked}; {last.failed} could not be read. What does not hold: triage db check"
    if now - last.ended_at > PASS_OVERDUE:
        return "note", f"{looked}; that was over {PASS_OVERDUE.seconds // 3600} hours ago. Run the jobs, or: triage tick"
    return "ok", looked


def _still_theirs(count: int) -> Finding:
    """Whether what belongs to people who are away was given back: at once, and every hour where jobs run."""
    if count:
        return "note", f"{count} open episodes still belong to people who are away or have left. Run the jobs, or: triage tick"
    return "ok", "Nothing open belongs to people who are away or have left"


def _last_self_check(last: "Ran | None", now: datetime) -> Finding:
    """When the self-check last ran: once every day of the clinic where jobs run."""
    if last is None:
        return "note", "The self-check never ran. Run the jobs (triage serve, or triage worker), or: triage self-check"
    ran = f"Self-check: last ran {last.at:%Y-%m-%d %H:%M} UTC, {last.failing} of {last.episodes} open episodes failed"
    if now - last.at > SELF_CHECK_OVERDUE:
        return "note", f"{ran}; that was over {SELF_CHECK_OVERDUE.days} days ago. Run the jobs, or: triage self-check"
    return "ok", ran


def _sending(chosen: "Settings") -> Iterator[Finding]:
    """By which ways messages leave, and how many wait, hang, or need a person."""
    from cli.wiring import open_database, sms_settings, smtp_settings
    from connectors import addresses
    from store import deliveries, inbound
    from store.deliveries import DeliveryState

    mail, sms = smtp_settings(chosen), sms_settings(chosen)
    if mail is None:
        yield "ok", "E-mail: not set up (TRIAGE_SMTP_HOST), so e-mails are sent by hand"
    elif addresses.email(mail.sender) is None:
        yield "wrong", "E-mail: TRIAGE_CLINIC_EMAIL is not set, or is no address that can be written from"
    else:
        signs = "with a sign-in" if mail.user else "without a sign-in"
        yield "ok", f"E-mail: through {mail.host} port {mail.port}, {mail.security.value}, {signs}"
    if sms is None:
        yield "ok", "SMS: not set up (TRIAGE_SMS_BASE_URL), so SMS are sent by hand"
    elif wrong := sms.wrong():
        yield "wrong", f"SMS: {wrong}"
    else:
        yield "ok", f"SMS: through {_without_secrets(sms.base_url)}"
        if not sms.callback_url:
            yield "note", "SMS: what arrives and what patients answer is not known. Set TRIAGE_ADDRESS and TRIAGE_SMS_SECRET"
    database = open_database(chosen)
    try:
        if database.is_sqlite and not _file_is_there(database.engine.url.database):
            return
        with database.read() as session:
            count = deliveries.counts(session)
            late = len(deliveries.due(session, datetime.now(UTC) - SENDING_OVERDUE))
            nobodys = len(inbound.nobodys(session))
    finally:
        database.dispose()
    waiting = f"{count[DeliveryState.WAITING]} messages wait to leave, {count[DeliveryState.SENDING]} are leaving"
    if late:
        yield "note", f"{waiting}; {late} should have left by now. Run the jobs: triage serve, or triage worker"
    else:
        yield "ok", waiting
    if unknown := count[DeliveryState.UNKNOWN]:
        yield "note", f"{unknown} may have left or not: somebody looks at the provider, then says so on the Outreach page"
    if nobodys:
        yield "note", f"{nobodys} messages came in that are surely no one patient’s; somebody looks at them on the Outreach page"


def _budget(chosen: "Settings") -> Iterator[Finding]:
    """What the model cost today, and the most it may."""
    from cli.caching import answers_of
    from cli.spending import daily_budget, prices, spent_today
    from cli.wiring import open_database
    from store.lanes import load_lanes
    from triage.assistants.budget import DailyBudget

    kept = answers_of(chosen).count()
    yield "ok", f"LLM answers kept: {kept}" + (" (they quote notes; to remove them: triage cache clear)" if kept else "")
    set_prices, budget = prices(chosen), daily_budget(chosen)
    database = open_database(chosen)
    try:
        if database.is_sqlite and not _file_is_there(database.engine.url.database):
            return
        spending = spent_today(database, load_lanes(chosen.lanes_dir))
    finally:
        database.dispose()
    if budget is None:
        cost = f"cost {spending.cost:,.2f}" if set_prices else "cost not known (no prices are set)"
        yield "ok", f"LLM today: {DailyBudget().in_words(spending)}, {cost}; no daily budget is set"
    elif budget.is_spent(spending):
        yield "note", f"LLM today: {budget.in_words(spending)}: the budget is spent, and the embedded assistant reads until midnight"
    else:
        yield "ok", f"LLM today: {budget.in_words(spending)}"


def _file_is_there(name: str | None) -> bool:
    from pathlib import Path

    return name is not None and Path(name).exists()


def _confidence(chosen: "Settings") -> Iterator[Finding]:
    """What decisions have taught about confidence, and when."""
    from cli.wiring import confidence_path
    from triage.confidence_file import DamagedConfidence, load

    try:
        known = load(confidence_path(chosen))
    except DamagedConfidence as error:
        yield "wrong", f"Confidence: {error}"
        return
    if known is None or not known.learnt:
        yield "ok", "Confidence: cold start, each assistant's own numbers; triage train learns from decisions"
        return
    yield "ok", f"Confidence: learnt from decisions on {known.learnt_at:%Y-%m-%d %H:%M} UTC; a kind that is not named here is at cold start"
    for one in known.learnt:
        figures = f"{one.decisions:,} decisions ({one.map.method}), calibration error {one.before.ece:.3f} -> {one.after.ece:.3f}"
        yield "ok", f"Confidence of {one.assistant}, {one.kind.label.lower()}: {figures}"


def _assistants(chosen: "Settings") -> Iterator[Finding]:
    from cli.wiring import llm_service
    from triage.assistants.embedded import EmbeddedAssistant
    from triage.assistants.hosts import host_of

    identity = EmbeddedAssistant.load().identity
    yield "ok", f"Embedded: {identity.model} {identity.version} ({identity.content_hash[:12]})"
    yield from _confidence(chosen)
    if chosen.assistant != "llm" and not (chosen.llm_base_url and chosen.llm_model):
        yield "ok", "LLM: not used (TRIAGE_ASSISTANT is embedded), and no service is named"
        return
    service = llm_service(chosen)
    key = "with a key" if chosen.llm_api_key.get_secret_value() else "without a key"
    where = f"{chosen.llm_model} at {_without_secrets(chosen.llm_base_url)}, {key}"
    if chosen.assistant == "llm":
        yield "ok", f"LLM: reads the notes: {where}; the embedded assistant stands in when it is down"
    else:
        yield "ok", f"LLM: not used (TRIAGE_ASSISTANT is embedded); it would be {where}"
    replaced = "identifiers are" if service.is_remote or chosen.llm_redact == "always" else "nothing is"
    place = "an allowed host" if service.is_remote else "this machine"
    yield "ok", f"LLM: {host_of(service.base_url)} is {place}; {replaced} replaced before sending, and what is sent is recorded"
    yield from _budget(chosen)
