"""Settings: from the environment and `.env`, read once, typed, listed by `triage doctor`."""

from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.database import default_folder, sqlite_url
from triage.assistants.hosts import is_loopback
from workflow.clinic import Clinic


class SettingsError(ValueError):
    """A setting that does not hold; the message names it and the remedy."""


class Settings(BaseSettings):
    """All settings. Each is the environment variable TRIAGE_ followed by its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_folder, description="Where the embedded database and caches live.")
    database_url: str = Field(default="", description="sqlite:///file or postgresql://…; empty for SQLite in data_dir.")
    lanes_dir: Path | None = Field(
        default=None, description="A folder with a team's own lane files; the shipped ones stand in for those missing."
    )
    assistant: str = Field(
        default="embedded", pattern="^(embedded|llm)$", description="Who reads notes: embedded, or llm with embedded standing in."
    )
    llm_base_url: str = Field(default="", description="An OpenAI-compatible endpoint, up to and with /v1.")
    llm_model: str = Field(default="", description="The model's name there.")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Its key; OPENAI_API_KEY stands in.")
    llm_reply_format: str = Field(
        default="json_schema", pattern="^(json_schema|tools|text)$", description="How replies are held to their shape; services differ."
    )
    llm_context_chars: int = Field(
        default=12_000, ge=500, le=1_000_000, description="A longer note is read in windows of this many characters."
    )
    llm_budget_s: float = Field(default=60.0, gt=0, le=600, description="Wall-clock seconds one reading may take, re-asks included.")
    llm_examples: int = Field(default=3, ge=0, le=20, description="Reviewed notes shown to the model as examples, at most; 0 for none.")
    llm_example_chars: int = Field(default=4_000, ge=0, le=100_000, description="Characters that the examples of one note may have.")
    llm_cache: bool = Field(default=True, description="Keep the model's answers, so that nothing is asked and paid for twice.")
    llm_price_in: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Money for a million tokens read; without it money is not known."
    )
    llm_price_out: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="Money for a million tokens written.")
    llm_daily_budget: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="Money a day's calls may cost; then the embedded assistant reads until midnight.",
    )
    llm_daily_tokens: int | None = Field(default=None, ge=0, description="Tokens a day's calls may take, read and written together.")
    llm_allowed_hosts: str = Field(
        default="", description="Hosts other than this machine that notes may be sent to, with commas between; others are refused."
    )
    llm_redact: str = Field(
        default="remote",
        pattern="^(remote|always)$",
        description="When identifiers are replaced before sending: for other hosts, or always.",
    )
    clinic_name: str = Field(default="", max_length=80, description="The clinic as patients know it; outreach drafts name it.")
    clinic_phone: str = Field(default="", max_length=40, description="The number that patients call back.")
    clinic_email: str = Field(default="", max_length=254, description="The address that e-mails to patients and the team come from.")
    address: str = Field(
        default="", max_length=200, description="Where the pages are reached, for links in mails: https://triage.example.org"
    )
    undo_s: int = Field(
        default=120, ge=0, le=86_400, description="Seconds in which an approved message can be taken back before it leaves."
    )
    smtp_host: str = Field(default="", max_length=253, description="The mail server; without it e-mails are sent by hand.")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port: 587 for STARTTLS, 465 for TLS from the first byte.")
    smtp_user: str = Field(default="", max_length=254, description="Who signs in there; empty for nobody.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Their password.")
    smtp_security: str = Field(
        default="starttls", pattern="^(starttls|tls|none)$", description="How the way there is secured; none only for this machine."
    )
    smtp_reply_to: str = Field(default="", max_length=254, description="Where answers to e-mails go; empty for the clinic's address.")
    sms_base_url: str = Field(default="", max_length=300, description="The SMS provider, up to /Messages; without it SMS are sent by hand.")
    sms_account: str = Field(default="", max_length=200, description="The account there.")
    sms_token: SecretStr = Field(default=SecretStr(""), description="Its token.")
    sms_sender: str = Field(default="", max_length=40, description="The clinic's number there, like +13125550100.")
    sms_region: str = Field(default="US", pattern="^[A-Z]{2}$", description="The country of phone numbers that name none.")
    sms_allowed_hosts: str = Field(default="", description="Hosts other than this machine that SMS may go to, with commas between.")
    sms_secret: SecretStr = Field(
        default=SecretStr(""), description="With which the provider signs what it tells; without it nothing is believed."
    )
    secure_cookies: bool = Field(default=False, description="Set where the pages are served over HTTPS: cookies get the __Host- prefix.")

    @model_validator(mode="after")
    def _mail_is_secured(self) -> Self:
        if self.smtp_security == "none" and self.smtp_host and not is_loopback(self.smtp_host):
            raise ValueError("TRIAGE_SMTP_SECURITY=none would send e-mails and the password in the open. Use starttls or tls.")
        return self

    @model_validator(mode="before")
    @classmethod
    def _openai_key(cls, values: dict[str, object]) -> dict[str, object]:
        import os

        if not values.get("llm_api_key") and (key := os.environ.get("OPENAI_API_KEY")):
            values["llm_api_key"] = key
        return values

    @property
    def clinic(self) -> Clinic:
        """Who speaks to patients."""
        return Clinic(self.clinic_name, self.clinic_phone, self.clinic_email, self.address)

    @property
    def evals_dir(self) -> Path:
        """Where data sets, runs and judgements of the evals lie."""
        return self.data_dir / "evals"

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.database_url or sqlite_url(self.data_dir)


@lru_cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError naming each setting that does not hold; values of secrets never show."""
    try:
        return Settings()
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        lines = [f"TRIAGE_{str(e['loc'][0]).upper()}: {e['msg']}" if e["loc"] else e["msg"] for e in found]
        raise SettingsError("\n".join(lines)) from None
