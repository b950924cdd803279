"""Where keys live: outside the database and its backups, so that destroying one makes every copy unreadable.

A driver (FileKeystore now) keeps the Keystore protocol; the vault and the audit log hold one, features never do.

Keeps CRY-01, CRY-02 (in part), CRY-03. Proved in tests/controls/test_keystore.py.
"""

from ringfence.controls.keystore.file import FileKeystore
from ringfence.controls.keystore.keys import (
    Damaged,
    Destroyed,
    Full,
    KeyMaterial,
    Keystore,
    KeystoreRefusal,
    KeystoreStatus,
    Purpose,
    ServerKey,
    Unknown,
)
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.root import RootKey

__all__ = [
    "Damaged",
    "Destroyed",
    "FileKeystore",
    "Full",
    "KeyMaterial",
    "KeyOwner",
    "Keystore",
    "KeystoreRefusal",
    "KeystoreStatus",
    "Purpose",
    "RootKey",
    "ServerKey",
    "Unknown",
]
