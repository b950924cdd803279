"""`ringfence store`: whose the object store is, and making this deployment its owner."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ringfence.assembly import make_kernel
from ringfence.cli.deployment import Deployment, beside, parts_of
from ringfence.controls.objects import Ownership, Standing, State
from ringfence.controls.tenancy import Database
from ringfence.features.edge import Kernel
from ringfence.settings import Settings

T = TypeVar("T")
_TOLD: Final = {
    State.OURS: "The object store is this deployment's.",
    State.EMPTY: "The object store is empty: the first process that starts makes it this deployment's.",
    State.UNMARKED: "Something lies in the object store, and nobody says whose it is.",
    State.ANOTHERS: "The object store is another database's: this deployment reads from it, and changes nothing there.",
}
_WARNING: Final = (
    "Is this the deployment that the store belongs to, and is its former database gone for good? Then:\n"
    "  ringfence store claim --held-by {holder}\n"
    "A rehearsal, a test of a backup, a copy of any kind: give it a store of its own instead (RINGFENCE_OBJECTS_URL)."
)


def status() -> int:
    """Prints whose it is; 1 where this deployment has no right to change it."""
    with beside(Settings(), command="store_status") as deployment:
        standing = asyncio.run(_with(deployment, lambda _kernel, owner: owner.look()))
    print(told(standing))
    return 0 if standing.state in {State.OURS, State.EMPTY} else 1


def claim(held_by: str | None) -> int:
    """Makes this deployment the owner in the place of the one named, and compares every log with what lies there."""

    async def take(kernel: Kernel, owner: Ownership) -> Standing:
        standing = await owner.look()
        if held_by is None or standing.state is State.OURS:
            return standing
        print("Waiting until the owner before has let go ...", file=sys.stderr)
        await owner.claim(held_by)
        print("Comparing every log with the store ...", file=sys.stderr)
        await kernel.publisher.recovery.check()
        return await owner.look()

    with beside(Settings(), command="store_claim") as deployment:
        standing = asyncio.run(_with(deployment, take))
    print(told(standing))
    return 0 if standing.state is State.OURS else 1


def told(standing: Standing) -> str:
    """The state for a person, with what there is to do."""
    lines = [_TOLD[standing.state]]
    if (owner := standing.owner) is not None:
        lines.append(f"owner     {owner.claim}\naddress   {owner.host}\ndatabase  {owner.cluster}")
    if standing.state in {State.UNMARKED, State.ANOTHERS}:
        lines.append(_WARNING.format(holder=standing.holder))
    # What lies in a store is untrusted: nothing of it may steer a terminal.
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in "\n".join(lines))


async def _with(deployment: Deployment, act: Callable[[Kernel, Ownership], Awaitable[T]]) -> T:
    database = Database(deployment.database_url, keys=deployment.context_key, size=4)
    try:
        kernel = make_kernel(parts_of(deployment), database)
        if kernel.ownership is None:
            raise RuntimeError("every process has an owner's handle")
        return await act(kernel, kernel.ownership)
    finally:
        await database.close()
