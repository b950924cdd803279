"""Secrets of the cast on the stage of tests/running.py, kept as the API keeps them, and what the log says of them."""

from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, Role
from ringfence.controls import audit
from ringfence.controls.tenancy import OrgScope
from ringfence.controls.vault import seal_secret
from ringfence.features.secrets import queries
from tests.running import Theatre

CANARY = "cnry/s3cret+value=æ~01"
"""Its characters are spelled differently in every encoding."""


def of_partner(it: Theatre, org: OrgId) -> OrgScope:
    """The organization as its partner reaches it."""
    return OrgScope(it.cast.northwind, org, Role.PARTNER)


async def keep(
    it: Theatre, name: str, *hosts: str, value: str = CANARY, org: OrgId | None = None, also: tuple[str, ...] = ()
) -> UUID:
    """A secret of Rose's; `also` are hosts that its row names and its record does not."""
    org, secret_id = org or it.cast.rose, ids.new()
    secret = Secret(value.encode())
    sealed = seal_secret(it.kernel.vault, org, secret_id, name=name, allowed_hosts=hosts, value=secret)
    await it.database.write(of_partner(it, org), queries.ADD(secret_id, name, sealed, [*hosts, *also]))
    return secret_id


async def log_of(it: Theatre, org: OrgId | None = None) -> list[audit.Entry]:
    """What the organization's log says of secrets' uses, oldest first; each as its form has it."""
    async with it.database.org(of_partner(it, org or it.cast.rose)) as tx:
        found = await audit.recent(tx, 200)
    uses = [one for one in reversed(found) if one.action in {"secret.used", "secret.refused"}]
    for one in uses:
        form = audit.FORMS[audit.Action(one.action)]
        ids_as_such = {**one.details, "run_id": UUID(one.details["run_id"])}
        assert all(form.details[name](value) for name, value in ids_as_such.items())
    return uses
