"""What is taken from a client's request, and what of it is not believed. Keeps AIS-04 (in part).

Proved in tests/agui/test_forged.py.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from pydantic import ValidationError

from ringfence.base import ids
from ringfence.base.problem import Problem, not_found, unprocessable
from ringfence.features.runs.attachments import FILES
from ringfence.features.runs.bodies import RunInput

from .bodies import AguiMessage, RunAgentInput, UiChat, UiMessage

Decision = Literal["approve", "deny", "stop", "wait"]
_DECISIONS = frozenset({"approve", "deny", "stop", "wait"})
_SPOKEN = frozenset({"user", "assistant", "tool"})
_MEDIA = frozenset({"image", "audio", "video", "document"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REMARK = "Nothing but the user's newest message is taken from a client."


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question about exactly these arguments; None abandons it."""

    approval_id: UUID
    args_sha256: str
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of either protocol: in which thread, under which name of the client, with what."""

    thread: str
    name: str
    said: str | Answered
    shown: tuple[tuple[str, str], ...]
    """What the client shows of the conversation, to be put right where it is wrong: (role, text), oldest first."""
    file_ids: tuple[UUID, ...] = ()
    """What was handed in before and is sent with the message; whose it is, is asked where it is sent."""

    @property
    def meant(self) -> bytes:
        """What makes two requests under one name the same."""
        said = self.said
        what = [said] if isinstance(said, str) else [str(said.approval_id), said.args_sha256, said.decision]
        return json.dumps([self.thread, *what, *map(str, self.file_ids)]).encode()


def of_agui(body: RunAgentInput) -> Asked:
    """Raises 422 where there is neither a message of the user nor an answer, 404 for an interrupt that never was."""
    shown = tuple((one.role, text) for one in body.messages if (text := _shown(one)))
    if body.resume:
        entry = body.resume[0]
        decision = None if entry.status == "cancelled" else _decision(entry.payload)
        said: str | Answered = _answered(entry.interrupt_id, decision)
    else:
        newest = _newest(body.messages)
        said = _valid(_text(newest.content))
        return Asked(body.thread_id, f"agui {body.run_id}", said, shown, _file_ids(newest.content))
    return Asked(body.thread_id, f"agui {body.run_id}", said, shown)


def of_ui(body: UiChat) -> Asked:
    """The same for the SDK's chats, whose newest message is the user's, or one whose calls have got answers."""
    newest = body.messages[-1] if body.messages else None
    if newest is None or newest.role not in {"user", "assistant"}:
        raise _no_message()
    if newest.role == "user":
        text = _text_of(newest)
        return Asked(body.id, f"ui {body.trigger} {newest.id}", _valid(text), ())
    given = [part.approval for part in newest.parts if part.state == "approval-responded" and part.approval]
    if not given or given[-1].approved is None:
        raise _no_message()
    said = _answered(given[-1].id, "approve" if given[-1].approved else "deny")
    return Asked(body.id, f"ui answer {given[-1].id}", said, ())


def ignored(body: RunAgentInput) -> list[str]:
    """The names of what the client sent to change the agent's mind, and what changed nothing."""
    roles = {one.role for one in body.messages} & {"system", "developer"}
    claimed = {
        "tools": body.tools,
        "context": body.context,
        "state": body.state,
        "forwardedProps": body.forwarded_props,
    }
    return sorted(roles | {name for name, value in claimed.items() if value})


def interrupt_id(approval_id: str, args_sha256: str) -> str:
    """The name of a question: who answers it, answers about exactly these arguments."""
    return f"{approval_id}.{args_sha256}"


def _answered(name: str, decision: Decision | None) -> Answered:
    first, _, args_sha256 = name.partition(".")
    approval_id = ids.parse(first)
    if approval_id is None:
        raise not_found()
    if _SHA256.fullmatch(args_sha256) is None:
        raise unprocessable("args_mismatch", "This answer is about other arguments than the question.")
    return Answered(approval_id, args_sha256, decision)


def _decision(payload: object) -> Decision:
    said: dict[str, Any] = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
    if said.get("editedArgs") is not None:
        raise unprocessable("args_mismatch", "An approval is for the arguments that were shown; they are not edited.")
    decision, approved = said.get("decision"), said.get("approved")
    if isinstance(decision, str) and decision in _DECISIONS and approved is None:
        return cast("Decision", decision)
    if isinstance(approved, bool) and decision is None:
        return "approve" if approved else "deny"
    raise unprocessable("invalid_answer", "An interrupt is answered with {approved: boolean} or with {decision}.")


def _newest(messages: list[AguiMessage]) -> AguiMessage:
    newest = next((one for one in reversed(messages) if one.role in _SPOKEN), None)
    if newest is None or newest.role != "user":
        raise _no_message()
    return newest


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = cast("list[Any]", content) if isinstance(content, list) else [None]
    texts = [_part(part) for part in parts]
    return "".join(texts)


def _part(part: object) -> str:
    said = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
    if _handle(said) is not None:
        return ""
    text = said.get("text")
    if said.get("type") != "text" or not isinstance(text, str):
        raise unprocessable("unsupported_content", "A message is text, and files that were handed in before.")
    return text


def _handle(part: dict[str, Any]) -> str | None:
    """What names a file in a part of AG-UI's: one of media whose source is a handle that its agent has given out."""
    source: object = part.get("source")
    if part.get("type") not in _MEDIA or not isinstance(source, dict):
        return None
    said = cast("dict[str, Any]", source)
    value: object = said.get("value")
    return value if said.get("type") == "file" and isinstance(value, str) else None


def _file_ids(content: object) -> tuple[UUID, ...]:
    """The files of a message, in its order; 404 for a handle that is none of ours, 422 where there are too many."""
    parts = cast("list[Any]", content) if isinstance(content, list) else []
    handles = [handle for part in parts if isinstance(part, dict) and (handle := _handle(cast("dict[str, Any]", part)))]
    named = tuple(dict.fromkeys(ids.parse(handle) for handle in handles))
    known = tuple(one for one in named if one is not None)
    if len(known) < len(named):
        raise not_found()
    if len(known) > FILES:
        raise unprocessable("too_many_files", f"A message takes at most {FILES} files.")
    return known


def _text_of(message: UiMessage) -> str:
    for part in message.parts:
        if part.type != "text" or part.text is None:
            raise unprocessable("unsupported_content", "A message is text; files and pictures are not taken here.")
    return "".join(part.text or "" for part in message.parts)


def _valid(text: str) -> str:
    """The text, if a run takes it; an empty one and one that is too long are refused there, under their own codes."""
    try:
        return RunInput(text=text, file_ids=[]).text if text.strip() else text
    except ValidationError as refusal:
        if any(fault["type"] == "string_too_long" for fault in refusal.errors(include_input=False)):
            raise Problem(413, "message_too_large", "A message takes at most 32768 characters.") from None
        raise unprocessable("invalid_message", "Control characters are not taken here.") from None


def _shown(message: AguiMessage) -> str:
    if message.role not in {"user", "assistant"}:
        return ""
    try:
        return _text(message.content) if message.content else ""
    except Problem:
        return ""


def _no_message() -> Problem:
    return unprocessable("no_user_message", f"The newest message must be the user's. {_REMARK}")
