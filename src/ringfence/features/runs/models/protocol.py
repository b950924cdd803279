"""What a run says to a model and hears from it, the same for every provider.

Structs rather than dataclasses where one is made for each word: they are ten times cheaper to make.
"""

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from ringfence.base.problem import Problem


class ToolCall(msgspec.Struct, frozen=True):
    """A complete request of the model to run a tool; the arguments are its words, not yet valid JSON."""

    call_id: str
    name: str
    arguments_json: str


class Passage(msgspec.Struct, frozen=True):
    """A piece of a file with the mark by which it is cited, and its place."""

    marker: str
    locator: str
    text: str


class Attached(msgspec.Struct, frozen=True):
    """A file that came with a message: somebody's words, and not the user's, even where the user sent it."""

    file_id: str
    name: str
    media_type: str
    parts: int
    """In how many parts `read_file` gives it; 0 where there is no text in it."""
    passages: tuple[Passage, ...] = ()
    """Its whole text, where that is short and it came with this very message."""


class UserTurn(msgspec.Struct, frozen=True, tag="user"):
    """What the user said, and the files that came with it."""

    text: str
    files: tuple[Attached, ...] = ()


class AssistantTurn(msgspec.Struct, frozen=True, tag="assistant"):
    """What the model answered: text, tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    carried: str = ""
    """What the model that said this wants back with it, from its Carried; nobody else reads it."""


class ToolTurn(msgspec.Struct, frozen=True, tag="tool"):
    """What a tool answered to the call of that id."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


Turn = UserTurn | AssistantTurn | ToolTurn


class ToolSpec(msgspec.Struct, frozen=True):
    """A tool as the model sees it; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class ModelRequest(msgspec.Struct, frozen=True):
    """One question to a model; `model` is its full name, `provider:model`."""

    model: str
    instructions: str
    messages: tuple[Turn, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_output_tokens: int | None = None
    temperature: float | None = None
    boundary: str = ""
    """Unguessable for whoever wrote a tool's answer: with it, answers of tools are enclosed as words of others."""


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """The next piece of the answer's text."""

    text: str


class Carried(msgspec.Struct, frozen=True, gc=False):
    """What the provider wants back unchanged with this turn: signatures, sealed reasoning. Never shown to a reader."""

    data: str


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens as the provider bills them: read from its cache, and spent on reasoning, are counted in."""

    input_tokens: int
    output_tokens: int


class FinishReason(StrEnum):
    """Why the model stopped."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    OTHER = "other"


class Finish(msgspec.Struct, frozen=True, gc=False):
    """The last delta of each whole answer."""

    reason: FinishReason


ModelDelta = TextDelta | ToolCall | Carried | Usage | Finish


class Model(Protocol):
    """Gives a model's answer piece by piece."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelDelta, None]:
        """Gives text as it comes, then whole tool calls and what is carried, then usage where known, then Finish.

        Raises ModelError. Iterate to the end, or close the generator to hang up on the provider.
        """
        ...


class ModelErrorCode(StrEnum):
    """How asking a model failed, in the words of our API."""

    RATE_LIMITED = "model_rate_limited"
    UNAVAILABLE = "model_unavailable"
    TIMEOUT = "model_timeout"
    BAD_ANSWER = "model_bad_answer"
    CUT_OFF = "model_cut_off"
    TOO_LARGE = "model_too_large"
    REJECTED = "model_rejected"
    NOT_CONFIGURED = "model_not_configured"
    KEY_UNAVAILABLE = "model_key_unavailable"


_OF_PROVIDER = frozenset(
    {
        ModelErrorCode.RATE_LIMITED,
        ModelErrorCode.UNAVAILABLE,
        ModelErrorCode.TIMEOUT,
        ModelErrorCode.BAD_ANSWER,
        ModelErrorCode.CUT_OFF,
        ModelErrorCode.NOT_CONFIGURED,
    }
)
_OF_KEY = frozenset({401, 402, 403, 404})
"""The key is refused or its account is empty, or the provider does not have the model."""
_REFUSED_KEY = frozenset({401, 402, 403})


class ModelError(Exception):
    """Says why a model gave no whole answer; `detail` is safe for the world, `cause` is for the log.

    `is_retryable` says that the same request may succeed later; adapters have already retried where they could.
    """

    def __init__(  # noqa: PLR0913 - one value for each fact that a caller tells apart
        self,
        code: ModelErrorCode,
        detail: str,
        *,
        is_retryable: bool = False,
        status: int | None = None,
        cause: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail
        self.is_retryable = is_retryable
        self.status = status
        self.cause = cause
        self.retry_after_s = retry_after_s

    @property
    def is_of_provider(self) -> bool:
        """Whether it is the provider that failed, or its key: another model may answer the same request."""
        return self.code in _OF_PROVIDER or (self.code is ModelErrorCode.REJECTED and self.status in _OF_KEY)

    @property
    def is_of_key(self) -> bool:
        """Whether the provider refused the key, or its account cannot pay."""
        if self.code is ModelErrorCode.RATE_LIMITED:
            return not self.is_retryable  # No quota is left, and waiting brings none.
        return self.code is ModelErrorCode.REJECTED and self.status in _REFUSED_KEY

    def as_problem(self) -> Problem:
        """Gives the answer for a caller who named this model: 422 where it is not configured, else 502."""
        http_status = 422 if self.code is ModelErrorCode.NOT_CONFIGURED else 502
        return Problem(http_status, self.code.value, self.detail, cause=self.cause or None)
