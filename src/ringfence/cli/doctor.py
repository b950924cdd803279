"""`ringfence doctor`: each missing or dangerous thing with its exact mend."""

import asyncio
import platform
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ringfence.base.postgres import PostgresError, find, pending
from ringfence.cli.deployment import OWNER_ROLE, Deployment, beside, schema_directory
from ringfence.controls.keystore import KeystoreRefusal
from ringfence.controls.tenancy import DangerousRole, Database, NotProvisioned, lints, refuse_dangerous
from ringfence.settings import Settings

_PRIVATE = 0o077


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at; `mend` is None where it is well."""

    what: str
    mend: str | None = None


def examine() -> int:
    """Prints every finding; gives 1 when something is to be mended."""
    settings = Settings()
    findings = [*_machine(settings), *_files(settings), *_running(settings)]
    for finding in findings:
        print(f"{'well' if finding.mend is None else 'MEND'}  {finding.what}")
        if finding.mend is not None:
            print(f"      {finding.mend}")
    return 1 if any(finding.mend for finding in findings) else 0


def _machine(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        f"Python {platform.python_version()}", None if sys.version_info >= (3, 11) else "Install Python 3.11 or newer."
    )
    if settings.database_url is None:
        try:
            binaries = find(settings.pg_bin)
            yield Finding(f"PostgreSQL {binaries.version} ({binaries.source})")
        except PostgresError as failure:
            yield Finding(failure.message, failure.mend)
    if settings.mode == "production" and not settings.audience.startswith("https:"):
        yield Finding(
            "The public address is not https.", "Set RINGFENCE_PUBLIC_URL to the https address of this deployment."
        )


def _files(settings: Settings) -> Iterator[Finding]:
    for name in ("root.key", "keystore", "demo.json", "app.password"):
        path: Path = settings.data / name
        if path.exists():
            is_open = stat.S_IMODE(path.stat().st_mode) & _PRIVATE
            yield Finding(f"Mode of {path}", f"chmod go-rwx {path}" if is_open else None)
    if settings.encryption_key is None and settings.mode == "production":
        yield Finding(
            "The root key lies in a file beside the data.",
            "Set ENCRYPTION_KEY from your secret store, so that a stolen disk opens nothing.",
        )


def _running(settings: Settings) -> Iterator[Finding]:
    try:
        with beside(settings) as deployment:
            yield from _database(deployment)
    except (PostgresError, KeystoreRefusal, NotProvisioned) as failure:
        yield Finding("The deployment does not open.", str(failure))


def _database(deployment: Deployment) -> Iterator[Finding]:
    try:
        faults = asyncio.run(_check(deployment))
        yield Finding("The database role is bound by row security on every table.")
        yield from (Finding(f"{fault.table}: {fault.fault}", fault.mend) for fault in faults)
    except DangerousRole as failure:
        yield Finding("The database role is dangerous.", str(failure))
    if deployment.server is not None:
        waiting = pending(deployment.server.superuser_dsn, schema_directory(), owner_role=OWNER_ROLE)
        yield Finding(f"{len(waiting)} migrations wait.", "ringfence migrate" if waiting else None)


async def _check(deployment: Deployment) -> list[lints.Fault]:
    database = Database(deployment.database_url, keys=deployment.context_key, size=1)
    try:
        await refuse_dangerous(database)
        return await lints.faults(database)
    finally:
        await database.close()
