"""AG-UI 1.0 (https://docs.ag-ui.com/spec/1.0): one JSON object with a `type` in each server-sent event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .claims import interrupt_id
from .wire import Call, Said, Spent, framed, json_text, known, sentence

VERSION = "1.0"
_ANSWER = {
    "type": "object",
    "properties": {"approved": {"type": "boolean", "title": "Whether the call is made"}},
    "required": ["approved"],
}


@dataclass(slots=True)
class AguiWire:
    """The frames of one AG-UI run, which may be a part of one of our runs.

    `metadata` goes with RUN_STARTED. A client that declares no protocol version knows no cancelled outcome.
    """

    thread_id: str
    run_id: str
    metadata: dict[str, Any]
    knows_outcomes: bool
    _snapshots: int = field(default=0)

    def begin(self) -> bytes:
        """RUN_STARTED under the client's own names."""
        return framed({"type": "RUN_STARTED", **self._names(), "protocolVersion": VERSION, "metadata": self.metadata})

    def open_text(self, message_id: str) -> bytes:
        """TEXT_MESSAGE_START."""
        return framed({"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"})

    def text(self, message_id: str, delta: str) -> bytes:
        """TEXT_MESSAGE_CONTENT."""
        return framed({"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": delta})

    def close_text(self, message_id: str) -> bytes:
        """TEXT_MESSAGE_END."""
        return framed({"type": "TEXT_MESSAGE_END", "messageId": message_id})

    def take_back(self, message_id: str, stored: Sequence[Said]) -> bytes:
        """Ends the message, and replaces all by what is stored: the message is not among it."""
        return self.close_text(message_id) + self.show(stored)

    def show(self, stored: Sequence[Said]) -> bytes:
        """MESSAGES_SNAPSHOT under names that the client does not hold yet.

        It keeps a message whose id it knows where it is, and appends the others: half of them known, they would come
        out of order.
        """
        self._snapshots += 1
        mark = f"~{self.run_id}.{self._snapshots}"
        return framed({"type": "MESSAGES_SNAPSHOT", "messages": [_message(one, mark) for one in stored]})

    def close_step(self) -> bytes:
        """Nothing: a message's end says it."""
        return b""

    def call(self, call: Call) -> bytes:
        """TOOL_CALL_START, TOOL_CALL_ARGS and TOOL_CALL_END."""
        start = {"type": "TOOL_CALL_START", "toolCallId": call.id, "toolCallName": call.name}
        return framed(
            {**start, "parentMessageId": call.parent_id},
            {"type": "TOOL_CALL_ARGS", "toolCallId": call.id, "delta": json_text(call.args or {})},
            {"type": "TOOL_CALL_END", "toolCallId": call.id},
        )

    def result(self, call: Call, text: str, *, is_error: bool, is_denied: bool) -> bytes:  # noqa: ARG002 - the text says it
        """TOOL_CALL_RESULT."""
        shape = {"type": "TOOL_CALL_RESULT", "messageId": result_id(call.id), "role": "tool"}
        return framed({**shape, "toolCallId": call.id, "content": text})

    def waits(self, call: Call, question: dict[str, Any], spent: Sequence[Spent]) -> bytes:
        """RUN_FINISHED with an interrupt, whose name binds the answer to these arguments."""
        interrupt = {
            "id": interrupt_id(question["approval_id"], question["args_sha256"]),
            "reason": "tool_call",
            "message": sentence(question),
            "toolCallId": call.id,
            "responseSchema": _ANSWER,
            "expiresAt": question["expires_at"],
            "metadata": {"approval": question},
        }
        return self._finished({"type": "interrupt", "interrupts": [interrupt]}, spent)

    def completed(self, spent: Sequence[Spent]) -> bytes:
        """RUN_FINISHED."""
        return self._finished({"type": "success"}, spent)

    def cancelled(self) -> bytes:
        """RUN_FINISHED with the cancelled outcome; an error to who would read that as success."""
        if self.knows_outcomes:
            return self._finished({"type": "cancelled"}, ())
        return self.failed("cancelled", "The run was cancelled.")

    def failed(self, code: str, detail: str) -> bytes:
        """RUN_ERROR."""
        return framed({"type": "RUN_ERROR", "message": detail, "code": code})

    def _finished(self, outcome: dict[str, Any], spent: Sequence[Spent]) -> bytes:
        usage = [_usage(one) for one in spent] or None
        return framed(known({"type": "RUN_FINISHED", **self._names(), "outcome": outcome}, usage=usage))

    def _names(self) -> dict[str, str]:
        return {"threadId": self.thread_id, "runId": self.run_id}


def result_id(call_id: str) -> str:
    """The id of the message that a tool's answer becomes."""
    return f"{call_id}.result"


def _message(said: Said, mark: str) -> dict[str, Any]:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json_text(call.args or {})}}
        for call in said.calls
    ]
    members = {"id": said.id + mark, "role": said.role, "content": said.text}
    return known(members, toolCalls=calls or None, toolCallId=said.call_id or None)


def _usage(spent: Spent) -> dict[str, Any]:
    provider, _, model = spent.model.partition(":")
    counts = {"inputTokens": spent.input_tokens, "outputTokens": spent.output_tokens}
    return {"provider": provider, "model": model, **counts, "totalTokens": spent.input_tokens + spent.output_tokens}
