"""The only way to the database: a transaction of a scope, or one round trip. Keeps TEN-02, TEN-04.

There is no ambient tenancy and no bypass: who holds an OrgTx works in that organization and nowhere else.

Proved in tests/promises/test_tenancy.py and tests/promises/test_partners_reach.py.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from ringfence.base import problem
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.tenancy.context import (
    ContextKey,
    OrgScope,
    PartnerScope,
    PlatformScope,
    Scope,
    acting_as,
    narrowed,
)
from ringfence.controls.tenancy.errors import ABORTED, DatabaseError, Disconnected, database_away
from ringfence.controls.tenancy.pool import Pool
from ringfence.controls.tenancy.provision import context_key
from ringfence.controls.tenancy.statement import Bound, Statement, scalar
from ringfence.controls.tenancy.wire import Command, Connection

T = TypeVar("T")
_SET = "select set_config('ringfence.ctx', $1, true)"
_SET_READ = "select set_config('ringfence.ctx', $1, true), set_config('transaction_read_only', 'on', true)"
_NEWEST_KID = Statement("select ctx.newest_kid()", scalar)
_OWNS = Statement("select org_id from app.directory where org_id = $1", scalar)


class _Turn:
    """Who may speak on a transaction's connection: one Tx at a time, and nobody once the transaction is over.

    NOTE: without it, a Tx that outlives its block would speak on a connection that the pool has lent to somebody else.
    """

    holder: "Tx | None" = None


class Tx:
    """An open transaction of one scope. BEGIN and the context travel with its first statement."""

    def __init__(
        self, connection: Connection, keys: ContextKey, scope: Scope, *, preamble: list[Command], turn: _Turn
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._scope: Scope = scope
        self._preamble = preamble
        self._turn = turn
        turn.holder = self

    async def pipeline(self, *bounds: Bound[Any]) -> list[list[Any]]:
        """The rows of each statement, all sent in one round trip; the first failure ends the transaction."""
        if self._turn.holder is not self:
            raise RuntimeError("this transaction was narrowed or is over")
        skipped = len(self._preamble)
        commands = [*self._preamble, *((bound.sql, bound.params) for bound in bounds)]
        self._preamble = []
        results = await self._connection.exchange(commands)
        return [self._connection.rows(result, bound) for result, bound in zip(results[skipped:], bounds, strict=True)]

    async def fetch(self, bound: Bound[T]) -> list[T]:
        """All rows."""
        return (await self.pipeline(bound))[0]

    async def find(self, bound: Bound[T]) -> T | None:
        """The first row, or None."""
        rows = await self.fetch(bound)
        return rows[0] if rows else None

    async def get(self, bound: Bound[T]) -> T:
        """The first row; raises the 404 that unknown and out of reach share."""
        rows = await self.fetch(bound)
        if not rows:
            raise problem.not_found()
        return rows[0]

    async def run(self, *bounds: Bound[Any]) -> None:
        """Runs statements whose answers do not matter."""
        await self.pipeline(*bounds)

    async def undo(self) -> None:
        """Rolls everything back and ends the transaction, whoever it was handed to: it holds no lock any more."""
        if self._turn.holder is None:
            raise RuntimeError("this transaction is over")
        self._turn.holder = None
        if not self._connection.is_idle:
            await self._connection.exchange([("rollback", ())])


class OrgTx(Tx):
    """A transaction inside one organization."""

    @property
    def scope(self) -> OrgScope:
        """Whose organization this is."""
        assert isinstance(self._scope, OrgScope)  # noqa: S101 - the constructor of the scope's own type
        return self._scope

    def as_user(self, user_id: UserId, role: Role) -> "OrgTx":
        """The same transaction seen as one of the organization's users; this object is over."""
        scope = acting_as(self.scope, user_id, role)
        preamble = [*self._preamble, (_SET, (self._keys.sign(scope),))]
        return OrgTx(self._connection, self._keys, scope, preamble=preamble, turn=self._turn)


class PlatformTx(Tx):
    """A transaction over what belongs to no tenant."""


class PartnerTx(Tx):
    """A transaction over one partner's own rows."""

    @property
    def scope(self) -> PartnerScope:
        """Whose rows these are."""
        assert isinstance(self._scope, PartnerScope)  # noqa: S101 - the constructor of the scope's own type
        return self._scope

    @asynccontextmanager
    async def narrow(self, org_id: OrgId) -> AsyncGenerator[OrgTx]:
        """The same transaction inside one of the partner's organizations; its own view returns with the block's end.

        Raises the 404 of an unknown organization when the directory does not hold it for this partner. Who holds the
        OrgTx cannot climb: only the block of the PartnerTx's own holder ends it.
        """
        await self.get(_OWNS(org_id))
        scope = narrowed(self.scope, org_id)
        context = [(_SET, (self._keys.sign(scope),))]
        try:
            yield OrgTx(self._connection, self._keys, scope, preamble=context, turn=self._turn)
        finally:
            self._turn.holder = self
            self._preamble = [(_SET, (self._keys.sign(self._scope),))]


class Database:
    """Opens transactions; held by the composition root and handed to what needs it."""

    def __init__(self, url: str, *, keys: ContextKey, size: int) -> None:
        self._pool = Pool(url, size)
        self.connections = size
        """How many there are at most."""
        self._keys = keys
        self._url = url

    async def follow_context_key(self, root: bytes) -> None:
        """Signs with the newest context key from now on; called periodically, so that a rotation needs no restart."""
        kid = (await self.read(PlatformScope(), _NEWEST_KID()))[0][0]
        if kid is not None and kid != self._keys.kid:
            self._keys = context_key(root, str(kid))

    def apart(self) -> tuple[str, ContextKey]:
        """Where and with which key: for `attempts`, which speaks raw SQL on a connection of its own."""
        return self._url, self._keys

    async def close(self) -> None:
        """Closes the pool."""
        await self._pool.close()

    @asynccontextmanager
    async def org(self, scope: OrgScope) -> AsyncGenerator[OrgTx]:
        """A transaction in an organization: committed at the end, rolled back by any exception."""
        async with self._begin(scope) as (connection, preamble, turn):
            yield OrgTx(connection, self._keys, scope, preamble=preamble, turn=turn)

    @asynccontextmanager
    async def partner(self, scope: PartnerScope) -> AsyncGenerator[PartnerTx]:
        """A transaction over a partner's rows, which may narrow to one of its organizations."""
        async with self._begin(scope) as (connection, preamble, turn):
            yield PartnerTx(connection, self._keys, scope, preamble=preamble, turn=turn)

    @asynccontextmanager
    async def platform(self) -> AsyncGenerator[PlatformTx]:
        """A transaction over what belongs to no tenant."""
        async with self._begin(PlatformScope()) as (connection, preamble, turn):
            yield PlatformTx(connection, self._keys, PlatformScope(), preamble=preamble, turn=turn)

    async def read(self, scope: Scope, *bounds: Bound[Any]) -> list[list[Any]]:
        """The rows of each statement: one round trip, one read-only transaction."""
        return await self._once(_SET_READ, scope, bounds)

    async def read_first(self, scope: Scope, *bounds: Bound[Any]) -> list[list[Any]]:
        """As `read`, before all who wait for a connection: for that without which they would be refused anyway."""
        return await self._once(_SET_READ, scope, bounds, is_first=True)

    async def write(self, scope: Scope, *bounds: Bound[Any]) -> list[list[Any]]:
        """The same with writes: one round trip, one commit, or nothing at all."""
        return await self._once(_SET, scope, bounds)

    async def _once(
        self, setting: str, scope: Scope, bounds: tuple[Bound[Any], ...], *, is_first: bool = False
    ) -> list[list[Any]]:
        commands: list[Command] = [(setting, (self._keys.sign(scope),))]
        commands.extend((bound.sql, bound.params) for bound in bounds)
        connection = await self._pool.take(is_first=is_first)
        try:
            results = await connection.exchange(commands)
            return [connection.rows(result, bound) for result, bound in zip(results[1:], bounds, strict=True)]
        except Disconnected:
            raise database_away() from None
        finally:
            self._pool.give(connection)

    @asynccontextmanager
    async def _begin(self, scope: Scope) -> AsyncGenerator[tuple[Connection, list[Command], _Turn]]:
        turn = _Turn()
        async with self._pool.lend() as connection:
            try:
                yield connection, [("begin", ()), (_SET, (self._keys.sign(scope),))], turn
                if connection.has_failed:
                    # COMMIT would answer ROLLBACK without an error: who swallowed the failure would believe in it.
                    raise DatabaseError(ABORTED)
                if not connection.is_idle:
                    await connection.exchange([("commit", ())])
            except Disconnected:
                raise database_away() from None
            finally:
                turn.holder = None
