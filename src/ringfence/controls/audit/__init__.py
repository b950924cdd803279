"""The audit log: one entry for each act, written in the act's own transaction. Keeps AUD-01, AUD-03, EMB-06.

Proved in tests/promises/test_audit.py and tests/controls/test_audit.py.
"""

from ringfence.controls.audit.actions import Action
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.entries import Outcome, entry, record
from ringfence.controls.audit.origin import AddressHasher, Origin
from ringfence.controls.audit.queries import Entry, RefusedLogin, recent, refused_logins
from ringfence.controls.audit.refusals import refused_login
from ringfence.controls.audit.shapes import Unrecordable

__all__ = [
    "Action",
    "Actor",
    "AddressHasher",
    "Entry",
    "Origin",
    "Outcome",
    "RefusedLogin",
    "Unrecordable",
    "entry",
    "recent",
    "record",
    "refused_login",
    "refused_logins",
]
