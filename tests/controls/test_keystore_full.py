"""A keystore on a full disk refuses, changes nothing, and goes on once there is room."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import Destroyed, FileKeystore, Full, KeyOwner, disk

ROSE, THORN = KeyOwner.organization(OrgId(ids.new())), KeyOwner.organization(OrgId(ids.new()))


@contextmanager
def no_file_beyond(size_bytes: int) -> Iterator[None]:
    """The kernel takes no byte behind this one of any file: a write is cut short there, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def opened(data: Path) -> FileKeystore:
    return FileKeystore.beside(data, encryption_key=None)


def log_of(data: Path) -> Path:
    return data / "keystore" / "00000001.log"


@pytest.mark.promise("CRY-03")
@pytest.mark.parametrize("room_bytes", [0, 1, 100])
def test_a_key_that_finds_no_room_leaves_no_torn_file(tmp_path: Path, room_bytes: int):
    keys = opened(tmp_path)
    rose = keys.create(ROSE)
    before = log_of(tmp_path).read_bytes()
    with no_file_beyond(len(before) + room_bytes), pytest.raises(Full) as refused:
        keys.create(THORN)
    assert (refused.value.status, refused.value.code) == (503, "storage_full")
    assert log_of(tmp_path).read_bytes() == before
    assert opened(tmp_path).unwrap(ROSE).key_id == rose.key_id
    assert keys.create(THORN).key_id == opened(tmp_path).unwrap(THORN).key_id


@pytest.mark.promise("CRY-03")
def test_a_destruction_that_finds_no_room_destroys_nothing_and_can_be_asked_for_again(tmp_path: Path):
    keys = opened(tmp_path)
    keys.create(ROSE)
    keys.create(THORN)
    with no_file_beyond(150), pytest.raises(Full):
        keys.destroy(ROSE)
    assert opened(tmp_path).unwrap(ROSE).key_id == keys.unwrap(ROSE).key_id
    keys.destroy(ROSE)
    with pytest.raises(Destroyed):
        keys.unwrap(ROSE)
    assert opened(tmp_path).unwrap(THORN).key_id == keys.unwrap(THORN).key_id


def test_another_failure_of_the_disk_is_none_of_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    keys = opened(tmp_path)

    def broken(*_arguments, **_named) -> None:
        raise OSError(5, "planned")

    monkeypatch.setattr(disk, "append", broken)
    with pytest.raises(OSError, match="planned"):
        keys.create(ROSE)
