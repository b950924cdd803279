"""An entry, checked against the closed list and bound to its one statement. Keeps AUD-01, AUD-03.

The entry goes into the transaction of the act: `await tx.run(change, audit.entry(...))` writes both or neither.
Proved in tests/promises/test_audit.py.
"""

from typing import Literal
from uuid import UUID

import msgspec

from ringfence.base import ids
from ringfence.base.principal import Principal
from ringfence.controls.access import Permission
from ringfence.controls.audit.actions import FORMS, Action, Form
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.origin import Origin
from ringfence.controls.audit.shapes import Detail, Unrecordable, a_code
from ringfence.controls.tenancy import PLATFORM_ID, Bound, OrgTx, PartnerTx, PlatformTx, Statement, nothing

Outcome = Literal["success", "refused", "failure"]
_OUTCOMES = frozenset({"success", "refused", "failure"})
_PERMISSIONS = frozenset(permission.value for permission in Permission)
_encoder = msgspec.json.Encoder()
_INSERT = Statement(
    "insert into app.audit_queue (id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, "
    "permission, request_id, address_hash, network, details) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb)",
    nothing,
)


def entry(  # noqa: PLR0913 - the members of an entry
    actor: Actor | Principal,
    action: Action,
    *,
    target: UUID | None = None,
    outcome: Outcome = "success",
    reason: str | None = None,
    permission: str | None = None,
    origin: Origin,
    within: UUID | None = None,
    **details: Detail,
) -> Bound[None]:
    """The insertion of one entry into the log of the transaction that it is run in.

    `within` is that transaction's organization or partner (PLATFORM_ID for the platform): the address is hashed under
    its key. A principal's own organization, or partner, is the default. Raises Unrecordable for what the list forbids.
    """
    form = FORMS[action]
    _check(form, action, target=target, outcome=outcome, reason=reason, permission=permission, details=details)
    if isinstance(actor, Principal):
        within = within or actor.org_id or actor.partner_id
        actor = Actor.of(actor)
    return _INSERT(
        ids.new(),
        actor.kind,
        actor.id,
        action.value,
        form.target if target is not None else None,
        target,
        outcome,
        # An enum's member would be written by its name.
        None if reason is None else str(reason),
        None if permission is None else str(permission),
        origin.recorded_request_id(),
        origin.address_hash(within),
        origin.network(),
        _encoder.encode(details).decode() if details else "{}",
    )


async def record(  # noqa: PLR0913 - as above
    tx: OrgTx | PartnerTx | PlatformTx,
    actor: Actor | Principal,
    action: Action,
    *,
    target: UUID | None = None,
    outcome: Outcome = "success",
    reason: str | None = None,
    permission: str | None = None,
    origin: Origin,
    **details: Detail,
) -> None:
    """Writes one entry into the log of this transaction's scope."""
    bound = entry(
        actor,
        action,
        target=target,
        outcome=outcome,
        reason=reason,
        permission=permission,
        origin=origin,
        within=_scope_id(tx),
        **details,
    )
    await tx.run(bound)


def _scope_id(tx: OrgTx | PartnerTx | PlatformTx) -> UUID:
    match tx:
        case OrgTx():
            return tx.scope.org_id
        case PartnerTx():
            return tx.scope.partner_id
        case PlatformTx():
            return PLATFORM_ID


def _check(  # noqa: PLR0913 - as above
    form: Form,
    action: Action,
    *,
    target: UUID | None,
    outcome: str,
    reason: str | None,
    permission: str | None,
    details: dict[str, Detail],
) -> None:
    if target is not None and form.target is None:
        raise Unrecordable(f"{action}: has no target")
    if outcome not in _OUTCOMES:
        raise Unrecordable(f"{action}: this is no outcome")
    if reason is not None and not a_code(reason):
        raise Unrecordable(f"{action}: a reason is a short code")
    if permission is not None and permission not in _PERMISSIONS:
        raise Unrecordable(f"{action}: this is no permission")
    for name, value in details.items():
        fits = form.details.get(name)
        if fits is None or not fits(value):
            # Neither name nor value is quoted: either may be what must not be written down.
            raise Unrecordable(f"{action}: a detail is not on its list or not of its shape")
