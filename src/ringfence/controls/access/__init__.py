"""Who may do what: one enum of permissions and one matrix of roles, asked by every route.

Others ask `require(principal, permission)` and never look at a role themselves.

Keeps ACC-01, ACC-02, KEY-01. Proved in tests/controls/test_access.py and tests/attacks/matrix.
"""

from ringfence.controls.access.approvers import Approvers, may_approve
from ringfence.controls.access.decision import granted, kind_of, may, require
from ringfence.controls.access.matrix import CARRIERS, GRANTABLE_BY_EMBED, MATRIX, Reach, reach
from ringfence.controls.access.permissions import CredentialKind, Permission
from ringfence.controls.access.scopes import PARTNER_SCOPES, narrow, parse
from ringfence.controls.tenancy import WIDE_ROLES

__all__ = [
    "CARRIERS",
    "GRANTABLE_BY_EMBED",
    "MATRIX",
    "PARTNER_SCOPES",
    "WIDE_ROLES",
    "Approvers",
    "CredentialKind",
    "Permission",
    "Reach",
    "granted",
    "kind_of",
    "may",
    "may_approve",
    "narrow",
    "parse",
    "reach",
    "require",
]
