"""Makes links: an administrator for the own organization, a partner's key for an administrator of any of its own."""

from uuid import UUID

from ringfence.base.principal import OrgId, Principal, UserId
from ringfence.base.problem import FieldError, not_found, unprocessable
from ringfence.controls.tenancy import OrgTx
from ringfence.features.audit_page.model import AuditLinkNew, AuditLinkOut
from ringfence.features.edge import Answer, Call, json_of


def whose(caller: Principal, new: AuditLinkNew) -> tuple[OrgId, UserId]:
    """The organization and the user. Problem 404 for a session that names others, 422 for a key that names none."""
    if caller.org_id is not None and caller.user_id is not None:
        if (new.organization_id or caller.org_id, new.user_id or caller.user_id) != (caller.org_id, caller.user_id):
            raise not_found()
        return caller.org_id, caller.user_id
    if new.organization_id is None or new.user_id is None:
        missing = {"/organization_id": new.organization_id, "/user_id": new.user_id}
        errors = [FieldError(place, "An API key names it.") for place, value in missing.items() if value is None]
        raise unprocessable("invalid_request", "An API key names the organization and one of its users.", errors)
    return OrgId(new.organization_id), UserId(new.user_id)


async def link(call: Call, tx: OrgTx, caller: Principal, user_id: UUID) -> Answer:
    """The link, shown once."""
    made = await call.kernel.identity.visits.link(tx, caller, UserId(user_id), origin=call.origin)
    url = f"{call.kernel.audience}/audit?ticket={made.ticket.reveal().decode('ascii')}"
    out = AuditLinkOut(url=url, expires_at=made.until)
    return Answer(201, json_of(out), made.visit_id, shows_secret=True)
