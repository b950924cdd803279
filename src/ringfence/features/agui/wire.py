"""What a protocol must be able to say of a run; one class a protocol (agui_wire, ui_wire), told by story."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `args` is a JSON object, or None where the model's words were none."""

    id: str
    parent_id: str
    """The id of the message that it belongs to."""
    name: str
    args: dict[str, Any] | None


@dataclass(slots=True)
class Said:
    """A message as clients hold it: the user's, the assistant's with its calls, or a tool's answer."""

    id: str
    role: str
    text: str
    calls: list[Call] = field(default_factory=list[Call])
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one model took in and gave out."""

    model: str
    input_tokens: int
    output_tokens: int


class Wire(Protocol):
    """Bytes for each thing that happens."""

    def begin(self) -> bytes:
        """The run has begun, or goes on."""
        ...

    def open_text(self, message_id: str) -> bytes:
        """A message begins."""
        ...

    def text(self, message_id: str, delta: str) -> bytes:
        """The next piece of it."""
        ...

    def close_text(self, message_id: str) -> bytes:
        """It is whole."""
        ...

    def take_back(self, message_id: str, stored: Sequence[Said]) -> bytes:
        """Everything that was shown of the open message is void; this is what is stored."""
        ...

    def show(self, stored: Sequence[Said]) -> bytes:
        """The client shows something else than what is stored."""
        ...

    def close_step(self) -> bytes:
        """The model's answer is whole."""
        ...

    def call(self, call: Call) -> bytes:
        """The agent wants to call a tool."""
        ...

    def result(self, call: Call, text: str, *, is_error: bool, is_denied: bool) -> bytes:
        """The call has its answer."""
        ...

    def waits(self, call: Call, question: dict[str, Any], spent: Sequence[Spent]) -> bytes:
        """The stream ends with this question; its members are those of approval.requested."""
        ...

    def completed(self, spent: Sequence[Spent]) -> bytes:
        """The run has answered."""
        ...

    def cancelled(self) -> bytes:
        """Somebody stopped the run."""
        ...

    def failed(self, code: str, detail: str) -> bytes:
        """There will be no answer, or none on this connection."""
        ...


_encode = msgspec.json.Encoder().encode


def framed(*parts: dict[str, Any]) -> bytes:
    """Server-sent events without names, as both protocols have them."""
    return b"".join(b"data: %b\n\n" % _encode(part) for part in parts)


def json_text(value: object) -> str:
    """The value as a piece of JSON inside a piece of JSON."""
    return _encode(value).decode()


def known(members: dict[str, Any], **more: object) -> dict[str, Any]:
    """The members with those of `more` that have a value: nothing is null on these wires."""
    return members | {name: value for name, value in more.items() if value is not None}


def sentence(question: dict[str, Any], names: Iterable[str] = ("en",)) -> str:
    """What a person is asked, from the declaration and the arguments, never from the model."""
    titles: dict[str, str] = question["titles"]
    return next((titles[name] for name in names if name in titles), f"{question['tool']} ({question['effect']})")
