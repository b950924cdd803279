"""`ringfence audit export`: any log of the deployment as a file, the platform's own among them. Keeps TEN-10.

Who takes a log away is named in it, as for everybody else. Proved in tests/promises/test_audit_operator.py.
"""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from ringfence.assembly import make_kernel
from ringfence.base import ids
from ringfence.base.principal import PartnerId
from ringfence.base.problem import not_found
from ringfence.cli.deployment import beside, parts_of
from ringfence.controls import audit
from ringfence.controls.audit import Log
from ringfence.controls.tenancy import Database
from ringfence.features import audit_log
from ringfence.features.audit_log import Filter, Form
from ringfence.features.edge import Kernel
from ringfence.settings import Settings

_PLATFORM = "platform"


def take(name: str, *, partner: str | None, form: Form, from_index: int, output: Path | None) -> None:
    """Writes the export to a file that only its owner reads, or to standard output. Problem 404, 422, 503."""
    log, partner_id = _log(name), None if partner is None else PartnerId(_id(partner))
    with beside(Settings(), command="audit_export") as deployment:

        async def run() -> None:
            database = Database(deployment.database_url, keys=deployment.context_key, size=2)
            try:
                kernel = make_kernel(parts_of(deployment), database)
                await written(kernel, log, partner_id, form=form, from_index=from_index, output=output)
            finally:
                await database.close()

        asyncio.run(run())


async def written(  # noqa: PLR0913 - what is taken, and where to
    kernel: Kernel, log: Log, partner_id: PartnerId | None, *, form: Form, from_index: int, output: Path | None
) -> None:
    """Enters who takes the log, then writes it. Problem 404 for one that is none, 422 and 503 as the API has them."""
    reading = await audit_log.by_operator(kernel, log, partner_id)
    chunks = await audit_log.chunks(kernel, reading, Filter(), form, from_index=from_index)
    told = audit_log.exported(reading, form, audit.Origin.internal(), from_index=from_index)
    await kernel.database.write(reading.scope, told)
    with _opened(output) as file:
        async for chunk in chunks:
            file.write(chunk)


@contextmanager
def _opened(output: Path | None) -> Generator[BinaryIO]:
    """Where the bytes go. A file has its name at once and its content when all of it is there: a part looks whole."""
    if output is None:
        # The descriptor of standard output stays open behind the file that is closed here.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as file:
            yield file
        return
    part = output.with_name(f"{output.name}.{ids.new().hex[-12:]}.part")
    _new(output).close()
    try:
        with _new(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except BaseException:
        part.unlink(missing_ok=True)
        output.unlink(missing_ok=True)
        raise


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _log(name: str) -> Log:
    try:
        return Log.platform() if name == _PLATFORM else Log.parse(name)
    except ValueError:
        raise not_found() from None


def _id(text: str) -> UUID:
    found = ids.parse(text)
    if found is None:
        raise not_found()
    return found
