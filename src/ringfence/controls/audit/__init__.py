"""The audit log: one entry for each act, written in the act's own transaction. Keeps AUD-01, AUD-03, EMB-06.

Proved in tests/promises/test_audit.py and tests/controls/test_audit.py.
"""

from ringfence.controls.audit import inspecting, leaf, stalls, trees
from ringfence.controls.audit.acting import acting
from ringfence.controls.audit.actions import FORMS, Action
from ringfence.controls.audit.actors import Actor
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.entries import Outcome, entry, record
from ringfence.controls.audit.logs import Log, host_of
from ringfence.controls.audit.notes import BadNote, Note
from ringfence.controls.audit.origin import AddressHasher, Origin
from ringfence.controls.audit.pruning import Pruner
from ringfence.controls.audit.publishing import Pen, Publisher
from ringfence.controls.audit.queries import Entry, recent
from ringfence.controls.audit.reads import Reads
from ringfence.controls.audit.refusals import Attempts, Proven
from ringfence.controls.audit.resuming import Resuming, Stopped
from ringfence.controls.audit.sealing import Pace, Sealer
from ringfence.controls.audit.shapes import Unrecordable
from ringfence.controls.audit.signers import Signers
from ringfence.controls.audit.stalls import Stall
from ringfence.controls.audit.storing import Depot
from ringfence.controls.audit.trees import DamagedTree, Head, SealedEntry
from ringfence.controls.audit.vouching import Vouched, vouched
from ringfence.controls.audit.witness import Witnesses, parse_witnesses

__all__ = [
    "FORMS",
    "Action",
    "Actor",
    "AddressHasher",
    "Attempts",
    "BadNote",
    "Checkpoint",
    "DamagedTree",
    "Depot",
    "Entry",
    "Head",
    "Log",
    "Note",
    "Origin",
    "Outcome",
    "Pace",
    "Pen",
    "Proven",
    "Pruner",
    "Publisher",
    "Reads",
    "Resuming",
    "SealedEntry",
    "Sealer",
    "Signers",
    "Stall",
    "Stopped",
    "Unrecordable",
    "Vouched",
    "Witnesses",
    "acting",
    "entry",
    "host_of",
    "inspecting",
    "leaf",
    "parse_witnesses",
    "recent",
    "record",
    "stalls",
    "trees",
    "vouched",
]
