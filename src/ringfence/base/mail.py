"""Gives the one door to the operator's mail server: one message, one connection, TLS unless it is this machine.

NOTE: only for the server that stands in the operator's settings. The certificate is verified against the system's
authorities (SSL_CERT_FILE names others). aiosmtplib is imported on first use: most processes never send mail.
"""

import asyncio
import ipaddress
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from ringfence.base.crypto import Secret

_STEP_S = 15.0
_QUIT_S = 2.0
_PERMANENT = range(500, 600)


class BadMailServer(Exception):  # noqa: N818 - what it names is the setting
    """The address of the mail server is none; the message says how one looks."""


class Tls(StrEnum):
    """How a connection is secured."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


class MailError(Exception):
    """Says that a message was not taken; `code` is ours, `is_final` where another try would change nothing."""

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's server, and whom it knows us as."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: Secret | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Reads `smtp[s]://user:password@host:port`; without TLS to this very machine alone. BadMailServer."""
        parts = urlsplit(url)
        port = _port(parts)
        is_plain = parts.scheme in {"smtp", "smtps"} and parts.path in {"", "/"} and not parts.query
        if not is_plain or not parts.hostname or (parts.username is None) is not (parts.password is None):
            raise BadMailServer("A mail server looks like smtp://user:password@host:587, or smtps:// with port 465.")
        tls = Tls.IMPLICIT if parts.scheme == "smtps" else Tls.NONE if is_here(parts.hostname) else Tls.STARTTLS
        usual = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587, Tls.NONE: 25}[tls]
        user = unquote(parts.username) if parts.username else None
        password = Secret(unquote(parts.password or "").encode()) if user else None
        return cls(parts.hostname, port or usual, tls, user, password)


def is_here(host: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def send(server: MailServer, message: bytes, *, sender: str, recipient: str) -> None:
    """Gives one message to the server; raises MailError. Both addresses were checked by whoever made the message."""
    import aiosmtplib  # noqa: PLC0415 - see the module's docstring

    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls is Tls.IMPLICIT,
        start_tls=server.tls is Tls.STARTTLS,
        tls_context=None if server.tls is Tls.NONE else await asyncio.to_thread(ssl.create_default_context),
        # Its default asks the DNS for our own name, and waits.
        local_hostname=sender.rpartition("@")[2],
        timeout=_STEP_S,
    )
    try:
        await client.connect()
        if server.user is not None and server.password is not None:
            await client.login(server.user, server.password.reveal().decode())
        await client.sendmail(sender, [recipient], message)
        # The message is taken; how the server says goodbye changes nothing about that.
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=_QUIT_S)
    except (aiosmtplib.SMTPException, OSError) as failure:
        raise _named(failure) from failure
    finally:
        client.close()


def _named(failure: Exception) -> MailError:
    """What went wrong, as a code: what a server says is not written down."""
    import aiosmtplib  # noqa: PLC0415 - as above

    if (trust := _of_tls(failure)) is not None:
        return MailError("untrusted_certificate" if isinstance(trust, ssl.SSLCertVerificationError) else "tls_failed")
    match failure:
        case aiosmtplib.SMTPRecipientsRefused():
            return _answered(failure.recipients[0].code, may_be_final=True)
        case aiosmtplib.SMTPDataError():
            return _answered(failure.code, may_be_final=True)
        case aiosmtplib.SMTPAuthenticationError():
            return MailError("log_in_refused")
        case aiosmtplib.SMTPResponseException():
            # The server refuses us, or our sender: the operator's to mend, and no fault of this message.
            return _answered(failure.code, may_be_final=False)
        case TimeoutError():
            return MailError("timeout")
        case aiosmtplib.SMTPServerDisconnected():
            return MailError("disconnected")
        case OSError():
            return MailError("unreachable")
        case _:
            # No STARTTLS, no way to log in, or an answer that is no mail server's.
            return MailError("not_supported")


def _answered(code: int, *, may_be_final: bool) -> MailError:
    return MailError(f"smtp_{code}", is_final=may_be_final and code in _PERMANENT)


def _of_tls(failure: BaseException | None) -> ssl.SSLError | None:
    while failure is not None:
        if isinstance(failure, ssl.SSLError):
            return failure
        failure = failure.__cause__ or failure.__context__
    return None


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise BadMailServer("The port of the mail server is no number up to 65535.") from None
