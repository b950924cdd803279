"""Tenant isolation: the only code that talks to the database driver. Keeps TEN-01, TEN-02, TEN-03, TEN-04.

Proved in tests/promises/test_tenancy.py and tests/attacks/.
"""

from ringfence.controls.tenancy import attempts, functions, lints
from ringfence.controls.tenancy.context import (
    PLATFORM_ID,
    WIDE_ROLES,
    ContextKey,
    OrgScope,
    PartnerScope,
    PersonScope,
    PlatformScope,
    Scope,
    scope_of,
)
from ringfence.controls.tenancy.database import Database, OrgTx, PartnerTx, PlatformTx, Tx
from ringfence.controls.tenancy.errors import FOREIGN_KEY, UNIQUE, DatabaseError, Fenced, Unapproved
from ringfence.controls.tenancy.provision import (
    NotProvisioned,
    context_key,
    newest_context,
    provision_context,
    rotate_context,
    watch_logins,
)
from ringfence.controls.tenancy.roles import DangerousRole, refuse_dangerous, role_faults
from ringfence.controls.tenancy.statement import Bound, Statement, nothing, scalar

__all__ = [
    "FOREIGN_KEY",
    "PLATFORM_ID",
    "UNIQUE",
    "WIDE_ROLES",
    "Bound",
    "ContextKey",
    "DangerousRole",
    "Database",
    "DatabaseError",
    "Fenced",
    "NotProvisioned",
    "OrgScope",
    "OrgTx",
    "PartnerScope",
    "PartnerTx",
    "PersonScope",
    "PlatformScope",
    "PlatformTx",
    "Scope",
    "Statement",
    "Tx",
    "Unapproved",
    "attempts",
    "context_key",
    "functions",
    "lints",
    "newest_context",
    "nothing",
    "provision_context",
    "refuse_dangerous",
    "role_faults",
    "rotate_context",
    "scalar",
    "scope_of",
    "watch_logins",
]
