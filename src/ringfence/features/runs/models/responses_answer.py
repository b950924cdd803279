"""Puts an answer of the Responses wire together: text at once, items when whole; reasoning is kept, never shown."""

from typing import Any, cast

import msgspec

from . import failures
from .calls import Calls, Room
from .protocol import FinishReason, ModelDelta, TextDelta, Usage
from .responses_wire import EventWire, ResponseWire, decode_response, read_event

_DONE = b"[DONE]"
_INCOMPLETE = {"max_output_tokens": FinishReason.LENGTH, "content_filter": FinishReason.CONTENT_FILTER}
_KEPT = ("type", "id", "summary", "encrypted_content")


class Assembly:
    """Takes events' data in order and gives deltas; raises ModelError for what is not an answer."""

    def __init__(self, model: str, *, max_chars: int) -> None:
        self._model = model
        self._room = Room(max_chars)
        self._calls = Calls(self._room)
        self._usage: Usage | None = None
        self._reason: FinishReason | None = None
        self._is_refusal = False
        self.is_done = False
        self.has_events = False

    @property
    def is_complete(self) -> bool:
        """Says that the model finished, whatever becomes of the connection now."""
        return self._reason is not None

    def take(self, data: bytes, deltas: list[ModelDelta]) -> None:
        """Adds what this event gives to the deltas; an event of an unknown type gives nothing."""
        self.has_events = True
        if data == _DONE:  # Of gateways; the vendor's stream ends with response.completed.
            self.is_done = True
            return
        event = read_event(data)
        if event is None:
            return
        match event.type:
            case "response.output_text.delta":
                self._say(event.delta or "", deltas)
            case "response.refusal.delta":
                self._is_refusal = True
                self._say(event.delta or "", deltas)
            case "response.output_item.done":
                self._take_item(event.item or {})
            case "response.completed" | "response.incomplete":
                self._finish(event.response or ResponseWire(), is_whole=event.type.endswith("completed"))
            case "response.failed" | "error":
                raise failures.from_error_object(_error_of(event))
            case _:
                return

    def take_whole(self, body: bytes) -> list[ModelDelta]:
        """Gives the deltas of an answer that came in one piece instead of a stream."""
        try:
            response = decode_response(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise failures.bad_answer("an object that is no response") from error
        if response.error is not None:
            raise failures.from_error_object(response.error)
        if response.output is None:
            raise failures.bad_answer("an object without an answer")
        deltas: list[ModelDelta] = []
        for item in response.output:
            self._take_message(item, deltas)
            self._take_item(item)
        self._finish(response, is_whole=response.status != "incomplete")
        return [*deltas, *self.end()]

    def end(self) -> list[ModelDelta]:
        """Gives tool calls, what is carried, usage and finish; raises model_cut_off where the model did not finish."""
        if self._reason is None:
            raise failures.cut_off()
        return self._calls.end(self._model, self._reason, self._usage)

    def _finish(self, response: ResponseWire, *, is_whole: bool) -> None:
        self.is_done = True
        if (usage := response.usage) is not None:
            self._usage = Usage(max(0, usage.input_tokens or 0), max(0, usage.output_tokens or 0))
        if is_whole:
            self._reason = FinishReason.REFUSAL if self._is_refusal else FinishReason.STOP
        else:
            why = response.incomplete_details.reason if response.incomplete_details else None
            self._reason = _INCOMPLETE.get(why or "", FinishReason.OTHER)

    def _take_item(self, item: dict[str, Any]) -> None:
        if item.get("type") == "function_call":
            call = self._calls.open(_text(item, "call_id"), _text(item, "name"))
            call.arguments.append(self._room.spend(_text(item, "arguments")))
        elif item.get("type") == "reasoning" and (sealed := _text(item, "encrypted_content")):
            # Without its seal an item is a name that only a provider who stores it could resolve.
            self._calls.keep({name: item[name] for name in _KEPT if name in item}, sealed)

    def _take_message(self, item: dict[str, Any], deltas: list[ModelDelta]) -> None:
        content = item.get("content") if item.get("type") == "message" else None
        for part in cast("list[object]", content) if isinstance(content, list) else []:
            if isinstance(part, dict):
                members = cast("dict[str, Any]", part)
                self._is_refusal = self._is_refusal or members.get("type") == "refusal"
                self._say(_text(members, "text") or _text(members, "refusal"), deltas)

    def _say(self, text: str, deltas: list[ModelDelta]) -> None:
        if text:
            deltas.append(TextDelta(self._room.spend(text)))
            self._calls.said()


def _error_of(event: EventWire) -> object:
    """The error's object: inside the response, under `error`, or the event itself."""
    if event.response is not None and event.response.error is not None:
        return event.response.error
    return event.error if event.error is not None else {"code": event.code}


def _text(members: dict[str, Any], name: str) -> str:
    found = members.get(name)
    return found if isinstance(found, str) else ""
