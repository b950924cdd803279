"""Objects in a directory and on a server of S3's protocol: whole or not at all, each under its organization."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.base.problem import Problem
from ringfence.controls.objects import BadPlace, NoObject, ObjectKey, ObjectStore, Place

ROSE, THORN = OrgId(ids.new()), OrgId(ids.new())
LARGE = 17 * 1024 * 1024 + 5


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server of S3's protocol over real HTTP, on a port of its own."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: PLC0415 - takes seconds

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1"}.items():
        patch.setenv(name, value)
    yield f"http://{host}:{port}"
    patch.undo()
    server.stop()


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "directory":
        return ObjectStore(Place.parse(f"file://{tmp_path}/objects", default=tmp_path))
    endpoint = request.getfixturevalue("s3")
    bucket = f"rose-{uuid4().hex[:12]}"
    make_bucket(endpoint, bucket)
    return ObjectStore(Place.parse(f"s3://{bucket}/ringfence/eu", default=tmp_path, endpoint=endpoint))


def make_bucket(endpoint: str, bucket: str) -> None:
    import boto3  # noqa: PLC0415 - as above

    client = boto3.client("s3", endpoint_url=endpoint, region_name="eu-west-1")
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


async def pieces(content: bytes, size: int = 1_000_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def read(store: ObjectStore, key: ObjectKey, **part: int) -> bytes:
    return b"".join([piece async for piece in store.get(key, **part)])


async def paths(store: ObjectStore, **more: str) -> list[str]:
    return sorted([found.path async for found in store.list_(**more)])


@pytest.mark.promise("AGT-07", "TEN-07")
async def test_an_object_comes_back_whole_and_in_parts(store: ObjectStore):
    content, key = os.urandom(LARGE), ObjectKey.new(ROSE)
    assert await store.put(key, pieces(content)) == LARGE
    assert await read(store, key) == content
    assert await read(store, key, offset=LARGE - 10) == content[-10:]
    assert await read(store, key, offset=6_000_000, length=5) == content[6_000_000:6_000_005]
    assert await read(store, key, offset=5, length=0) == b""
    [found] = [found async for found in store.list_()]
    assert (found.key, found.size_bytes) == (key, LARGE)


@pytest.mark.promise("AGT-07")
async def test_what_breaks_off_is_not_there(store: ObjectStore):
    async def cut() -> AsyncIterator[bytes]:
        yield os.urandom(6_000_000)
        raise Problem(400, "incomplete_body")

    key = ObjectKey.new(ROSE)
    with pytest.raises(Problem, match="incomplete_body"):
        await store.put(key, cut())
    with pytest.raises(NoObject):
        await read(store, key)
    assert await paths(store) == []


@pytest.mark.promise("TEN-07")
async def test_objects_lie_under_their_organization(store: ObjectStore):
    keys = [ObjectKey.new(org) for org in (ROSE, ROSE, THORN)]
    for key in keys:
        await store.put(key, pieces(b"sealed"))
    assert await paths(store) == sorted(f"org/{key.org_id.hex}/{key.object_id.hex}" for key in keys)
    assert await paths(store, prefix=f"org/{THORN.hex}/") == [keys[2].path]
    first, *rest = await paths(store)
    assert await paths(store, after=first) == rest


@pytest.mark.promise("AGT-07")
async def test_deleting_is_done_when_it_is_done_twice(store: ObjectStore):
    keys = [ObjectKey.new(ROSE) for _ in range(3)]
    for key in keys[:2]:
        await store.put(key, pieces(b"sealed"))
    await store.delete(*keys)
    await store.delete(*keys)
    await store.delete()
    assert await paths(store) == []


@pytest.mark.promise("AGT-07")
async def test_an_empty_object_is_one(store: ObjectStore):
    key = ObjectKey.new(ROSE)
    assert await store.put(key, pieces(b"")) == 0
    assert await read(store, key) == b""


@pytest.mark.promise("AGT-07")
async def test_a_store_that_is_away_is_said_to_be(s3: str, tmp_path: Path):
    nowhere = ObjectStore(Place.parse("s3://no-such-bucket", default=tmp_path, endpoint=s3))
    (tmp_path / "file").write_text("in the way")
    blocked = ObjectStore(Place(tmp_path / "file" / "objects"))
    for store in (nowhere, blocked):
        with pytest.raises(Problem) as refusal:
            await store.put(ObjectKey.new(ROSE), pieces(b"sealed"))
        assert (refusal.value.status, refusal.value.code) == (503, "storage_unavailable")


def test_a_key_is_random_and_its_path_reads_back():
    key = ObjectKey.new(ROSE)
    assert ObjectKey.parse(key.path) == key
    assert len({ObjectKey.new(ROSE).object_id for _ in range(1000)}) == 1000
    for odd in ("", "org/x/y", key.path + "#1", key.path.upper(), f"org/{ROSE}/{ROSE}", "../" + key.path):
        assert ObjectKey.parse(odd) is None


def test_an_address_is_one_of_two_kinds(tmp_path: Path):
    assert Place.parse(None, default=tmp_path) == Place(tmp_path)
    assert Place.parse("file:///var/lib/r%20x", default=tmp_path) == Place(Path("/var/lib/r x"))
    assert Place.parse("s3://roses/a/b/", default=tmp_path) == Place(None, "roses", "a/b")
    for odd in ("http://x", "file://host/x", "file:x", "s3://", "roses"):
        with pytest.raises(BadPlace):
            Place.parse(odd, default=tmp_path)
