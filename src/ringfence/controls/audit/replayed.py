"""What a leaf that is put back says of itself; the database takes its entry out of it. Keeps AUD-04.

Proved in tests/controls/test_audit_recovering.py.
"""

from uuid import UUID

from ringfence.base import ids
from ringfence.controls.audit import leaf
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import BadNote


def entry_id(log: Log, data: bytes) -> UUID:
    """The id that a leaf's entry has; a new one where its data is gone, or where it is of the instance tree."""
    return ids.new() if log.is_instance or not data else UUID(leaf.read(data).id)


def log_of(text: bytes) -> Log | None:
    """The log that a leaf of the instance tree is a checkpoint of; None for what is none."""
    try:
        return Log.parse(Checkpoint.parse(text.decode()).origin.rpartition("/audit/")[2])
    except (BadNote, ValueError):
        return None
