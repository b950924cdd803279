"""`ringfence deliveries`: what became of queued messages, and another try for one that was given up."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ringfence.base import clock, ids
from ringfence.cli.deployment import beside
from ringfence.controls import deliveries
from ringfence.controls.tenancy import Database
from ringfence.settings import Settings

T = TypeVar("T")
_HEADS = ("id", "scope", "kind", "status", "attempts", "error", "queued", "next")


def list_(*, status: str | None, most: int) -> None:
    """Prints a table, the newest first."""
    rows = _asked("deliveries_list", lambda database: deliveries.list_(database, status=status, most=most))
    if not rows:
        print("There is no message." if status is None else f"No message is {status}.")
        return
    lines = [_HEADS, *(_line(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADS))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def replay(delivery_id: str) -> int:
    """Queues it anew; gives 1 where no such message was given up."""
    wanted = ids.parse(delivery_id)
    if wanted is not None and _asked("deliveries_replay", lambda database: deliveries.replay(database, wanted)):
        print(f"Message {delivery_id} is queued again.")
        return 0
    print(
        "ringfence: no message with this id was given up: see ringfence deliveries list --status failed",
        file=sys.stderr,
    )
    return 1


def _line(row: deliveries.DeliveryRow) -> tuple[str, ...]:
    following = clock.rfc3339(row.next_at) if row.status == "queued" else ""
    error, queued = row.last_error or "", clock.rfc3339(row.created_at)
    return (str(row.id), row.scope, row.kind, row.status, str(row.attempts), error, queued, following)


def _asked(command: str, act: Callable[[Database], Awaitable[T]]) -> T:
    with beside(Settings(), command=command) as deployment:

        async def ask() -> T:
            database = Database(deployment.database_url, keys=deployment.context_key, size=1)
            try:
                return await act(database)
            finally:
                await database.close()

        return asyncio.run(ask())
