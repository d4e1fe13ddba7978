"""Ask, check, and ask once more with what was wrong.

instructor says how a request is shaped for a service, how its answer is read and how a re-ask is worded. Its own retry loop and its
`context` are not used: the loop logs errors with the model's words in them, and the context makes every message a Jinja template and
takes the indent off its lines, so that the note would not arrive as it is.
"""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from instructor.v2 import Mode, Provider, mode_registry
from instructor.v2.core.errors import InstructorError
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from triage.assistants.llm.client import Service
from triage.assistants.llm.settings import LLMSettings, ReplyFormat
from triage.assistants.protocol import NoUsableAnswer
from triage.calls import Call

_MODES = {ReplyFormat.JSON_SCHEMA: Mode.JSON_SCHEMA, ReplyFormat.TOOLS: Mode.TOOLS, ReplyFormat.TEXT: Mode.MD_JSON}
_MOST_COMPLAINTS = 10


class Judged(Protocol):
    """What was made of a reply. `complaints` go back to the model; of two replies the one of more `worth` stands, else the later one."""

    @property
    def complaints(self) -> tuple[str, ...]: ...
    @property
    def worth(self) -> int: ...


R = TypeVar("R", bound=BaseModel)
J = TypeVar("J", bound=Judged)


class _Complaint(Exception):
    """What is wrong with a reply, in words for the model."""


class Conversation(Generic[R, J]):
    """About one piece of text or one list of facts, answered in `shape`.

    `standing` is what was made of `reply`, the best one so far: a re-ask that fails takes nothing away.
    """

    def __init__(self, settings: LLMSettings, service: Service, calls: list[Call], shape: type[R], judge: Callable[[R], J]) -> None:
        self._settings, self._service, self._calls, self._shape, self._judge = settings, service, calls, shape, judge
        self._wire = mode_registry.get_handlers(Provider.OPENAI, _MODES[settings.reply_format])
        self.standing: J | None = None
        self.reply: R | None = None

    def request(self, system: str, user: str) -> dict[str, Any]:
        """The first request, shaped for the reply format."""
        wanted: dict[str, Any] = {
            "model": self._settings.model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        }
        if self._settings.temperature is not None:
            wanted["temperature"] = self._settings.temperature
        if self._settings.max_reply_tokens is not None:
            wanted["max_tokens"] = self._settings.max_reply_tokens
        if self._settings.reply_format is ReplyFormat.TOOLS:
            wanted["strict"] = True
        shaped: dict[str, Any]
        _, shaped = self._wire.request_handler(response_model=self._shape, kwargs=wanted)
        if self._settings.reply_format is ReplyFormat.JSON_SCHEMA:
            shaped["response_format"]["json_schema"]["strict"] = True
        return shaped

    async def hold(self, system: str, user: str) -> J:
        """The best checked reply. Raises AssistantError; NoUsableAnswer where no reply had the shape that was asked for."""
        self._service.check_quiet()
        request = self.request(system, user)
        for asks_left in range(self._settings.max_reasks, -1, -1):
            answer = await self._service.complete(request, self._calls)
            complaint = self._read(answer)
            if complaint is None:
                break
            if asks_left:
                request = self._wire.reask_handler(kwargs=request, response=answer, exception=complaint)
        if self.standing is None:
            raise NoUsableAnswer(
                f"The model answered {self._settings.max_reasks + 1} times in a shape that cannot be read. "
                "This one is for a person; if it happens often, try another model or reply format."
            )
        return self.standing

    def _read(self, answer: ChatCompletion) -> _Complaint | None:
        try:
            reply: R = self._wire.response_parser(response=answer, response_model=self._shape, strict=True)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False, include_context=False)
            return _complaint([f"{'.'.join(str(part) for part in one['loc']) or 'the answer'}: {one['msg']}" for one in wrong])
        except (InstructorError, ValueError):
            return _complaint(["the answer is not the JSON object that was asked for"])
        judged = self._judge(reply)
        if self.standing is None or judged.worth >= self.standing.worth:
            self.standing, self.reply = judged, reply
        return _complaint(list(judged.complaints)) if judged.complaints else None


def _complaint(lines: list[str]) -> _Complaint:
    more = len(lines) - _MOST_COMPLAINTS
    return _Complaint("\n".join(lines[:_MOST_COMPLAINTS] + ([f"and {more} more of the kind"] if more > 0 else [])))
