"""The LLM assistant: the `Assistant` protocol over an OpenAI-compatible service."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import ValidationError

from triage.assistants.llm import prompt_files
from triage.assistants.llm.answers import Answers, key_of
from triage.assistants.llm.checking import MOST_QUOTE_CHARS, Checked, Confidence, check, prior, without_duplicates
from triage.assistants.llm.client import Service
from triage.assistants.llm.conversation import Conversation
from triage.assistants.llm.examples import Example, Examples
from triage.assistants.llm.faults import out_of_time
from triage.assistants.llm.fence import marker_for, plain_words, random_marker, sendable
from triage.assistants.llm.quiet import QuietTime
from triage.assistants.llm.schema import NoteReply
from triage.assistants.llm.settings import LLMSettings
from triage.assistants.llm.wall_clock import run_within
from triage.assistants.llm.windows import Window, split
from triage.assistants.llm.writing import Writer
from triage.assistants.protocol import AssistantError
from triage.calls import Call, totals
from triage.reading import Grounded, Identity, Note, Reading
from triage.writing import ChangesRequest, ContextRequest, Draft, DraftRequest, Narration, PatternName, PatternRequest, Summary
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole

WORDS: dict[str, list[str]] = {
    "actions": Action.values(),
    "owner_roles": OwnerRole.values(),
    "blocker_categories": BlockerCategory.values(),
    "channels": Channel.values(),
    "outcomes": Outcome.values(),
    "escalation_reasons": EscalationReason.values(),
}
"""The vocabulary as a prompt is given it."""


class LLMAssistant:
    """Reads notes and writes from facts with a model. Safe to call from several threads, which share its connections.

    `prompt` defaults to the newest `read_note`. `confidence` gives each payload its probability of being accepted. `new_marker` is the
    source of fence markers; only a recorded conversation needs another than the random one. `quiet` holds when the service may be asked
    again, after it named a time. `examples` are asked for where the prompt has a place for them. `answers` keeps what the model
    said, so that the same is not asked twice. `writing` are the prompts of what it writes, by name, where the newest is not
    wanted. Whether what it writes holds is for `Checked` to say.
    """

    def __init__(
        self,
        settings: LLMSettings,
        prompt: prompt_files.Prompt | None = None,
        *,
        confidence: Confidence = prior,
        new_marker: Callable[[], str] = random_marker,
        quiet: QuietTime | None = None,
        examples: Examples | None = None,
        answers: Answers | None = None,
        writing: Mapping[str, prompt_files.Prompt] | None = None,
    ) -> None:
        self._settings = settings
        self._prompt = prompt or prompt_files.load("read_note")
        self._confidence = confidence
        self._new_marker = new_marker
        self._answers = answers
        self._examples = examples if self._prompt.takes("examples") else None
        self._service = Service(settings, quiet or QuietTime())
        self._system = self._prompt.render("system", words=WORDS, most_quote_chars=MOST_QUOTE_CHARS)
        self._writer = Writer(settings, self._service, prompts=writing or {}, new_marker=new_marker, answers=answers)
        self._identity = Identity("llm", settings.model, self._prompt.name, self._prompt.version, self._content_hash())

    @property
    def identity(self) -> Identity:
        """Who reads. The content hash covers the rendered prompt, the reply's shape and the settings that can change an answer."""
        return self._identity

    def read_note(self, note: Note) -> Reading:
        """The items of `note`, each grounded in its words; a note without a word needs no model. Raises AssistantError."""
        began = time.monotonic()
        text = sendable(note.text)
        windows = split(text, self._settings.context_chars) if text.strip() else []
        examples = self._examples.examples_for(note) if self._examples and windows else ()
        asked = _Asked(note, examples, len(windows))
        try:
            checked = [self._read_window(asked, window, part) for part, window in enumerate(windows, 1) if window.text.strip()]
        except AssistantError as error:
            error.calls = tuple(asked.calls)
            raise
        return Reading(
            identity=self._identity,
            items=without_duplicates(item for one in checked for item in one.items),
            refused=sum(one.refused for one in checked),
            usage=asked.usage() | {"seconds": round(time.monotonic() - began, 3)},
            calls=tuple(asked.calls),
            examples=tuple(example.id for example in examples),
        )

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """See `Writer`. Raises AssistantError."""
        return self._writer.draft_outreach(request)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """See `Writer`. Raises AssistantError."""
        return self._writer.summarise_context(request)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """See `Writer`. Raises AssistantError."""
        return self._writer.narrate_changes(request)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """See `Writer`. Raises AssistantError."""
        return self._writer.name_pattern(request)

    def _read_window(self, asked: "_Asked", window: Window, part: int) -> Checked:
        key = self._key(asked, window, part)
        checked = self._kept(asked, window, key)
        if checked is None:
            checked = self._ask(asked, window, part, key)
        return replace(checked, items=tuple(_moved(item, window.start) for item in checked.items))

    def _ask(self, asked: "_Asked", window: Window, part: int, key: str) -> Checked:
        user = self._prompt.render(
            "note",
            note_text=window.text,
            author_role=plain_words(asked.note.author_role),
            examples=asked.examples,
            marker=marker_for("\n".join([window.text, *(example.text for example in asked.examples)]), self._new_marker),
            part=part,
            parts=asked.parts,
        )
        conversation = Conversation(self._settings, self._service, asked.calls, NoteReply, partial(self._judge, asked.note, window))
        try:
            checked = run_within(self._settings.budget_s, lambda: conversation.hold(self._system, user))
        except (TimeoutError, AssistantError) as error:
            # A first reply that was read and checked stands, though the re-ask for its missing quotes failed. It is not kept: next time
            # the re-ask may succeed.
            if conversation.standing is None:
                raise (out_of_time(self._settings.budget_s) if isinstance(error, TimeoutError) else error) from None
            return conversation.standing
        if self._answers and conversation.reply:
            self._answers.put(key, conversation.reply.model_dump_json())
        return checked

    def _kept(self, asked: "_Asked", window: Window, key: str) -> Checked | None:
        reply = self._answers.get(key) if self._answers else None
        if reply is None:
            return None
        try:
            checked = self._judge(asked.note, window, NoteReply.model_validate_json(reply))
        except ValidationError:  # cut short, or not ours: asked again, and kept anew
            return None
        asked.cached += 1
        return checked

    def _key(self, asked: "_Asked", window: Window, part: int) -> str:
        """What the answer to this window depends on: service, model, prompt, schema and settings, and all that is sent but the marker."""
        return key_of(
            self._settings.base_url,
            self._settings.model,
            self._identity.content_hash,
            [window.text, plain_words(asked.note.author_role), part, asked.parts],
            [[example.author_role, example.text, example.answer] for example in asked.examples],
        )

    def _judge(self, note: Note, window: Window, reply: NoteReply) -> Checked:
        return check(reply, window.text, note.written_at, self._confidence)

    def _content_hash(self) -> str:
        settings = self._settings
        made_of = {
            "prompt": self._prompt.source,
            "system": self._system,
            "schema": NoteReply.model_json_schema(),
            "settings": [
                settings.temperature,
                settings.max_reasks,
                settings.context_chars,
                settings.max_reply_tokens,
                settings.reply_format,
            ],
        }
        made_of |= {"examples": self._examples.name} if self._examples else {}
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class _Asked:
    """One note on its way: what is shown beside it, and what reading it took. `cached` windows were answered before."""

    note: Note
    examples: Sequence[Example]
    parts: int
    calls: list[Call] = field(default_factory=list)
    cached: int = 0

    def usage(self) -> dict[str, float]:
        """The sums. What was answered before costs nothing, whatever the prices."""
        free = {"cost": 0.0} if self.cached and not self.calls else {}
        return totals(self.calls) | free | ({"cached": self.cached} if self.cached else {})


def _moved(item: Grounded, by: int) -> Grounded:
    return replace(item, start=item.start + by, end=item.end + by)
