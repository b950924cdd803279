"""Streams: set up, paused and resumed, given another secret, tried out, taken away; each act with its entry.

Keeps AUD-05. Everything is done in the partner's transaction, narrowed to the organization where it is that one's log.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId, Principal
from ringfence.base.problem import conflict, not_found
from ringfence.controls import audit
from ringfence.controls.access import Permission
from ringfence.controls.audit import Action, Log
from ringfence.controls.signatures import WebhookSecret
from ringfence.controls.streams import Opened, Secrets, Stream, Unsent, rows, seal_secrets, seal_target, try_out
from ringfence.controls.tenancy import Bound, OrgTx, PartnerScope, PartnerTx
from ringfence.controls.vault import KeyOwner
from ringfence.features.audit_streams import queries
from ringfence.features.audit_streams.bodies import (
    AuditStreamChange,
    AuditStreamNew,
    AuditStreamOut,
    AuditStreamShown,
    SecretRotation,
    Tried,
)
from ringfence.features.audit_streams.model import carrier_of, members, shown, target_of
from ringfence.features.edge import Answer, Call, json_of

MOST: Final = 10
"""Streams of one log."""
LogTx = OrgTx | PartnerTx


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what happens to streams of which log: the partner's own, where no organization is named."""

    call: Call
    caller: Principal
    org_id: OrgId | None

    @property
    def log(self) -> Log:
        """The log."""
        return Log.partner(self.caller.partner_id) if self.org_id is None else Log.organization(self.org_id)

    @property
    def key_owner(self) -> KeyOwner:
        """Under whose key lies what tells where a stream goes."""
        return KeyOwner.partner(self.caller.partner_id) if self.org_id is None else KeyOwner.organization(self.org_id)

    @asynccontextmanager
    async def within(self, tx: PartnerTx) -> AsyncGenerator[LogTx]:
        """The partner's transaction in the scope of the log; Problem 404 for an organization out of reach."""
        if self.org_id is None:
            yield tx
            return
        async with tx.narrow(self.org_id) as org_tx:
            yield org_tx

    def partner(self) -> AbstractAsyncContextManager[PartnerTx]:
        """A transaction of the partner."""
        return self.call.kernel.database.partner(PartnerScope(self.caller.partner_id))

    def entry(self, action: Action, row_id: UUID, kind: str, *, failed: str | None = None) -> Bound[None]:
        """The entry of an act on a stream; `failed` is the code of why it came to nothing."""
        return audit.entry(
            self.caller,
            action,
            target=row_id,
            outcome="success" if failed is None else "failure",
            reason=failed,
            permission=Permission.AUDIT_STREAMS_WRITE,
            origin=self.call.origin,
            within=self.log.id,
            kind=kind,
        )


async def create(asked: Asked, tx: PartnerTx, new: AuditStreamNew) -> Answer:
    """The stream, with the secret of its signatures; Problem 404, 409 `too_many_audit_streams`, 422."""
    target = target_of(new, named=asked.call.kernel.egress_named)
    secrets = _first_secrets(new)
    await tx.get(queries.HOLD_PARTNER() if asked.org_id is None else queries.HOLD_ORGANIZATION(asked.org_id))
    async with asked.within(tx) as log_tx:
        if await log_tx.get(rows.COUNT()) >= MOST:
            raise conflict("too_many_audit_streams", f"A log has at most {MOST} streams.")
        stream_id, scope, vault = ids.new(), asked.log.reader, asked.call.kernel.vault
        sealed = None if secrets is None else seal_secrets(vault, scope, stream_id, secrets)
        form = (new.form or "standard") if new.kind == "webhook" else None
        size = await log_tx.get(rows.SIZE())
        begins = (
            0 if new.kind.startswith("checkpoint") else min(size, size if new.from_index is None else new.from_index)
        )
        await log_tx.run(
            rows.ADD(stream_id, new.kind, form, seal_target(vault, scope, stream_id, target), sealed),
            rows.ADD_WORK(stream_id, begins),
            asked.entry(Action.AUDIT_STREAM_CREATED, stream_id, new.kind),
        )
        row = await log_tx.get(rows.STREAM(stream_id))
    return _shown(asked.log, Opened(row, target, secrets), 201)


async def change(asked: Asked, tx: PartnerTx, stream_id: UUID, wanted: AuditStreamChange) -> Answer:
    """The stream as it is now; Problem 404."""
    async with asked.within(tx) as log_tx:
        kind, _secret = await log_tx.get(rows.HOLD(stream_id))
        before = await log_tx.get(rows.STREAM(stream_id))
        if before.status != wanted.status:
            is_pause = wanted.status == "paused"
            action = Action.AUDIT_STREAM_PAUSED if is_pause else Action.AUDIT_STREAM_RESUMED
            await log_tx.run(
                rows.PAUSE(stream_id) if is_pause else rows.RESUME(stream_id),
                rows.HURRY(stream_id),
                asked.entry(action, stream_id, kind),
            )
        row = await log_tx.get(rows.STREAM(stream_id))
    return Answer(200, json_of(await out(asked, row)), stream_id)


async def rotate(asked: Asked, tx: PartnerTx, stream_id: UUID, rotation: SecretRotation) -> Answer:
    """The stream with its new secret; the old one signs beside it for the overlap. Problem 404, 409 `no_secret`."""
    async with asked.within(tx) as log_tx:
        kind, _sealed = await log_tx.get(rows.HOLD(stream_id))
        row = await log_tx.get(rows.STREAM(stream_id))
        opened = await _opened(asked, row)
        if opened.secrets is None:
            raise conflict("no_secret", f"A stream of kind {kind} is not signed.")
        until = clock.now() + timedelta(seconds=rotation.overlap_seconds)
        secrets = msgspec.structs.replace(
            opened.secrets,
            current=WebhookSecret.generate().reveal(),
            former=opened.secrets.current,
            former_until=until,
        )
        await log_tx.run(
            rows.ROTATE(stream_id, seal_secrets(asked.call.kernel.vault, asked.log.reader, stream_id, secrets)),
            asked.entry(Action.AUDIT_STREAM_SECRET_ROTATED, stream_id, kind),
        )
        row = await log_tx.get(rows.STREAM(stream_id))
    return _shown(asked.log, Opened(row, opened.target, secrets), 200)


async def delete(asked: Asked, tx: PartnerTx, stream_id: UUID) -> Answer:
    """Nothing: what is on its way may still arrive, and nothing after that. Problem 404."""
    async with asked.within(tx) as log_tx:
        kind: str = await log_tx.get(rows.DELETE(stream_id))
        await log_tx.run(asked.entry(Action.AUDIT_STREAM_DELETED, stream_id, kind))
    return Answer(204, subject_id=stream_id)


async def send_test(asked: Asked, stream_id: UUID) -> tuple[Stream, Bound[None] | str | None]:
    """Sends a test outside of any transaction: it may take seconds. Gives what is to be queued, or why it failed."""
    kernel = asked.call.kernel
    await kernel.limits.check("stream_tests", asked.caller.partner_id)
    async with asked.partner() as tx, asked.within(tx) as log_tx:
        row = await log_tx.get(rows.STREAM(stream_id))
    try:
        return row, await try_out(carrier_of(kernel), kernel.outbox, asked.log, row)
    except Unsent as failure:
        return row, failure.code


async def tested(asked: Asked, tx: PartnerTx, row: Stream, became: Bound[None] | str | None) -> Answer:
    """What became of the test, and its entry."""
    error = became if isinstance(became, str) else None
    entry = asked.entry(Action.AUDIT_STREAM_TESTED, row.id, row.kind, failed=error)
    async with asked.within(tx) as log_tx:
        if not await log_tx.fetch(rows.HOLD(row.id)):
            raise not_found()
        await log_tx.run(*([became] if isinstance(became, Bound) else []), rows.HURRY(row.id), entry)
    return Answer(200, json_of(Tried(delivered=error is None, error=error)), row.id)


async def out(asked: Asked, row: Stream) -> AuditStreamOut:
    """The stream without its secrets; Problem 503 where its key is away."""
    return shown(asked.log, await _opened(asked, row))


async def _opened(asked: Asked, row: Stream) -> Opened:
    return await carrier_of(asked.call.kernel).opened(asked.log, row)


def _shown(log: Log, opened: Opened, status: int) -> Answer:
    secret = None if opened.secrets is None else opened.secrets.current
    has_authorization = opened.secrets is not None and opened.secrets.authorization is not None
    body = AuditStreamShown(
        **members(log, opened.row, opened.target), has_authorization=has_authorization, secret=secret
    )
    return Answer(status, json_of(body), opened.row.id, shows_secret=secret is not None)


def _first_secrets(new: AuditStreamNew) -> Secrets | None:
    if new.kind not in {"webhook", "checkpoint_webhook"}:
        return None
    authorization = None if new.authorization is None else new.authorization.get_secret_value()
    return Secrets(WebhookSecret.generate().reveal(), authorization=authorization)
