"""Probes over HTTP and TLS: a header that is left out, or a server that speaks old TLS, turns them red."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ringfence.base.outbound import Outbound
from ringfence.evidence.caller import Caller, Reply
from ringfence.evidence.probes import Finding, Ground, Outcome, headers, transport
from ringfence.features.edge import asgi
from tests.evidence.ground import look, standing
from tests.house import make_kernel, serving
from tests.world import Stage

CIPHERS_OF_OLD = "ALL:@SECLEVEL=0"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


@asynccontextmanager
async def at_home(stage: Stage, data: Path) -> AsyncIterator[Ground]:
    """A ground whose public address is a server of this process."""
    async with standing(stage, data) as ground:
        keystore: Any = ground.keystore
        async with serving(make_kernel(ground.database, keystore)) as client:
            yield replace(ground, http=Caller(client.base_url, ground.http.outbound))


@pytest.mark.promise("CRY-04")
async def test_a_header_that_is_left_out_turns_the_probe_red(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with at_home(stage, tmp_path) as ground:
        assert (await look("http.headers", ground)).outcome is Outcome.OK
        monkeypatch.setattr(asgi, "_HEADERS", [pair for pair in asgi._HEADERS if b"nosniff" not in pair])
        found = await look("http.headers", ground)
        assert found.outcome is Outcome.FAILING
        assert "/healthz: without x-content-type-options: nosniff" in found.faults


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize(
    ("name", "value", "is_kept"),
    [
        ("strict-transport-security", "max-age=63072000; includeSubDomains", True),
        ("strict-transport-security", "max-age=60", False),
        ("strict-transport-security", "", False),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'", True),
        ("content-security-policy", "frame-ancestors 'none'; style-src 'unsafe-inline'", False),
        ("server", "uvicorn", False),
        ("cache-control", "public", False),
    ],
)
def test_a_weak_header_is_as_bad_as_none(name: str, value: str, is_kept: bool):
    good = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
        "request-id": "1",
        "strict-transport-security": "max-age=31536000",
    }
    assert headers.missing(Reply(200, good, b""), is_tls=True) == []
    assert (headers.missing(Reply(200, {**good, name: value}, b""), is_tls=True) == []) is is_kept


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate of 127.0.0.1, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(autouse=True)
def _trusted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "certificate" in request.fixturenames:
        monkeypatch.setenv("SSL_CERT_FILE", str(request.getfixturevalue("certificate")))


async def looked(stage: Stage, data: Path, base_url: str) -> Finding:
    async with standing(stage, data, base_url=base_url) as ground:
        return await look("http.transport", ground)


@asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(PAGE)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.promise("CRY-04")
async def test_a_server_that_speaks_old_tls_turns_the_probe_red(stage: Stage, tmp_path: Path, certificate: Path):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with listening(context) as port:
        found = await looked(stage, tmp_path, f"https://127.0.0.1:{port}")
        assert (found.outcome, found.facts["version"]) == (Outcome.OK, "TLSv1.3")
    context.set_ciphers(CIPHERS_OF_OLD)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    async with listening(context) as port:
        found = await looked(stage, tmp_path, f"https://127.0.0.1:{port}")
        assert (found.outcome, found.faults) == (Outcome.FAILING, ("speaks TLSv1.1 when asked to",))


@pytest.mark.promise("CRY-04")
async def test_a_page_without_tls_turns_the_probe_red(stage: Stage, tmp_path: Path, certificate: Path):
    async with listening(None) as port:
        assert (await looked(stage, tmp_path, f"https://127.0.0.1:{port}")).outcome is Outcome.FAILING


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("http://127.0.0.1:8080", Outcome.OK),
        ("http://localhost:8080", Outcome.OK),
        ("http://ringfence.example", Outcome.FAILING),
        ("http://10.0.0.1", Outcome.FAILING),
    ],
)
async def test_only_what_stays_on_the_machine_may_go_without_tls(
    stage: Stage, tmp_path: Path, address: str, outcome: Outcome
):
    assert (await looked(stage, tmp_path, address)).outcome is outcome


@pytest.mark.promise("CRY-04")
async def test_the_address_of_callers_is_looked_at_and_not_the_one_behind_the_proxy(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path, base_url="http://127.0.0.1:8080") as ground:
        found = await look("http.transport", replace(ground, public_url="http://ringfence.example"))
        assert found.outcome is Outcome.FAILING


@pytest.mark.promise("CRY-04")
async def test_headers_are_those_of_https_where_callers_come_by_https(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as ground:
        found = await look("http.headers", replace(ground, public_url="https://ringfence.example"))
        assert "/healthz: without strict-transport-security of a year" in found.faults


@pytest.mark.promise("CRY-04")
async def test_a_machine_that_cannot_speak_old_tls_does_not_say_that_it_was_refused(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def incapable() -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_ciphers("ECDHE+AESGCM")  # none that TLS 1.1 has
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
        return context

    assert transport.can_say_hello(ssl.create_default_context())
    monkeypatch.setattr(transport, "_old", incapable)
    assert (await looked(stage, tmp_path, "https://127.0.0.1:9")).outcome is Outcome.UNKNOWN


async def test_the_caller_sends_what_it_is_told_and_reads_json(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as ground:
        assert (await ground.http.get("/api/v1/partner/settings", bearer="x")).status == 401
        assert (await ground.http.post("/api/v1/embed/auth", {"token": "x"})).status == 401
        assert (await ground.http.send("DELETE", "/api/v1/partner/organizations/x")).status == 404
        assert (await ground.http.send("PATCH", "/api/v1/partner/settings", {})).json() is not None
    assert isinstance(ground.http.outbound, Outbound)
