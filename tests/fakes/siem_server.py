"""A customer's systems on loopback: a receiver of webhooks, and one of syslog over TLS with authorities of its own.

  async with siem_server.webhooks() as hooks: hooks.url, hooks.place, hooks.requests, hooks.answers (statuses to come)
  async with siem_server.syslog(papers) as logs: logs.place, logs.messages, logs.connections
  papers = siem_server.Papers.issue()   an authority, and a certificate of it for 127.0.0.1

Paths of the receiver: /silent never answers, /redirect answers 307 to /elsewhere, /endless answers without end.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
import re
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.fakes.listening import listening


@dataclass
class Hook:
    """One webhook as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        return self.json["data"]["events"]

    def is_signed_by(self, secret: str) -> bool:
        """As a receiver checks it, written from the specification alone."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        versions = [part.split(",", 1) for part in self.headers["webhook-signature"].split()]
        return any(version == "v1" and hmac.compare_digest(value, wanted) for version, value in versions)


@dataclass
class Hooks:
    """What a receiver got; `answers` are its next statuses, and while `hold` is set it waits."""

    port: int = 0
    requests: list[Hook] = field(default_factory=list[Hook])
    answers: list[int] = field(default_factory=list[int])
    retry_after: str | None = None
    most_bytes: int = 10_000_000
    hold: asyncio.Event | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hooks"

    def of(self, path: str) -> list[Hook]:
        return [hook for hook in self.requests if hook.path == path]


@asynccontextmanager
async def webhooks() -> AsyncIterator[Hooks]:
    """Gives a running receiver."""
    state = Hooks()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _receive(state, reader, writer)

    async with listening(one) as state.port:
        yield state


async def _receive(state: Hooks, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path = first.split(" ")[1]
    state.requests.append(Hook(path, headers, body))
    state.came.set()
    if state.hold is not None:
        await state.hold.wait()
    if path == "/silent":
        await asyncio.sleep(3600)
    if path == "/endless":
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
    status = 413 if len(body) > state.most_bytes else state.answers.pop(0) if state.answers else 204
    more = f"Retry-After: {state.retry_after}\r\n" if state.retry_after else ""
    if path == "/redirect":
        status, more = 307, "Location: /elsewhere\r\n"
    writer.write(f"HTTP/1.1 {status} Said\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


@dataclass(frozen=True)
class Papers:
    """An authority's certificate in PEM, and the context of a server that it vouches for."""

    ca_pem: str
    server: ssl.SSLContext

    @classmethod
    def issue(cls, name: str = "127.0.0.1", *, days: int = 1) -> "Papers":
        """For a server of this name; `days` below zero make papers that have run out."""
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rose's authority")])
        ca = _certificate(ca_name, ca_name, ca_key, ca_key, names=None, days=1)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = _certificate(ca_name, subject, ca_key, key, names=name, days=days)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as both:
            Path(both.name).write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
            context.load_cert_chain(both.name)
        return cls(ca.public_bytes(serialization.Encoding.PEM).decode(), context)


def _certificate(
    issuer: x509.Name,
    subject: x509.Name,
    signing: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    *,
    names: str | None,
    days: int,
) -> x509.Certificate:
    now, is_ca = datetime.now(UTC), names is None
    begins = now - timedelta(days=30)
    usage = x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if names is not None:
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(names))
        except ValueError:
            alternative = x509.DNSName(names)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return builder.sign(signing, hashes.SHA256())


MESSAGE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\S+) (?P<host>\S+) (?P<app>\S+) (?P<proc>\S+) (?P<msgid>\S+) "
    r"\[(?P<id>[^ \]]+)(?P<params>(?: [^ =\"]+=\"(?:[^\"\\\]]|\\[\"\\\]])*\")*)\] (?P<text>.*)",
    re.DOTALL,
)
PARAMETER = re.compile(r" ([^ =\"]+)=\"((?:[^\"\\\]]|\\[\"\\\]])*)\"")


@dataclass(frozen=True)
class Message:
    """One syslog message, read as RFC 5424 has it."""

    pri: int
    host: str
    msgid: str
    sd_id: str
    parameters: dict[str, str]
    event: Any

    @classmethod
    def parse(cls, raw: bytes) -> "Message":
        found = MESSAGE.fullmatch(raw.decode("ascii"))
        assert found is not None, raw
        datetime.fromisoformat(found["at"])
        parameters = {name: re.sub(r"\\(.)", r"\1", value) for name, value in PARAMETER.findall(found["params"])}
        return cls(int(found["pri"]), found["host"], found["msgid"], found["id"], parameters, json.loads(found["text"]))


@dataclass
class Logs:
    """What a receiver of syslog got."""

    port: int = 0
    messages: list[Message] = field(default_factory=list[Message])
    connections: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def syslog(papers: Papers, port: int = 0) -> AsyncIterator[Logs]:
    """Gives a running receiver of octet-counted frames (RFC 5425)."""
    state = Logs()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                length = int(await reader.readuntil(b" "))
                state.messages.append(Message.parse(await reader.readexactly(length)))
        writer.close()
        with suppress(ssl.SSLError):
            await writer.wait_closed()

    async with listening(one, port, papers=papers.server) as state.port:
        yield state
