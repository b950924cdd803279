"""Which log: that of an organization, a partner, the platform, or the one over all of them. Keeps AUD-04.

Its name stands in every leaf, its origin in every checkpoint, its folder in the object store. Proved in
tests/controls/test_audit_checkpoints.py.
"""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.controls.tenancy import PLATFORM_ID, OrgScope, PartnerScope, PlatformScope, Scope

_NAME: Final = re.compile(r"(org|partner|platform)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_FOLDER: Final = re.compile(r"audit/(org|partner|platform|instance)/([0-9a-f]{32})")
_INSTANCE: Final = "instance"
INSTANCE_ID: Final = UUID(int=1)
"""Under it the rows of the tree over all trees stand: no organization and no partner has this id."""


@dataclass(frozen=True, slots=True, order=True)
class Log:
    """One tree: `scope` is org, partner or platform (whose id is nil), or instance for the tree over all trees."""

    scope: str
    id: UUID

    @classmethod
    def organization(cls, org_id: OrgId) -> Self:
        """An organization's, which outlives it."""
        return cls("org", org_id)

    @classmethod
    def partner(cls, partner_id: PartnerId) -> Self:
        """A partner's own."""
        return cls("partner", partner_id)

    @classmethod
    def platform(cls) -> Self:
        """The deployment's own."""
        return cls("platform", PLATFORM_ID)

    @classmethod
    def instance(cls) -> Self:
        """The tree whose leaves are the checkpoints of all others."""
        return cls(_INSTANCE, INSTANCE_ID)

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """The log that a transaction of this scope writes to; TypeError for a person, who has none."""
        match scope:
            case OrgScope():
                return cls.organization(scope.org_id)
            case PartnerScope():
                return cls.partner(scope.partner_id)
            case PlatformScope():
                return cls.platform()
            case _:
                raise TypeError("a person has no log")

    @classmethod
    def parse(cls, name: str) -> Self:
        """The log of its name; ValueError."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError("a log is called org/, partner/ or platform/ and an id")
        return cls(match[1], UUID(match[2]))

    @classmethod
    def of_folder(cls, folder: str) -> Self | None:
        """The log whose objects lie there; None for a folder that is none of ours."""
        match = _FOLDER.fullmatch(folder)
        return cls(match[1], UUID(match[2])) if match is not None else None

    @property
    def is_instance(self) -> bool:
        """Whether it is the tree over all trees."""
        return self.scope == _INSTANCE

    @property
    def name(self) -> str:
        """`org/<uuid>`, as leaves name it."""
        return _INSTANCE if self.is_instance else f"{self.scope}/{self.id}"

    @property
    def folder(self) -> str:
        """Where its objects lie in the store."""
        return f"audit/{self.scope}/{self.id.hex}"

    def origin(self, host: str) -> str:
        """The first line of its checkpoints in the deployment of this host."""
        return f"{host}/audit/{self.name}"

    @property
    def reader(self) -> Scope:
        """The scope that sees its rows, whether or not there still is an organization behind it."""
        match self.scope:
            case "org":
                return OrgScope(PartnerId(PLATFORM_ID), OrgId(self.id), Role.OPERATOR)
            case "partner" | "instance":
                return PartnerScope(PartnerId(self.id), Role.OPERATOR)
            case _:
                return PlatformScope()


def host_of(public_url: str) -> str:
    """The host of a public address, with its port where it has one: what origins and key names begin with."""
    found = urlsplit(public_url).netloc
    if not found or re.search(r"[\s+@]", found):
        raise ValueError("the public address has no host that a checkpoint could name")
    return found.lower()
