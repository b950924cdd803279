"""Probes how this deployment is reached: TLS 1.2 or newer, and no way around it. Keeps CRY-04.

Proved in tests/evidence/test_probes_http.py.
"""

import asyncio
import ssl
import warnings
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

_GOOD = frozenset({"TLSv1.2", "TLSv1.3"})
_TITLE = "The public address speaks TLS 1.2 or newer, and nothing else"
_PATIENCE_S = 5.0
_TLS_PORT, _PLAIN_PORT = 443, 80


async def _transport(ground: Ground) -> Finding:
    # Not where the probes ask: what an operator's own proxy does to callers is not seen from behind it.
    address = urlsplit(ground.public_url or ground.http.base_url)
    host = address.hostname or ""
    if address.scheme != "https":
        return _plain(host)
    if not can_say_hello(_old()):
        summary = "This machine cannot speak old TLS itself, so it cannot tell whether the public address would."
        return Finding(Outcome.UNKNOWN, summary, 0, control=True)
    port = address.port or _TLS_PORT
    version = await negotiated(host, port, _modern())
    old = await negotiated(host, port, _old())
    faults = [f"speaks {version}"] if version not in _GOOD else []
    faults += [f"speaks {old} when asked to"] if old else []
    plain = [port, _PLAIN_PORT] if port == _TLS_PORT else [port]
    faults += ["answers without TLS" for each in plain if await _answers_plainly(host, each)]
    return weighed(
        faults,
        well=f"The public address speaks {version}, refuses older versions, and answers nobody without TLS.",
        faulty="The public address can be reached in {} ways that are not TLS 1.2 or newer.",
        looked_at=3,
        control=version is not None,
        facts={"version": version or "none"},
    )


def _plain(host: str) -> Finding:
    if _is_this_machine(host):
        summary = "The public address is this machine's own: nothing leaves it, and TLS has nothing to protect."
        return Finding(Outcome.OK, summary, 1, control=True, facts={"version": "none, loopback alone"})
    summary = "The public address is not https."
    return Finding(Outcome.FAILING, summary, 1, control=True, facts={"version": "none"}, faults=(summary,))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def negotiated(host: str, port: int, context: ssl.SSLContext) -> str | None:
    """The version that server and context agree on; None when they agree on none. OSError when nobody answers."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except (ssl.SSLError, ConnectionResetError):
        return None
    try:
        found = writer.get_extra_info("ssl_object")
        return str(found.version()) if found is not None else None
    finally:
        writer.close()


def can_say_hello(context: ssl.SSLContext) -> bool:
    """Whether this machine's own library speaks any version of a context; else nobody could be seen to take one."""
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO()).do_handshake()
    except ssl.SSLWantReadError:
        return True
    except ssl.SSLError:
        return False
    return False


async def _answers_plainly(host: str, port: int) -> bool:
    """Whether a port gives what is asked for without TLS; a redirect or a refusal is fine."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            head = await reader.read(12)
            writer.close()
    except (OSError, TimeoutError):
        return False
    return head.startswith(b"HTTP/1.1 2")


def _modern() -> ssl.SSLContext:
    return ssl.create_default_context()


def _old() -> ssl.SSLContext:
    """A client that speaks TLS 1.1 at best, and would take any cipher of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Old versions are what it is about.
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


PROBES = (Probe("http.transport", ("CRY-04",), _TITLE, timedelta(minutes=15), _transport),)
