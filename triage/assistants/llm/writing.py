"""What the model writes from facts.

The model gets facts and no notes. Each is a JSON object on one line with a number, so that a quote can neither close the fence nor pass for
another fact; the model cites numbers, and code turns them into the ids of the facts.
"""

import hashlib
import json
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from triage.assistants.checked import (
    CITATIONS_ALONE,
    MOST_SUMMARY_LINES,
    Problem,
    draft_problems,
    name_problems,
    narration_problems,
    summary_problems,
)
from triage.assistants.llm import prompt_files
from triage.assistants.llm.answers import Answers, key_of
from triage.assistants.llm.client import Service
from triage.assistants.llm.conversation import Conversation
from triage.assistants.llm.faults import out_of_time
from triage.assistants.llm.fence import marker_for, sendable
from triage.assistants.llm.settings import LLMSettings
from triage.assistants.llm.texts import MOST_SENTENCES, CitedLine, DraftText, NameText, NarrationText, SummaryText
from triage.assistants.llm.wall_clock import run_within
from triage.assistants.protocol import AssistantError, NoUsableAnswer
from triage.calls import Call, totals
from triage.reading import Identity
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Fact,
    Line,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
)
from workflow.vocabulary import Action, BlockerCategory, DraftForm

MOST_GRADE = 6
"""Reading grade that a message to a patient may have."""
MOST: dict[DraftForm, str] = {
    DraftForm.PHONE_SCRIPT: "150 words",
    DraftForm.VOICEMAIL: "50 words",
    DraftForm.SMS: "160 characters, or 70 where the language has letters that English has not",
    DraftForm.EMAIL: "120 words",
    DraftForm.PORTAL: "120 words",
    DraftForm.LETTER: "150 words",
}
"""What the model is told. What a form may have at most is for the check to say."""
WITH_SUBJECT = (DraftForm.EMAIL, DraftForm.PORTAL)
PRIVATE = (DraftForm.VOICEMAIL, DraftForm.SMS)
"""Forms that others may hear or see."""
MOST_LINE_WORDS = 30
MOST_NAME_WORDS = 6

SHAPES: dict[str, type[BaseModel]] = {
    "draft_outreach": DraftText,
    "summarise_context": SummaryText,
    "narrate_changes": NarrationText,
    "name_pattern": NameText,
}
"""The shape of the reply by the name of the prompt, which is that of the protocol's method."""

TOLD: dict[str, dict[str, object]] = {
    "draft_outreach": {
        "words": {"actions": Action.values(), "forms": DraftForm.values()},
        "limits": {form.value: most for form, most in MOST.items()},
        "with_subject": [form.value for form in WITH_SUBJECT],
        "private": [form.value for form in PRIVATE],
        "most_grade": MOST_GRADE,
    },
    "summarise_context": {"most_lines": MOST_SUMMARY_LINES, "most_words": MOST_LINE_WORDS},
    "narrate_changes": {"most_lines": MOST_SENTENCES, "most_words": MOST_LINE_WORDS},
    "name_pattern": {"words": {"blocker_categories": BlockerCategory.values()}, "most_words": MOST_NAME_WORDS},
}
"""What the instructions of each prompt are rendered with."""

_MOST_COMPLAINT_CHARS = 300
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")

T = TypeVar("T", bound=BaseModel)
W = TypeVar("W", Draft, Summary, Narration, PatternName)


@dataclass(frozen=True, slots=True)
class _Judged(Generic[W]):
    """What a reply became, None where it cites what is not there; and what is wrong with it."""

    written: W | None
    complaints: tuple[str, ...]
    worth: int = 0


@dataclass(frozen=True, slots=True)
class _Job(Generic[T, W]):
    """One text to be written: what is asked, the shape of the reply, and how to make and judge a text of it.

    `cited` tells the numbers that a reply cites, each with the words that name its place to the model.
    """

    name: str
    shape: type[T]
    fields: Mapping[str, str]
    lines: Sequence[str]
    facts: int
    cited: Callable[[T], Iterable[tuple[str, int]]]
    made: Callable[[T, Identity], W]
    problems: Callable[[W], Sequence[Problem]]


class Writer:
    """Writes with a model. `prompts` are those to use by their names, the newest version for a name that is not among them."""

    def __init__(
        self,
        settings: LLMSettings,
        service: Service,
        *,
        prompts: Mapping[str, prompt_files.Prompt],
        new_marker: Callable[[], str],
        answers: Answers | None,
    ) -> None:
        self._settings, self._service = settings, service
        self._new_marker, self._answers = new_marker, answers
        self._prompts = {name: prompts.get(name) or prompt_files.load(name) for name in SHAPES}

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """See the protocol."""
        if not _LANGUAGE.fullmatch(request.language):
            raise NoUsableAnswer("The patient's language is not known by a tag such as en or es. Set it, or write the message by hand.")
        clinic = {"clinic": request.clinic.name, "phone": request.clinic.phone, "email": request.clinic.email}
        who = [_object(greet=request.patient), _object(**{name: value for name, value in clinic.items() if value})]
        ids = _ids(request.facts)
        return self._write(
            _Job(
                "draft_outreach",
                DraftText,
                {
                    "form": request.form.value,
                    "language": request.language,
                    "purpose": request.purpose.value,
                    "lane": request.lane.value,
                },
                [*who, *_numbered(request.facts), *_remarks(request.remarks)],
                len(ids),
                lambda reply: (("facts", number) for number in reply.facts),
                lambda reply, identity: Draft(
                    identity=identity,
                    subject=_one_line(reply.subject) if request.form in WITH_SUBJECT else "",
                    body=_plain(reply.body),
                    facts=_each_once(ids[number] for number in reply.facts),
                ),
                lambda draft: draft_problems(CITATIONS_ALONE, request, draft),
            )
        )

    def summarise_context(self, request: ContextRequest) -> Summary:
        """See the protocol. Without a fact there is nothing to say, and nobody is asked."""
        ids = _ids(request.facts)
        if not ids:
            return Summary(identity=self.identity("summarise_context"), lines=(), usage=totals(()))
        return self._write(
            _Job(
                "summarise_context",
                SummaryText,
                {"lane": request.lane.value},
                [*_numbered(request.facts), *_remarks(request.remarks)],
                len(ids),
                lambda reply: _cited(reply.lines),
                lambda reply, identity: Summary(identity=identity, lines=_lines(reply.lines, ids)),
                lambda summary: summary_problems(CITATIONS_ALONE, request, summary),
            )
        )

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """See the protocol. Without a fact there is nothing to say, and nobody is asked."""
        ids = _ids(request.facts)
        if not ids:
            return Narration(identity=self.identity("narrate_changes"), sentences=(), usage=totals(()))
        return self._write(
            _Job(
                "narrate_changes",
                NarrationText,
                {"lane": request.lane.value if request.lane else "all lanes"},
                [*_numbered(request.facts), *_remarks(request.remarks)],
                len(ids),
                lambda reply: _cited(reply.lines),
                lambda reply, identity: Narration(identity=identity, sentences=_lines(reply.lines, ids)),
                lambda narration: narration_problems(CITATIONS_ALONE, request, narration),
            )
        )

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """See the protocol. Raises NoUsableAnswer where there are no words to find a name in."""
        lines = [*(_object(quote=quote) for quote in request.quotes), *(_object(word=word) for word in request.terms)]
        if not lines:
            raise NoUsableAnswer("There are no words of notes to name the pattern by. This one is for a person.")
        return self._write(
            _Job(
                "name_pattern",
                NameText,
                {"category": request.category.value if request.category else "none"},
                [*lines, *_remarks(request.remarks)],
                0,
                lambda _: (),
                lambda reply, identity: PatternName(identity=identity, name=_one_line(reply.name)),
                lambda name: name_problems(CITATIONS_ALONE, request, name),
            )
        )

    def identity(self, job: str) -> Identity:
        """Who writes it. The content hash covers the rendered prompt, the reply's shape and the settings that can change an answer."""
        prompt = self._prompts[job]
        settings = self._settings
        made_of = {
            "prompt": prompt.source,
            "system": self._system(job),
            "schema": SHAPES[job].model_json_schema(),
            "settings": [settings.temperature, settings.max_reasks, settings.max_reply_tokens, settings.reply_format],
        }
        content_hash = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        return Identity("llm", settings.model, prompt.name, prompt.version, content_hash)

    def _system(self, job: str) -> str:
        return self._prompts[job].render("system", **TOLD[job])

    def _write(self, job: _Job[T, W]) -> W:
        began = time.monotonic()
        if sum(map(len, job.lines)) > self._settings.context_chars:
            raise NoUsableAnswer(
                "There are more facts than one request may hold. Raise TRIAGE_LLM_CONTEXT_CHARS where the model's window allows it."
            )
        identity = self.identity(job.name)
        key = key_of(self._settings.base_url, self._settings.model, identity.content_hash, dict(job.fields), list(job.lines))
        judge = partial(_judge, job, identity)
        kept = self._kept(job, key, judge)
        if kept is not None:
            return replace(kept, usage=totals(()) | {"cost": 0.0, "cached": 1, "seconds": round(time.monotonic() - began, 3)})
        calls: list[Call] = []
        try:
            written = self._ask(job, key, judge, calls)
        except AssistantError as error:
            error.calls = tuple(calls)
            raise
        return replace(written, calls=tuple(calls), usage=totals(calls) | {"seconds": round(time.monotonic() - began, 3)})

    def _ask(self, job: _Job[T, W], key: str, judge: Callable[[T], _Judged[W]], calls: list[Call]) -> W:
        marker = marker_for("\n".join(job.lines), self._new_marker)
        user = self._prompts[job.name].render("facts", lines=job.lines, marker=marker, **job.fields)
        conversation = Conversation(self._settings, self._service, calls, job.shape, judge)
        try:
            judged = run_within(self._settings.budget_s, lambda: conversation.hold(self._system(job.name), user))
        except TimeoutError:
            raise out_of_time(self._settings.budget_s) from None
        if judged.written is None or judged.complaints:
            raise NoUsableAnswer(
                f"The model cited facts {len(calls)} times that were not given to it, or none at all. This one is for a person."
            )
        if self._answers and conversation.reply:
            self._answers.put(key, conversation.reply.model_dump_json())
        return judged.written

    def _kept(self, job: _Job[T, W], key: str, judge: Callable[[T], _Judged[W]]) -> W | None:
        """What was answered before, where it still holds: checks may have become stricter since."""
        reply = self._answers.get(key) if self._answers else None
        if reply is None:
            return None
        try:
            judged = judge(job.shape.model_validate_json(reply))
        except ValidationError:
            return None
        return None if judged.complaints else judged.written


def _judge(job: _Job[T, W], identity: Identity, reply: T) -> _Judged[W]:
    unknown = tuple(f"{where}: there is no fact {number}." for where, number in job.cited(reply) if not 1 <= number <= job.facts)
    if unknown:
        return _Judged(None, unknown)
    written = job.made(reply, identity)
    return _Judged(written, tuple(_in_words(problem) for problem in job.problems(written)))


def _in_words(problem: Problem) -> str:
    where = "" if problem.line is None else f"lines[{problem.line}]: "
    return f"{where}{problem.words}"[:_MOST_COMPLAINT_CHARS]


def _cited(lines: Iterable[CitedLine]) -> Iterable[tuple[str, int]]:
    return ((f"lines[{place}].facts", number) for place, line in enumerate(lines) for number in line.facts)


def _lines(lines: Iterable[CitedLine], ids: Mapping[int, str]) -> tuple[Line, ...]:
    return tuple(Line(_one_line(line.text), _each_once(ids[number] for number in line.facts)) for line in lines)


def _each_once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _ids(facts: Sequence[Fact]) -> dict[int, str]:
    return {number: fact.id for number, fact in enumerate(facts, 1)}


def _numbered(facts: Sequence[Fact]) -> list[str]:
    """What is sent of each fact: its number, its topic, what it says, and the words of the notes that it rests on."""
    return [
        _object(
            fact=number,
            topic=fact.topic,
            says=fact.said,
            **({"quotes": quotes} if (quotes := [source.quote for source in fact.sources if source.quote]) else {}),
        )
        for number, fact in enumerate(facts, 1)
    ]


def _remarks(remarks: Iterable[str]) -> Iterable[str]:
    return (_object(remark=remark) for remark in remarks)


def _object(**values: object) -> str:
    return re.sub("[\x7f\x85\u2028\u2029]", _escaped, sendable(json.dumps(values, ensure_ascii=False)))


def _escaped(match: re.Match[str]) -> str:
    """What JSON lets stand and some readers take for the end of a line."""
    return f"\\u{ord(match.group()):04x}"


def _one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """`text` without control characters, and without invisible ones but the two joiners that some scripts are spelled with."""
    kept = (sign for sign in sendable(text) if sign in "\n\u200c\u200d" or unicodedata.category(sign) not in {"Cc", "Cf"})
    return "\n".join(line.rstrip() for line in "".join(kept).split("\n")).strip()
