"""A partner's signing keys: registered in one of three forms, succeeded with an overlap, revoked."""

from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import PublicKey, SharedSecret, UnusableKey, load_public_key
from ringfence.base.principal import Principal
from ringfence.base.problem import FieldError, Problem, conflict, not_found, unprocessable
from ringfence.controls import audit
from ringfence.controls.identity import BadKeySet, KeySet, cut_off, key_set_merge
from ringfence.controls.tenancy import PartnerTx
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge import Answer, Call, json_of
from ringfence.features.partners import signing_key_queries as queries
from ringfence.features.partners.signing_key_model import SigningKeyNew, SigningKeyShown

_HS256 = "HS256"
_MOST_SETS = 5
_WHY_NO_SET = {
    "invalid_url": "jwks_url is not an address that can be called: an https URL without user name and fragment.",
    "refused_address": "jwks_url must be public and speak https; RINGFENCE_EGRESS_ALLOW names exceptions.",
    "refused_redirect": "The server sends the call on. Register the address that it leads to.",
    "unresolved": "The server's name is unknown.",
    "unreachable": "The server cannot be reached.",
    "untrusted": "The server could not prove its name.",
    "timeout": "The server did not answer within 5 seconds.",
    "disconnected": "The server hung up in the middle of its answer.",
    "too_large": "The answer is larger than 256 KB.",
    "compressed": "The answer is compressed, which nobody asked for.",
    "malformed": "The server's answer is not HTTP.",
    "bad_status": "The server did not answer with 200.",
    "not_json": "The answer is not JSON, is nested more than 8 levels deep, or has a name twice in one object.",
    "not_a_key_set": 'The answer is not a key set: {"keys": [...]}, each key an object (RFC 7517).',
    "too_many_keys": "A key set has at most 50 keys.",
    "no_usable_keys": "No key of the set can verify tokens here",
}

Material = PublicKey | SharedSecret | KeySet | Problem
"""What a registration stands on; a Problem where there is nothing to stand on, for an act that was done before."""


async def material(call: Call, caller: Principal, new: SigningKeyNew) -> Material:
    """The key, a new secret, or what the key server says now: outside of any transaction, for it may take seconds."""
    if new.jwks_url is not None:
        return await _fetched(call, caller, new, new.jwks_url)
    if new.kid is None:
        return unprocessable("invalid_request", "A key needs its kid.", [FieldError("/kid", "Field required")])
    if new.algorithm == _HS256:
        if new.public_key_pem is None:
            return SharedSecret.generate()
        return _unusable("/public_key_pem", "HS256 takes no public key: its secret is made here and shown once.")
    return _checked(new)


async def add(call: Call, tx: PartnerTx, caller: Principal, new: SigningKeyNew, found: Material) -> Answer:
    """The registration, with the secret of a new HS256 key; 409 `kid_taken`, 422 for a key that we do not take."""
    if isinstance(found, Problem):
        raise found
    key_id = ids.new()
    if isinstance(found, KeySet):
        await _add_set(call, tx, caller, key_id, new.jwks_url or "", found)
    else:
        await _add_key(call, tx, caller, key_id, new.kid or "", found)
    if new.replaces is not None:
        await _succeed(call, tx, caller, new.replaces, successor_id=key_id, overlap_seconds=new.overlap_seconds)
    row = (await tx.fetch(queries.LISTED(key_id, None, 1)))[0]
    if new.replaces is not None and row.jwks_url is not None and row.last_error == key_set_merge.NO_USABLE_KEYS:
        # It would succeed with nothing: at the overlap's end nobody could log in any more.
        raise conflict("kid_taken", "Each kid of this set is registered already. A successor needs keys of other kids.")
    secret = found.text.reveal().decode("ascii") if isinstance(found, SharedSecret) else None
    return Answer(201, json_of(SigningKeyShown.showing(row, secret)), key_id, shows_secret=secret is not None)


async def revoke(call: Call, tx: PartnerTx, caller: Principal, key_id: UUID) -> Answer:
    """Nothing: the key, or the set with its keys, and every session that it vouched for are over."""
    await cut_off.revoke_signing_key(tx, call.kernel.invalidation, key_id)
    await tx.run(audit.entry(caller, audit.Action.SIGNING_KEY_REVOKED, target=key_id, origin=call.origin))
    return Answer(204, subject_id=key_id)


async def _add_key(  # noqa: PLR0913 - who registers which key under which name
    call: Call, tx: PartnerTx, caller: Principal, key_id: UUID, kid: str, key: PublicKey | SharedSecret
) -> None:
    algorithm, pem = (_HS256, "") if isinstance(key, SharedSecret) else (key.kind.value, key.pem)
    if not await tx.fetch(queries.ADD_SIGNING_KEY(key_id, kid, algorithm, pem)):
        raise conflict("kid_taken", "A key of this kid is registered. Take another kid for another key.")
    if isinstance(key, SharedSecret):
        owner = KeyOwner.partner(caller.partner_id)
        sealed = call.kernel.vault.seal(owner, fields.SIGNING_SECRET, key_id, key.text.reveal())
        await tx.run(queries.ADD_SECRET(key_id, sealed))
    created = audit.Action.SIGNING_KEY_CREATED
    await tx.run(audit.entry(caller, created, target=key_id, origin=call.origin, algorithm=algorithm))


async def _add_set(  # noqa: PLR0913 - who registers which address and what is there
    call: Call, tx: PartnerTx, caller: Principal, set_id: UUID, url: str, said: KeySet
) -> None:
    _, active = await tx.pipeline(queries.HOLD_SETS(), queries.ACTIVE_SETS())
    if active[0] >= _MOST_SETS:
        raise conflict("too_many_key_sets", f"A partner has at most {_MOST_SETS} key sets. Revoke one first.")
    await key_set_merge.add(tx, set_id, url, said)
    await tx.run(audit.entry(caller, audit.Action.KEY_SET_CREATED, target=set_id, origin=call.origin))


async def _succeed(  # noqa: PLR0913 - who ends what, for whose sake and when
    call: Call, tx: PartnerTx, caller: Principal, old_id: UUID, *, successor_id: UUID, overlap_seconds: int
) -> None:
    """Lets the old registration verify new tokens until the overlap ends; its sessions go on. Problem 404 for none."""
    after = float(overlap_seconds)
    keys, sets = await tx.pipeline(queries.EXPIRE_SIGNING_KEY(old_id, after), queries.EXPIRE_KEY_SET(old_id, after))
    if not keys and not sets:
        raise not_found()
    rotated = audit.Action.SIGNING_KEY_ROTATED
    await tx.run(audit.entry(caller, rotated, target=old_id, origin=call.origin, successor_id=successor_id))


async def _fetched(call: Call, caller: Principal, new: SigningKeyNew, url: str) -> KeySet | Problem:
    for name in ("kid", "algorithm", "public_key_pem"):
        if getattr(new, name) is not None:
            return _unusable(f"/{name}", "A key set says this for each of its keys: send jwks_url alone.")
    await call.kernel.limits.check("key_sets", caller.partner_id)
    try:
        said = await call.kernel.identity.key_sets.fetch(caller.partner_id, url)
    except BadKeySet as bad:
        return _no_set(_WHY_NO_SET[bad.code])
    if said.keys:
        return said
    reasons = "; ".join(f"{one.kid or 'without kid'}: {one.reason}" for one in said.refused)
    return _no_set(f"{_WHY_NO_SET[key_set_merge.NO_USABLE_KEYS]} ({reasons or 'there is none'}).")


def _checked(new: SigningKeyNew) -> PublicKey | Problem:
    if new.public_key_pem is None:
        return _unusable("/public_key_pem", "Send the public key in PEM (BEGIN PUBLIC KEY), or jwks_url.")
    try:
        key = load_public_key(new.public_key_pem)
    except UnusableKey as refused:
        return _unusable("/public_key_pem", str(refused))
    wanted = "EdDSA" if new.algorithm == "Ed25519" else new.algorithm
    if wanted is not None and key.kind.value != wanted:
        return _unusable("/algorithm", f"This key is for {key.kind.value}.")
    return key


def _unusable(pointer: str, detail: str) -> Problem:
    return unprocessable("unusable_key", detail, [FieldError(pointer, detail)])


def _no_set(detail: str) -> Problem:
    return unprocessable("unusable_key_set", detail, [FieldError("/jwks_url", detail)])
