"""Keeps TEN-07, AGT-07. Puts, reads, lists and deletes objects, in constant memory for any size.

An object appears whole or not at all. Proved in tests/controls/test_objects.py, on a directory and over S3's protocol.
"""

import asyncio
import errno
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, final

from ringfence.base.problem import Problem, storage_full, unavailable
from ringfence.controls.objects import directory
from ringfence.controls.objects.key import PREFIX, ObjectKey
from ringfence.controls.objects.place import Place

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import LocalStore, S3Store

# S3 takes no smaller parts but the last; two on their way at once bound the memory of an upload.
_PART_BYTES: Final = 5 * 1024 * 1024
_PARTS_AT_ONCE: Final = 2
_READ_BYTES: Final = 1024 * 1024
_LISTED_AT_ONCE: Final = 500
Guard = Callable[[], Awaitable[None]]
"""Called before anything is changed in the store: what it raises keeps it as it is (Ownership.hold)."""


class NoObject(Problem):
    """The store has no such object though a row names it: an inconsistency, so 500, and the log says which."""

    def __init__(self, key: ObjectKey) -> None:
        super().__init__(500, "integrity", "This could not be read.", cause=f"no object {key.path}")


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in the store; `key` is None for what lies there under a name that is none of ours."""

    path: str
    key: ObjectKey | None
    size_bytes: int
    changed_at: datetime


@final
class ObjectStore:
    """The objects at one place. Problem 503 `storage_unavailable` or `storage_full` where the store fails.

    What `guard` raises is raised by whatever would change the store.
    """

    def __init__(self, place: Place, guard: Guard | None = None) -> None:
        self._place = place
        self._guard = guard
        self._store: LocalStore | S3Store | None = None

    async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes]) -> int:
        """Stores what the chunks give, on the disk when it returns; gives its size.

        Where `chunks` raises, nothing is stored and that is raised.
        """
        import obstore  # noqa: PLC0415 - costly: see Place.open

        await self.hold()
        counted = _Counted(chunks)
        try:
            with failures(None):
                await obstore.put_async(
                    self._opened(),
                    key.path,
                    counted.chunks(),
                    use_multipart=True,
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
                if self._place.directory is not None:
                    await asyncio.to_thread(directory.sync, self._place.directory / key.path)
        except Exception:
            if counted.failure is not None:
                raise counted.failure from None
            raise
        return counted.size_bytes

    async def get(self, key: ObjectKey, *, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """The object's bytes from `offset`, at most `length` of them, in pieces; NoObject."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        if length == 0:
            return
        options = _range(offset, length)
        with failures(key):
            found = await obstore.get_async(self._opened(), key.path, options=options)
            async for piece in found.stream(_READ_BYTES):
                yield bytes(piece)

    async def delete(self, *keys: ObjectKey) -> None:
        """Deletes them; what is not there is no failure."""
        import obstore  # noqa: PLC0415 - costly: see Place.open

        await self.hold()
        if self._place.directory is None and keys:
            with failures(None):
                await obstore.delete_async(self._opened(), [key.path for key in keys])
            return
        for key in keys:
            with failures(key):
                try:
                    await obstore.delete_async(self._opened(), key.path)
                except FileNotFoundError:
                    continue

    async def list_(self, prefix: str = PREFIX, *, after: str | None = None) -> AsyncGenerator[Listed]:
        """The objects below a prefix, behind the path `after` in the order of their names."""
        async for found in listed(self._place, self._opened(), prefix, after=after):
            yield found

    async def clear_unfinished(self, before: datetime) -> int:
        """Removes what killed processes left half-written before then; a rule of the bucket does it on S3."""
        await self.hold()
        if self._place.directory is None:
            return 0
        return await asyncio.to_thread(directory.clear, self._place.directory, before.timestamp())

    async def hold(self) -> None:
        """Returns where the store may be changed; else raises why not."""
        if self._guard is not None:
            await self._guard()

    def _opened(self) -> "LocalStore | S3Store":
        if self._store is None:
            self._store = self._place.open()
        return self._store


async def listed(
    place: Place, store: "LocalStore | S3Store", prefix: str, *, after: str | None
) -> AsyncGenerator[Listed]:
    """The objects of an opened place below a prefix, behind `after`, in the order of their names."""
    import obstore  # noqa: PLC0415 - costly: see Place.open

    if place.directory is not None:
        async for file in directory.list_(place.directory, prefix, after=after):
            yield Listed(file.path, ObjectKey.parse(file.path), file.size_bytes, file.changed_at)
        return
    with failures(None):
        # One of its overloads gives tables of a library that we do not have.
        pages = obstore.list(store, prefix, offset=after, chunk_size=_LISTED_AT_ONCE)  # pyright: ignore[reportUnknownMemberType] - see above
        async for page in pages:
            for found in page:
                path = found["path"]
                yield Listed(path, ObjectKey.parse(path), found["size"], found["last_modified"])


class _Counted:
    """Chunks on their way: how many bytes they were, and why they broke off."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.size_bytes = 0
        self.failure: Exception | None = None

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._chunks:
                self.size_bytes += len(chunk)
                yield chunk
        except Exception as failure:
            self.failure = failure
            raise


def _range(offset: int, length: int | None) -> "GetOptions | None":
    if length is not None:
        return {"range": (offset, offset + length)}
    return {"range": {"offset": offset}} if offset else None


@contextmanager
def failures(key: ObjectKey | None) -> Generator[None]:
    """The store's failures as problems: 503, or NoObject where the object was named."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - costly: see Place.open

    try:
        yield
    except FileNotFoundError as failure:
        if key is None:
            raise unavailable("storage_unavailable", "Files cannot be reached now.", cause=_name(failure)) from failure
        raise NoObject(key) from failure
    except (BaseError, OSError) as failure:
        if getattr(failure, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "No space left" in str(failure):
            raise storage_full("the object store") from failure
        raise unavailable("storage_unavailable", "Files cannot be reached now.", cause=_name(failure)) from failure


def _name(failure: Exception) -> str:
    return f"object store: {type(failure).__name__}"
