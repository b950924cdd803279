"""The audit log as its readers see it: a page of entries, exports, checkpoints, and what proves an entry.

The root includes the routers; `find`, `export` and `Reading` are for the page of an organization's log.
"""

from ringfence.features.audit_log.actions import checkpoint, chunks, export, exported, find, receipt
from ringfence.features.audit_log.bodies import EntryOut, FilterDep, Form, entry_out
from ringfence.features.audit_log.publication import router as public_router
from ringfence.features.audit_log.queries import EntryRow, Filter
from ringfence.features.audit_log.reach import Reading, by_operator, organization, own_organization, own_partner
from ringfence.features.audit_log.routes import partner_router, router

__all__ = [
    "EntryOut",
    "EntryRow",
    "Filter",
    "FilterDep",
    "Form",
    "Reading",
    "by_operator",
    "checkpoint",
    "chunks",
    "entry_out",
    "export",
    "exported",
    "find",
    "organization",
    "own_organization",
    "own_partner",
    "partner_router",
    "public_router",
    "receipt",
    "router",
]
