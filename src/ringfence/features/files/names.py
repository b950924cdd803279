"""The name of a file: one part of a path, without what could turn or hide it on a screen."""

import unicodedata
from typing import Final

from ringfence.base.problem import Problem, unprocessable
from ringfence.controls import guard

MAX_BYTES: Final = 255
# They turn the direction of what follows, so that `gpj.exe` reads as `exe.jpg`, or are invisible at all.
_TURNING: Final = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_NEVER: Final = frozenset({"Cc", "Cs", "Zl", "Zp", "Cn"})


def clean(raw: str) -> str:
    """The name without directories and invisible characters. Problem 422 `invalid_name` where nothing good is left."""
    last = guard.inbound(raw.replace("\\", "/").rpartition("/")[2], origin=guard.Origin.TOOL)
    seen = "".join(c for c in last if c not in _TURNING and unicodedata.category(c) not in _NEVER)
    name = unicodedata.normalize("NFC", seen).strip()
    if not name.strip(". "):
        raise _refused("A file needs a name.")
    if len(name.encode()) > MAX_BYTES:
        raise _refused(f"The name of a file takes at most {MAX_BYTES} bytes.")
    return name


def _refused(detail: str) -> Problem:
    return unprocessable("invalid_name", detail)
