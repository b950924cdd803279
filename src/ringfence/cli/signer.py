"""`ringfence audit rotate-signer` and `replace-signer`: another key for the checkpoints, beside running servers."""

import asyncio
from collections.abc import Awaitable, Callable

from ringfence.assembly import make_kernel
from ringfence.cli.deployment import Deployment, beside, parts_of
from ringfence.controls import audit
from ringfence.controls.audit import Action, Publisher
from ringfence.controls.tenancy import Database, PlatformScope
from ringfence.settings import Settings


def rotate() -> None:
    """Makes the key, enters that into the platform's log, and prints it as verifiers are configured with it."""

    async def act(publisher: Publisher) -> str:
        return (await publisher.pen.signers.rotate()).line

    with beside(Settings(), command="audit_rotate_signer") as deployment:
        line = asyncio.run(_entered(deployment, Action.AUDIT_SIGNER_ROTATED, act))
    print(line)
    print("Every process signs with it within five seconds. The key before it announces it in every export.")


def replace(lost: str) -> None:
    """Lets another key sign in the place of a lost one, and says so where customers and their verifiers see it."""

    async def act(publisher: Publisher) -> str:
        return (await publisher.announcements.replace(lost)).line

    with beside(Settings(), command="audit_replace_signer") as deployment:
        line = asyncio.run(_entered(deployment, Action.AUDIT_SIGNER_REPLACED, act))
    print(line)
    print("Tell your customers this key yourself: no earlier key announces it, and every export says so.")


async def _entered(deployment: Deployment, action: Action, act: Callable[[Publisher], Awaitable[str]]) -> str:
    database = Database(deployment.database_url, keys=deployment.context_key, size=2)
    try:
        line = await act(make_kernel(parts_of(deployment), database).publisher)
        told = audit.entry(audit.Actor.operator(), action, origin=audit.Origin.internal())
        await database.write(PlatformScope(), told)
        return line
    finally:
        await database.close()
