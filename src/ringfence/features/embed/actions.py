"""Who am I: the caller's own rows, opened."""

from ringfence.base.clock import rfc3339
from ringfence.base.principal import Principal
from ringfence.base.problem import unauthorized
from ringfence.controls import access
from ringfence.controls.tenancy import scope_of
from ringfence.controls.vault import KeyOwner, fields
from ringfence.features.edge import Kernel
from ringfence.features.embed import queries
from ringfence.features.embed.model import MeOut, SessionUserOut, TenantOut
from ringfence.features.embed.queries import MeRow


async def describe(kernel: Kernel, caller: Principal) -> MeOut:
    """The caller; Problem 401 `session_revoked` when its user was erased a moment ago."""
    scope = scope_of(caller)
    user_id = caller.user_id
    if user_id is None:
        raise unauthorized("invalid_credential", "This address is for users.")
    found = (await kernel.database.read(scope, queries.me(user_id)))[0]
    if not found:
        raise unauthorized("session_revoked", "This session was ended. Log in again.")
    row: MeRow = found[0]
    person, organization = KeyOwner.user(scope.org_id, user_id), KeyOwner.organization(scope.org_id)
    vault = kernel.vault
    name = None if row.name is None else vault.open_text(person, fields.APP_USER_NAME, user_id, row.name)
    email = None if row.email is None else vault.open_text(person, fields.APP_USER_EMAIL, user_id, row.email)
    tenant_name = vault.open_text(organization, fields.ORGANIZATION_NAME, scope.org_id, row.organization_name)
    return MeOut(
        user=SessionUserOut(id=user_id, display_name=name, email=email, role=row.role, locale=row.locale),
        organization=TenantOut(id=scope.org_id, external_id=row.external_id, name=tenant_name, region=row.region),
        session_expires_at=None if caller.expires_at is None else rfc3339(caller.expires_at),
        permissions=sorted(permission.value for permission in access.granted(caller)),
    )
