"""The tree over all trees: each checkpoint of a log that is published becomes a leaf of it. Keeps AUD-04.

Its own checkpoint is public, and may be cosigned by witnesses, who then vouch for every log without seeing any. Proved
in tests/controls/test_audit_publishing.py.
"""

from collections.abc import Sequence
from typing import Final

from ringfence.base.merkle import CompactRange, leaf_hash
from ringfence.controls.audit import heads
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import BadNote, Note
from ringfence.controls.audit.trees import NODE_HEIGHT
from ringfence.controls.tenancy import Database, PlatformScope, publication
from ringfence.controls.tenancy.publication import Grown

_AT_ONCE: Final = 256


async def enter(database: Database) -> int:
    """Appends a leaf for each checkpoint that has none; gives how many: 0 where another process was first."""
    found = (await database.read(PlatformScope(), publication.to_enter(_AT_ONCE)))[0]
    rows = [row for row in found if _is_note(row.note)]
    if not rows:
        return 0
    texts = [Note.parse(row.note).text for row in rows]
    head = await heads.find(database, Log.instance())
    grown = grow(head.tree if head is not None else CompactRange(), [leaf_hash(text.encode()) for text in texts])
    return (await database.write(PlatformScope(), publication.enter(grown, rows, texts)))[0][0]


def _is_note(text: str) -> bool:
    """Whether it is one: raw SQL can show anything of one log, and the others go on."""
    try:
        Checkpoint.parse(Note.parse(text).text)
    except BadNote:
        return False
    return True


def grow(tree: CompactRange, hashes: Sequence[bytes]) -> Grown:
    """What a tree becomes with more leaf hashes; `tree` goes on to that."""
    expected = tree.size
    formed = tree.grow(hashes, every=NODE_HEIGHT)
    return Grown(
        expected,
        list(hashes),
        tree.root(),
        tree.encode(),
        [each.height // NODE_HEIGHT for each in formed],
        [each.index for each in formed],
        [each.hash for each in formed],
    )
