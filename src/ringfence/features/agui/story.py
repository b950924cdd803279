"""A run's events, told in the words of a protocol. What a client shows at the end is what is stored. Keeps AGT-04.

Every stream begins with the run's first event; one that continues after a question says nothing of what came before.
The names of messages and calls follow from the run and its steps alone: whoever reads again reads the same.

Proved in tests/agui/test_story.py.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ringfence.features.runs.events import HEARTBEAT, Kind

from .told import Told
from .wire import Call, Said, Spent, Wire

SHOWN_AT_MOST = 200


@dataclass(slots=True)
class _Open:
    """The message that is being said."""

    id: str
    text: str = ""


@dataclass(slots=True)
class Story:
    """One reader's telling of a run; `before` is what was said in the conversation until then."""

    wire: Wire
    run_id: str
    before: Sequence[Said]
    asked: Said
    shown: Sequence[tuple[str, str]]
    after: str | None = None
    """The approval behind whose question it goes on; None from the start."""
    _said: list[Said] = field(default_factory=list[Said])
    _calls: dict[str, Call] = field(default_factory=dict[str, Call])
    _spent: dict[str, Spent] = field(default_factory=dict[str, Spent])
    _open: _Open | None = None
    _question: dict[str, Any] | None = None
    _denied: str | None = None
    _is_waiting: bool = False
    _is_muted: bool = False
    _is_over: bool = False
    _step: int = 1
    _restarts: int = 0

    async def frames(self, events: AsyncGenerator[Told | None]) -> AsyncGenerator[bytes]:
        """The whole stream; None among the events is a sign of life."""
        self._is_muted = self.after is not None
        yield self.wire.begin() + (b"" if self._is_muted else self._corrected())
        last: Told | None = None
        async with aclosing(events):
            async for event in events:
                last = event or last
                frames = HEARTBEAT if event is None else self._heard(event)
                if frames:
                    yield frames
        if not self._is_over:
            yield self._end(last)

    def _heard(self, event: Told) -> bytes:
        """What this event adds to the stream."""
        frames = self._read(event)
        if not self._is_muted:
            return frames
        if event.kind != Kind.RUN_WAITING or event.data.get("approval_id") != self.after:
            return b""
        self._is_muted = False
        self._spent.clear()
        return self._corrected()

    def _read(self, event: Told) -> bytes:
        self._is_waiting = event.kind == Kind.RUN_WAITING
        read = self._READERS.get(event.kind)
        return b"" if read is None else read(self, event.data)

    def _delta(self, data: dict[str, Any]) -> bytes:
        opened = b""
        if self._open is None:
            self._open = _Open(self._message_id())
            opened = self.wire.open_text(self._open.id)
        self._open.text += data["text"]
        return opened + self.wire.text(self._open.id, data["text"])

    def _restarted(self, _data: dict[str, Any]) -> bytes:
        if self._open is None:
            return b""
        taken, self._open = self._open, None
        self._restarts += 1
        return self.wire.take_back(taken.id, self._stored())

    def _whole(self, data: dict[str, Any]) -> bytes:
        """The message's end; what is stored counts, whatever was shown of it."""
        text, frames = data["text"], b""
        if self._open is not None and not text.startswith(self._open.text):
            frames = self._restarted(data)
        rest = text[len(self._open.text) :] if self._open is not None else text
        if rest:
            frames += self._delta({"text": rest})
        if self._open is None:
            return frames
        closed, self._open = self._open, None
        self._said.append(Said(closed.id, "assistant", text))
        return frames + self.wire.close_text(closed.id)

    def _answered(self, data: dict[str, Any]) -> bytes:
        model = data["model"]
        before = self._spent.get(model, Spent(model, 0, 0))
        tokens = before.input_tokens + data["input_tokens"], before.output_tokens + data["output_tokens"]
        self._spent[model] = Spent(model, *tokens)
        self._step += 1
        return self.wire.close_step()

    def _asks(self, data: dict[str, Any]) -> bytes:
        self._question = data
        return self._calling(data["call_id"], data["tool"], data["args"])[1]

    def _decided(self, data: dict[str, Any]) -> bytes:
        self._question = None
        self._denied = data["call_id"] if data["decision"] != "approved" else None
        return b""

    def _called(self, data: dict[str, Any]) -> bytes:
        return self._calling(data["call_id"], data["name"], data["args"])[1]

    def _performed(self, data: dict[str, Any]) -> bytes:
        call, frames = self._calling(data["call_id"], data["name"], None)
        self._said.append(Said(f"{call.id}.result", "tool", data["text"], call_id=call.id))
        is_denied = self._denied == data["call_id"]
        return frames + self.wire.result(call, data["text"], is_error=data["is_error"], is_denied=is_denied)

    def _calling(self, call_id: str, name: str, args: dict[str, Any] | None) -> tuple[Call, bytes]:
        """The call of this id in the newest step, and its frames where it was not shown yet."""
        key = f"{self.run_id}.{self._step - 1}.{call_id}"
        if key in self._calls:
            return self._calls[key], b""
        parent = self._parent()
        call = self._calls[key] = Call(key, parent.id, name, args)
        parent.calls.append(call)
        return call, self.wire.call(call)

    def _parent(self) -> Said:
        """The message of the newest step; one without words where the model said nothing beside its calls."""
        own = f"{self.run_id}.{self._step - 1}"
        for said in reversed(self._said):
            if said.role == "assistant" and said.id.partition("~")[0] == own:
                return said
        made = Said(own, "assistant", "")
        self._said.append(made)
        return made

    def _completed(self, _data: dict[str, Any]) -> bytes:
        self._is_over = True
        return self.wire.completed([*self._spent.values()])

    def _cancelled(self, _data: dict[str, Any]) -> bytes:
        self._is_over = True
        return self.wire.cancelled()

    def _failed(self, data: dict[str, Any]) -> bytes:
        self._is_over = True
        return self.wire.failed(data["code"], data["detail"])

    def _end(self, last: Told | None) -> bytes:
        """The stream is over, and the run is not."""
        if self._is_waiting and self._question is not None and last is not None:
            call, _ = self._calling(self._question["call_id"], self._question["tool"], self._question["args"])
            return self.wire.waits(call, self._question, [*self._spent.values()])
        if last is not None and last.kind == "session.ended":
            return self.wire.failed("session_ended", "The session is over. Log in again, and ask again for this run.")
        return self.wire.failed("stream_ended", "The stream ended, the run goes on. Ask again for the same run.")

    def _corrected(self) -> bytes:
        """What is stored, where the client shows something else."""
        stored = self._stored()
        said = [(one.role, one.text) for one in stored if one.role != "tool" and one.text]
        shown = list(self.shown)[-SHOWN_AT_MOST:]
        return b"" if said[-SHOWN_AT_MOST:] == shown else self.wire.show(stored)

    def _stored(self) -> list[Said]:
        return [*self.before, self.asked, *self._said]

    def _message_id(self) -> str:
        own = f"{self.run_id}.{self._step}"
        return f"{own}~{self._restarts}" if self._restarts else own

    _READERS: ClassVar[dict[str, "Callable[[Story, dict[str, Any]], bytes]"]] = {
        Kind.MESSAGE_DELTA: _delta,
        Kind.MESSAGE_RESTARTED: _restarted,
        Kind.MESSAGE_COMPLETED: _whole,
        Kind.MODEL_COMPLETED: _answered,
        Kind.APPROVAL_REQUESTED: _asks,
        Kind.APPROVAL_DECIDED: _decided,
        Kind.TOOL_CALLED: _called,
        Kind.TOOL_COMPLETED: _performed,
        Kind.RUN_COMPLETED: _completed,
        Kind.RUN_CANCELLED: _cancelled,
        Kind.RUN_FAILED: _failed,
        Kind.RUN_EXPIRED: _failed,
    }
