"""Citations: marks that stand before each passage of a file that a model reads, and that it repeats where it uses one.

A mark counts only where this very run gave the model the passage: what an answer cites was read. Keeps AGT-07.
Proved in tests/promises/test_files_in_runs.py.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from ringfence.features.files.indexing import Chunk

from .events import Source

MOST: Final = 50
_MARK: Final = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{8}:[1-9]\d{0,5})(?![0-9])")


def source(file_id: UUID, name: str, chunk: Chunk) -> Source:
    """The passage as it can be cited: `1a2b3c4d:7`, from the random end of the file's id."""
    return Source(f"{file_id.hex[-8:]}:{chunk.seq}", str(file_id), name, chunk.locator)


def passage(read: Source, text: str) -> str:
    """The passage as a model reads it."""
    return f"[{read.marker}] {read.locator}\n{text}"


def cited(text: str, *sources: Mapping[str, Source]) -> tuple[Source, ...]:
    """What the text cites of these, each once, in its order; a mark of anything else is only text."""
    if not any(sources):
        return ()
    named = dict.fromkeys(_MARK.findall(text))
    found = (next((some[mark] for some in sources if mark in some), None) for mark in named)
    return tuple(one for one in found if one is not None)[:MOST]


def by_marker(sources: Iterable[Source]) -> dict[str, Source]:
    """The sources by their marks."""
    return {one.marker: one for one in sources}
