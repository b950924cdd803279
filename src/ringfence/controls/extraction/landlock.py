"""Keeps AGT-07 (in part): no file, by the kernel's Landlock (linux/landlock.h), which needs no privilege.

Proved in tests/controls/test_extraction_sandbox.py.
"""

import ctypes
import os
import struct
from typing import Final

# The same numbers on every architecture.
_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1
_FS_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights of files each version of the interface knows; later ones know as many as the last."""
_NET_FROM: Final = 4
_SCOPE_FROM: Final = 6
_NET: Final = 0b11  # bind and connect TCP
_SCOPE: Final = 0b11  # abstract Unix sockets and signals outside


def deny_all(libc: ctypes.CDLL) -> bool:
    """Denies every right that this kernel can deny, to this process for good; False where there is no Landlock."""
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return False
    rights = (1 << _FS_RIGHTS[min(version, max(_FS_RIGHTS))]) - 1
    attributes = struct.pack("Q", rights)
    if version >= _NET_FROM:
        attributes += struct.pack("Q", _NET)
    if version >= _SCOPE_FROM:
        attributes += struct.pack("Q", _SCOPE)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    is_denied = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return is_denied
