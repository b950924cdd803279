"""Keeps AGT-06 (TLS). Bytes over one TLS connection to checked addresses; proved in tests/controls/test_egress_tls.py.

Whoever reads a stream without answers says by the order of its farewell that it has read to the end: we close our side
first (close_notify, then the connection's own end), and wait. What counts is the other's close_notify, or its orderly
end after it acknowledged every byte, since many receivers send no close_notify; an alert, a reset or silence does not.
"""

import array
import asyncio
import fcntl
import socket
import ssl
import termios
from contextlib import suppress

from .exchange import Bounds
from .failures import EgressError, Failure

_RECORD_BYTES = 16_384
_READ_BYTES = 16_384


async def send(  # noqa: PLR0913 - where, what, and whom it trusts
    host: str, port: int, addresses: list[str], payload: bytes, *, trust: ssl.SSLContext, bounds: Bounds
) -> None:
    """Returns once the receiver has taken everything; EgressError. `bounds` without its total: that is the caller's."""
    reader, writer = await _connected(addresses, port, bounds)
    try:
        await _Conversation(reader, writer, trust, host, bounds).deliver(payload)
    except ssl.SSLCertVerificationError:
        raise EgressError(Failure.UNTRUSTED, "certificate") from None
    except TimeoutError:
        raise EgressError(Failure.TIMEOUT, "no bytes in time") from None
    except (ssl.SSLError, OSError, asyncio.IncompleteReadError) as error:
        raise EgressError(Failure.DISCONNECTED, type(error).__name__) from None
    finally:
        writer.transport.abort()


async def _connected(
    addresses: list[str], port: int, bounds: Bounds
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address that takes one."""
    cause = "no address"
    for address in addresses:
        try:
            async with asyncio.timeout(bounds.connect_s):
                return await asyncio.open_connection(address, port)
        except (TimeoutError, OSError) as error:
            cause = type(error).__name__
    raise EgressError(Failure.UNREACHABLE, cause)


class _Conversation:
    """TLS by hand over a plain connection: the standard streams do not tell a farewell from a broken line."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        trust: ssl.SSLContext,
        host: str,
        bounds: Bounds,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._bounds = bounds
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def deliver(self, payload: bytes) -> None:
        await self._shake_hands()
        for at in range(0, len(payload), _RECORD_BYTES):
            self._tls.write(payload[at : at + _RECORD_BYTES])
            await self._flush()
        await self._part()

    async def _shake_hands(self) -> None:
        async with asyncio.timeout(self._bounds.connect_s):
            while not self._is_done():
                await self._flush()
                if not await self._fill():
                    raise ConnectionError("ended in the handshake")
        await self._flush()

    def _is_done(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def _part(self) -> None:
        """Says farewell and waits for the other's."""
        has_parted = self._has_parted()
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        await self._flush()
        with suppress(OSError):
            self._writer.write_eof()
        async with asyncio.timeout(self._bounds.idle_s):
            while not has_parted:
                if not await self._fill():
                    self._require_acknowledged()
                    return
                has_parted = self._has_parted()

    def _has_parted(self) -> bool:
        """Whether the other's close_notify is here; ssl.SSLError for an alert instead of it."""
        try:
            while self._tls.read(_READ_BYTES):
                pass  # Nobody asked it anything.
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:
            return True
        return True

    def _require_acknowledged(self) -> None:
        """Raises where the other ended before it had everything.

        Then our last bytes were never acknowledged; or they met a closed door, and a reset took them out of the queue.
        """
        held: socket.socket = self._writer.get_extra_info("socket")
        waiting = array.array("i", [0])
        if self._writer.transport.is_closing() or held.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise ConnectionError("reset")
        fcntl.ioctl(held.fileno(), termios.TIOCOUTQ, waiting)
        if waiting[0] > 0:
            raise ConnectionError("ended before it had everything")

    async def _flush(self) -> None:
        if self._outgoing.pending:
            self._writer.write(self._outgoing.read())
            async with asyncio.timeout(self._bounds.idle_s):
                await self._writer.drain()

    async def _fill(self) -> bool:
        """Takes in what came; False at the connection's end."""
        data = await self._reader.read(_READ_BYTES)
        if data:
            self._incoming.write(data)
        return bool(data)
