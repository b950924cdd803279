"""Keeps SEC-02. Who acts, said to the database before an act whose entry it writes itself.

Proved in tests/promises/test_secrets.py.
"""

from uuid import UUID

from ringfence.base.principal import Principal
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.origin import Origin
from ringfence.controls.tenancy import Bound, Statement, nothing

_ACTING = Statement("select app.acting($1, $2, $3, $4, $5, $6)", nothing)


def acting(principal: Principal, *, permission: str, origin: Origin, within: UUID) -> Bound[None]:
    """The statement that comes before the act, in its transaction; `within` as for `entry`."""
    actor = Actor.of(principal)
    permission = str(permission)
    request_id, address_hash = origin.recorded_request_id(), origin.address_hash(within)
    return _ACTING(actor.kind, actor.id, permission, request_id, address_hash, origin.network())
