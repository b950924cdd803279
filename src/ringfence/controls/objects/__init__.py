"""Where the bytes of files lie: a directory or an S3-compatible store, which hold sealed streams and nothing else.

A key is `org/<organization>/<object>`, both in hex; the object's half is random and stands in the file's row alone.
What is handed over is sealed already (`vault.seal_stream`): the store, its operator and its backups read nothing.
The audit log's tiles and checkpoints lie beside them, in a folder of their own (audit.py); whose the store is, says a
marker, and nobody else changes anything there (ownership.py).

Keeps TEN-07, AGT-07 (in part). Proved in tests/controls/test_objects.py.
"""

from ringfence.controls.objects.audit import AUDIT_PREFIX, AuditObjects, is_audit_path
from ringfence.controls.objects.bounds import FileBounds
from ringfence.controls.objects.key import ObjectKey
from ringfence.controls.objects.marker import MARKER_PATH, Marker
from ringfence.controls.objects.ownership import TURN_SECONDS, NotOwned, Ownership, Standing, State
from ringfence.controls.objects.place import BadPlace, Place
from ringfence.controls.objects.store import Listed, NoObject, ObjectStore

__all__ = [
    "AUDIT_PREFIX",
    "MARKER_PATH",
    "TURN_SECONDS",
    "AuditObjects",
    "BadPlace",
    "FileBounds",
    "Listed",
    "Marker",
    "NoObject",
    "NotOwned",
    "ObjectKey",
    "ObjectStore",
    "Ownership",
    "Place",
    "Standing",
    "State",
    "is_audit_path",
]
