"""An AG-UI client of a few lines: what it sends is the test's, what it gets must be of the protocol's own types."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ag_ui.core import Event
from pydantic import BaseModel, TypeAdapter

from tests.served import Answer, User

_EVENT: TypeAdapter[Any] = TypeAdapter(Event)


@dataclass(frozen=True)
class Heard:
    """A stream, read to its end."""

    events: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def outcome(self) -> dict[str, Any]:
        return self.events[-1]["outcome"]

    @property
    def interrupt(self) -> dict[str, Any]:
        return self.outcome["interrupts"][0]

    @property
    def said(self) -> str:
        return "".join(event["delta"] for event in self.of("TEXT_MESSAGE_CONTENT"))

    @property
    def about(self) -> dict[str, Any]:
        return self.events[0]["metadata"]


@dataclass
class Thread:
    """A thread of a user with an agent; `claims` is the history that the client sends along."""

    user: User
    agent: str
    name: str = field(default_factory=lambda: str(uuid4()))
    claims: list[dict[str, Any]] = field(default_factory=list)

    def body(self, text: str | list[Any] | None = None, *, run: str | None = None, **more: Any) -> dict[str, Any]:
        """A RunAgentInput as HttpAgent makes it."""
        said = [] if text is None else [{"id": str(uuid4()), "role": "user", "content": text}]
        empty = {"tools": [], "context": [], "state": {}, "forwardedProps": {}}
        names = {"threadId": self.name, "runId": run or str(uuid4()), "protocolVersion": "1.0"}
        return {**names, **empty, "messages": [*self.claims, *said], **more}

    def post(self, body: dict[str, Any]) -> Answer:
        headers = {"Accept": "text/event-stream"}
        return self.user.call("POST", f"/agui/{self.agent}", body, headers=headers)

    def say(self, text: str | list[Any] | None = None, **more: Any) -> Heard:
        """Says something, and hears the answer to its end."""
        answer = self.post(self.body(text, **more))
        assert answer.status == 200, answer.raw
        assert answer.headers["content-type"] == "text/event-stream"
        return Heard(parse(answer.raw))

    def resume(self, interrupt: str, payload: Any = None, *, status: str = "resolved", **more: Any) -> Heard:
        return self.say(resume=[self.answer(interrupt, payload, status)], **more)

    def refused(self, interrupt: str, payload: Any = None, **more: Any) -> Answer:
        """The refusal of a resume."""
        return self.post(self.body(resume=[self.answer(interrupt, payload, "resolved")], **more))

    @staticmethod
    def answer(interrupt: str, payload: Any, status: str) -> dict[str, Any]:
        return {"interruptId": interrupt, "status": status} | ({} if payload is None else {"payload": payload})


def parse(raw: bytes) -> list[dict[str, Any]]:
    """The events of a stream, each of which fits the protocol's types and has no member that they do not name."""
    events = [json.loads(block.removeprefix("data: ")) for block in raw.decode().split("\n\n") if block.startswith("d")]
    for event in events:
        assert _unknown(_EVENT.validate_python(event)) == [], event
    return events


def _unknown(value: Any) -> Sequence[str]:
    if isinstance(value, BaseModel):
        inner = [name for one in type(value).model_fields for name in _unknown(getattr(value, one))]
        return [*(value.model_extra or {}), *inner]
    if isinstance(value, list):
        return [name for one in value for name in _unknown(one)]
    return []
