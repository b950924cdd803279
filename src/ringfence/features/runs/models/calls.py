"""What each assembly of an answer counts and collects: how much text there may be, and the calls in their order."""

from dataclasses import dataclass, field

from . import carried, failures
from .protocol import Carried, Finish, FinishReason, ModelDelta, ToolCall, Usage

_MAX_CALLS = 64
_WITHOUT_CALLS = frozenset({FinishReason.LENGTH, FinishReason.CONTENT_FILTER, FinishReason.REFUSAL})


@dataclass(slots=True)
class PartialCall:
    """A tool call that grows fragment by fragment."""

    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


class Room:
    """Counts down the characters that an answer may have, shown or not."""

    __slots__ = ("_left",)

    def __init__(self, max_chars: int) -> None:
        self._left = max_chars

    def spend(self, text: str) -> str:
        """Gives the text; raises model_too_large where it is too much."""
        self._left -= len(text)
        if self._left < 0:
            raise failures.too_large("more text than allowed")
        return text


class Calls:
    """The calls of one answer in order, and what its provider wants back between them."""

    __slots__ = ("_calls", "_has_own", "_items", "_room")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._calls: list[PartialCall] = []
        self._items: list[object] = []
        self._has_own = False

    def open(self, call_id: str, name: str) -> PartialCall:
        """Begins a call."""
        if len(self._calls) >= _MAX_CALLS:
            raise failures.too_large("too many tool calls")
        call = PartialCall(call_id, name)
        self._calls.append(call)
        self._items.append(carried.CALL)
        return call

    def said(self) -> None:
        """Notes that text came here."""
        if not self._items or self._items[-1] != carried.TEXT:
            self._items.append(carried.TEXT)

    def keep(self, item: object, size: str) -> None:
        """Keeps a provider's own object in its place; `size` is what of it counts as text."""
        self._room.spend(size)
        self._items.append(item)
        self._has_own = True

    def end(self, model: str, reason: FinishReason, usage: Usage | None) -> list[ModelDelta]:
        """Gives calls, what is carried with them, usage and finish; a cut answer's calls are not made."""
        calls = [] if reason in _WITHOUT_CALLS else self._finished()
        deltas: list[ModelDelta] = [*calls]
        if calls:
            reason = FinishReason.TOOL_CALLS
            deltas += self._carried(model)
        return [*deltas, *([usage] if usage else []), Finish(reason)]

    def _finished(self) -> list[ToolCall]:
        if any(not call.name for call in self._calls):
            raise failures.bad_answer("a tool call without a name")
        return [
            ToolCall(call.call_id or f"call_{position}", call.name, "".join(call.arguments) or "{}")
            for position, call in enumerate(self._calls)
        ]

    def _carried(self, model: str) -> list[Carried]:
        return [carried.kept(model, self._items)] if self._has_own else []
