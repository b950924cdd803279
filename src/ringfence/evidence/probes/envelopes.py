"""Tells sealed values from others by their heads: the format, and whose key they name. Opens nothing.

Keeps CRY-01. Proved in tests/evidence/test_probes_encryption.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ringfence.controls.keystore import Keystore
from ringfence.controls.tenancy import OrgScope, PartnerScope, Scope
from ringfence.controls.vault import KeyOwner, looks_sealed

ANSWERS = "app.idempotency.answer"
_UUID_VERSION = 7


@dataclass(frozen=True, slots=True)
class Head:
    """The place, the first bytes and the length of a stored value."""

    place: str
    head: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose each key is, by its id."""

    owners: dict[bytes, str]

    @classmethod
    def of(cls, keystore: Keystore) -> Self:
        """All keys of a keystore."""
        return cls({key_id: path for path, found in keystore.inventory().items() for key_id in found})

    def may_seal(self, key_id: bytes, owner: KeyOwner, place: str) -> bool:
        """Whether a value of this owner may lie under this key.

        A key that the keystore does not have was destroyed with its owner. An answer to a partner may tell about any
        of its organizations, and is sealed under the key of that one.
        """
        path = self.owners.get(key_id)
        return path is None or owner.covers(path) or place == ANSWERS


def unsealed(heads: Sequence[Head], keys: Keys, scope: Scope) -> list[str]:
    """The place of each value that is no record, or one under a key of another organization or partner."""
    owner = _owner_of(scope)
    return [one.place for one in heads if not _is_sealed(one, keys, owner)]


def _is_sealed(one: Head, keys: Keys, owner: KeyOwner) -> bool:
    key_id = looks_sealed(one.head, one.size)
    if key_id is None:
        return False
    if key_id[6] >> 4 != _UUID_VERSION:
        return False
    return keys.may_seal(key_id, owner, one.place)


def _owner_of(scope: Scope) -> KeyOwner:
    match scope:
        case OrgScope():
            return KeyOwner.organization(scope.org_id)
        case PartnerScope():
            return KeyOwner.partner(scope.partner_id)
        case _:
            return KeyOwner.platform()
