"""Keeps ACC-01, ACC-02. The one table of who may do what: each permission, the credentials and the roles that carry it.

A permission that is missing here is nobody's. Proved in tests/controls/test_access.py, which holds the whole matrix as
text, so that a change of permission is one changed line in review.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.base.principal import Role
from ringfence.controls.access.permissions import CredentialKind, Permission
from ringfence.controls.tenancy import WIDE_ROLES

_SESSION: Final = CredentialKind.SESSION
_KEY: Final = CredentialKind.API_KEY

_WRITERS: Final = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER, Role.AGENT, Role.MEMBER})
_EVERYONE: Final = _WRITERS | {Role.VIEWER, Role.GUEST}
# The rows of nobody are written by those who see the whole organization (0019_files.sql).
_CURATORS: Final = frozenset({Role.OWNER, Role.ADMIN, Role.MANAGER})
_ADMINS: Final = frozenset({Role.OWNER, Role.ADMIN})
_PARTNER: Final = frozenset({Role.PARTNER})

CARRIERS: Final[Mapping[Permission, Mapping[CredentialKind, frozenset[Role]]]] = MappingProxyType(
    {
        Permission.ME_READ: {_SESSION: _EVERYONE},
        Permission.CONVERSATIONS_READ: {_SESSION: _EVERYONE},
        Permission.CONVERSATIONS_CREATE: {_SESSION: _WRITERS},
        Permission.CONVERSATIONS_DELETE: {_SESSION: _WRITERS},
        Permission.RUNS_READ: {_SESSION: _EVERYONE},
        Permission.RUNS_CREATE: {_SESSION: _WRITERS},
        Permission.RUNS_CANCEL: {_SESSION: _WRITERS},
        Permission.APPROVALS_READ: {_SESSION: _EVERYONE},
        Permission.APPROVALS_DECIDE: {_SESSION: _WRITERS},
        Permission.AGENTS_READ: {_SESSION: _EVERYONE, _KEY: _PARTNER},
        Permission.AGENTS_WRITE: {_KEY: _PARTNER},
        Permission.SETTINGS_READ: {_KEY: _PARTNER},
        Permission.SETTINGS_WRITE: {_KEY: _PARTNER},
        Permission.ORGANIZATIONS_READ: {_KEY: _PARTNER},
        Permission.ORGANIZATIONS_WRITE: {_KEY: _PARTNER},
        Permission.ORGANIZATIONS_ERASE: {_KEY: _PARTNER},
        Permission.USERS_READ: {_KEY: _PARTNER},
        Permission.USERS_WRITE: {_KEY: _PARTNER},
        Permission.USERS_ERASE: {_KEY: _PARTNER},
        Permission.SIGNING_KEYS_READ: {_KEY: _PARTNER},
        Permission.SIGNING_KEYS_WRITE: {_KEY: _PARTNER},
        Permission.API_KEYS_READ: {_KEY: _PARTNER},
        Permission.API_KEYS_WRITE: {_KEY: _PARTNER},
        Permission.FILES_READ: {_SESSION: _EVERYONE},
        Permission.FILES_CREATE: {_SESSION: _WRITERS},
        Permission.FILES_DELETE: {_SESSION: _WRITERS},
        Permission.KNOWLEDGE_READ: {_SESSION: _EVERYONE, _KEY: _PARTNER},
        Permission.KNOWLEDGE_WRITE: {_SESSION: _CURATORS, _KEY: _PARTNER},
        Permission.SECRETS_READ: {_KEY: _PARTNER},
        Permission.SECRETS_WRITE: {_KEY: _PARTNER},
        Permission.AUDIT_STREAMS_READ: {_KEY: _PARTNER},
        Permission.AUDIT_STREAMS_WRITE: {_KEY: _PARTNER},
        Permission.AUDIT_READ: {_SESSION: _ADMINS, _KEY: _PARTNER},
    }
)


class Reach(StrEnum):
    """Whose rows a role sees within its organization."""

    ALL = "all"
    OWN = "own"


GRANTABLE_BY_EMBED: Final = frozenset({Role.ADMIN, Role.MEMBER, Role.VIEWER})

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        role: frozenset(
            permission for permission, carriers in CARRIERS.items() if any(role in roles for roles in carriers.values())
        )
        for role in Role
    }
)


def reach(role: Role) -> Reach:
    """Whether the role sees everyone's rows of its organization, or its own alone: what the row policies go by."""
    return Reach.ALL if role in WIDE_ROLES else Reach.OWN
