"""Puts a Gemini answer together: text at once, tool calls when whole; thoughts are not shown, their signatures kept."""

import msgspec

from . import failures
from .calls import Calls, Room
from .gemini_wire import CALL_SIGNATURE, TEXT_SIGNATURE, CallWire, PartWire, ResponseWire, decode_list, decode_response
from .protocol import FinishReason, ModelDelta, TextDelta, Usage

_FILTERED = FinishReason.CONTENT_FILTER
_REASONS = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "SAFETY": _FILTERED,
    "RECITATION": _FILTERED,
    "BLOCKLIST": _FILTERED,
    "PROHIBITED_CONTENT": _FILTERED,
    "SPII": _FILTERED,
    "MODEL_ARMOR": _FILTERED,
}
_MALFORMED = frozenset({"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE"})


class Assembly:
    """Takes events' data in order and gives deltas; raises ModelError for what is not an answer."""

    def __init__(self, model: str, *, max_chars: int) -> None:
        self._model = model
        self._room = Room(max_chars)
        self._calls = Calls(self._room)
        self._usage: Usage | None = None
        self._reason: FinishReason | None = None
        self._has_parts = False
        self._is_malformed = False
        self.is_done = False
        self.has_events = False

    @property
    def is_complete(self) -> bool:
        """Says that the model finished, whatever becomes of the connection now."""
        return self._reason is not None

    def take(self, data: bytes, deltas: list[ModelDelta]) -> None:
        """Adds what this event gives to the deltas."""
        self.has_events = True
        try:
            response = decode_response(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise failures.bad_answer("an event that is no response") from error
        self._take(response, deltas)

    def take_whole(self, body: bytes) -> list[ModelDelta]:
        """Gives the deltas of an answer that came in one piece, or as a list, instead of a stream."""
        try:
            decoded = decode_list(body) if body.lstrip().startswith(b"[") else [decode_response(body)]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise failures.bad_answer("an object that is no response") from error
        deltas: list[ModelDelta] = []
        for response in decoded:
            self._take(response, deltas)
        if not self.is_complete:
            raise failures.bad_answer("an object without an answer")
        return [*deltas, *self.end()]

    def end(self) -> list[ModelDelta]:
        """Gives tool calls, what is carried, usage and finish; raises model_cut_off where the model did not finish."""
        if self._reason is None:
            raise failures.cut_off()
        if self._is_malformed and not self._has_parts:
            raise failures.unreadable_call()
        return self._calls.end(self._model, self._reason, self._usage)

    def _take(self, response: ResponseWire, deltas: list[ModelDelta]) -> None:
        if response.error is not None:
            raise failures.from_error_object(response.error)
        if (usage := response.usage_metadata) is not None:
            read = (usage.prompt_token_count, usage.tool_use_prompt_token_count)
            written = (usage.candidates_token_count, usage.thoughts_token_count)
            self._usage = Usage(_sum(read), _sum(written))
        if response.prompt_feedback is not None and response.prompt_feedback.block_reason:
            self._reason = _FILTERED
        for candidate in response.candidates or ():
            if candidate.index:  # We ask for one answer; index 0 is it, and it may be left out.
                continue
            for part in (candidate.content.parts if candidate.content else None) or ():
                self._take_part(part, deltas)
            if candidate.finish_reason:
                self._is_malformed = candidate.finish_reason in _MALFORMED
                self._reason = _REASONS.get(candidate.finish_reason, FinishReason.OTHER)

    def _take_part(self, part: PartWire, deltas: list[ModelDelta]) -> None:
        if part.function_call is not None:
            self._take_call(part.function_call, part.thought_signature)
            return
        if part.text and not part.thought:
            self._has_parts = True
            deltas.append(TextDelta(self._room.spend(part.text)))
            self._calls.said()
        if part.thought_signature:
            self._calls.keep({TEXT_SIGNATURE: part.thought_signature}, part.thought_signature)

    def _take_call(self, found: CallWire, signature: str | None) -> None:
        self._has_parts = True
        if signature:
            self._calls.keep({CALL_SIGNATURE: signature}, signature)
        call = self._calls.open(found.id or "", found.name or "")
        arguments = self._room.spend(bytes(found.args).decode())
        if arguments != "null":
            call.arguments.append(arguments)


def _sum(counts: tuple[int | None, ...]) -> int:
    return sum(max(0, count or 0) for count in counts)
