"""The vectors of one owner in memory, opened, and the exact search through them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .queries import Hit
from .segments import Segment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK: Final = 256
"""Rows that are turned into floats at a time: few enough to stay in the processor's cache, five times as fast."""


@dataclass(frozen=True, slots=True)
class HeldSegment:
    """A segment and the file that it is of."""

    file_id: UUID
    segment: Segment


@dataclass(slots=True)
class Held:
    """All segments of one owner by their ids; the matrix over them is made anew when they change."""

    stamp: tuple[int, int] = (0, 0)
    """Count and exclusive-or of the segments' ids, as the database told them."""
    segments: Mapping[UUID, HeldSegment] = field(default_factory=dict[UUID, HeldSegment])
    _files: Sequence[UUID] = ()
    _rows: "npt.NDArray[np.int32] | None" = None
    """Of each row of the matrix, which file it is of."""
    _all: Segment | None = None

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory: the matrix and the segments that it was made of."""
        return 2 * sum(each.segment.values.nbytes for each in self.segments.values())

    def replace(self, segments: Mapping[UUID, HeldSegment], stamp: tuple[int, int]) -> None:
        """Takes these instead of what was there."""
        import numpy as np  # noqa: PLC0415 - see segments

        self.segments, self.stamp = segments, stamp
        # A model that answers in another length than before: its newest files are the ones that can be compared.
        newest = list(segments.values())[-1].segment.values.shape[1] if segments else 0
        parts = [each for each in segments.values() if each.segment.values.shape[1] == newest]
        self._files = tuple(dict.fromkeys(each.file_id for each in parts))
        if not parts:
            self._all = self._rows = None
            return
        number = {file_id: at for at, file_id in enumerate(self._files)}
        self._rows = np.repeat([number[each.file_id] for each in parts], [len(each.segment.seqs) for each in parts])
        self._all = Segment(
            np.concatenate([each.segment.seqs for each in parts]),
            np.concatenate([each.segment.scales for each in parts]),
            np.concatenate([each.segment.values for each in parts]),
        )

    def near(
        self, wanted: "npt.NDArray[np.float32]", *, file_ids: Collection[UUID] | None, limit: int
    ) -> Sequence[Hit]:
        """The chunks whose vectors point the most in this direction, by their cosines; in some files, or in all."""
        import numpy as np  # noqa: PLC0415 - see segments

        everything, rows = self._all, self._rows
        if everything is None or rows is None or everything.values.shape[1] != wanted.shape[0]:
            return ()
        cosines = _dots(everything.values, wanted) * everything.scales
        if file_ids is not None:
            asked = [at for at, file_id in enumerate(self._files) if file_id in file_ids]
            cosines[~np.isin(rows, asked)] = -np.inf
        best = np.argpartition(-cosines, limit)[:limit] if limit < len(cosines) else np.arange(len(cosines))
        ordered = best[np.argsort(-cosines[best], kind="stable")]
        return tuple(
            Hit(self._files[int(rows[at])], int(everything.seqs[at]), float(cosines[at]))
            for at in ordered
            if np.isfinite(cosines[at])
        )


def _dots(values: "npt.NDArray[np.int8]", wanted: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
    """The product of each row with a vector."""
    import numpy as np  # noqa: PLC0415 - see segments

    dots = np.empty(len(values), dtype=np.float32)
    floats = np.empty((_BLOCK, values.shape[1]), dtype=np.float32)
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        np.copyto(floats[: len(block)], block)
        np.dot(floats[: len(block)], wanted, out=dots[start : start + len(block)])
    return dots
