"""Vectors as they are sealed: unit vectors of one byte a dimension, up to 512 chunks of one file.

`version(1) | dimensions(2) | count(2) | chunk numbers(4 each) | scales(4 each) | values`, little-endian. numpy (the
extra `vectors`) is imported on first use: it costs what the rest of a small process costs together.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_HEAD: Final = struct.Struct("<BHH")
_VERSION: Final = 1
_MOST_DIMENSIONS: Final = 4096
_STEPS: Final = 127.0


class BadVectors(Exception):  # noqa: N818 - an outcome that its caller plans for
    """What a model gave cannot be kept: of no length, too long, or no numbers."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Vectors of chunks of one file: values times scale, row by row, have length 1."""

    seqs: "npt.NDArray[np.int32]"
    scales: "npt.NDArray[np.float32]"
    values: "npt.NDArray[np.int8]"


def unit(vector: Sequence[float]) -> "npt.NDArray[np.float32]":
    """The vector in length 1; BadVectors."""
    import numpy as np  # noqa: PLC0415 - see the module's docstring

    return _units(np.asarray([vector], dtype=np.float32))[0]


def pack(seqs: Sequence[int], vectors: Sequence[Sequence[float]]) -> bytes:
    """The bytes to seal; BadVectors."""
    import numpy as np  # noqa: PLC0415 - see the module's docstring

    units = _units(np.asarray(vectors, dtype=np.float32))
    scales = (np.abs(units).max(axis=1) / _STEPS).astype(np.float32)
    values = np.rint(units / scales[:, None]).astype(np.int8)
    head = _HEAD.pack(_VERSION, units.shape[1], len(seqs))
    return head + np.asarray(seqs, dtype="<i4").tobytes() + scales.astype("<f4").tobytes() + values.tobytes()


def unpack(packed: bytes) -> Segment:
    """The vectors of a segment that `pack` made."""
    import numpy as np  # noqa: PLC0415 - see the module's docstring

    version, dimensions, count = _HEAD.unpack_from(packed)
    if version != _VERSION:
        raise BadVectors("a version that this release does not know")
    at = _HEAD.size
    seqs = np.frombuffer(packed, dtype="<i4", count=count, offset=at)
    scales = np.frombuffer(packed, dtype="<f4", count=count, offset=at + 4 * count)
    values = np.frombuffer(packed, dtype=np.int8, count=count * dimensions, offset=at + 8 * count)
    return Segment(seqs, scales, values.reshape(count, dimensions))


def _units(vectors: "npt.NDArray[Any]") -> "npt.NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415 - see the module's docstring

    if vectors.ndim != 2 or not 0 < vectors.shape[1] <= _MOST_DIMENSIONS or not np.isfinite(vectors).all():  # noqa: PLR2004 - rows of numbers
        raise BadVectors("not finite numbers in rows of 1 to 4,096")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise BadVectors("a vector without a direction")
    return (vectors / lengths).astype(np.float32)
