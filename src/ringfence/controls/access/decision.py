"""Keeps ACC-01. The answer to "may this caller do that", from the matrix and nothing else.

Proved in tests/controls/test_access.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ringfence.base.principal import ActorKind, Principal
from ringfence.base.problem import forbidden
from ringfence.controls.access.matrix import CARRIERS
from ringfence.controls.access.permissions import CredentialKind, Permission

# Operators and the system itself hold no credential of the API, so every route refuses them.
_CREDENTIAL: Final[Mapping[ActorKind, CredentialKind]] = MappingProxyType(
    {ActorKind.USER: CredentialKind.SESSION, ActorKind.API_KEY: CredentialKind.API_KEY}
)


def require(principal: Principal, permission: Permission) -> None:
    """Returns when the caller may; else raises Problem 403 `forbidden`, which names the permission."""
    if not may(principal, permission):
        raise forbidden(f"This needs the permission {permission}.")


def may(principal: Principal, permission: Permission) -> bool:
    """Whether the caller's role carries the permission, by a credential that can carry it."""
    kind = kind_of(principal)
    if kind is None:
        return False
    if principal.role not in CARRIERS[permission].get(kind, ()):
        return False
    return kind is not CredentialKind.API_KEY or permission in principal.scopes


def kind_of(principal: Principal) -> CredentialKind | None:
    """Which kind of credential the caller holds; None for operators and the system, who hold none of the API."""
    return _CREDENTIAL.get(principal.kind)


def granted(principal: Principal) -> frozenset[Permission]:
    """Everything that the caller may do."""
    return frozenset(permission for permission in Permission if may(principal, permission))
