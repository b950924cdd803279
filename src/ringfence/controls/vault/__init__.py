"""Seals what must not be read by others: each value under its owner's key, bound to its place in the database.

Whoever holds the Vault may seal and open; what can be sealed is the closed list in `fields`.

Keeps CRY-01, CRY-03. Proved in tests/controls/test_vault.py and tests/promises/test_crypto.py.
"""

from ringfence.controls.keystore import KeyOwner
from ringfence.controls.vault import fields
from ringfence.controls.vault.fields import Field
from ringfence.controls.vault.record import MAX_RECORD_VERSION, Tampered, looks_sealed
from ringfence.controls.vault.sealing import Vault

__all__ = ["MAX_RECORD_VERSION", "Field", "KeyOwner", "Tampered", "Vault", "fields", "looks_sealed"]
