"""Idempotency-Key: the same key with the same request gives the same answer for 24 hours. Keeps EMB-08 (in part).

The record is written in the transaction of the act itself, so there is no moment in which one exists without the other.
What was asked is kept as a keyed hash: whoever reads the table cannot try out guesses of a secret or a message.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from starlette.responses import Response

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret, hmac_sha256, length_prefixed
from ringfence.base.principal import Principal
from ringfence.base.problem import Problem, conflict, unprocessable
from ringfence.controls.keystore import ServerKey
from ringfence.controls.tenancy import Statement, Tx, nothing, scalar
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge.call import Call

_KEPT = timedelta(hours=24)
_KEYED = b"\x01"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act answers. One that shows a secret is never stored: its replay is 409 `already_done` with the id."""

    status: int
    body: bytes = b""
    subject_id: UUID | None = None
    shows_secret: bool = False
    media_type: str = "application/json"

    def response(self) -> Response:
        """The answer on the wire."""
        if not self.body:
            return Response(status_code=self.status)
        return Response(self.body, status_code=self.status, media_type=self.media_type)


@dataclass(frozen=True, slots=True)
class Stored:
    """An earlier answer under the same key."""

    id: UUID
    request_hash: bytes
    status: int
    answer: bytes | None
    subject_id: UUID | None


_LOCK = Statement("select pg_try_advisory_xact_lock($1::text::bigint)", scalar)
_FIND = Statement(
    "select id, request_hash, status, answer, subject_id from app.idempotency "
    "where key_hash = $1 and expires_at > now()",
    Stored,
)
_KEEP = Statement(
    "insert into app.idempotency (id, key_hash, request_hash, status, answer, subject_id, expires_at) "
    "values ($1, $2, $3, $4, $5, $6, $7) on conflict (scope_id, key_hash) do update set id = excluded.id, "
    "request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer, "
    "subject_id = excluded.subject_id, expires_at = excluded.expires_at",
    nothing,
)


SealedFor = Callable[[UUID], KeyOwner]
"""Whose key seals an answer, by its `subject_id`: what tells about somebody must go with that one's own key."""


async def once(
    call: Call,
    tx: Tx,
    caller: Principal,
    act: Callable[[], Awaitable[Answer]],
    *,
    sealed_for: SealedFor | None = None,
) -> Response:
    """Acts, or gives the answer that the same key had before; called first in a transaction of the caller.

    An answer is sealed under the caller's key, unless `sealed_for` says whose it is.
    """
    if call.idempotency_key is None:
        return (await act()).response()
    record = await claim(call, tx, caller)
    if record.earlier is not None:
        return replay(call, caller, record.earlier, sealed_for=sealed_for).response()
    done = await act()
    await keep(call, tx, caller, record, done, sealed_for=sealed_for)
    return done.response()


@dataclass(frozen=True, slots=True)
class Claim:
    """The request's place in the record: its hashes, and the earlier answer where there is one."""

    key_hash: bytes
    request_hash: bytes
    earlier: Stored | None


async def claim(call: Call, tx: Tx, caller: Principal, *, meant: bytes | None = None) -> Claim:
    """Takes the key for this transaction; raises 409 while another holds it, 422 when the request differs.

    `meant` is what makes two requests the same, where more stands in a body than is meant by it.
    """
    key_hash = _digest(str(caller.user_id or caller.partner_id), call.idempotency_key or "")
    body = await call.request.body() if meant is None else meant
    asked = _Asked(call.request.method, call.request.url.path, body)
    request_hash = asked.keyed(call.kernel.keystore.server_key(ServerKey.REQUEST_HASH))
    lock = int.from_bytes(key_hash[:8], signed=True)
    locked, earlier = await tx.pipeline(_LOCK(str(lock)), _FIND(key_hash))
    if not locked[0]:
        raise conflict("idempotency_in_progress", "A request with this Idempotency-Key is under way. Try again.")
    if earlier and earlier[0].request_hash not in {request_hash, asked.plain}:
        raise unprocessable("idempotency_mismatch", "This Idempotency-Key was used for another request.")
    return Claim(key_hash, request_hash, earlier[0] if earlier else None)


def replay(call: Call, caller: Principal, earlier: Stored, *, sealed_for: SealedFor | None = None) -> Answer:
    """The stored answer; raises 409 `already_done` where it showed a secret once, 404 where its subject was erased."""
    if earlier.answer is None:
        raise Problem(
            409,
            "already_done",
            f"This was done before and its secret is shown once only. Its id is {earlier.subject_id}.",
        )
    body = call.kernel.vault.open(
        _owner(caller, earlier.subject_id, sealed_for), fields.IDEMPOTENCY_ANSWER, earlier.id, earlier.answer
    )
    return Answer(earlier.status, body, earlier.subject_id)


async def keep(  # noqa: PLR0913 - the request, its place, its answer and whose that is
    call: Call, tx: Tx, caller: Principal, record: Claim, done: Answer, *, sealed_for: SealedFor | None = None
) -> None:
    """Stores the answer, sealed; without its body when that shows a secret."""
    row_id = ids.new()
    sealed = None
    if not done.shows_secret:
        owner = _owner(caller, done.subject_id, sealed_for)
        sealed = call.kernel.vault.seal(owner, fields.IDEMPOTENCY_ANSWER, row_id, done.body)
    expires_at = clock.now() + _KEPT
    await tx.run(_KEEP(row_id, record.key_hash, record.request_hash, done.status, sealed, done.subject_id, expires_at))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What makes two requests the same."""

    method: str
    path: str
    body: bytes

    def keyed(self, key: Secret) -> bytes:
        """A version byte and the HMAC-SHA-256."""
        said = length_prefixed(self.method.encode(), self.path.encode(), self.body)
        return _KEYED + hmac_sha256(key.reveal(), said)

    @property
    def plain(self) -> bytes:
        """As the release before 0018 kept it, for 24 hours: its 32 bytes are no keyed hash, which has 33."""
        return _digest(self.method, self.path, self.body.hex())


def _owner(caller: Principal, subject_id: UUID | None, sealed_for: SealedFor | None) -> KeyOwner:
    if sealed_for is not None and subject_id is not None:
        return sealed_for(subject_id)
    if caller.org_id is not None and caller.user_id is not None:
        return KeyOwner.user(caller.org_id, caller.user_id)
    return KeyOwner.partner(caller.partner_id)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(b"".join(len(p.encode()).to_bytes(4) + p.encode() for p in parts)).digest()
