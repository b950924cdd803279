"""The sealed columns of the database, as places whose values are sealed anew under an owner's newest keys.

The statements are the database's own (0017_key_rotation.sql) and know every sealed column by its comment; here stands
what a record is bound to. Keeps CRY-02. Proved in tests/controls/test_rotations.py, which holds the list against the
schema.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final
from uuid import UUID

from ringfence.base import log
from ringfence.controls import audit
from ringfence.controls.keystore import Destroyed, KeyOwner
from ringfence.controls.tenancy import (
    Bound,
    OrgScope,
    PartnerScope,
    PlatformScope,
    Scope,
    Statement,
    gate,
    scalar,
)
from ringfence.controls.vault import fields
from ringfence.controls.vault.fields import Field
from ringfence.controls.vault.record import Tampered
from ringfence.controls.vault.reseal import Reseal, Step, Turn


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: its primary key as text, its id where it has one, and the value that is to be sealed anew."""

    key: str
    id: UUID | None
    value: bytes | None


RowId = Callable[[Row], bytes]
_COUNT = Statement("select app.sealed_count($1)", scalar)
_PAGE = Statement("select key, id, value from app.sealed_page($1, $2, $3, $4)", Row)
_RESEAL = Statement("select app.reseal($1, $2, $3, $4)", scalar)


def _by_id(row: Row) -> bytes:
    return b"" if row.id is None else row.id.bytes


def _by_last_key(row: Row) -> bytes:
    return UUID(row.key.split(" ")[-1]).bytes


def _by_parent_and_seq(row: Row) -> bytes:
    _org, parent, seq = row.key.split(" ")
    return UUID(parent).bytes + int(seq).to_bytes(4)


@final
class Column:
    """Keeps the Reseal protocol for one sealed column."""

    def __init__(
        self,
        name: str,
        field: Field,
        *within: type[Scope],
        row_id: RowId = _by_id,
        is_audited: bool = False,
    ) -> None:
        self.name = name
        self.field = field
        self._within = within
        self._row_id = row_id
        self._is_audited = is_audited

    async def count(self, turn: Turn) -> int:
        """The rows of its table in this scope."""
        if not isinstance(turn.scope, self._within):
            return 0
        return (await turn.database.read(turn.scope, _COUNT(self.name)))[0][0]

    async def step(self, turn: Turn, after: str | None) -> Step:
        """Reads the next rows in the order of their primary key, and exchanges what an older key sealed."""
        if not isinstance(turn.scope, self._within):
            return Step(None, 0)
        asked = _PAGE(self.name, after, list(turn.leaves), turn.most)
        rows = (await turn.database.read(turn.scope, asked))[0]
        await turn.keystore.warm(*{owner for row in rows if row.value and (owner := turn.owner_of(row.value))})
        made, damaged = await asyncio.to_thread(self._resealed, turn, rows)
        changed = await self._exchange(turn, made) if made else 0
        after = rows[-1].key if len(rows) == turn.most else None
        return Step(after, len(rows), changed, missed=len(made) - changed, damaged=damaged)

    def _resealed(self, turn: Turn, rows: Sequence[Row]) -> tuple[list[tuple[str, bytes, bytes]], int]:
        made: list[tuple[str, bytes, bytes]] = []
        damaged = 0
        for row in rows:
            owner = turn.owner_of(row.value) if row.value is not None else None
            if row.value is None or owner is None:
                continue
            try:
                made.append((row.key, row.value, turn.vault.reseal(owner, self.field, self._row_id(row), row.value)))
            except Tampered as refused:
                log.error("reseal_refused", table=refused.table, row_id=refused.row_id)
                damaged += 1
            except Destroyed:
                continue  # The owner was erased meanwhile, and its rows go with it.
        return made, damaged

    async def _exchange(self, turn: Turn, made: Sequence[tuple[str, bytes, bytes]]) -> int:
        keys, befores, becomes = (list(column) for column in zip(*made, strict=True))
        exchanged = _RESEAL(self.name, keys, befores, becomes)
        entries = [turn.entry(audit.Action.KEY_RESEALED, count=len(made))] if self._is_audited else []
        return (await turn.database.write(turn.scope, exchanged, *entries))[0][0]


@final
class Secrets:
    """Keeps the Reseal protocol for organizations' secrets, whose values the server's own role cannot read.

    The database gives those of an older key to a rotation alone, each with its entry.
    """

    name = "app.secret.value"
    field = fields.SECRET_VALUE

    async def count(self, turn: Turn) -> int:
        """Nothing is told but what is sealed anew."""
        del turn
        return 0

    async def step(self, turn: Turn, after: str | None) -> Step:
        """Takes the organization's next secrets that are under another key than its newest, and exchanges them."""
        del after
        if not isinstance(turn.scope, OrgScope):
            return Step(None, 0)
        owner = KeyOwner.organization(turn.scope.org_id)
        if owner not in turn.leaves.values():
            return Step(None, 0)
        await turn.keystore.warm(owner)
        resealed = damaged = 0
        newest = turn.vault.newest_key_id(owner)
        async with turn.database.org(turn.scope) as tx:
            found = await tx.fetch(gate.secrets_to_reseal(newest, most=turn.most, holder=turn.holder))
            exchanged: list[Bound[int]] = []
            for one in found:
                try:
                    becomes = turn.vault.reseal(owner, self.field, one.id, one.value)
                except Tampered as refused:
                    log.error("reseal_refused", table=refused.table, row_id=refused.row_id)
                    damaged += 1
                else:
                    exchanged.append(gate.reseal_secret(one.id, one.value, becomes))
            for changed in await tx.pipeline(*exchanged) if exchanged else []:
                resealed += changed[0]
        return Step(None, len(found), resealed, missed=len(exchanged) - resealed, damaged=damaged)


COLUMNS: Final[tuple[Column, ...]] = (
    Column("app.organization.name", fields.ORGANIZATION_NAME, OrgScope, row_id=_by_last_key, is_audited=True),
    Column("app.app_user.subject", fields.APP_USER_SUBJECT, OrgScope, is_audited=True),
    Column("app.app_user.address", fields.APP_USER_ADDRESS, OrgScope, is_audited=True),
    Column("app.app_user.name", fields.APP_USER_NAME, OrgScope, is_audited=True),
    Column("app.app_user.email", fields.APP_USER_EMAIL, OrgScope, is_audited=True),
    Column("app.message.text", fields.MESSAGE_TEXT, OrgScope),
    Column("app.message.citations", fields.MESSAGE_CITATIONS, OrgScope),
    Column("app.run_event.payload", fields.RUN_EVENT_PAYLOAD, OrgScope, row_id=_by_parent_and_seq),
    Column("app.approval.details", fields.APPROVAL_DETAILS, OrgScope),
    Column("app.file.name", fields.FILE_NAME, OrgScope),
    Column("app.file_chunk.passage", fields.FILE_CHUNK_PASSAGE, OrgScope, row_id=_by_parent_and_seq),
    Column("app.vector_segment.vectors", fields.VECTOR_SEGMENT, OrgScope),
    Column("app.idempotency.answer", fields.IDEMPOTENCY_ANSWER, OrgScope, PartnerScope, PlatformScope),
    Column("app.delivery.payload", fields.DELIVERY_PAYLOAD, OrgScope, PartnerScope, PlatformScope),
    Column("app.audit_stream.target", fields.AUDIT_STREAM_TARGET, OrgScope, PartnerScope, is_audited=True),
    Column("app.audit_stream.secret", fields.AUDIT_STREAM_SECRET, OrgScope, PartnerScope, is_audited=True),
    Column("app.partner.name", fields.PARTNER_NAME, PartnerScope, row_id=_by_last_key, is_audited=True),
    Column(
        "app.partner.security_contact",
        fields.PARTNER_SETTINGS_CONTACT,
        PartnerScope,
        row_id=_by_last_key,
        is_audited=True,
    ),
    Column("app.agent_version.instructions", fields.AGENT_VERSION_INSTRUCTIONS, PartnerScope),
    Column("app.agent_version.tools", fields.AGENT_VERSION_TOOLS, PartnerScope),
    Column("app.signing_secret.secret", fields.SIGNING_SECRET, PartnerScope, row_id=_by_last_key),
)
PLACES: Final[tuple[Reseal, ...]] = (*COLUMNS, Secrets())
