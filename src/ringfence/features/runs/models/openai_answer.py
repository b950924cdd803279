"""Puts a provider's chunks together into deltas: text at once, tool calls when whole, usage and finish at the end."""

import msgspec

from . import failures
from .calls import PartialCall
from .openai_wire import ChoiceWire, MessageWire, ToolCallWire, decode_chunk
from .protocol import Finish, FinishReason, ModelDelta, TextDelta, ToolCall, Usage

_DONE = b"[DONE]"
_MAX_CALLS = 64
_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
}
_WITHOUT_CALLS = {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}


class Assembly:
    """Takes events' data in order and gives deltas; raises ModelError for what is not an answer."""

    def __init__(self, *, max_chars: int) -> None:
        self._room_chars = max_chars
        self._calls: list[PartialCall] = []
        self._by_index: dict[int, PartialCall] = {}
        self._usage: Usage | None = None
        self._reason: FinishReason | None = None
        self._is_refusal = False
        self.is_done = False
        self.has_events = False

    @property
    def is_complete(self) -> bool:
        """Says that the model finished, whatever becomes of the connection now."""
        return self.is_done or self._reason is not None

    def take(self, data: bytes, deltas: list[ModelDelta]) -> None:
        """Adds what this event gives to the deltas."""
        self.has_events = True
        if data == _DONE:
            self.is_done = True
            return
        try:
            chunk = decode_chunk(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise failures.bad_answer("an event that is no chat completion") from error
        if chunk.error is not None:
            raise failures.from_error_object(chunk.error)
        if chunk.usage is not None:
            self._usage = Usage(max(0, chunk.usage.prompt_tokens or 0), chunk.usage.output_tokens)
        for choice in chunk.choices or ():
            if not choice.index:  # We ask for one answer; index 0 is it, and some servers leave it out.
                self._take_choice(choice, deltas)

    def take_whole(self, body: bytes) -> list[ModelDelta]:
        """Gives the deltas of an answer that came in one piece instead of a stream."""
        deltas: list[ModelDelta] = []
        self.take(body, deltas)
        self.is_done = True
        if self._reason is None and not deltas and not self._calls:
            raise failures.bad_answer("an object without an answer")
        return [*deltas, *self.end()]

    def end(self) -> list[ModelDelta]:
        """Gives tool calls, usage and finish; raises model_cut_off where the model did not finish."""
        if not self.is_complete:
            raise failures.cut_off()
        reason = self._reason or FinishReason.STOP
        calls = [] if reason in _WITHOUT_CALLS else self._finished_calls()  # A cut call has cut arguments.
        if calls:
            reason = FinishReason.TOOL_CALLS  # Some servers say "stop" here.
        elif self._is_refusal and reason is FinishReason.STOP:
            reason = FinishReason.REFUSAL
        return [*calls, *([self._usage] if self._usage else []), Finish(reason)]

    def _take_choice(self, choice: ChoiceWire, deltas: list[ModelDelta]) -> None:
        message = choice.delta or choice.message
        if message is not None:
            if message.content:
                self._spend(message.content)
                deltas.append(TextDelta(message.content))
            if message.refusal or message.tool_calls:
                self._take_rarer(message, deltas)
        if choice.finish_reason:
            self._reason = _REASONS.get(choice.finish_reason, FinishReason.OTHER)

    def _take_rarer(self, message: MessageWire, deltas: list[ModelDelta]) -> None:
        if message.refusal:
            self._is_refusal = True
            self._spend(message.refusal)
            deltas.append(TextDelta(message.refusal))
        for fragment in message.tool_calls or ():
            self._take_fragment(fragment)

    def _take_fragment(self, fragment: ToolCallWire) -> None:
        call = self._call_of(fragment)
        call.call_id = call.call_id or fragment.id or ""
        if fragment.function is None:
            return
        call.name = call.name or fragment.function.name or ""
        if fragment.function.arguments:
            self._spend(fragment.function.arguments)
            call.arguments.append(fragment.function.arguments)

    def _call_of(self, fragment: ToolCallWire) -> PartialCall:
        """Gives the call that a fragment belongs to: by index, but another id at a known index opens a new call."""
        known = self._by_index.get(fragment.index) if fragment.index is not None else self._last_call()
        if known is not None and (not fragment.id or not known.call_id or fragment.id == known.call_id):
            return known
        if len(self._calls) >= _MAX_CALLS:
            raise failures.too_large("too many tool calls")
        call = PartialCall()
        self._calls.append(call)
        if fragment.index is not None:
            self._by_index[fragment.index] = call
        return call

    def _last_call(self) -> PartialCall | None:
        return self._calls[-1] if self._calls else None

    def _finished_calls(self) -> list[ToolCall]:
        if any(not call.name for call in self._calls):
            raise failures.bad_answer("a tool call without a name")
        return [
            ToolCall(call.call_id or f"call_{position}", call.name, "".join(call.arguments) or "{}")
            for position, call in enumerate(self._calls)
        ]

    def _spend(self, text: str) -> None:
        self._room_chars -= len(text)
        if self._room_chars < 0:
            raise failures.too_large("more text than allowed")
