"""Putting the parts together: the record, its queue, and the assistant the settings name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import ArgumentError

from cli.settings import Settings, SettingsError, settings
from store.database import Database
from store.jobs import JobQueue
from store.lanes import Lanes, load_lanes
from store.migrate import require_current, upgrade
from store.notes import Enqueue
from triage.assistants.protocol import Assistant, AssistantMisconfigured
from triage.jobs import enqueue_reading

if TYPE_CHECKING:
    from triage.assistants.llm.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class Record:
    """An open record. `enqueue` is what storing a note calls."""

    database: Database
    lanes: Lanes
    queue: JobQueue
    enqueue: Enqueue

    def close(self) -> None:
        """Give all connections back."""
        self.queue.close()
        self.database.dispose()


def open_record(chosen: Settings | None = None, *, create: bool = True) -> Record:
    """The record the settings name. An embedded database that is not there yet is created; any other must be up to date.

    Raises NotMigrated, LaneError or SettingsError with what to do.
    """
    chosen = chosen or settings()
    database = open_database(chosen)
    queue = JobQueue(database)
    try:
        if create and database.is_sqlite:
            migrate(database, queue)
        else:
            require_current(database)
        return Record(database, load_lanes(chosen.lanes_dir), queue, enqueue_reading(queue))
    except BaseException:
        queue.close()
        database.dispose()
        raise


def open_database(chosen: Settings) -> Database:
    """The database the settings name, as it is. Raises SettingsError where the address names none we can use."""
    try:
        return Database(chosen.url)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"TRIAGE_DATABASE_URL: {error if isinstance(error, ValueError) else 'this is no database address'}") from None


def migrate(database: Database, queue: JobQueue) -> None:
    """Bring the record's tables and those of the jobs up to date."""
    upgrade(database)
    queue.migrate()


def build_assistant(chosen: Settings, name: str | None = None, prompt: str | None = None, *, fall_back: bool = True) -> Assistant:
    """The assistant called `name` ("embedded" or "llm"; the setting decides without one), with the embedded one standing in for the LLM.

    `prompt` is NAME@VERSION of a prompt file. With `fall_back` off, the LLM's failures show as failures: evals want that.
    Raises AssistantMisconfigured.
    """
    from triage.assistants.embedded import EmbeddedAssistant
    from triage.assistants.screened import Screened

    if (name or chosen.assistant) == "embedded":
        if prompt:
            raise AssistantMisconfigured("The embedded assistant has no prompt. Choose the llm assistant as well, or leave the prompt out.")
        return Screened(EmbeddedAssistant.load(chosen.data_dir / "cache"))
    from triage.assistants.fallback import Fallback
    from triage.assistants.llm import prompt_files
    from triage.assistants.llm.assistant import LLMAssistant

    prompt_name, _, version = (prompt or "read_note").partition("@")
    llm = LLMAssistant(llm_service(chosen), prompt_files.load(prompt_name, version or None))
    return Screened(Fallback(llm, EmbeddedAssistant.load(chosen.data_dir / "cache")) if fall_back else llm)


def llm_service(chosen: Settings) -> "LLMSettings":
    """The model's service that the settings name. Raises AssistantMisconfigured, naming the setting to mend."""
    from triage.assistants.llm.settings import LLMSettings, ReplyFormat

    for name, value in (("TRIAGE_LLM_BASE_URL", chosen.llm_base_url), ("TRIAGE_LLM_MODEL", chosen.llm_model)):
        if not value.strip():
            raise AssistantMisconfigured(f"The llm assistant needs {name}, which is not set: notes go to no service that nobody chose.")
    return LLMSettings(
        base_url=chosen.llm_base_url,
        model=chosen.llm_model,
        api_key=chosen.llm_api_key,
        budget_s=chosen.llm_budget_s,
        context_chars=chosen.llm_context_chars,
        reply_format=ReplyFormat(chosen.llm_reply_format),
    )
