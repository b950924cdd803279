"""Keeps TEN-07, AUD-04. The one object that says whose a store is, exchanged by nobody who has not seen it.

On S3 by conditional puts (If-None-Match, If-Match), in a directory under a lock of its file system. Proved in
tests/controls/test_store_ownership.py, on a directory and over S3's protocol.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from ringfence.controls.objects import directory
from ringfence.controls.objects.place import Place
from ringfence.controls.objects.store import failures, listed

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import LocalStore, S3Store

MARKER_PATH: Final = "owner.json"
_MOST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Marked:
    """The marker as it was read, and the version that an exchange names."""

    content: bytes
    version: str | None = None


@final
class Marker:
    """The marker of the store at one place. Problem 503 `storage_unavailable` or `storage_full` where it fails."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._store: LocalStore | S3Store | None = None

    async def find(self) -> Marked | None:
        """The marker, or None where nobody put one."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        root = self._place.directory
        with failures(None):
            try:
                if root is not None:
                    return Marked(await asyncio.to_thread((root / MARKER_PATH).read_bytes))
                found = await obstore.get_async(self._opened(), MARKER_PATH)
                if found.meta["size"] > _MOST_BYTES:
                    raise OSError("the marker is larger than any that we write")
                return Marked(bytes(await found.bytes_async()), found.meta["e_tag"])
            except FileNotFoundError:
                return None

    async def put(self, content: bytes, *, before: Marked | None) -> bool:
        """Puts it in the place of the one that was read, or of none; False where another was faster."""
        root = self._place.directory
        with failures(None):
            if root is not None:
                known = before.content if before is not None else None
                return await asyncio.to_thread(directory.exchange, root, MARKER_PATH, known, content)
            if not await self._put(content, "create" if before is None else {"e_tag": before.version}):
                return False
        # A server that knows no conditions would have let two of us through: the last one is the one that counts.
        found = await self.find()
        return found is not None and found.content == content

    async def is_alone(self) -> bool:
        """Whether nothing else lies in the store."""
        async for found in listed(self._place, self._opened(), "", after=None):
            if found.path != MARKER_PATH:
                return False
        return True

    async def _put(self, content: bytes, mode: "PutMode") -> bool:
        import obstore  # noqa: PLC0415 - costly: see Place.open
        from obstore.exceptions import AlreadyExistsError, PreconditionError  # noqa: PLC0415 - as above

        try:
            await obstore.put_async(self._opened(), MARKER_PATH, content, mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            return False
        return True

    def _opened(self) -> "LocalStore | S3Store":
        if self._store is None:
            self._store = self._place.open()
        return self._store
