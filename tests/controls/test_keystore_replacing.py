"""The root key in a file is replaced beside running processes, and a crash in between costs nothing."""

import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import Choice, FileKeystore, KeyOwner, KeystoreRefusal, LocalRoot, open_keystore
from ringfence.controls.keystore.opening import root_named, roots_of
from ringfence.controls.keystore.replacing import complete, replace_file

ROSE = KeyOwner.organization(OrgId(ids.new()))


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


def opened(data: Path) -> FileKeystore:
    keys = open_keystore(Choice(data=data))
    assert isinstance(keys, FileKeystore)
    return keys


@pytest.mark.promise("CRY-02")
def test_the_root_key_in_its_file_is_replaced_while_another_process_runs(tmp_path):
    running, command = opened(tmp_path), opened(tmp_path)
    rose, before = running.create(ROSE), (tmp_path / "root.key").read_bytes()
    fingerprint = replace_file(command, tmp_path)
    assert (tmp_path / "root.key").read_bytes() != before
    assert {path.name for path in tmp_path.iterdir()} == {"keystore", "root.key"}
    clock.travel(timedelta(seconds=1.1))
    assert running.unwrap(ROSE).key_id == rose.key_id
    running.destroy(ROSE)
    status = opened(tmp_path).status()
    assert (status.root_fingerprint, status.root_before, status.destroyed) == (fingerprint, None, 1)


@pytest.mark.promise("CRY-02")
def test_a_process_that_starts_while_the_root_key_is_replaced_finds_the_new_one(tmp_path):
    running, choice = opened(tmp_path), Choice(data=tmp_path)
    rose, before = running.create(ROSE), roots_of(choice)
    fingerprint = replace_file(running, tmp_path)
    late = FileKeystore(tmp_path / "keystore", before, reread=lambda: roots_of(choice))
    assert late.unwrap(ROSE).key_id == rose.key_id
    assert late.status().root_fingerprint == fingerprint
    with pytest.raises(KeystoreRefusal, match="give the root key that it was made with"):
        FileKeystore(tmp_path / "keystore", before, reread=lambda: before)


_KILLED = textwrap.dedent("""
    import os, pathlib, signal, sys
    from ringfence.controls.keystore import Choice, open_keystore, replacing, rewriting, held
    data = pathlib.Path(sys.argv[2])
    keys = open_keystore(Choice(data=data))
    def die(*_args, **_kwargs):
        os.kill(os.getpid(), signal.SIGKILL)
    match sys.argv[1]:
        case "made": type(keys).rotate_root = die
        case "sealed":
            whole, calls = replacing.complete, []
            replacing.complete = lambda data: die() if calls else calls.append(whole(data))
        case "in place": type(keys).finish_root = die
        case "linked":
            rename = pathlib.Path.rename
            pathlib.Path.rename = lambda path, to: die() if path.suffix == ".next" else rename(path, to)
        case "renamed":
            erase = replacing.disk.erase
            replacing.disk.erase = lambda path: die() if path.suffix == ".old" else erase(path)
    replacing.replace_file(keys, data)
""")


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize("moment", ["made", "sealed", "linked", "renamed", "in place"])
@pytest.mark.parametrize("beside", ["alone", "beside a server"])
def test_a_replacement_that_is_killed_leaves_a_root_key_that_opens(tmp_path, moment, beside):
    keys = opened(tmp_path)
    rose = keys.create(ROSE)
    if beside == "alone":
        keys.close()
    command = [sys.executable, "-c", _KILLED, moment, str(tmp_path)]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    again = opened(tmp_path)
    assert again.unwrap(ROSE).key_id == rose.key_id
    assert not (tmp_path / "root.key.old").exists(), "the key that was replaced is overwritten by whoever comes next"
    replace_file(again, tmp_path)
    assert opened(tmp_path).unwrap(ROSE).key_id == rose.key_id
    assert {path.name for path in tmp_path.iterdir()} == {"keystore", "root.key"}


def test_a_new_root_key_that_nothing_is_sealed_under_stays_where_it_is(tmp_path):
    opened(tmp_path)
    LocalRoot.from_new_file(tmp_path / "root.key.next")
    complete(tmp_path)
    assert (tmp_path / "root.key.next").exists()
    opened(tmp_path)


def test_a_new_root_key_comes_from_where_the_operator_says(tmp_path):
    choice = Choice(data=tmp_path)
    made = LocalRoot.from_new_file(tmp_path / "new.key")
    given = Secret((tmp_path / "new.key").read_bytes())
    for spec in ("env", f"file:{tmp_path}/new.key"):
        assert root_named(spec, choice, given=given).fingerprint == made.fingerprint
    with pytest.raises(KeystoreRefusal, match="not set"):
        root_named("env", choice, given=None)
    with pytest.raises(KeystoreRefusal, match="aws-kms"):
        root_named("aws-kms:nothing", choice, given=None)
    for spec in ("disk:x", "env:NAME", "file"):
        with pytest.raises(KeystoreRefusal, match="no place"):
            root_named(spec, choice, given=given)
