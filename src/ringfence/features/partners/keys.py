"""API keys of a partner: made, rotated, revoked. A key is shown once and kept as a keyed hash alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from uuid import UUID

from ringfence.base import clock
from ringfence.base.principal import KeyId, Principal
from ringfence.base.problem import conflict, forbidden, unprocessable
from ringfence.controls import access, audit
from ringfence.controls.coordination import Kind
from ringfence.controls.identity import ApiKeyKind, cut_off
from ringfence.controls.tenancy import PartnerTx
from ringfence.features.edge import Answer, Call, json_of
from ringfence.features.partners import queries
from ringfence.features.partners.model import ApiKeyNew, ApiKeyOut, ApiKeyRotation, ApiKeyShown
from ringfence.features.partners.queries import ApiKeyRow


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key may do, from where and until when."""

    name: str
    scopes: list[str]
    address_ranges: list[str]
    expires_at: datetime | None
    kind: ApiKeyKind


async def add_api_key(call: Call, tx: PartnerTx, caller: Principal, new: ApiKeyNew) -> Answer:
    """The new key, shown once; 403 where it could do more than its maker, 422 for an expiry that has passed."""
    if new.expires_at is not None and new.expires_at <= clock.now():
        raise unprocessable("invalid_expiry", "expires_at must lie in the future.")
    asked = None if new.scopes is None else access.parse(new.scopes)
    scopes = sorted(scope.value for scope in access.narrow(caller, asked))
    terms = Terms(new.name, scopes, list(new.address_ranges), new.expires_at, ApiKeyKind(new.kind))
    shown = await _make(call, tx, caller, await _within_maker(tx, caller, terms))
    created = audit.Action.API_KEY_CREATED
    await tx.run(audit.entry(caller, created, target=shown.id, origin=call.origin, scope_count=len(scopes)))
    return Answer(201, json_of(shown), shown.id, shows_secret=True)


async def rotate_api_key(
    call: Call, tx: PartnerTx, caller: Principal, key_id: KeyId, rotation: ApiKeyRotation
) -> Answer:
    """A successor on the same terms, shown once; the old key goes on for the overlap.

    403 where the key may do more than the caller; 409 `key_over` for a revoked, expired or rotated one.
    """
    old = await tx.get(queries.API_KEY_TO_ROTATE(key_id))
    now = clock.now()
    if old.revoked_at is not None or old.successor_id is not None or (old.expires_at and old.expires_at <= now):
        raise conflict("key_over", "This key was revoked, has expired or has a successor already.")
    access.narrow(caller, access.parse(old.scopes))
    life = None if old.expires_at is None else now + (old.expires_at - old.created_at)
    terms = Terms(old.name, old.scopes, old.address_ranges, life, ApiKeyKind(old.kind))
    if key_id != caller.key_id:
        terms = await _within_maker(tx, caller, terms)
    shown = await _make(call, tx, caller, terms)
    rotated = audit.Action.API_KEY_ROTATED
    await tx.run(
        queries.SUCCEED_API_KEY(key_id, shown.id, float(rotation.overlap_seconds)),
        call.kernel.invalidation.publish(Kind.API_KEY, key_id),
        audit.entry(caller, rotated, target=key_id, origin=call.origin, successor_id=shown.id),
    )
    return Answer(201, json_of(shown), shown.id, shows_secret=True)


async def revoke_api_key(call: Call, tx: PartnerTx, caller: Principal, key_id: KeyId) -> Answer:
    """Nothing: the key is over, also when it is the one that asks."""
    await cut_off.revoke_api_key(tx, call.kernel.invalidation, key_id)
    await tx.run(audit.entry(caller, audit.Action.API_KEY_REVOKED, target=key_id, origin=call.origin))
    return Answer(204, subject_id=key_id)


def api_key_out(row: ApiKeyRow) -> ApiKeyOut:
    """The key's public shape."""
    return ApiKeyOut(**asdict(row))


async def _within_maker(tx: PartnerTx, caller: Principal, terms: Terms) -> Terms:
    """The terms within what the asking key is bound to itself: where it names none, its own; 403 for wider ones."""
    if caller.key_id is None:
        return terms
    maker = await tx.get(queries.API_KEY(caller.key_id))
    expires_at = terms.expires_at or maker.expires_at
    if maker.expires_at is not None and expires_at is not None and expires_at > maker.expires_at:
        raise forbidden("A key made with an expiring key expires no later than that one.")
    ranges = terms.address_ranges or maker.address_ranges
    if maker.address_ranges and not all(_lies_in(asked, maker.address_ranges) for asked in ranges):
        raise forbidden("A key made with an address-bound key is bound to addresses of that one.")
    return replace(terms, expires_at=expires_at, address_ranges=ranges)


def _lies_in(asked: str, ranges: Sequence[str]) -> bool:
    wanted = ip_network(asked)
    return any(
        isinstance(network, type(wanted)) and wanted.subnet_of(network)  # pyright: ignore[reportArgumentType] - same type
        for network in map(ip_network, ranges)
    )


async def _make(call: Call, tx: PartnerTx, caller: Principal, terms: Terms) -> ApiKeyShown:
    made = call.kernel.identity.issue_key(terms.kind)
    maker: UUID | None = caller.key_id
    await tx.run(
        queries.ADD_API_KEY(
            made.id,
            made.digest,
            terms.name,
            terms.scopes,
            terms.address_ranges,
            terms.expires_at,
            maker,
            terms.kind.value,
        )
    )
    return ApiKeyShown(
        id=made.id,
        key=made.text.reveal().decode("ascii"),
        name=terms.name,
        scopes=terms.scopes,
        address_ranges=terms.address_ranges,
        expires_at=terms.expires_at,
    )
