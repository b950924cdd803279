"""A file to hand in: by its path, as bytes, or open for reading."""

import io
import mimetypes
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Source = str | os.PathLike[str] | bytes | BinaryIO


@dataclass(frozen=True, slots=True)
class Upload:
    """What is handed in, and its name where that is not the path's own."""

    source: Source
    name: str | None = None

    @contextmanager
    def opened(self) -> Generator[tuple[str, BinaryIO, str]]:
        """Name, content and media type. What was opened here is closed here. ValueError for content without a name."""
        if isinstance(self.source, (str, os.PathLike)):
            path = Path(self.source)
            with path.open("rb") as file:
                yield _named(self.name or path.name, file)
        elif isinstance(self.source, bytes):
            yield _named(self.name, io.BytesIO(self.source))
        else:
            yield _named(self.name, self.source)


def _named(name: str | None, content: BinaryIO) -> tuple[str, BinaryIO, str]:
    if not name:
        raise ValueError("name: what is no path needs one, such as handbook.pdf")
    return name, content, mimetypes.guess_type(name)[0] or "application/octet-stream"
