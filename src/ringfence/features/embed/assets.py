"""What the web build left in `static/`, in memory: served by the names of its manifest and by no path.

A new build is taken up while the server runs.
"""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, final

import msgspec

from ringfence.base.problem import unavailable

_MEDIA_TYPES: Final = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "woff2": "font/woff2",
}
_MANIFEST: Final = "manifest.json"


class _Entry(msgspec.Struct, frozen=True):
    file: str


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its address below /embed, its bytes as they are and compressed, and a name for exactly these bytes."""

    file: str
    media_type: str
    content: bytes
    zipped: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Build:
    """The files of one build, by their names in the manifest."""

    manifest: bytes
    named: dict[str, Asset]

    @property
    def version(self) -> str:
        """Changes with each file of the build."""
        return hashlib.sha256(self.manifest).hexdigest()[:12]

    def at(self, file: str) -> Asset | None:
        """The file that the manifest has at this address."""
        return next((asset for asset in self.named.values() if asset.file == file), None)


@final
class Assets:
    """The newest build."""

    def __init__(self, directory: Traversable | None = None) -> None:
        self._directory = directory or resources.files("ringfence.features.embed") / "static"
        self._build: Build | None = None

    def build(self) -> Build:
        """The build; Problem 503 `web_not_built` where there is none."""
        try:
            manifest = (self._directory / _MANIFEST).read_bytes()
            if self._build is None or self._build.manifest != manifest:
                self._build = self._read(manifest)
        except (FileNotFoundError, msgspec.DecodeError):
            # A build that is being written: the one before it is whole.
            if self._build is None:
                raise unavailable("web_not_built", "The widget was not built on this machine. Run: make web") from None
        return self._build

    def _read(self, manifest: bytes) -> Build:
        entries = msgspec.json.decode(manifest, type=dict[str, _Entry])
        return Build(manifest, {name: self._asset(entry.file) for name, entry in entries.items()})

    def _asset(self, file: str) -> Asset:
        content = self._directory.joinpath(*file.split("/")).read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:32]
        media_type = _MEDIA_TYPES[file.rpartition(".")[2]]
        return Asset(file, media_type, content, gzip.compress(content, 9, mtime=0), f'"{digest}"')
