"""Durable jobs inside the store's own database: the one small port to DBOS.

A job is enqueued in the transaction that stores its cause (`enqueue`), carries one id and nothing else, and is run by any process that
called `start`. What it does must be idempotent: DBOS runs it at least once, and its result is written once because the store's own
unique keys say so. Serialised as JSON, never as pickle: whoever can write the database must not be able to run code in a worker.

Every process has an executor id of its own and says every second that it lives; work of one that fell silent for `LEASE` is taken over
by any other. DBOS's own owner token then keeps a process that was merely paused from writing the job's outcome twice.
"""

import json
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pysqlite3.dbapi2 as sqlite
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, Serializer
from sqlalchemy import Engine, create_engine, delete, event, func, make_url, select, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from store.database import BUSY_MS, Database
from store.tables import WorkerRow

LEASE = timedelta(seconds=8)
"""A process that has not said for this long that it lives is taken for dead."""

HEARTBEAT_S = 1.0
POLL_S = 0.2
AT_ONCE = 4
"""Jobs one process runs at once. Reading is bound by the model's service or by one core, so a few are enough."""

AHEAD = 32
"""Jobs one process claims at a time, those it runs included: DBOS claims once a poll, so fewer would leave short jobs waiting for the next
poll (measured: 18 notes/s with 4, 90 to 120 with 32). An urgent job may wait behind as many; where jobs are long, claim none ahead."""

AGAIN_S = 60.0
"""Wait after a fault that nobody foresaw: a bug, or a database that was away. The job is tried again, never given up."""

APPLICATION = "care-triage"
VERSION = "1"
"""Raised when the meaning of a stored job changes: DBOS lets a process take only jobs of its own version."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

QUEUE = "triage"
PRIORITY_NOW, PRIORITY_BULK = 1, 10

Job = Callable[[int], float | None]
"""Does the work for one id; None when done, or the seconds to wait before it should be tried again."""

Beat = Callable[["JobQueue"], None]
"""What a worker does at every heartbeat: looks what has become due, and enqueues it. Quick where nothing has."""

logger = logging.getLogger(__name__)
logging.getLogger("dbos").setLevel(logging.ERROR)


class _Json(Serializer):
    """Plain JSON for ids, delays and errors."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=_as_text)

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "__error__" in data:
            return RuntimeError(data["__error__"])
        return data

    def name(self) -> str:
        return "care_triage_json"


def _as_text(value: object) -> object:
    """Errors are stored by type alone: their text may quote a note."""
    if isinstance(value, BaseException):
        return {"__error__": type(value).__name__}
    raise TypeError(f"a job carries ids only, not {type(value).__name__}")


def _engine(database: Database) -> Engine:
    """An engine for DBOS over the same database, and over the same SQLite library."""
    if not database.is_sqlite:
        url = database.engine.url
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(make_url(database.url), module=sqlite, hide_parameters=True, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"  # what DBOS sets on an engine of its own
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


class JobQueue:
    """Puts jobs into the database. Cheap: it runs nothing."""

    def __init__(self, database: Database) -> None:
        self._engine = _engine(database)
        self._client = DBOSClient(system_database_engine=self._engine, serializer=_Json(), application_name=APPLICATION, lazy=True)

    def migrate(self) -> None:
        """Create or update DBOS's own tables. Its public `DBOS.migrate` would open SQLite through Python's own library."""
        self._client._sys_db.run_migrations()

    def enqueue(self, session: Session, job: str, subject_id: int, *, key: str, urgent: bool = True) -> None:
        """Enqueue `job` for one id in the session's transaction. The same `key` twice is one job."""
        self._client.enqueue_in_transaction(
            session,
            {
                "workflow_name": job,
                "queue_name": QUEUE,
                "workflow_id": key,
                "app_version": VERSION,
                "priority": PRIORITY_NOW if urgent else PRIORITY_BULK,
            },
            subject_id,
        )

    def waiting(self) -> int:
        """How many jobs are enqueued or running."""
        return len(self._client.list_workflows(status=["ENQUEUED", "PENDING", "DELAYED"], load_input=False, load_output=False))

    def held_by(self, executor_id: str) -> int:
        """How many jobs a process has begun and not finished."""
        return len(self._client.list_workflows(status="PENDING", executor_id=executor_id, load_input=False, load_output=False))

    def close(self) -> None:
        """Give the connections back."""
        self._client.destroy()
        self._engine.dispose()


class Worker:
    """Runs the registered jobs in this process until stopped, and takes the `beats` every second. One per process: DBOS is a singleton."""

    def __init__(
        self,
        database: Database,
        jobs: dict[str, Job],
        *,
        hourly: dict[str, Job] | None = None,
        beats: Sequence[Beat] = (),
        at_once: int = AT_ONCE,
        ahead: int = AHEAD,
        lease: timedelta = LEASE,
    ) -> None:
        self._database, self._jobs, self._lease = database, jobs, lease
        self._at_once, self._ahead = at_once, max(ahead, at_once)
        self._hourly, self._hour = hourly or {}, -1
        self._beats = beats
        self._queue = JobQueue(database)
        self.executor_id = f"{APPLICATION}-{uuid.uuid4()}"
        self._leaving, self._stopping = threading.Event(), threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="jobs-heartbeat", daemon=True)

    def start(self) -> None:
        """Register, launch, and take over the work of processes that died."""
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": _engine(self._database),
            "application_version": VERSION,
            "executor_id": self.executor_id,
            "serializer": _Json(),
            "enable_otlp": False,
            "log_level": "ERROR",
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": POLL_S,
            "max_executor_threads": self._at_once + 4,
        }
        self._say_alive()  # before launching: a job must never belong to a process nobody watches
        DBOS(config=config)
        for name, job in {**self._jobs, **self._hourly}.items():
            _register(name, job)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self._ahead, polling_interval_sec=POLL_S)
        self._pulse.start()

    def stop(self, *, patience_s: int = 20) -> None:
        """Finish the jobs that are running, take no more, and leave. What `patience_s` did not suffice for is left to others."""
        self._leaving.set()  # still says that it lives, so that nobody takes over what it is finishing
        DBOS.destroy(workflow_completion_timeout_sec=patience_s, destroy_registry=True)
        self._stopping.set()
        if self._pulse.ident is not None:
            self._pulse.join(timeout=5)
        unfinished = self._queue.held_by(self.executor_id)
        self._queue.close()
        with self._database.write() as session:
            if unfinished:  # silent from now on: the next process that looks takes them over
                session.execute(update(WorkerRow).where(WorkerRow.executor_id == self.executor_id).values(seen_at=LONG_AGO))
            else:
                session.execute(delete(WorkerRow).where(WorkerRow.executor_id == self.executor_id))

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            try:
                self._say_alive()
                if not self._leaving.is_set():
                    self._take_over()
                    self._strike()
                    for beat in self._beats:
                        beat(self._queue)
            except Exception:  # noqa: BLE001 — a database that is away for a moment must not end the heartbeat
                logger.warning("The jobs could not reach the database; trying again.", exc_info=False)

    def _strike(self) -> None:
        """Start the hourly jobs when the hour turns. The hour names the job, so of several processes one runs it."""
        hour = int(datetime.now(UTC).timestamp() // 3600)
        if hour == self._hour:
            return
        with self._database.write() as session:
            for name in self._hourly:
                self._queue.enqueue(session, name, hour, key=f"{name}-{hour}")
        self._hour = hour

    def _say_alive(self) -> None:
        now = datetime.now(UTC)
        with self._database.write() as session:
            mine = update(WorkerRow).where(WorkerRow.executor_id == self.executor_id).values(seen_at=now)
            if session.execute(mine).rowcount == 0:  # type: ignore[attr-defined]
                session.add(WorkerRow(executor_id=self.executor_id, seen_at=now))

    def _take_over(self) -> None:
        """Re-enqueue what silent processes had begun, then forget them. Done twice, it changes nothing."""
        with self._database.read() as session:
            silent = list(session.scalars(select(WorkerRow.executor_id).where(WorkerRow.seen_at < datetime.now(UTC) - self._lease)))
        if not silent:
            return
        DBOS._recover_pending_workflows(silent)  # recovery of other executors is offered nowhere else
        with self._database.write() as session:
            session.execute(delete(WorkerRow).where(WorkerRow.executor_id.in_(silent)))


def _register(name: str, job: Job) -> None:
    """A job as a DBOS workflow of one step: one try. The next try is a job of its own, enqueued with a delay.

    Nothing sleeps inside a job: jobs that wait would hold the few places in which others could run, and a process that stops.
    """

    def attempt(subject_id: int) -> float | None:
        try:
            return job(subject_id)
        except Exception as error:  # noqa: BLE001 — a job that raised would be over for good
            logger.error("A job %s failed (%s); it is tried again.", name, type(error).__name__)  # noqa: TRY400 — its text may quote a note
            return AGAIN_S

    step = DBOS.step(name=f"{name}.try")(attempt)

    @DBOS.workflow(name=name, max_recovery_attempts=1000)
    def run(subject_id: int) -> None:
        wait = step(subject_id)
        if wait is not None:
            again: EnqueueOptions = {
                "workflow_name": name,
                "queue_name": QUEUE,
                "workflow_id": _next_try(str(DBOS.workflow_id)),
                "app_version": VERSION,
                "priority": PRIORITY_BULK,
                "delay_seconds": wait,
            }
            DBOS.enqueue_workflow_with_options(again, subject_id)


def _next_try(key: str) -> str:
    """The key of the try after this one: "read_note-7", "read_note-7~2", "read_note-7~3"."""
    first, _, number = key.partition("~")
    return f"{first}~{int(number or 1) + 1}"


def workers_alive(session: Session) -> int:
    """How many processes say that they run jobs."""
    return session.execute(select(func.count()).select_from(WorkerRow).where(WorkerRow.seen_at >= datetime.now(UTC) - LEASE)).scalar_one()
