"""`triage user`: who may sign in."""

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.telling import CannotRun

app = typer.Typer(no_args_is_help=True, help="The accounts of the people who sign in.")


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    name: Annotated[str, typer.Option(help="The person's name, as others see it.")],
    role: Annotated[str, typer.Option(help="coordinator, lead or maintainer.")] = "coordinator",
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
                user = users.add_user(session, username, name, chosen, password, now=now)
            except ValueError as error:
                raise CannotRun(str(error)) from None
            access.record_access(session, operator(), "add account", f"user {user.id}", now=now)
    finally:
        record.close()
    typer.echo(f"{user.name} can sign in as {user.username} ({user.role.label.lower()}).")


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
        typer.echo(f"{user.username:<20} {user.role.value:<12} {user.name}{'' if user.active else '  (off)'}")
    if not everybody:
        typer.echo("No accounts yet. Add one: triage user add NAME --name 'Full Name' --role lead", err=True)


@app.command()
def off(username: Annotated[str, typer.Argument(help="The account.")]) -> None:
    """Switch an account off: it cannot sign in, and its browsers are signed out at once. What it decided stays."""
    from cli.wiring import open_record
    from store import access, users

    record = open_record()
    try:
        now = datetime.now(UTC)
        with record.database.write() as session:
            users.switch_off(session, username)
            access.record_access(session, operator(), "switch off account", f"user {users.by_username(session, username).id}", now=now)
    finally:
        record.close()
    typer.echo(f"{username} is switched off.")


def operator() -> str:
    """Who is at the terminal, for the access log: set apart from accounts of the same name."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "terminal"
