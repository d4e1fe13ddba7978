"""Putting the parts together: the record, its queue, and the assistant the settings name."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import ArgumentError

from cli.settings import Settings, SettingsError, settings
from store.database import Database
from store.jobs import JobQueue
from store.lanes import Lanes, load_lanes
from store.migrate import require_current, upgrade
from store.notes import Enqueue
from triage.assistants.protocol import Assistant, AssistantMisconfigured
from triage.confidence_file import NAME, ConfidenceFile
from triage.jobs import enqueue_reading
from triage.preparing import enqueue_preparing
from workflow.vocabulary import Channel

if TYPE_CHECKING:
    from connectors.outgoing import Ways
    from connectors.sms import SmsSettings
    from connectors.sms_callbacks import SmsCallbacks
    from connectors.smtp import SmtpSettings
    from triage.assistants.llm.examples import Examples
    from triage.assistants.llm.settings import LLMSettings

SMS_CALLBACK = "/api/v1/callbacks/sms"
"""Where the SMS provider tells what became of a message, below the address of the pages."""


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
        database.when_moved = enqueue_preparing(queue)
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


def ways_of(chosen: Settings) -> "Ways":
    """The ways out that the settings name; what goes by any other channel is sent by hand."""
    from connectors.sms import Sms
    from connectors.smtp import Mail

    mail, sms = smtp_settings(chosen), sms_settings(chosen)
    return ({Channel.EMAIL: Mail(mail)} if mail else {}) | ({Channel.SMS: Sms(sms)} if sms else {})


def smtp_settings(chosen: Settings) -> "SmtpSettings | None":
    """The mail server that the settings name, if they do."""
    from connectors.smtp import Security, SmtpSettings

    if not chosen.smtp_host.strip():
        return None
    return SmtpSettings(
        host=chosen.smtp_host.strip(),
        sender=chosen.clinic_email,
        port=chosen.smtp_port,
        user=chosen.smtp_user,
        password=chosen.smtp_password,
        security=Security(chosen.smtp_security),
        sender_name=chosen.clinic_name,
        reply_to=chosen.smtp_reply_to,
    )


def sms_settings(chosen: Settings) -> "SmsSettings | None":
    """The SMS provider that the settings name, if they do."""
    from connectors.sms import SmsSettings

    if not chosen.sms_base_url.strip():
        return None
    return SmsSettings(
        base_url=chosen.sms_base_url.strip(),
        account=chosen.sms_account,
        token=chosen.sms_token,
        sender=chosen.sms_sender,
        callback_url=f"{chosen.address.rstrip('/')}{SMS_CALLBACK}" if chosen.address and chosen.sms_secret.get_secret_value() else "",
        secret=chosen.sms_secret,
        region=chosen.sms_region,
        allowed_hosts=frozenset(host.strip().lower() for host in chosen.sms_allowed_hosts.split(",")) - {""},
    )


def sms_callbacks_of(chosen: Settings, record: Record) -> "SmsCallbacks | None":
    """What takes the tellings of the SMS provider, where one is named. What patients answer is read before what is imported."""
    from connectors.sms_callbacks import SmsCallbacks

    sms = sms_settings(chosen)
    return SmsCallbacks(record.database, record.lanes, enqueue_reading(record.queue, urgent=True), sms) if sms else None


def build_assistant(
    chosen: Settings,
    name: str | None = None,
    prompt: str | None = None,
    *,
    record: Record | None = None,
    examples: "Examples | None" = None,
) -> Assistant:
    """The assistant called `name` ("embedded" or "llm"; the setting decides without one).

    `prompt` is NAME@VERSION of a prompt file. For a `record`, confidence is what its decisions have taught, the LLM is shown examples
    from it, held to its daily budget, and the embedded assistant stands in for it; without one (evals, `triage read`) the assistant's own
    numbers and failures show as they are, and `examples` are what is given. Raises AssistantMisconfigured.
    """
    from triage.assistants.calibrated import Calibrated
    from triage.assistants.screened import Screened

    assistant = Screened(_reader(chosen, name or chosen.assistant, prompt, record, examples))
    return Calibrated(assistant, ConfidenceFile(confidence_path(chosen))) if record else assistant


def _reader(chosen: Settings, name: str, prompt: str | None, record: Record | None, examples: "Examples | None") -> Assistant:
    """Who reads, with what only a model's service needs around it."""
    from triage.assistants.embedded import EmbeddedAssistant

    if name == "embedded":
        if prompt:
            raise AssistantMisconfigured("The embedded assistant has no prompt. Choose the llm assistant as well, or leave the prompt out.")
        return EmbeddedAssistant.load()
    from cli.caching import answers_of
    from cli.examples import RedactedExamples, ReviewedExamples, nobody, people_of
    from cli.spending import daily_budget, spent_today
    from triage.assistants.budget import Budgeted
    from triage.assistants.fallback import Fallback
    from triage.assistants.llm import prompt_files
    from triage.assistants.llm.assistant import LLMAssistant

    prompt_name, _, version = (prompt or "read_note").partition("@")
    file = prompt_files.load(prompt_name, version or None)
    service = llm_service(chosen)
    redacts = service.is_remote or chosen.llm_redact == "always"
    if record is not None and chosen.llm_examples:
        examples = ReviewedExamples(record.database, most=chosen.llm_examples, most_chars=chosen.llm_example_chars)
    if examples is not None and redacts:
        examples = RedactedExamples(examples, people_of(record.database) if record else nobody)
    llm: Assistant = LLMAssistant(service, file, examples=examples, answers=answers_of(chosen) if chosen.llm_cache else None)
    if redacts:
        from triage.assistants.redaction.assistant import Redacting

        llm = Redacting(llm)
    if record is None:
        return llm
    if budget := daily_budget(chosen):
        llm = Budgeted(llm, budget, partial(spent_today, record.database, record.lanes))
    return Fallback(llm, EmbeddedAssistant.load())


def confidence_path(chosen: Settings) -> Path:
    """Where the confidence is kept that `triage train` learns from decisions."""
    return chosen.data_dir / NAME


def llm_service(chosen: Settings) -> "LLMSettings":
    """The model's service that the settings name. Raises AssistantMisconfigured, naming the setting to mend."""
    from cli.spending import prices
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
        prices=prices(chosen),
        allowed_hosts=frozenset(chosen.llm_allowed_hosts.split(",")) - {""},
    )
