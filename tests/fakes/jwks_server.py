"""A partner's key server on loopback: says what it is told to say, in every bad manner, and counts who asks.

    async with jwks_server.serve() as server:
        server.show("ed25519", "rsa")       # the keys of tests/vectors/keys, each under its name as kid
        server.url, server.place, server.asked

`server.say(body)` gives these bytes; `server.manner` is one of the functions below.
"""

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.fakes.listening import listening
from tests.vectors import make_bad_tokens as tokens

Manner = Callable[["Server", asyncio.StreamWriter], Awaitable[None]]


def jwk(name: str, **changes: object) -> dict[str, Any]:
    """The public half of a vector key as JWK, with changes; `...` leaves a member out."""
    return jwk_of(tokens.public_pem(name), **({"kid": name} | changes))


def jwk_of(pem: str, **changes: object) -> dict[str, Any]:
    """A public key as JWK, with changes; `...` leaves a member out."""
    key = load_pem_public_key(pem.encode())
    good: dict[str, object] = {"use": "sig"}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        good |= {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    elif isinstance(key, ed25519.Ed25519PublicKey):
        good |= {"kty": "OKP", "crv": "Ed25519", "x": tokens.b64(key.public_bytes_raw())}
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        point = key.public_numbers()
        size = (key.curve.key_size + 7) // 8
        sides = {side: tokens.b64(getattr(point, side).to_bytes(size)) for side in ("x", "y")}
        good |= {"kty": "EC", "crv": f"P-{key.curve.key_size}", **sides}
    return {member: value for member, value in (good | changes).items() if value is not ...}


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()


def jwks(*keys: dict[str, Any]) -> bytes:
    """A key set's document."""
    return json.dumps({"keys": list(keys)}).encode()


@dataclass
class Server:
    """A running server: what it says, how, and how often it was asked."""

    port: int = 0
    body: bytes = b'{"keys": []}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    asked: int = 0
    manner: Manner | None = None

    @property
    def place(self) -> str:
        """What RINGFENCE_EGRESS_ALLOW must name."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address of the key set."""
        return f"http://{self.place}/jwks.json"

    def show(self, *names: str) -> None:
        """Shows the vector keys of these names."""
        self.say(jwks(*(jwk(name) for name in names)))

    def say(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Answers with these bytes from now on."""
        self.body, self.status, self.headers = body, status, headers
        self.manner = None


async def answers(server: Server, writer: asyncio.StreamWriter) -> None:
    """As a good server does."""
    head = {"Content-Type": "application/jwk-set+json", "Content-Length": str(len(server.body)), **server.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"HTTP/1.1 {server.status} X\r\n{lines}Connection: close\r\n\r\n".encode() + server.body)
    await writer.drain()


async def hangs_up(_server: Server, _writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""


async def stops_halfway(server: Server, writer: asyncio.StreamWriter) -> None:
    """Closes in the middle of its answer."""
    writer.write(f"HTTP/1.1 200 X\r\nContent-Length: {len(server.body)}\r\n\r\n".encode() + server.body[:9])
    await writer.drain()


async def is_silent(_server: Server, _writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.sleep(3600)


async def drips(server: Server, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for longer than anybody waits."""
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def is_endless(_server: Server, writer: asyncio.StreamWriter) -> None:
    """As many bytes as somebody takes."""
    writer.write(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def speaks_no_http(_server: Server, writer: asyncio.StreamWriter) -> None:
    """Another protocol."""
    writer.write(b"220 mail.northwind.example ESMTP\r\n")
    await writer.drain()


@asynccontextmanager
async def serve() -> AsyncIterator[Server]:
    """Gives a running server; it ends with the block."""
    state = Server()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        state.asked += 1
        await (state.manner or answers)(state, writer)

    async with listening(one) as state.port:
        yield state


@contextmanager
def in_thread() -> Iterator[Server]:
    """Gives a running server to a test that has no loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = serve()
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(10)
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
