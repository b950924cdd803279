"""Keeps CRY-01, CRY-03. Whose a key is: the unit that is isolated from others and that can be erased alone.

Proved in tests/controls/test_keystore.py and tests/promises/test_crypto.py.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from ringfence.base.principal import OrgId, PartnerId, UserId

_USER = "/user/"


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """An organization, a user of one, a partner or the platform; `path` is written into the keystore for ever.

    A user's path lies below its organization's, so destroying the organization reaches it.
    """

    path: str

    @classmethod
    def organization(cls, org_id: OrgId) -> Self:
        """The owner of what belongs to a whole organization."""
        return cls("organization/" + org_id.hex)

    @classmethod
    def user(cls, org_id: OrgId, user_id: UserId) -> Self:
        """The owner of what tells about one person, who can be erased while the organization stays."""
        return cls("organization/" + org_id.hex + _USER + user_id.hex)

    @classmethod
    def partner(cls, partner_id: PartnerId) -> Self:
        """The owner of a partner's own settings."""
        return cls("partner/" + partner_id.hex)

    @classmethod
    def platform(cls) -> Self:
        """The owner of what belongs to the deployment itself."""
        return cls("platform")

    @property
    def scope(self) -> "KeyOwner":
        """The organization of a user, and the owner itself otherwise: what a record is bound to."""
        return KeyOwner(_scope_of(self.path))

    def covers(self, path: str) -> bool:
        """Whether destroying this owner destroys the key at `path` too."""
        return path == self.path or path.startswith(self.path + "/")


@lru_cache(maxsize=4096)
def _scope_of(path: str) -> str:
    return path.partition(_USER)[0]
