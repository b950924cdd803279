"""Keeps AGT-07, AIS-02 (in part): the text of a file that somebody else made, parsed in a process of its own.

Each file has a new process: no environment, no directory of ours, nothing open but its input and its output, and the
layers of `sandbox`. It is ended by its own id when its time is over. What it answers is untrusted too: it is bounded
and checked here. Proved in tests/controls/test_extraction.py and tests/attacks/test_hostile_files.py.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal, final

import msgspec

from .layers import is_enough
from .segments import MAX_CHARS

Strictness = Literal["strict", "best-effort"]
WALL_S: Final = 45.0
PARSED_BYTES: Final = 64 * 1024 * 1024
"""A document that is larger than this is not parsed."""
PLAIN_BYTES: Final = 8 * 1024 * 1024
"""Of plain text so much is read: enough for the most characters that are kept, in any encoding."""
_ANSWER_BYTES: Final = 32 * 1024 * 1024
_LINE_BYTES: Final = 16 * 1024 * 1024
_LINES: Final = 20_000
"""More than pages, slides and rows within the parsers' bounds can give; without it, millions of empty ones fit."""
_MODULE: Final = "ringfence.controls.extraction.child"
_LOCATOR_CHARS: Final = 100
CODES: Final = frozenset({"encrypted_file", "archive_bomb", "unreadable_file", "too_long", "extraction_unavailable"})
_KINDS: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "text",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text and its place in the file: `page 3`, `sheet Prices rows 1-50`, `slide 2`, `lines 1-40`."""

    locator: str
    text: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file; `is_cut` where there was more of it than is kept."""

    segments: tuple[Segment, ...]
    is_cut: bool = False
    layers: tuple[str, ...] = ()


class NoText(Exception):  # noqa: N818 - what it says is the file's
    """A file that gives no text for a reason; `code` is one of CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Line(msgspec.Struct, frozen=True):
    """One line of the answer."""

    at: str = ""
    text: str = ""
    end: str | None = None
    layers: tuple[str, ...] = ()


@dataclass(slots=True)
class _Answer:
    """What was heard so far."""

    segments: list[Segment] = field(default_factory=list[Segment])
    end: _Line | None = None
    chars: int = 0
    read_bytes: int = 0

    def take(self, raw: bytes) -> None:
        """Takes in one line; NoText where it is not as agreed."""
        self.read_bytes += len(raw)
        try:
            line = msgspec.json.decode(raw, type=_Line)
        except msgspec.MsgspecError as failure:
            raise NoText("unreadable_file") from failure
        self.chars += len(line.text)
        is_many = self.read_bytes > _ANSWER_BYTES or len(self.segments) >= _LINES
        if is_many or self.chars > MAX_CHARS:
            raise NoText("unreadable_file")
        if line.end is not None:
            self.end = line
        else:
            self.segments.append(Segment(line.at[:_LOCATOR_CHARS], line.text))


def kind_of(media_type: str) -> str | None:
    """The parser for a file of this type; None where it has no text that we can read."""
    return _KINDS.get(media_type) or ("text" if media_type.startswith("text/") else None)


@final
class Extractor:
    """Takes the text out of files; under `strict` not where the sandbox is weaker than promised."""

    def __init__(self, strictness: Strictness = "strict", *, wall_s: float = WALL_S) -> None:
        self._strictness: Strictness = strictness
        self._wall_s = wall_s

    async def extract(self, media_type: str, content: AsyncIterator[bytes]) -> Extracted:
        """The file's text, in order; nothing for an image, or a document of images.

        Raises NoText. Content is read no further than it is needed.
        """
        kind = kind_of(media_type)
        if kind is None:
            return Extracted(())
        data, is_whole = await _first(content, PLAIN_BYTES if kind == "text" else PARSED_BYTES)
        if not is_whole and kind != "text":
            raise NoText("too_long")
        answer = await self._parse(kind, data)
        if answer.end is None:
            raise NoText("unreadable_file")
        return Extracted(
            tuple(answer.segments),
            is_cut=answer.end.end == "cut" or not is_whole,
            layers=answer.end.layers,
        )

    async def layers(self) -> tuple[str, ...]:
        """The layers that hold on this machine, tried out."""
        answer = await self._parse("text", b"", is_trial=True)
        return answer.end.layers if answer.end is not None else ()

    async def _parse(self, kind: str, data: bytes, *, is_trial: bool = False) -> _Answer:
        answer = _Answer()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-B", "-X", "utf8", "-m", _MODULE, kind, "best-effort" if is_trial else self._strictness),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
            limit=_LINE_BYTES,
        )
        try:
            async with asyncio.timeout(self._wall_s):
                await asyncio.gather(_feed(child, data), _hear(child, answer))
        except TimeoutError:
            raise NoText("too_long") from None
        finally:
            status = await _ended(child)
        self._judge(answer, status, is_trial=is_trial)
        return answer

    def _judge(self, answer: _Answer, status: int, *, is_trial: bool) -> None:
        """Raises NoText for whatever is no whole answer."""
        if answer.end is None:
            raise NoText("too_long" if status in _OUT_OF_TIME else "unreadable_file")
        if answer.end.end in CODES:
            raise NoText(answer.end.end or "")
        if self._strictness == "strict" and not is_trial and not is_enough(answer.end.layers):
            raise NoText("extraction_unavailable")


_OUT_OF_TIME: Final = frozenset({-24, -9})
"""Ended by SIGXCPU, or by SIGKILL at the hard limit of the same."""


async def _first(content: AsyncIterator[bytes], most: int) -> tuple[bytes, bool]:
    """The first bytes, and whether they are all."""
    held = bytearray()
    async for chunk in content:
        if len(held) + len(chunk) > most:
            held += chunk[: most - len(held)]
            return bytes(held), False
        held += chunk
    return bytes(held), True


async def _feed(child: Process, data: bytes) -> None:
    stdin = child.stdin
    if stdin is None:
        raise AssertionError
    with suppress(BrokenPipeError, ConnectionResetError):  # It has heard enough.
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _hear(child: Process, answer: _Answer) -> None:
    stdout = child.stdout
    if stdout is None:
        raise AssertionError
    try:
        while answer.end is None and (line := await stdout.readline()):
            answer.take(line)
    except ValueError as failure:  # a line beyond the bound
        raise NoText("unreadable_file") from failure


async def _ended(child: Process) -> int:
    """Ends the process, by its own id, and gives how it ended."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2 if child.returncode is None else 0):
            return await child.wait()
    # NOTE: not child.kill(), which looks for an end first: where there is one by now, it takes that from who waits for
    # it, and how the process ended is lost.
    with suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)
    return await child.wait()
