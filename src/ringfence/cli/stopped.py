"""`ringfence audit stopped` and `resume`: logs that are published no more, and their way on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ringfence.assembly import make_kernel
from ringfence.base.problem import not_found
from ringfence.cli.deployment import Deployment, beside, parts_of
from ringfence.controls.audit import Log, Resuming, Stopped
from ringfence.controls.tenancy import Database
from ringfence.settings import Settings

T = TypeVar("T")


def list_() -> int:
    """Prints each, with what there is to do; 1 where there is one."""
    with beside(Settings(), command="audit_stopped") as deployment:
        found = asyncio.run(_with(deployment, lambda resuming: resuming.stopped()))
    print("\n".join(map(told, found)) or "No log was stopped.")
    return 1 if found else 0


def resume(name: str, *, index: int) -> int:
    """Lets one go on."""
    log = _log(name)
    with beside(Settings(), command="audit_resume") as deployment:
        found = asyncio.run(_with(deployment, lambda resuming: resuming.resume(log, index=index)))
    print(f"{found.log.name} was stopped ({found.why}), and goes on at index {index}.")
    return 0


def told(one: Stopped) -> str:
    """A stopped log for a person."""
    head = f"{one.log.name}  stopped: {one.why}; sealed here {one.size}, signed {one.goes_on_at}"
    if one.contradiction is not None:
        return f"{head}\n  It cannot go on: {one.contradiction}."
    return f"{head}\n  Nothing contradicts it any more: ringfence audit resume {one.log.name} --index {one.goes_on_at}"


def _log(name: str) -> Log:
    try:
        return Log.instance() if name == Log.instance().name else Log.parse(name)
    except ValueError:
        raise not_found() from None


async def _with(deployment: Deployment, act: Callable[[Resuming], Awaitable[T]]) -> T:
    database = Database(deployment.database_url, keys=deployment.context_key, size=2)
    try:
        kernel = make_kernel(parts_of(deployment), database)
        return await act(Resuming(database, kernel.publisher.recovery))
    finally:
        await database.close()
