"""Where keys live: outside the database and its backups, so that destroying one makes every copy unreadable.

A driver (FileKeystore now) keeps the Keystore protocol; the vault and the audit log hold one, features never do.

Keeps CRY-01, CRY-02 (in part), CRY-03. Proved in tests/controls/test_keystore.py.
"""

from ringfence.controls.keystore.disk import open_to_others
from ringfence.controls.keystore.file import FileKeystore
from ringfence.controls.keystore.keys import (
    Damaged,
    Destroyed,
    Full,
    KeyMaterial,
    Keystore,
    KeystoreRefusal,
    KeystoreStatus,
    KeystoreUnavailable,
    Moved,
    Moving,
    Purpose,
    RootReplaced,
    ServerKey,
    Unknown,
)
from ringfence.controls.keystore.moving import cancel_move, finish_move, is_left, move_keystore
from ringfence.controls.keystore.openbao.client import BaoAccess
from ringfence.controls.keystore.opening import Choice, end_of, open_keystore, root_named
from ringfence.controls.keystore.owner import KeyOwner
from ringfence.controls.keystore.replacing import replace_file
from ringfence.controls.keystore.root import RootKey, Roots
from ringfence.controls.keystore.roots.azure_login import AzureAccess
from ringfence.controls.keystore.roots.local import LocalRoot

__all__ = [
    "AzureAccess",
    "BaoAccess",
    "Choice",
    "Damaged",
    "Destroyed",
    "FileKeystore",
    "Full",
    "KeyMaterial",
    "KeyOwner",
    "Keystore",
    "KeystoreRefusal",
    "KeystoreStatus",
    "KeystoreUnavailable",
    "LocalRoot",
    "Moved",
    "Moving",
    "Purpose",
    "RootKey",
    "RootReplaced",
    "Roots",
    "ServerKey",
    "Unknown",
    "cancel_move",
    "end_of",
    "finish_move",
    "is_left",
    "move_keystore",
    "open_keystore",
    "open_to_others",
    "replace_file",
    "root_named",
]
