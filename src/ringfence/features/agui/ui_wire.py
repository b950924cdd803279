"""The Vercel AI SDK's UI message stream, version 1: parts of one assistant message, then `[DONE]`.

The SDK adds to the message that it shows and takes nothing else from a stream: what it shows of earlier messages is its
own, and `reset-step` is its word for a step that is told anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .claims import interrupt_id
from .wire import Call, Said, Spent, framed

HEADER = {"x-vercel-ai-ui-message-stream": "v1"}
_DONE = b"data: [DONE]\n\n"


@dataclass(slots=True)
class UiWire:
    """The frames of one answer; a run that goes on after an approval adds to the message that asked for it."""

    message_id: str
    metadata: dict[str, Any]
    _is_in_step: bool = field(default=False)

    def begin(self) -> bytes:
        """`start`."""
        return framed({"type": "start", "messageId": self.message_id, "messageMetadata": self.metadata})

    def open_text(self, message_id: str) -> bytes:
        """`text-start`."""
        return self._step() + framed({"type": "text-start", "id": message_id})

    def text(self, message_id: str, delta: str) -> bytes:
        """`text-delta`."""
        return framed({"type": "text-delta", "id": message_id, "delta": delta})

    def close_text(self, message_id: str) -> bytes:
        """`text-end`."""
        return framed({"type": "text-end", "id": message_id})

    def take_back(self, message_id: str, stored: Sequence[Said]) -> bytes:  # noqa: ARG002 - the step names no message
        """`reset-step`: the client drops what it showed of the step."""
        return framed({"type": "reset-step"})

    def show(self, stored: Sequence[Said]) -> bytes:  # noqa: ARG002 - this wire has no word for it
        """Nothing."""
        return b""

    def close_step(self) -> bytes:
        """Nothing yet: the calls of an answer belong to its step."""
        return b""

    def call(self, call: Call) -> bytes:
        """`tool-input-available`."""
        return self._step() + framed({**_named(call), "type": "tool-input-available", "input": call.args or {}})

    def result(self, call: Call, text: str, *, is_error: bool, is_denied: bool) -> bytes:
        """`tool-output-available`, `tool-output-error` or `tool-output-denied`."""
        if is_denied:
            return framed({"type": "tool-output-denied", "toolCallId": call.id}) + self._close()
        if is_error:
            part = {"type": "tool-output-error", "toolCallId": call.id, "errorText": text, "dynamic": True}
        else:
            part = {"type": "tool-output-available", "toolCallId": call.id, "output": text, "dynamic": True}
        return framed(part) + self._close()

    def waits(self, call: Call, question: dict[str, Any], spent: Sequence[Spent]) -> bytes:  # noqa: ARG002 - not told here
        """`tool-approval-request`; the data part tells what it is about, for a page to show."""
        name = interrupt_id(question["approval_id"], question["args_sha256"])
        asks = {"type": "tool-approval-request", "approvalId": name, "toolCallId": call.id}
        return framed(asks, {"type": "data-approval", "id": name, "data": question}) + self._finish("tool-calls")

    def completed(self, spent: Sequence[Spent]) -> bytes:  # noqa: ARG002 - not told here
        """`finish`."""
        return self._finish("stop")

    def cancelled(self) -> bytes:
        """`abort`."""
        return self._close() + framed({"type": "abort", "reason": "The run was cancelled."}) + _DONE

    def failed(self, code: str, detail: str) -> bytes:
        """`error`, with the code before the words."""
        return framed({"type": "error", "errorText": f"{code}: {detail}"}) + _DONE

    def _step(self) -> bytes:
        if self._is_in_step:
            return b""
        self._is_in_step = True
        return framed({"type": "start-step"})

    def _close(self) -> bytes:
        if not self._is_in_step:
            return b""
        self._is_in_step = False
        return framed({"type": "finish-step"})

    def _finish(self, reason: str) -> bytes:
        return self._close() + framed({"type": "finish", "finishReason": reason}) + _DONE


def _named(call: Call) -> dict[str, Any]:
    return {"toolCallId": call.id, "toolName": call.name, "dynamic": True}
