"""Mail leaves by the operator's server: encrypted, to one that proves its name, and every refusal has its code."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ringfence.base import clock, ids, mail
from ringfence.base.crypto import Secret
from ringfence.base.mail import BadMailServer, MailServer, Tls
from ringfence.controls.deliveries import FilePost, Letter, MailSettings, SmtpPost, Undelivered, post_of

LETTER = Letter("rose@example.com", "Hello", "there\n.\nagain")


@dataclass
class Mailbox:
    """Takes mail, or answers what a test wants it to answer at a step."""

    at_rcpt: str | None = None
    at_data: str | None = None
    on_data: Callable[[Any], Any] | None = None
    got: list[tuple[str, list[str], bytes, bool]] = field(default_factory=list[tuple[str, list[str], bytes, bool]])

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.at_rcpt is None:
            envelope.rcpt_tos.append(address)
        return self.at_rcpt or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        if self.on_data is not None:
            await self.on_data(server)
        if self.at_data is None:
            self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None))
        return self.at_data or "250 OK"


def certificate(directory: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate of its own for a name, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, both = directory / f"{name}.pem", directory / f"{name}.both.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(public.read_bytes() + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return public, context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, ssl.SSLContext]]:
    directory = tmp_path_factory.mktemp("certificates")
    return {name: certificate(directory, name) for name in ("127.0.0.1", "mail.example.com")}


@pytest.fixture
def trusted(certificates: dict[str, tuple[Path, ssl.SSLContext]], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context that this machine's authorities vouch for."""
    public, context = certificates["127.0.0.1"]
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    return context


def knows_alice(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, data: Any) -> AuthResult:
    is_alice = isinstance(data, LoginPassword) and (data.login, data.password) == (b"alice", b"pass/word")
    return AuthResult(success=is_alice, handled=False)


@asynccontextmanager
async def mail_server(
    box: Mailbox, context: ssl.SSLContext | None = None, *, tls: Tls = Tls.NONE, **more: Any
) -> AsyncIterator[MailServer]:
    """A real server in this very loop, and how it is reached."""
    starttls = context if tls is Tls.STARTTLS else None
    made = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, tls_context=starttls, require_starttls=starttls is not None, hostname="mail", **more),
        "127.0.0.1",
        0,
        ssl=context if tls is Tls.IMPLICIT else None,
    )
    try:
        yield MailServer("127.0.0.1", made.sockets[0].getsockname()[1], tls)
    finally:
        made.close()
        await asyncio.sleep(0.05)  # Its connections end on the next turns of the loop.


def post(server: MailServer) -> SmtpPost:
    return SmtpPost(server, sender="ringfence@example.com", alerts_to="ops@example.com")


async def refused(server: MailServer) -> tuple[str, bool]:
    with pytest.raises(Undelivered) as failed:
        await post(server).deliver(ids.new(), LETTER)
    return failed.value.code, failed.value.is_final


@pytest.mark.promise("HOK-02", "CRY-04")
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
async def test_a_message_arrives_encrypted_with_its_id(trusted: ssl.SSLContext, tls: Tls):
    box, delivery_id = Mailbox(), ids.new()
    async with mail_server(box, trusted, tls=tls) as server:
        await post(server).deliver(delivery_id, LETTER)
        await post(server).deliver(ids.new(), Letter(None, "An alert", "x"))
    (sender, recipients, raw, _), (_, alerted, _, _) = box.got
    assert (sender, recipients, alerted) == ("ringfence@example.com", ["rose@example.com"], ["ops@example.com"])
    assert f"Message-ID: <{delivery_id}@example.com>".encode() in raw
    assert b"there\r\n.\r\nagain" in raw
    assert tls is Tls.IMPLICIT or box.got[0][3]


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize("name", ["127.0.0.1", "mail.example.com"])
async def test_a_server_that_does_not_prove_its_name_gets_nothing(
    certificates: dict[str, tuple[Path, ssl.SSLContext]], monkeypatch: pytest.MonkeyPatch, tls: Tls, name: str
):
    if name == "mail.example.com":  # vouched for, and another's
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates[name][0]))
    box = Mailbox()
    async with mail_server(box, certificates[name][1], tls=tls) as server:
        assert await refused(server) == ("untrusted_certificate", False)
    assert box.got == []


@pytest.mark.promise("CRY-04")
async def test_a_server_without_starttls_gets_nothing():
    box = Mailbox()
    async with mail_server(box) as server:
        assert await refused(MailServer("127.0.0.1", server.port, Tls.STARTTLS)) == ("not_supported", False)
        await post(server).deliver(ids.new(), LETTER)  # the control: it takes mail where none is asked for
    assert len(box.got) == 1


async def test_tls_with_what_speaks_none_fails_by_name():
    async with mail_server(Mailbox()) as server:
        assert await refused(MailServer("127.0.0.1", server.port, Tls.IMPLICIT)) == ("tls_failed", False)


async def test_the_server_is_told_who_we_are(trusted: ssl.SSLContext):
    box = Mailbox()
    async with mail_server(box, trusted, tls=Tls.STARTTLS, authenticator=knows_alice, auth_required=True) as server:
        alice = MailServer(server.host, server.port, server.tls, "alice", Secret(b"pass/word"))
        await post(alice).deliver(ids.new(), LETTER)
        mallory = MailServer(server.host, server.port, server.tls, "alice", Secret(b"wrong"))
        assert await refused(mallory) == ("log_in_refused", False)
        assert await refused(server) == ("smtp_530", False)
    assert len(box.got) == 1


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Mailbox(at_rcpt="450 busy"), ("smtp_450", False)),
        (Mailbox(at_rcpt="550 nobody here"), ("smtp_550", True)),
        (Mailbox(at_data="451 later"), ("smtp_451", False)),
        (Mailbox(at_data="554 spam"), ("smtp_554", True)),
    ],
)
async def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(box: Mailbox, expected: tuple[str, bool]):
    async with mail_server(box) as server:
        assert await refused(server) == expected


async def test_a_server_that_hangs_up_in_the_middle_is_tried_again():
    async def hang_up(server: Any) -> None:
        server.transport.abort()

    async with mail_server(Mailbox(on_data=hang_up)) as server:
        assert await refused(server) == ("disconnected", False)


async def test_a_server_that_says_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail, "_STEP_S", 0.2)
    told = asyncio.Event()

    async def wait(_server: Any) -> None:
        await told.wait()

    async with mail_server(Mailbox(on_data=wait)) as server:
        assert await refused(server) == ("timeout", False)
        told.set()


async def test_a_server_that_is_away_or_speaks_something_else_is_tried_again():
    async def chatter(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    assert (await refused(MailServer("127.0.0.1", port, Tls.NONE)))[1] is False
    other.close()
    assert await refused(MailServer("127.0.0.1", port, Tls.NONE)) == ("unreachable", False)


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, Tls.STARTTLS, None)),
        ("smtps://mail.example.com", ("mail.example.com", 465, Tls.IMPLICIT, None)),
        ("smtp://alice:p%2Fw@mail.example.com:2525", ("mail.example.com", 2525, Tls.STARTTLS, "alice")),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, Tls.NONE, None)),
        ("smtp://[::1]", ("::1", 25, Tls.NONE, None)),
        ("smtp://localhost", ("localhost", 25, Tls.NONE, None)),
        ("smtp://10.0.0.1", ("10.0.0.1", 587, Tls.STARTTLS, None)),
    ],
)
def test_only_this_machine_is_reached_without_tls(url: str, expected: tuple[object, ...]):
    server = MailServer.parse(url)
    assert (server.host, server.port, server.tls, server.user) == expected
    assert server.password is None or server.password.reveal() == b"p/w"
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:25",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=none",
        "smtp://alice@mail.example.com",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com:x",
    ],
)
def test_an_address_that_is_none_is_refused_with_its_mend(url: str):
    with pytest.raises(BadMailServer):
        MailServer.parse(url)


def test_the_settings_choose_the_post_and_say_what_is_missing(tmp_path: Path):
    whole = {"smtp_url": "smtp://mail.example.com", "sender": "rf@example.com", "alerts_to": "ops@example.com"}
    assert isinstance(post_of(MailSettings(), directory=tmp_path), FilePost)
    assert isinstance(post_of(MailSettings(**whole), directory=tmp_path), SmtpPost)
    for name in ("sender", "alerts_to"):
        for value in (None, "a@example.com, b@example.com", ""):
            with pytest.raises(BadMailServer, match="RINGFENCE_"):
                post_of(MailSettings(**{**whole, name: value}), directory=tmp_path)
