"""`triage recall`: what one prompt or model version brought about, and putting it up for review again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.accounts import operator
from cli.telling import CannotRun

if TYPE_CHECKING:
    from store.recalls import InForce


def recall(
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="The prompt file that read the notes.")] = None,
    model: Annotated[str | None, typer.Option(metavar="HASH", help="The beginning of the reader's hash, as Why? shows it.")] = None,
    reopen: Annotated[bool, typer.Option("--reopen", help="Put them up for review again.")] = False,
    by: Annotated[str | None, typer.Option("--as", metavar="USERNAME", help="The account of who puts them up for review again.")] = None,
    reason: Annotated[str, typer.Option(help="Why; the reviewers see it.")] = "",
) -> None:
    """List every accepted suggestion that a prompt or model version made, with patient, date and who decided.

    With --reopen they come back into the review queue, where a person confirms each or takes it back. Their decisions stay in force and in
    history until then. What cannot be taken back as things stand is listed with the reason, and put up all the same.
    """
    from cli.wiring import open_record
    from store import access, decisions, recalls, users
    from store.errors import Unknown

    try:
        reader = recalls.ReaderName.parse(prompt, model)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    if reopen and not (by and reason.strip()):
        raise CannotRun("Say who puts them up for review again and why: --as USERNAME --reason 'what was wrong'.")
    record = open_record()
    try:
        now = datetime.now(UTC)
        with record.database.write() as session:
            who = users.by_username(session, by) if reopen and by else None
            if who is not None and not who.active:
                raise Unknown(f"{who.username} is switched off.")
            access.record_access(session, who.username if who else operator(), "recall" if who else "list recall", str(reader), now=now)
            found = recalls.made_by(session, reader)
            kept = [decisions.why_not_undone(session, record.lanes, one.suggestion, now=now) for one in found]
            put = recalls.reopen(session, found, user_id=who.id, reason=reason, now=now) if who else 0
    finally:
        record.close()
    for one, why_not in zip(found, kept, strict=True):
        typer.echo(line(one, why_not, record.lanes[next(iter(record.lanes))].calendar.zone))
    told = f"{len(found)} accepted suggestion{'' if len(found) == 1 else 's'} in force by {reader}"
    blocked = sum(bool(why_not) for why_not in kept)
    typer.echo(told + (f"; {blocked} of them cannot be taken back as things stand." if blocked else "."))
    if reopen:
        typer.echo(f"{put} put up for review again." + (f" {len(found) - put} were up already." if put < len(found) else ""))


def line(one: "InForce", why_not: str, zone: str) -> str:
    """One suggestion: whose it is, what it says, who decided when, and what stands in the way of taking it back."""
    from review_ui import words
    from review_ui.highlight import inert

    item = one.suggestion
    what = f"{words.headline(item.shown)} {words.quoted(' '.join(inert(item.evidence).split()))}"
    parts = [
        f"{inert(one.patient)}, episode {item.episode_id}, note {item.note_id}: {what}",
        f"{item.standing.label.lower()} by {one.decided_by}, {words.moment(one.decided_at, zone)}",
        f"read by {one.reader}, {one.content_hash[:12]}",
    ]
    if one.is_recalled:
        parts.append("up for review again")
    if why_not:
        parts.append(f"cannot be taken back: {why_not}")
    return "; ".join(parts)
