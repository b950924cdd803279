"""Keeps ACC-02, AIS-04. Who may agree to what an agent asks for.

The database holds the same table against the signed context (schema/0008_approvals.sql, `app.keep_approval`); a test
compares the two. Proved in tests/controls/test_access.py and tests/promises/test_approvals.py.
"""

from typing import Final, Literal

from ringfence.base.principal import Principal, Role, UserId
from ringfence.controls.access.decision import may
from ringfence.controls.access.permissions import Permission

Approvers = Literal["user", "admin", "four_eyes"]
_ADMINS: Final = frozenset({Role.OWNER, Role.ADMIN})


def may_approve(principal: Principal, approvers: str, asker: UserId) -> bool:
    """Whether this caller decides about a call of the asker's run.

    `user`: the asker, or an administrator; `admin`: an administrator; `four_eyes`: one who is not the asker.
    """
    if not may(principal, Permission.APPROVALS_DECIDE):
        return False
    is_asker = principal.user_id == asker
    is_admin = principal.role in _ADMINS
    match approvers:
        case "user":
            return is_asker or is_admin
        case "admin":
            return is_admin
        case "four_eyes":
            return is_admin and not is_asker
        case _:
            return False
