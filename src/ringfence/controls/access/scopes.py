"""Keeps KEY-01, ACC-01. The scopes of an API key: permissions, and never more than its maker's.

Proved in tests/controls/test_access.py.
"""

from collections.abc import Collection
from typing import Final

from ringfence.base.principal import Principal, Role
from ringfence.base.problem import FieldError, forbidden, unprocessable
from ringfence.controls.access.decision import granted
from ringfence.controls.access.matrix import CARRIERS
from ringfence.controls.access.permissions import CredentialKind, Permission

PARTNER_SCOPES: Final = frozenset(
    permission for permission, carriers in CARRIERS.items() if Role.PARTNER in carriers.get(CredentialKind.API_KEY, ())
)


def parse(names: Collection[str]) -> frozenset[Permission]:
    """The scopes by name. Problem 422 `unknown_scope` for a name that no API key can carry, and for none at all."""
    known = {str(scope): scope for scope in PARTNER_SCOPES}
    errors = [
        FieldError(f"/scopes/{at}", "No API key can carry this scope.")
        for at, name in enumerate(names)
        if name not in known
    ]
    if errors:
        raise unprocessable("unknown_scope", f"Scopes are: {', '.join(sorted(known))}.", errors)
    if not names:
        raise unprocessable("unknown_scope", "A key without any scope can do nothing: name one, or leave scopes out.")
    return frozenset(known[name] for name in names)


def narrow(maker: Principal, asked: frozenset[Permission] | None) -> frozenset[Permission]:
    """The scopes of a key made through the API: what was asked, or all that its maker holds.

    Problem 403 `forbidden` where the maker asks for more than it holds.
    """
    held = granted(maker) & PARTNER_SCOPES
    if asked is None:
        return held
    beyond = asked - held
    if beyond:
        raise forbidden(f"A key cannot give what its maker does not hold: {', '.join(sorted(beyond))}.")
    return asked
