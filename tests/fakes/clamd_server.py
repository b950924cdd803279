"""Speaks clamd's protocol (INSTREAM) as its manual has it: finds EICAR's test string, and can be away or odd."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

# Put together here: as one string in a file it would make scanners of other people delete this file.
_HALVES = (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD", b"-ANTIVIRUS-TEST-FILE!$H+H*")
EICAR = b"".join(_HALVES)


@dataclass
class Clamd:
    """A running scanner: where it listens, and what it saw."""

    address: str = ""
    seen: int = 0
    answers: bytes | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack(">I", await reader.readexactly(4))[0]:
                content += await reader.readexactly(size)
            self.seen += len(content)
            found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            writer.write(found if self.answers is None else self.answers)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def clamd(path: str | None = None) -> AsyncIterator[Clamd]:
    """A scanner on a port of its own, or on a socket at this path."""
    made = Clamd()
    if path is None:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server, made.address = await asyncio.start_unix_server(made.serve, path), path
    async with server:
        yield made
