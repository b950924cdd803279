"""The layers of the sandbox, by the names that the operator reads."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Layer(StrEnum):
    """One thing that keeps a parser in its place, whatever the others do."""

    LIMITS = "limits"
    """CPU time, memory, open files, processes; no byte written to a file."""
    NAMESPACE = "namespace"
    """A network of its own, which is empty, and no privilege outside."""
    LANDLOCK = "landlock"
    """No file opens, none is made; no TCP port, where the kernel knows of that."""
    SECCOMP = "seccomp"
    """Of all system calls those that compute, read what is open and write the answer."""


ENOUGH: Final = frozenset({Layer.LIMITS, Layer.SECCOMP})
"""What must hold under `strict`: with the filter alone there is no file, no socket and no process already."""


def is_enough(held: Collection[str]) -> bool:
    """Whether these layers keep what is promised."""
    return set(held) >= ENOUGH
