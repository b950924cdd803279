"""Keeps AUD-04. The audit log's part of the store: hash tiles, sealed entries and checkpoints, in the folder `audit/`.

Nothing of it belongs to a file, so no sweep of files reaches it; an erased organization's log stays where it is.
Proved in tests/controls/test_objects_audit.py, on a directory and over S3's protocol.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final, final

from ringfence.controls.objects import directory
from ringfence.controls.objects.place import Place
from ringfence.controls.objects.store import Guard, failures, listed

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

AUDIT_PREFIX: Final = "audit/"
_SCOPES: Final = ("org", "partner", "platform", "instance")
_INDEX: Final = r"(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
_PATH: Final = re.compile(
    r"audit/keys/[0-9a-f]{8}(?:\.lost)?|"
    rf"audit/(?:org|partner|platform|instance)/[0-9a-f]{{32}}/(?:checkpoint|tile/(?:[0-9]{{1,2}}|entries)/{_INDEX})"
)
_MOST_BYTES: Final = 32_000_000
"""A full bundle of the longest entries has 16.8 million."""


@final
class AuditObjects:
    """Whole objects by their path. Problem 503 `storage_unavailable` or `storage_full` where the store fails.

    What `guard` raises is raised by whatever would change the store.
    """

    def __init__(self, place: Place, guard: Guard | None = None) -> None:
        self._place = place
        self._guard = guard
        self._store: LocalStore | S3Store | None = None

    async def hold(self) -> None:
        """Returns where the store may be changed; else raises why not."""
        if self._guard is not None:
            await self._guard()

    async def put(self, path: str, content: bytes) -> None:
        """Stores the object whole, in the place of one that was there; on the disk when it returns."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        store = self._opened(path)
        await self.hold()
        with failures(None):
            await obstore.put_async(store, path, content, use_multipart=False)
            if self._place.directory is not None:
                await asyncio.to_thread(directory.sync_up, self._place.directory, path)

    async def find(self, path: str) -> bytes | None:
        """The object, or None where there is none."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        store = self._opened(path)
        with failures(None):
            try:
                found = await obstore.get_async(store, path)
            except FileNotFoundError:
                return None
            if found.meta["size"] > _MOST_BYTES:
                raise OSError("an object of the audit log is larger than any that we write")
            return bytes(await found.bytes_async())

    async def delete(self, *paths: str) -> None:
        """Deletes them; what is not there is no failure."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        await self.hold()
        for path in paths:
            store = self._opened(path)
            with failures(None):
                try:
                    await obstore.delete_async(store, path)
                except FileNotFoundError:
                    continue

    async def folders(self) -> list[str]:
        """The folders of all logs that have an object here, as `audit/org/<id>`."""
        if self._place.directory is not None:
            found = (self._place.directory / AUDIT_PREFIX).glob("*/*")
            return await asyncio.to_thread(
                lambda: sorted(f"{AUDIT_PREFIX}{each.parent.name}/{each.name}" for each in found)
            )
        import obstore  # noqa: PLC0415 - costly: see Place.open

        store, folders = self._opened(None), list[str]()
        with failures(None):
            for scope in _SCOPES:
                # One of its overloads gives tables of a library that we do not have.
                found = await obstore.list_with_delimiter_async(store, f"{AUDIT_PREFIX}{scope}/")  # pyright: ignore[reportUnknownMemberType] - see above
                folders.extend(folder.rstrip("/") for folder in found["common_prefixes"])
        return folders

    async def paths(self, prefix: str = AUDIT_PREFIX) -> AsyncGenerator[str]:
        """The paths of all objects below a prefix, in their order."""
        if not prefix.startswith(AUDIT_PREFIX):
            raise ValueError("the audit log's objects lie below audit/")
        async for found in listed(self._place, self._opened(None), prefix, after=None):
            if is_audit_path(found.path):
                yield found.path

    def _opened(self, path: str | None) -> "LocalStore | S3Store":
        if path is not None and not is_audit_path(path):
            raise ValueError("this is no path of the audit log's")
        if self._store is None:
            self._store = self._place.open()
        return self._store


def is_audit_path(path: str) -> bool:
    """Whether an object of the audit log may lie there."""
    return _PATH.fullmatch(path) is not None
