"""What lies under an owner's older keys is sealed anew under its newest: the protocol of each place that holds such.

Tables are in `places`; whoever keeps sealed values elsewhere (objects, segments) keeps this protocol too, and is handed
to Rotations by the composition root.

Keeps CRY-02. Proved in tests/controls/test_rotations.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ringfence.controls import audit
from ringfence.controls.keystore import KeyOwner, Keystore
from ringfence.controls.tenancy import Bound, Database, Scope
from ringfence.controls.vault.sealing import Vault


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose values are sealed anew, and which keys are being left."""

    database: Database
    keystore: Keystore
    vault: Vault
    owner: KeyOwner
    """The organization, user, partner or platform whose rotation it is; an organization's covers its users."""
    holder: UUID
    scope: Scope
    """Where its rows are: the organization as the operator sees it, the partner, or the platform."""
    leaves: Mapping[bytes, KeyOwner]
    """Whose each key is that is being left, by its id: the organization's own and its users', all in one turn."""
    most: int = 200
    """At most so many values in one step, so that a step takes well under a second."""

    def owner_of(self, record: bytes) -> KeyOwner | None:
        """Whose key sealed this, if it is one of those being left: seal it anew under the same owner's newest."""
        return self.leaves.get(record[1:17])

    def entry(self, action: audit.Action, *, count: int) -> Bound[None]:
        """The entry of what this process does to the owner's keys, for a transaction of the turn's scope."""
        kind, target = named_in(self.owner)
        system = audit.Actor.system(self.holder)
        return audit.entry(system, action, target=target, origin=audit.Origin.internal(), owner=kind, count=count)


def named_in(owner: KeyOwner) -> tuple[str, UUID | None]:
    """The kind of an owner as entries name it, and its id; the platform has none."""
    kind, _, rest = owner.path.partition("/")
    org, _, user = rest.partition("/user/")
    if user:
        return "user", UUID(user)
    return kind, UUID(org) if org else None


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did. `resealed` and `missed` together are what it found under a key that is being left."""

    after: str | None
    """Where the next step begins; None at the end. Text that stays good when the process dies: ids, no content."""
    looked_at: int
    resealed: int = 0
    missed: int = 0
    """Values that somebody else was changing: the next pass finds them."""
    damaged: int = 0
    """Values that do not open under the key that they name: logged with table and row, and left as they are."""


class Reseal(Protocol):
    """A place with sealed values. Steps are idempotent and run beside readers and writers, who never wait long."""

    @property
    def name(self) -> str:
        """The place's name in progress and logs: `app.message.text`, `objects`."""
        ...

    async def count(self, turn: Turn) -> int:
        """About how many values there are to look at in this scope; 0 where it has none."""
        ...

    async def step(self, turn: Turn, after: str | None) -> Step:
        """Looks at the next values behind `after` (None: from the first) and seals anew what is under an older key."""
        ...
