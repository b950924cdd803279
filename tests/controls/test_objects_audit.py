"""The audit log's objects in a directory and over S3's protocol: whole, in a folder that no sweep of files enters."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from ringfence.base import clock
from ringfence.base.problem import Problem
from ringfence.controls.objects import AuditObjects, ObjectStore, Place, is_audit_path
from tests.controls import test_objects
from tests.controls.test_objects import make_bucket

s3 = test_objects.s3

FOLDER = f"audit/org/{'a' * 32}"
PATHS = [f"{FOLDER}/checkpoint", f"{FOLDER}/tile/0/000", f"{FOLDER}/tile/0/000.p/7", f"{FOLDER}/tile/entries/x001/234"]


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "directory":
        yield Place.parse(f"file://{tmp_path}/objects", default=tmp_path)
        return
    endpoint = request.getfixturevalue("s3")
    bucket = f"audit-{uuid4().hex[:12]}"
    make_bucket(endpoint, bucket)
    yield Place.parse(f"s3://{bucket}/eu", default=tmp_path, endpoint=endpoint)


@pytest.mark.promise("AUD-04")
async def test_objects_are_put_replaced_listed_and_deleted(place: Place):
    store = AuditObjects(place)
    assert await store.find(PATHS[0]) is None
    for path in PATHS:
        await store.put(path, b"first")
        await store.put(path, path.encode())
    assert [await store.find(path) for path in PATHS] == [path.encode() for path in PATHS]
    assert sorted([path async for path in store.paths()]) == sorted(PATHS)
    assert [path async for path in store.paths(f"{FOLDER}/tile/entries/")] == PATHS[3:]
    assert await store.folders() == [FOLDER]
    await store.delete(*PATHS[1:])
    await store.delete(*PATHS[1:])
    assert [path async for path in store.paths()] == PATHS[:1]


@pytest.mark.promise("AUD-04")
async def test_no_list_of_files_shows_them(place: Place):
    await AuditObjects(place).put(PATHS[0], b"x")
    assert [found async for found in ObjectStore(place).list_()] == []


@pytest.mark.parametrize(
    "path", ["org/a/b", f"{FOLDER}/../x", f"{FOLDER}/tile/0/1", f"{FOLDER}/tile/0/000.p/0", "audit/org/x"]
)
async def test_only_paths_of_the_log_are_taken(path: str, tmp_path: Path):
    store = AuditObjects(Place(tmp_path))
    assert not is_audit_path(path)
    with pytest.raises(ValueError, match="no path"):
        await store.put(path, b"x")
    with pytest.raises(ValueError, match="below audit/"):
        [found async for found in store.paths("org/")]


async def test_what_a_killed_process_left_half_written_goes(tmp_path: Path):
    left = tmp_path / FOLDER / "tile/0/000#1"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    long_ago = time.time() - 90_000
    os.utime(left, (long_ago, long_ago))
    assert [path async for path in AuditObjects(Place(tmp_path)).paths()] == []
    assert await ObjectStore(Place(tmp_path)).clear_unfinished(clock.now() - timedelta(days=1)) == 1
    assert not left.exists()


async def test_a_store_that_is_away_is_a_problem(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    store = AuditObjects(Place(tmp_path / "file" / "objects"))
    with pytest.raises((Problem, OSError)):
        await store.put(PATHS[0], b"x")
