"""A keystore that is not as it should be does not open, and says what is wrong and the mend."""

import base64
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import Damaged, FileKeystore, KeyOwner, KeystoreRefusal, LocalRoot, disk, entry, epoch
from ringfence.controls.keystore.epoch import Epoch

ROSE_KEY = KeyOwner.organization(OrgId(ids.new()))
GOOD, OTHER = bytes(range(32)), bytes(range(32, 64))  # the same in every process: ids of tests hold them


@pytest.fixture
def data(tmp_path: Path):
    keys = FileKeystore.beside(tmp_path, encryption_key=None)
    keys.create(ROSE_KEY)
    keys.close()
    return tmp_path


def refusal(data: Path, encryption_key: str | None = None) -> str:
    with pytest.raises(KeystoreRefusal) as caught:
        FileKeystore.beside(data, encryption_key=encryption_key)
    return str(caught.value)


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize(
    "text",
    [
        GOOD.hex(),
        GOOD.hex().upper(),
        base64.b64encode(GOOD).decode(),
        base64.urlsafe_b64encode(GOOD).decode().rstrip("="),
    ],
    ids=["hex", "upper hex", "base64", "base64url"],
)
def test_the_root_key_may_come_from_the_environment_in_base64_or_hex(tmp_path, text):
    key = FileKeystore.beside(tmp_path, encryption_key=f" {text}\n").create(ROSE_KEY)
    again = FileKeystore.beside(tmp_path, encryption_key=GOOD.hex())
    assert again.unwrap(ROSE_KEY).key_id == key.key_id
    assert not (tmp_path / "root.key").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "0 bytes"),
        (GOOD.hex()[:32], "16 bytes"),
        (GOOD.hex() * 2, "64 bytes"),
        ("not a key!", "base64 or hex"),
        ("\u00e9" * 44, "base64 or hex"),
        ("00" * 32, "repeats"),
    ],
)
def test_a_root_key_that_is_none_is_refused_by_name(data, text, word):
    message = refusal(data, text)
    assert message.startswith("ENCRYPTION_KEY")
    assert word in message


@pytest.mark.promise("CRY-02")
def test_a_swapped_root_key_is_refused_with_both_fingerprints(data):
    message = refusal(data, OTHER.hex())
    assert LocalRoot(Secret(OTHER), "").fingerprint in message
    assert LocalRoot.from_file(data / "root.key").fingerprint in message


def test_a_missing_root_key_is_refused_and_not_made_anew(data):
    (data / "root.key").unlink()
    assert "root.key is missing" in refusal(data)
    assert not (data / "root.key").exists()


def test_a_root_key_file_that_is_cut_is_refused(data):
    (data / "root.key").write_bytes((data / "root.key").read_bytes()[:20])
    assert "root.key" in refusal(data)
    (data / "root.key").write_bytes(b"\xff\xfe")
    assert "base64 or hex" in refusal(data)


def test_a_root_key_that_cannot_be_read_is_refused(data):
    (data / "root.key").unlink()
    (data / "root.key").mkdir(mode=0o700)
    assert "cannot be read" in refusal(data)


@pytest.mark.parametrize(
    ("name", "mode", "mend"),
    [
        ("root.key", 0o640, "chmod 0600"),
        ("keystore", 0o750, "chmod 0700"),
        ("keystore/00000001.key", 0o604, "chmod 0600"),
        ("keystore/00000001.log", 0o660, "chmod 0600"),
    ],
)
def test_what_others_can_use_is_refused_with_the_mend(data, name, mode, mend):
    (data / name).chmod(mode)
    message = refusal(data)
    assert mend in message
    assert name in message


def test_what_belongs_to_another_user_is_refused(data, monkeypatch):
    monkeypatch.setattr(disk.os, "geteuid", lambda: 4711)
    assert "chown 4711" in refusal(data)


@pytest.mark.promise("CRY-02")
def test_everything_is_made_private(data):
    made = [data / "root.key", data / "keystore", *(data / "keystore").iterdir()]
    assert [path.name for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("text", ["", "0", "x", "1\n2", "123456789"])
def test_a_current_that_names_no_epoch_is_refused(data, text):
    (data / "keystore" / "CURRENT").write_text(text)
    assert "names no epoch" in refusal(data)


def test_a_lost_current_is_refused_and_nothing_is_begun_anew(data):
    (data / "keystore" / "CURRENT").unlink()
    assert "missing" in refusal(data, (data / "root.key").read_text())


def test_a_first_start_that_was_killed_begins_anew(tmp_path):
    keys = FileKeystore.beside(tmp_path, encryption_key=None)
    (tmp_path / "keystore" / "CURRENT").unlink()
    keys.close()
    FileKeystore.beside(tmp_path, encryption_key=None).create(ROSE_KEY)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("00000001.key", b"", "not an epoch key"),
        ("00000001.key", None, "changed or cut"),
        ("00000001.log", b"nonsense", "does not begin"),
    ],
)
def test_a_damaged_epoch_is_refused(data, name, content, word):
    path = data / "keystore" / name
    path.write_bytes(path.read_bytes()[:-1] if content is None else content)
    assert word in refusal(data)


@pytest.mark.parametrize("name", ["00000001.key", "00000001.log"])
def test_a_lost_epoch_is_refused_by_name(data, name):
    (data / "keystore" / name).unlink()
    assert name in refusal(data)


def test_a_switch_to_an_epoch_that_is_not_there_is_damage(data):
    keys = FileKeystore.beside(data, encryption_key=None)
    (data / "keystore" / "CURRENT").write_text("7")
    with pytest.raises(Damaged):
        keys.unwrap(ROSE_KEY)


def test_a_reader_that_met_a_switch_half_way_looks_again(data, monkeypatch):
    keys, other = (FileKeystore.beside(data, encryption_key=None) for _ in range(2))
    other.destroy(KeyOwner("organization/1"))
    opened = epoch.Epoch.__init__

    def overtaken(self, directory, number, roots):
        if number == 2:
            other.destroy(KeyOwner("organization/2"))
        opened(self, directory, number, roots)

    monkeypatch.setattr(Epoch, "__init__", overtaken)
    assert keys.status().epoch == 3


def test_a_path_that_does_not_fit_is_refused(data):
    keys = FileKeystore.beside(data, encryption_key=None)
    with pytest.raises(ValueError, match="too long"):
        keys.create(KeyOwner("organization/" + "0" * entry.PLAIN_BYTES))
