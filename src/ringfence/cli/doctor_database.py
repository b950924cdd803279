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
from ringfence.base.problem import Problem
from ringfence.cli.deployment import OWNER_ROLE, Deployment, beside, schema_directory
from ringfence.cli.doctor_findings import Finding, good_or
from ringfence.controls import audit, datamap
from ringfence.controls.audit import Stall
from ringfence.controls.keystore import KeystoreRefusal
from ringfence.controls.objects import Ownership, Place, State
from ringfence.controls.tenancy import (
    DangerousRole,
    Database,
    NotProvisioned,
    PlatformScope,
    Statement,
    lints,
    refuse_dangerous,
    scalar,
)
from ringfence.evidence import history
from ringfence.evidence.probes import Outcome
from ringfence.settings import Settings

_SKEW: Final = timedelta(seconds=2)
_OLDEST: Final = 160_000
_PATIENCE_SECONDS: Final = 5.0


# What makes the database write people's words into its own log, where an erasure does not reach; and what keeps more
# than it needs of a statement that failed.
_LOUD: Final = {
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_parameter_max_length_on_error": "0",
}
_TALKATIVE: Final = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}


@dataclass(frozen=True, slots=True)
class _Setting:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _Server:
    version: int
    now: datetime
    is_encrypted: bool


_LOGINS = Statement(
    "select exists (select from pg_event_trigger where evtname = 'ringfence_login' and evtenabled in ('O', 'A'))",
    scalar,
)
_SERVER = Statement(
    "select current_setting('server_version_num')::int, clock_timestamp(),"
    " coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false)",
    _Server,
)
_LOGGED = Statement("select name, setting from pg_settings where name = any($1)", _Setting)


def findings(settings: Settings) -> Iterator[Finding]:
    """What the deployment says of itself, opened for the moment where it does not run."""
    try:
        with beside(settings, command="doctor") as deployment:
            yield from _keystore(deployment)
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


def _keystore(deployment: Deployment) -> Iterator[Finding]:
    """Where keys live, under which root key, and whether it answers: opening it has just asked, and this asks more."""
    began = clock.monotonic()
    try:
        status = deployment.keystore.status()
    except Problem as failure:
        yield Finding(
            "keystore", f"The keystore does not answer: {failure.cause}.", "docs/operating.md, Where keys live"
        )
        return
    seconds = clock.monotonic() - began
    yield Finding(
        "keystore",
        f"The {status.driver} keystore answers in {seconds * 1000:.0f} ms: {status.owners} owners, "
        f"{status.versions} keys, {status.destroyed} destroyed; root {status.root_source}, {status.root_fingerprint}.",
    )


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
        return [
            *await _store(deployment, database),
            *await _isolation(database),
            *await _server(database),
            *await _logs(database),
            *sealing_told(await audit.stalls.find(database)),
            *await _probes(database),
        ]
    finally:
        await database.close()


async def _store(deployment: Deployment, database: Database) -> list[Finding]:
    """Whether this deployment is the owner of its object store."""
    settings = deployment.settings
    place = Place.parse(settings.objects_url, default=settings.data / "objects", endpoint=settings.objects_endpoint)
    try:
        standing = await Ownership(database, place, host=audit.host_of(settings.audience)).look()
    except Problem as failure:
        return [Finding("store", f"The object store does not answer: {failure.cause}.", "docs/operating.md")]
    if standing.state is State.UNMARKED and settings.objects_url is None:
        return [Finding("store", "The object store becomes this deployment's with the first thing that is stored.")]
    return [
        good_or(
            "store",
            standing.state in {State.OURS, State.EMPTY},
            "The object store is this deployment's.",
            bad="The object store is not this deployment's: nothing is stored, sealed or published.",
            mend="ringfence store status, and what it says (docs/operating.md, Whose the store is)",
        )
    ]


async def _isolation(database: Database) -> list[Finding]:
    try:
        await refuse_dangerous(database)
    except DangerousRole as failure:
        return [Finding("role", "The database role is dangerous.", str(failure))]
    role = Finding("role", "The database role is bound by row security on every table.")
    faults = [*await lints.faults(database), *datamap.faults(await datamap.catalogue(database))]
    return [role, *(Finding(f"table_{fault.table}", f"{fault.table}: {fault.fault}", fault.mend) for fault in faults)]


async def _server(database: Database) -> list[Finding]:
    before = clock.now()
    server: _Server = (await database.read(PlatformScope(), _SERVER()))[0][0]
    # Half of the way there and back is nobody's skew.
    skew = abs(server.now - (before + (clock.now() - before) / 2))
    is_told: bool = (await database.read(PlatformScope(), _LOGINS()))[0][0]
    version = f"PostgreSQL {server.version // 10_000}.{server.version % 10_000}"
    return [
        Finding("logins", "Log-ins of privileged database roles are entries of the platform's log.")
        if is_told
        else Finding(
            "logins",
            "Log-ins of privileged database roles are not in the audit log: this database does not tell of them.",
            advice="It takes PostgreSQL 17 and a superuser's migration. Elsewhere keep the provider's own log of them.",
        ),
        good_or("postgres", server.version >= _OLDEST, version, bad=version, mend="Use PostgreSQL 16 or newer."),
        good_or(
            "clock",
            skew <= _SKEW,
            f"The clocks of this machine and of the database differ by {skew.total_seconds():.1f} s.",
            bad=f"The clocks of this machine and of the database differ by {skew.total_seconds():.0f} s.",
            mend="Set both by NTP: contexts and sessions expire by the one and are made by the other.",
        ),
    ]


async def _logs(database: Database) -> list[Finding]:
    """Whether the database's own log could keep what people wrote: a literal, a parameter, a value that was refused."""
    found: list[_Setting] = (await database.read(PlatformScope(), _LOGGED([*_LOUD, *_TALKATIVE])))[0]
    set_to = {one.name: one.value for one in found}
    loud, talkative = (
        {name: quiet for name, quiet in wanted.items() if set_to.get(name, quiet) != quiet}
        for wanted in (_LOUD, _TALKATIVE)
    )
    if loud:
        told = "The database's log may keep what people wrote, beyond any erasure: " + ", ".join(loud)
        return [
            Finding("statement_logs", f"{told}.", f"For the role ringfence_app, as administrator: {_quieter(loud)}")
        ]
    if talkative:
        told = "The database's log may keep ids and values of statements that fail."
        return [Finding("statement_logs", told, advice=f"For its role: {_quieter(talkative)}")]
    return [Finding("statement_logs", "The database's log keeps no statement, parameter or refused value.")]


def _quieter(settings: dict[str, str]) -> str:
    return ", ".join(f"{name} = {quiet}" for name, quiet in settings.items())


def sealing_told(stall: Stall) -> list[Finding]:
    """What the sealing of the audit log waits for: a transaction that somebody left open, anywhere in the cluster."""
    held = [
        Finding(
            "sealing",
            f"A prepared transaction is open for {timedelta(seconds=int(one.seconds or 0))}: nothing since is sealed.",
            f"In the database {one.database}, as administrator: rollback prepared {_quoted(one.name)}",
        )
        for one in stall.forgotten
    ]
    if held or not stall.lag.waiting:
        return held or [Finding("sealing", "No entry of the audit log waits for longer than a minute to be sealed.")]
    told = f"{stall.lag.waiting} entries of the audit log wait to be sealed, the oldest for {stall.lag.oldest:.0f} s."
    if stall.oldest is None:
        return [Finding("sealing", told, "Start the server, or look into its log for background_task_failed: sealing")]
    told += f" A session of the database {stall.oldest.database} holds them back."
    return [Finding("sealing", told, f"As administrator, once you know whose it is, end process {stall.oldest.name}")]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
