"""`triage serve` and `triage worker`: the pages, the jobs, or both, until somebody stops them."""

import errno
import logging
import signal
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import CannotRun, stderr
from triage.assistants.hosts import is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cli.wiring import Record
    from connectors.digest_mail import Mailing
    from connectors.outgoing import Ways
    from review_ui.context import Site
    from store.database import Database
    from store.digest_mails import Enqueue
    from store.jobs import Worker
    from store.lanes import Lanes
    from triage.assistants.protocol import Assistant
    from workflow.clinic import Clinic

DRAIN_S = 20
"""How long requests and jobs that are running may take to finish once somebody stops the process."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    jobs: Annotated[bool, typer.Option(help="Run the jobs in this process as well.")] = True,
) -> None:
    """Serve the pages, with the jobs inside unless --no-jobs."""
    from cli.preparing import drafting_of
    from cli.settings import settings
    from cli.spending import daily_budget
    from cli.wiring import build_assistant, mailing_of, open_record, sms_callbacks_of, ways_of
    from connectors.digest_mail import enqueue_mail
    from review_ui.context import Site
    from triage.digesting import from_templates

    chosen = settings()
    record = open_record(chosen)
    try:
        _say_first_steps(record)
        if not is_loopback(host) and not chosen.secure_cookies:
            stderr().print("Note: this address can be reached from other machines. Put HTTPS before it and set TRIAGE_SECURE_COOKIES=true.")
        the_assistant = cache(lambda: build_assistant(chosen, record=record))
        assistant = the_assistant() if jobs else None
        site = Site(
            record.database,
            record.lanes,
            secure_cookies=chosen.secure_cookies,
            daily_budget=daily_budget(chosen),
            lanes_dir=chosen.lanes_dir,
            evals_dir=chosen.evals_dir,
            clinic=chosen.clinic,
            drafting=drafting_of(record.database, record.lanes, the_assistant, chosen.clinic),
            narrate=assistant.narrate_changes if assistant else from_templates,
            enqueue_mail=enqueue_mail(record.queue),
            mailing=mailing_of(chosen, record.lanes),
            ways=ways_of(chosen),
            sms_callbacks=sms_callbacks_of(chosen, record),
            undo_window=timedelta(seconds=chosen.undo_s),
        )
        run_server(site, host, port, assistant=assistant)
    finally:
        record.close()


def worker() -> None:
    """Run the jobs alone, until SIGTERM or Ctrl-C. Any number of these may run beside one another."""
    from cli.settings import settings
    from cli.wiring import build_assistant, mailing_of, open_record, ways_of
    from connectors.digest_mail import enqueue_mail

    chosen = settings()
    record = open_record(chosen)
    try:
        assistant = build_assistant(chosen, record=record)
        mailing = mailing_of(chosen, record.lanes)
        running = worker_of(
            record.database,
            record.lanes,
            assistant,
            chosen.clinic,
            ways_of(chosen),
            mailing=mailing,
            enqueue_mail=enqueue_mail(record.queue),
        )
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        running.start()
        stderr().print("Running jobs. Stop with Ctrl-C.")
        stopping.wait()
        running.stop(patience_s=DRAIN_S)
    finally:
        record.close()


def worker_of(
    database: "Database",
    lanes: "Lanes",
    assistant: "Assistant",
    clinic: "Clinic",
    ways: "Ways",
    *,
    mailing: "Mailing | None" = None,
    enqueue_mail: "Enqueue | None" = None,
) -> "Worker":
    """A worker for everything that there can be to do.

    Readings as they come, what is prepared of an episode once it moved, approved messages once their undo window is over, mails
    about digests, and every hour what the passing of time demands.
    """
    from cli.preparing import drafting_of, steps_of
    from connectors import digest_mail, sending
    from store import clock, digest_mails, self_checks
    from store.jobs import AHEAD, AT_ONCE, Worker
    from triage import digesting, jobs, pattern_jobs, preparing
    from triage.assistants.embedded.encoding import Encoder

    ahead = AHEAD if assistant.identity.assistant == "embedded" else AT_ONCE  # what waits for a model's service claims nothing ahead
    hourly = (
        clock.jobs(database, lanes)
        | self_checks.jobs(database, lanes)
        | pattern_jobs.jobs(database, lanes, Encoder(), assistant.name_pattern)
        | drafting_of(database, lanes, lambda: assistant, clinic).jobs()
    )
    hourly |= digesting.jobs(database, lanes, assistant.narrate_changes, enqueue_mail or digest_mails.nobody)
    once = jobs.jobs(database, assistant) | preparing.jobs(steps_of(database, lanes, assistant, clinic))
    if mailing is not None:
        mails, waiting = digest_mail.jobs(database, mailing)
        once, hourly = once | mails, hourly | waiting
    once |= sending.jobs(database, lanes, ways)
    return Worker(database, once, hourly=hourly, beats=[sending.beat(database)], ahead=ahead)


def run_server(site: "Site", host: str, port: int, *, assistant: "Assistant | None", ready: Callable[[str], None] | None = None) -> None:
    """Serve `site` until it is told to stop; with `assistant`, run the jobs beside it. `ready` is called with the address.

    Raises CannotRun where the port is taken, or where a site that signs everybody in would be open to other machines.
    """
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from review_ui.app import create_app

    if site.demo_user is not None and not is_loopback(host):
        raise CannotRun(f"The demo signs everybody in, so it is shown on this machine only, not on {host}.")
    listening = _listen(host, port)
    with listening:
        app = create_app(site, lifespan=_jobs_beside(site, assistant) if assistant else None)
        if site.demo_user is not None:  # a page elsewhere must not reach it under a name of its own
            app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # addresses carry what people search for
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
        )
        logging.getLogger("uvicorn.error").addFilter(_without_messages)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        (ready or _say_ready)(address)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                number, lambda *_: None
            )  # uvicorn drains first and then raises the signal again: being asked to stop is no failure
        uvicorn.Server(config).run(sockets=[listening])


def _without_messages(record: logging.LogRecord) -> bool:
    """Log what was raised and where, but not its message: that may hold words of a note, as a ValidationError's does."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None:
        record.msg, record.args = "\n".join([record.getMessage().rstrip(), *_raised(error)]), ()
        record.exc_info = record.exc_text = None
    return True


def _raised(error: BaseException | None) -> Iterator[str]:
    """The error and what it came from, newest first: the kind of each, and its frames."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}, raised in"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        error = error.__cause__ or error.__context__


def _jobs_beside(site: "Site", assistant: "Assistant") -> "Callable[[FastAPI], AbstractAsyncContextManager[None]]":
    """A lifespan in which a worker runs."""
    import anyio.to_thread

    running = worker_of(site.database, site.lanes, assistant, site.clinic, site.ways, mailing=site.mailing, enqueue_mail=site.enqueue_mail)

    @asynccontextmanager
    async def lifespan(_: "FastAPI") -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(running.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(lambda: running.stop(patience_s=DRAIN_S))

    return lifespan


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else starts. Raises CannotRun."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotRun(f"{host} is no address of this machine ({error.strerror}).") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotRun(f"Port {port} is taken. Stop what runs there, or choose another: --port {port + 1}") from None
        raise CannotRun(f"Cannot listen on {host} port {port} ({error.strerror}).") from None
    return listening


def _say_ready(address: str) -> None:
    stderr().print(f"Care Triage is at {address} (stop with Ctrl-C)")


def _say_first_steps(record: "Record") -> None:
    from store import users

    with record.database.read() as session:
        if not any(user.active for user in users.everybody(session)):
            stderr().print("Note: nobody can sign in yet. Add somebody: triage user add NAME --name 'Full Name' --role lead")
