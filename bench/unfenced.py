"""`ringfence serve` whose reads of an organization go past row security: what isolation costs is measured against it.

For the bench alone, on a role that bypasses row security and that the product refuses. Run as `python -m`.
"""

from typing import Any

from ringfence import assembly
from ringfence.controls.tenancy import Bound, Database, OrgScope, Scope
from ringfence.controls.tenancy.errors import Disconnected, database_away


async def _accept(_database: Database) -> None:
    """Takes any role."""


_fenced = Database.read


async def _read(self: Database, scope: Scope, *bounds: Bound[Any]) -> list[list[Any]]:
    """The statements alone: no context, nothing signed; everything else as the product does it."""
    if not isinstance(scope, OrgScope):
        return await _fenced(self, scope, *bounds)
    connection = await self._pool.take()
    try:
        results = await connection.exchange([(bound.sql, bound.params) for bound in bounds])
        return [connection.rows(result, bound) for result, bound in zip(results, bounds, strict=True)]
    except Disconnected:
        raise database_away() from None
    finally:
        self._pool.give(connection)


def main() -> None:
    """Runs the command line with both changes."""
    assembly.refuse_dangerous = _accept
    Database.read = _read
    from ringfence.cli import main as command_line  # noqa: PLC0415 - after the changes

    command_line()


if __name__ == "__main__":
    main()
