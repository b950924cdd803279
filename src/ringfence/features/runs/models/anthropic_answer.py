"""Puts an Anthropic message together: text at once, tool calls when whole; thinking is kept sealed and never shown."""

import msgspec

from . import failures
from .anthropic_wire import BlockWire, EventWire, MessageWire, UsageWire, decode_message, read_event
from .calls import Calls, PartialCall, Room
from .protocol import FinishReason, ModelDelta, TextDelta, Usage

_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.REFUSAL,
}


class Assembly:
    """Takes events' data in order and gives deltas; raises ModelError for what is not an answer."""

    def __init__(self, model: str, *, max_chars: int) -> None:
        self._model = model
        self._room = Room(max_chars)
        self._calls = Calls(self._room)
        self._open: dict[int | None, PartialCall] = {}
        self._thinking: dict[int | None, BlockWire] = {}
        self._counted = UsageWire()
        self._reason: FinishReason | None = None
        self.is_done = False
        self.has_events = False

    @property
    def is_complete(self) -> bool:
        """Says that the model finished, whatever becomes of the connection now."""
        return self.is_done or self._reason is not None

    def take(self, data: bytes, deltas: list[ModelDelta]) -> None:
        """Adds what this event gives to the deltas; an event of an unknown type gives nothing."""
        self.has_events = True
        event = read_event(data)
        if event is None:
            return
        match event.type:
            case "content_block_delta":
                self._take_piece(event, deltas)
            case "content_block_start":
                self._begin(event, deltas)
            case "content_block_stop":
                self._close(event.index)
            case "message_start":
                self._count(event.message.usage if event.message else None)
            case "message_delta":
                self._count(event.usage)
                self._stop(event.delta.stop_reason if event.delta else None)
            case "message_stop":
                self.is_done = True
            case "error":
                raise failures.from_error_object(event.error)
            case _:
                return

    def take_whole(self, body: bytes) -> list[ModelDelta]:
        """Gives the deltas of an answer that came in one piece instead of a stream."""
        try:
            message = decode_message(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise failures.bad_answer("an object that is no message") from error
        if message.content is None or message.stop_reason is None:
            raise failures.bad_answer("an object without an answer")
        return self._whole(message, message.content)

    def end(self) -> list[ModelDelta]:
        """Gives tool calls, what is carried, usage and finish; raises model_cut_off where the model did not finish."""
        if not self.is_complete:
            raise failures.cut_off()
        counted = self._counted
        parts = (counted.input_tokens, counted.cache_read_input_tokens, counted.cache_creation_input_tokens)
        is_counted = counted.input_tokens is not None or counted.output_tokens is not None
        read, written = sum(max(0, part or 0) for part in parts), max(0, counted.output_tokens or 0)
        usage = Usage(read, written) if is_counted else None
        return self._calls.end(self._model, self._reason or FinishReason.STOP, usage)

    def _whole(self, message: MessageWire, content: list[BlockWire]) -> list[ModelDelta]:
        deltas: list[ModelDelta] = []
        for index, block in enumerate(content):
            self._begin(EventWire(index=index, content_block=block), deltas)
            self._close(index)
        self._count(message.usage)
        self._stop(message.stop_reason)
        return [*deltas, *self.end()]

    def _begin(self, event: EventWire, deltas: list[ModelDelta]) -> None:
        block = event.content_block or BlockWire()
        match block.type:
            case "text":
                self._say(block.text, deltas)
            case "tool_use":
                call = self._open[event.index] = self._calls.open(block.id, block.name)
                if block.input:
                    call.arguments.append(self._room.spend(msgspec.json.encode(block.input).decode()))
            case "thinking":
                self._thinking[event.index] = block
            case "redacted_thinking":
                self._calls.keep({"type": block.type, "data": block.data}, block.data)
            case _:
                return

    def _take_piece(self, event: EventWire, deltas: list[ModelDelta]) -> None:
        piece = event.delta or BlockWire()
        match piece.type:
            case "text_delta":
                self._say(piece.text, deltas)
            case "input_json_delta" if (call := self._open.get(event.index)) is not None:
                call.arguments.append(self._room.spend(piece.partial_json))
            case "thinking_delta" if (block := self._thinking.get(event.index)) is not None:
                block.thinking += self._room.spend(piece.thinking)
            case "signature_delta" if (block := self._thinking.get(event.index)) is not None:
                block.signature += self._room.spend(piece.signature)
            case _:
                return

    def _close(self, index: int | None) -> None:
        block = self._thinking.pop(index, None)
        if block is not None:
            self._calls.keep({"type": "thinking", "thinking": block.thinking, "signature": block.signature}, "")

    def _say(self, text: str, deltas: list[ModelDelta]) -> None:
        if text:
            deltas.append(TextDelta(self._room.spend(text)))
            self._calls.said()

    def _count(self, usage: UsageWire | None) -> None:
        """Takes the newest counts: each is cumulative, and what an event leaves out stays."""
        if usage is None:
            return
        for name in usage.__struct_fields__:
            if (count := getattr(usage, name)) is not None:
                setattr(self._counted, name, count)

    def _stop(self, reason: str | None) -> None:
        if reason is not None:
            self._reason = _REASONS.get(reason, FinishReason.OTHER)
