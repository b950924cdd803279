"""Keeps SEC-01, SEC-02. The one way to a secret's value: for one call of a run that is held, to one of its hosts.

The database gives the sealed value and writes the entry of it in the same statement; a refusal leaves its entry, too.
NOTE: a door of its own. import-linter names the two that may import this module: the tool executor and what gives
models their keys. Nothing else opens a secret.

Proved in tests/promises/test_secrets.py and tests/attacks/test_secret_canary.py.
"""

from uuid import UUID

import msgspec

from ringfence.base.crypto import Secret
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import Database, OrgScope, gate
from ringfence.controls.vault import fields
from ringfence.controls.vault.kept import Kept
from ringfence.controls.vault.sealing import Vault


class Refused(Exception):  # noqa: N818 - a decision, and it is recorded
    """The secret is not given; `code` is unknown_secret, host_not_allowed or run_not_held."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def take(  # noqa: PLR0913 - whose, which, for where and for what
    database: Database, vault: Vault, scope: OrgScope, name: str, *, host: str, run_id: UUID, holder: UUID
) -> Secret:
    """The secret, for this one call; Refused, or Tampered for a row that is not what was sealed.

    `scope` is the run's own user, `host` the real one of the request: `api.example.com`, with a port that is not 443.
    """
    wanted = gate.take_secret(name, host=host, run_id=run_id, holder=holder)
    taken = (await database.write(scope, wanted))[0][0]
    if taken.id is None or taken.value is None:
        raise Refused(taken.outcome)
    opened = vault.open(KeyOwner.organization(scope.org_id), fields.SECRET_VALUE, taken.id, taken.value)
    kept = msgspec.json.decode(opened, type=Kept)
    if kept.name != name:
        raise vault.refuse(fields.SECRET_VALUE, taken.id)
    if host not in kept.allowed_hosts:
        raise vault.refuse(fields.SECRET_VALUE, taken.id)
    return Secret(kept.value)
