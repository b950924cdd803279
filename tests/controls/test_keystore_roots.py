"""The root key may live in several places, be replaced by another, and is refused by name when it is the wrong one."""

from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import (
    Choice,
    KeyOwner,
    Keystore,
    KeystoreRefusal,
    LocalRoot,
    Roots,
    open_keystore,
)
from ringfence.controls.keystore.entry import retired_root

ROSE_KEY = KeyOwner.organization(OrgId(ids.new()))
OLD, NEW, OTHER = (bytes(range(start, start + 32)).hex() for start in (0, 32, 64))


def secret(text: str | None) -> Secret | None:
    return Secret(text.encode()) if text is not None else None


def opened(data: Path, now: str | None = None, before: str | None = None, **more) -> Keystore:
    choice = Choice(data=data, encryption_key=secret(now), encryption_key_previous=secret(before), **more)
    return open_keystore(choice)


def refusal(data: Path, now: str | None = None, before: str | None = None, **more) -> str:
    with pytest.raises(KeystoreRefusal) as caught:
        opened(data, now, before, **more)
    return str(caught.value)


def fingerprint(text: str) -> str:
    return LocalRoot.parse(text, source="").fingerprint


def rotated(data: Path) -> None:
    """Leaves the keystore as a rotation from OLD to NEW does."""
    keys = opened(data, NEW)
    keys._epoch.append(retired_root(fingerprint(OLD), clock.now()))  # pyright: ignore[reportAttributeAccessIssue] - the file one
    keys.close()


@pytest.mark.promise("CRY-02")
def test_a_keystore_sealed_under_the_previous_root_key_opens_beside_the_new_one(tmp_path):
    key = opened(tmp_path, OLD).create(ROSE_KEY)
    keys = opened(tmp_path, NEW, OLD)
    assert keys.unwrap(ROSE_KEY).key_id == key.key_id
    assert keys.status().root_fingerprint == fingerprint(NEW), "and is sealed under it from now on"


def test_destroying_a_key_does_not_move_to_the_new_root_key_while_others_have_the_old_one_alone(tmp_path):
    keys, behind = opened(tmp_path, OLD), opened(tmp_path, OLD)
    keys.create(ROSE_KEY)
    opened(tmp_path, NEW, OLD).destroy(ROSE_KEY)
    clock.travel(timedelta(seconds=2))
    assert behind.status().destroyed == 1
    clock.travel(timedelta())


@pytest.mark.promise("CRY-02")
def test_two_root_keys_of_which_neither_fits_are_refused_with_every_fingerprint(tmp_path):
    opened(tmp_path, OTHER)
    message = refusal(tmp_path, NEW, OLD)
    assert all(fingerprint(text) in message for text in (NEW, OLD, OTHER))
    assert "ENCRYPTION_KEY_PREV" in message


@pytest.mark.promise("CRY-02")
def test_root_keys_that_are_swapped_after_a_rotation_are_refused(tmp_path):
    rotated(tmp_path)
    message = refusal(tmp_path, OLD, NEW)
    assert "swapped" in message
    assert fingerprint(OLD) in message
    opened(tmp_path, NEW, OLD)


def test_root_keys_that_are_swapped_before_a_rotation_are_refused(tmp_path):
    opened(tmp_path, OLD)
    assert "may be swapped" in refusal(tmp_path, OLD, NEW)


def test_the_same_root_key_twice_is_refused(tmp_path):
    assert "the same root key" in refusal(tmp_path, OLD, OLD)
    assert not (tmp_path / "keystore" / "CURRENT").exists()


def test_a_previous_root_key_for_a_keystore_that_never_was_is_refused(tmp_path):
    assert "nothing was ever sealed" in refusal(tmp_path, NEW, OLD)


def test_a_wrong_previous_root_key_is_refused_by_its_own_name(tmp_path):
    opened(tmp_path, NEW)
    assert refusal(tmp_path, NEW, "abcd").startswith("ENCRYPTION_KEY_PREV holds 2 bytes")


def test_a_root_key_moves_from_the_file_to_the_environment(tmp_path):
    key = opened(tmp_path).create(ROSE_KEY)
    moved = opened(tmp_path, NEW, root_previous="file")
    assert moved.unwrap(ROSE_KEY).key_id == key.key_id
    (tmp_path / "root.key").unlink()
    assert "root.key is missing" in refusal(tmp_path, NEW, root_previous="file")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"root": "env"}, "ENCRYPTION_KEY is not set"),
        ({"root_previous": "env"}, "ENCRYPTION_KEY_PREV is not set"),
        ({"root": "floppy:a"}, "RINGFENCE_ROOT_KEY=floppy is no place"),
        ({"root": "file:/etc/key"}, "is no place"),
        ({"driver": "etcd:https://host"}, "RINGFENCE_KEYSTORE=etcd"),
    ],
)
def test_a_place_of_keys_that_is_none_is_refused_by_its_setting(tmp_path, more, word):
    assert word in refusal(tmp_path, **more)


def test_replaced_root_keys_are_neither_owners_nor_destroyed_ones(tmp_path):
    rotated(tmp_path)
    keys = opened(tmp_path, NEW)
    assert (keys.status().destroyed, keys.tombstones()) == (0, [])


def test_a_pair_without_a_previous_root_key_needs_no_history():
    Roots(LocalRoot.parse(NEW, source="")).check(fingerprint(NEW), retired=())
