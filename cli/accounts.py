"""`triage user`: who may sign in."""

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import CannotRun

if TYPE_CHECKING:
    from store.users import User

app = typer.Typer(no_args_is_help=True, help="The accounts of the people who sign in.")


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    name: Annotated[str, typer.Option(help="The person's name, as others see it.")],
    role: Annotated[str, typer.Option(help="coordinator, lead or maintainer.")] = "coordinator",
    email: Annotated[str, typer.Option(help="Where mails about digests go; without it there are none.")] = "",
    password_stdin: Annotated[bool, typer.Option(help="Take the password from standard input instead of asking.")] = False,
) -> None:
    """Add an account. The password is asked for, or read from standard input; it is never an argument, which others could see."""
    from cli.wiring import open_record
    from store import access, users
    from workflow.vocabulary import UserRole

    try:
        chosen = UserRole.parse(role)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    record = open_record()
    try:
        password = (
            sys.stdin.readline().rstrip("\r\n") if password_stdin else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
        now = datetime.now(UTC)
        with record.database.write() as session:
            try:
                user = users.add_user(session, username, name, chosen, password, now=now, email=email)
            except ValueError as error:
                raise CannotRun(str(error)) from None
            access.record_access(session, operator(), "add account", f"user {user.id}", now=now)
    finally:
        record.close()
    typer.echo(f"{user.name} can sign in as {user.username} ({user.role.label.lower()}).")


@app.command("email")
def set_email(
    username: Annotated[str, typer.Argument(help="The account.")],
    address: Annotated[str, typer.Argument(help="Where mails go, like dana@example.org; '' for nowhere.")],
) -> None:
    """Say where mails to a person go."""
    from cli.wiring import open_record
    from store import access, users

    record = open_record()
    try:
        with record.database.write() as session:
            try:
                user = users.set_email(session, username, address)
            except ValueError as error:
                raise CannotRun(str(error)) from None
            access.record_access(session, operator(), "set address", f"user {user.id}", now=datetime.now(UTC))
    finally:
        record.close()
    typer.echo(f"Mails to {user.name} go to {user.email}." if user.email else f"{user.name} gets no mails.")


@app.command("list")
def list_users() -> None:
    """Every account."""
    from cli.wiring import open_record
    from store import users

    record = open_record()
    try:
        with record.database.read() as session:
            everybody = users.everybody(session)
    finally:
        record.close()
    for user in everybody:
        typer.echo(f"{user.username:<20} {user.role.value:<12} {user.name}{_standing(user)}")
    if not everybody:
        typer.echo("No accounts yet. Add one: triage user add NAME --name 'Full Name' --role lead", err=True)


@app.command()
def off(username: Annotated[str, typer.Argument(help="The account.")]) -> None:
    """Switch an account off: signed out everywhere at once, and its open work goes back to the queues. What it decided stays."""
    from cli.wiring import open_record
    from store import access, owning, users

    record = open_record()
    try:
        now = datetime.now(UTC)
        with record.database.write() as session:
            users.switch_off(session, username)
            access.record_access(session, operator(), "switch off account", f"user {users.by_username(session, username).id}", now=now)
        moved = owning.release_unavailable(record.database, record.lanes, now=now)
    finally:
        record.close()
    typer.echo(f"{username} is switched off. {_given_back(moved)}")


@app.command()
def away(
    username: Annotated[str, typer.Argument(help="The account.")],
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day away; today without it.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day away.")] = None,
    back: Annotated[bool, typer.Option("--back", help="The person is back, or does not go.")] = False,
) -> None:
    """Say from when to when a person is away, both days included. Once it begins, their open work goes back to the queues."""
    from cli.wiring import open_record
    from store import access, owning, users

    if back == (until is not None):
        raise CannotRun("Give the last day away with --until 2026-12-04, or --back to end it; one of the two.")
    record = open_record()
    try:
        now = datetime.now(UTC)
        today = next(iter(record.lanes.values())).calendar.local_day(now)
        with record.database.write() as session:
            try:
                if until is None:
                    user = users.end_away(session, username)
                else:
                    user = users.set_away(session, username, first.date() if first else today, until.date(), today=today)
            except ValueError as error:
                raise CannotRun(str(error)) from None
            access.record_access(session, operator(), "end away" if back else "set away", f"user {user.id}", now=now)
        moved = owning.release_unavailable(record.database, record.lanes, now=now)
    finally:
        record.close()
    said = f"away from {user.away_from} to {user.away_until}" if user.away_until else "not away"
    typer.echo(f"{user.name} is {said}. {_given_back(moved)}")


def _given_back(episodes: int) -> str:
    if not episodes:
        return "No open work had to go back."
    return f"{episodes} {'episode' if episodes == 1 else 'episodes'} went back to the queue, or to who had handed it over."


def _standing(user: "User") -> str:
    if not user.active:
        return "  (off)"
    return f"  (away {user.away_from} to {user.away_until})" if user.away_until else ""


def operator() -> str:
    """Who is at the terminal, for the access log: set apart from accounts of the same name."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "terminal"
