"""Gives the one door to the operator's virus scanner: clamd, by INSTREAM, over TCP or a socket of this machine.

NOTE: only for the address that stands in the operator's settings. What is scanned leaves this process in the clear, so
it belongs on this machine or on a network of its own.
"""

import asyncio
import struct
from collections.abc import AsyncIterable
from typing import Final, final

_CONNECT_S: Final = 5.0
_STEP_S: Final = 30.0
_ANSWER_S: Final = 300.0
_PIECE_BYTES: Final = 1024 * 1024
_ANSWER_BYTES: Final = 4096


class ScannerAway(Exception):  # noqa: N818 - what it names is the scanner
    """Says that the scanner gave no verdict; `code` is a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@final
class Scanner:
    """Asks clamd about a stream of bytes; each question is a connection of its own."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def find(self, pieces: AsyncIterable[bytes]) -> str | None:
        """Gives the name of the virus that it finds, or None for a clean stream; ScannerAway for no verdict at all."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await self._connect()
        except (TimeoutError, OSError, ValueError) as failure:
            raise ScannerAway("unreachable") from failure
        try:
            await _send(writer, pieces)
            async with asyncio.timeout(_ANSWER_S):
                answer = await reader.readuntil(b"\0")
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as failure:
            raise ScannerAway("disconnected") from failure
        finally:
            writer.close()
        return _verdict(answer.rstrip(b"\0").decode("utf-8", "replace"))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address, limit=_ANSWER_BYTES)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=_ANSWER_BYTES)


async def _send(writer: asyncio.StreamWriter, pieces: AsyncIterable[bytes]) -> None:
    writer.write(b"zINSTREAM\0")
    async for piece in pieces:
        for start in range(0, len(piece), _PIECE_BYTES):
            part = piece[start : start + _PIECE_BYTES]
            writer.write(struct.pack(">I", len(part)) + part)
            async with asyncio.timeout(_STEP_S):
                await writer.drain()
    writer.write(struct.pack(">I", 0))
    async with asyncio.timeout(_STEP_S):
        await writer.drain()


def _verdict(answer: str) -> str | None:
    """Reads `stream: OK` and `stream: NAME FOUND`; anything else is no verdict, a size limit among it."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return None
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ScannerAway("no_verdict")
