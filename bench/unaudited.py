"""`ringfence serve` without its audit log: what the log costs is measured against it.

For the bench alone: the product has no switch for its log. An entry is made and checked as always and not sent, no read
is counted and nothing sealed, so what differs is the rows and all that is done with them. Run as `python -m`.
"""

import asyncio
from typing import Any

from ringfence.cli.commands import main as command_line
from ringfence.controls import audit
from ringfence.controls.audit import Actor, Origin, Publisher, Reads, Sealer
from ringfence.controls.tenancy import Bound, Database, Scope, Tx

_ENTRY = audit.entry(Actor.operator(), audit.Action.ACCESS_DENIED, origin=Origin.internal()).sql
_write, _pipeline = Database.write, Tx.pipeline


def _kept(bounds: tuple[Bound[Any], ...]) -> list[Bound[Any]]:
    return [bound for bound in bounds if bound.sql != _ENTRY]


def _aligned(bounds: tuple[Bound[Any], ...], results: list[list[Any]]) -> list[list[Any]]:
    found = iter(results)
    return [[] if bound.sql == _ENTRY else next(found) for bound in bounds]


async def _write_without(self: Database, scope: Scope, *bounds: Bound[Any]) -> list[list[Any]]:
    """The statements without entries."""
    kept = _kept(bounds)
    return _aligned(bounds, await _write(self, scope, *kept) if kept else [])


async def _pipeline_without(self: Tx, *bounds: Bound[Any]) -> list[list[Any]]:
    """Likewise."""
    kept = _kept(bounds)
    return _aligned(bounds, await _pipeline(self, *kept) if kept else [])


async def _rest(self: object) -> None:
    del self
    await asyncio.Event().wait()


def _note(self: Reads, *_: object, **__: object) -> None:
    del self


def main() -> None:
    """Runs the command line with these changes."""
    Database.write = _write_without
    Tx.pipeline = _pipeline_without
    Sealer.run = _rest
    Publisher.run = _rest
    Reads.note = _note
    command_line()


if __name__ == "__main__":
    main()
