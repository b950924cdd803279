"""Seals what must not be read by others: each value under its owner's key, bound to its place in the database.

Whoever holds the Vault may seal and open; what can be sealed is the closed list in `fields`.

A secret of an organization is sealed by `seal_secret` and opened by `vault.secrets.take` alone, a door of its own.

Keys are rotated by `Rotations`, which seals anew what lies under older ones, place by place.

Keeps CRY-01, CRY-02, CRY-03, SEC-01. Proved in tests/controls/test_vault.py and tests/promises/test_crypto.py.
"""

from ringfence.controls.keystore import KeyOwner
from ringfence.controls.vault import fields
from ringfence.controls.vault.fields import Field
from ringfence.controls.vault.kept import seal_secret
from ringfence.controls.vault.places import PLACES
from ringfence.controls.vault.record import MAX_RECORD_VERSION, Tampered, looks_sealed
from ringfence.controls.vault.reseal import Reseal, Step, Turn
from ringfence.controls.vault.rotation_rows import Rotation
from ringfence.controls.vault.rotations import GRACE, Rotations
from ringfence.controls.vault.sealing import Vault
from ringfence.controls.vault.streaming import Span, key_id_of_stream

__all__ = [
    "GRACE",
    "MAX_RECORD_VERSION",
    "PLACES",
    "Field",
    "KeyOwner",
    "Reseal",
    "Rotation",
    "Rotations",
    "Span",
    "Step",
    "Tampered",
    "Turn",
    "Vault",
    "fields",
    "key_id_of_stream",
    "looks_sealed",
    "seal_secret",
]
