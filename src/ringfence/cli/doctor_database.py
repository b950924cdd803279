"""What the running deployment says: its role, its tables, its schema, its clock, and whether it answers over TLS."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ringfence.base import clock
from ringfence.base.postgres import PostgresError, pending
from ringfence.cli.deployment import OWNER_ROLE, Deployment, beside, schema_directory
from ringfence.cli.doctor_findings import Finding, good_or
from ringfence.controls.keystore import KeystoreRefusal
from ringfence.controls.tenancy import (
    DangerousRole,
    Database,
    NotProvisioned,
    PlatformScope,
    Statement,
    lints,
    refuse_dangerous,
)
from ringfence.evidence import history
from ringfence.evidence.probes import Outcome
from ringfence.settings import Settings

_SKEW: Final = timedelta(seconds=2)
_OLDEST: Final = 160_000
_PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Server:
    version: int
    now: datetime
    is_encrypted: bool


_SERVER = Statement(
    "select current_setting('server_version_num')::int, clock_timestamp(),"
    " coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false)",
    _Server,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """What the deployment says of itself, opened for the moment where it does not run."""
    try:
        with beside(settings) as deployment:
            yield from asyncio.run(_asked(deployment))
            if deployment.server is not None:
                waiting = pending(deployment.server.superuser_dsn, schema_directory(), owner_role=OWNER_ROLE)
                yield good_or(
                    "migrations",
                    not waiting,
                    "No migration waits.",
                    bad=f"{len(waiting)} migrations wait.",
                    mend="ringfence migrate",
                )
    except (PostgresError, KeystoreRefusal, NotProvisioned) as failure:
        yield Finding("deployment", "The deployment does not open.", str(failure))


def tls(settings: Settings) -> Iterator[Finding]:
    """Whether the public address answers with a certificate that a browser takes."""
    parts = urlsplit(settings.audience)
    if parts.scheme != "https" or parts.hostname is None:
        return
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), _PATIENCE_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secured,
        ):
            yield Finding("tls", f"The public address answers over {secured.version()}.")
    except ssl.SSLError as failure:
        mend = "Give your proxy a certificate for this name, with its whole chain."
        yield Finding("tls", f"A browser would not take the certificate: {failure.reason}.", mend)
    except OSError as failure:
        mend = (
            f"From this machine {parts.hostname} cannot be reached: check name, port and proxy, or run this elsewhere."
        )
        yield Finding("tls", f"The public address does not answer: {failure.strerror or failure}.", mend)


async def _asked(deployment: Deployment) -> list[Finding]:
    database = Database(deployment.database_url, keys=deployment.context_key, size=1)
    try:
        return [*await _isolation(database), *await _server(database), *await _probes(database)]
    finally:
        await database.close()


async def _isolation(database: Database) -> list[Finding]:
    try:
        await refuse_dangerous(database)
    except DangerousRole as failure:
        return [Finding("role", "The database role is dangerous.", str(failure))]
    role = Finding("role", "The database role is bound by row security on every table.")
    faults = await lints.faults(database)
    return [role, *(Finding(f"table_{fault.table}", f"{fault.table}: {fault.fault}", fault.mend) for fault in faults)]


async def _server(database: Database) -> list[Finding]:
    before = clock.now()
    server: _Server = (await database.read(PlatformScope(), _SERVER()))[0][0]
    # Half of the way there and back is nobody's skew.
    skew = abs(server.now - (before + (clock.now() - before) / 2))
    version = f"PostgreSQL {server.version // 10_000}.{server.version % 10_000}"
    return [
        good_or("postgres", server.version >= _OLDEST, version, bad=version, mend="Use PostgreSQL 16 or newer."),
        good_or(
            "clock",
            skew <= _SKEW,
            f"The clocks of this machine and of the database differ by {skew.total_seconds():.1f} s.",
            bad=f"The clocks of this machine and of the database differ by {skew.total_seconds():.0f} s.",
            mend="Set both by NTP: contexts and sessions expire by the one and are made by the other.",
        ),
    ]


async def _probes(database: Database) -> list[Finding]:
    """Whether what the running deployment says of itself is well."""
    states = await history.states(database)
    red = sorted(name for name, state in states.items() if state.outcome is Outcome.FAILING)
    if not states:
        return [
            Finding("probes", "No probe has looked yet.", advice="Start the server; the first round takes a minute.")
        ]
    return [
        good_or(
            "probes",
            not red,
            f"{len(states)} probes looked, none is failing.",
            bad=f"Probes are failing: {', '.join(red)}.",
            mend=f"ringfence probe {red[0] if red else ''}, and what it says",
        )
    ]
