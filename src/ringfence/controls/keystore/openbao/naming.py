"""Keeps CRY-01, CRY-03. The names of transit keys, and of the prefix that a deployment's begin with.

Proved in tests/controls/test_keystore_openbao.py.
"""

import re
from typing import Final

from ringfence.controls.keystore.carried import SERVER
from ringfence.controls.keystore.keys import KeystoreRefusal
from ringfence.controls.keystore.owner import KeyOwner

_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")


def refuse_prefix(prefix: str) -> None:
    """KeystoreRefusal for what cannot begin the name of a key."""
    if not _PREFIX.fullmatch(prefix):
        raise KeystoreRefusal(f"RINGFENCE_OPENBAO_PREFIX={prefix}: up to 32 lower-case letters, digits and _")


def key_of(prefix: str, owner: KeyOwner) -> str:
    """The name of the transit key: one for each scope, and one for the server's own keys."""
    scope = "server" if owner.path.startswith(SERVER) else owner.scope.path.replace("/", "-")
    return f"{prefix}.{scope}"
