"""Keeps TEN-07. The name of an object: its organization first, then 128 random bits.

Proved in tests/controls/test_objects.py.
"""

import re
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ringfence.base.crypto import random_bytes
from ringfence.base.principal import OrgId

PREFIX = "org/"
_PATH = re.compile(r"org/([0-9a-f]{32})/([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """One object of one organization. Nobody guesses it from the id of the file, which its user knows."""

    org_id: OrgId
    object_id: UUID

    @classmethod
    def new(cls, org_id: OrgId) -> Self:
        """A name that no object had before."""
        return cls(org_id, UUID(bytes=random_bytes(16), version=4))

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """The key of a path in the store, or None for what is none of ours."""
        match = _PATH.fullmatch(path)
        return cls(OrgId(UUID(match[1])), UUID(match[2])) if match else None

    @property
    def path(self) -> str:
        """Where it lies in the store."""
        return f"{prefix_of(self.org_id)}{self.object_id.hex}"


def prefix_of(org_id: OrgId) -> str:
    """What the paths of all objects of an organization begin with."""
    return f"{PREFIX}{org_id.hex}/"
