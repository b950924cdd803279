"""What is handed on of a file that was read: its chunks, and the door through which a search index takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from ringfence.base.principal import OrgId, UserId
from ringfence.controls.tenancy import Bound, OrgScope
from ringfence.controls.vault import KeyOwner


@dataclass(frozen=True, slots=True)
class Chunk:
    """About 1,200 characters of a file, with nothing hidden in them; `seq` counts from 1, `locator` is `page 3`."""

    seq: int
    locator: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The file that the chunks are of; without a user it is the organization's knowledge."""

    scope: OrgScope
    id: UUID
    user_id: UserId | None
    purpose: Literal["message", "knowledge"]
    name: str
    media_type: str

    @property
    def owner(self) -> KeyOwner:
        """Whose key its chunks are sealed under."""
        return owner_of(self.scope.org_id, self.user_id)


class Indexer(Protocol):
    """Takes the chunks of each file into an index of its own."""

    async def index(self, file: ReadFile, chunks: Sequence[Chunk]) -> Sequence[Bound[Any]]:
        """The statements that enter the chunks, all of the file's.

        Called with no transaction open, so it may ask a model; the statements run after the chunks' own rows in the
        commit that makes the file ready, in the file's scope. What was entered before is gone with its chunks. A
        Problem or TimeoutError that it raises lets the file be read again, three times at most.
        """
        ...


def owner_of(org_id: OrgId, user_id: UserId | None) -> KeyOwner:
    """Whose key a file of this user is sealed under; the organization's without one."""
    return KeyOwner.organization(org_id) if user_id is None else KeyOwner.user(org_id, user_id)
