"""Root keys are replaced and versions retired beside running processes; killed at any moment, the keystore opens."""

import base64
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import (
    Destroyed,
    FileKeystore,
    KeyOwner,
    KeystoreRefusal,
    LocalRoot,
    RootReplaced,
    Roots,
    Unknown,
)
from ringfence.controls.keystore.disk import replace

OLD, NEW, THIRD = (base64.b64encode(bytes(range(at, at + 32))).decode() for at in (1, 2, 3))
ROSE, THORN = KeyOwner.organization(OrgId(ids.new())), KeyOwner.organization(OrgId(ids.new()))


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


def root(text: str) -> LocalRoot:
    return LocalRoot.parse(text, source="ENCRYPTION_KEY")


def opened(data: Path, key: str, previous: str | None = None) -> FileKeystore:
    return FileKeystore.beside(data, encryption_key=key, previous=previous)


def later(seconds: float = 1.1) -> None:
    """Lets every open keystore look for a switch."""
    clock.travel(timedelta(seconds=seconds))


@pytest.mark.promise("CRY-02")
def test_a_replaced_root_key_opens_nothing_that_was_written_since(tmp_path):
    keys = opened(tmp_path, OLD)
    rose = keys.create(ROSE)
    keys.close()
    again = opened(tmp_path, NEW, OLD)
    assert again.unwrap(ROSE).key_id == rose.key_id
    assert again.status().root_before is None, "nobody runs on the old one: it may go at once"
    with pytest.raises(KeystoreRefusal, match="sealed under root key"):
        opened(tmp_path, OLD)
    assert opened(tmp_path, NEW).unwrap(ROSE).key_id == rose.key_id


@pytest.mark.promise("CRY-02")
def test_a_process_on_the_old_root_key_goes_on_until_it_ends(tmp_path):
    behind = opened(tmp_path, OLD)
    behind.create(ROSE)
    ahead = opened(tmp_path, NEW, OLD)
    later()
    thorn = behind.create(THORN)
    assert ahead.unwrap(THORN).key_id == thorn.key_id
    status = ahead.status()
    assert (status.root_fingerprint, status.root_before) == (root(NEW).fingerprint, root(OLD).fingerprint)
    assert status.root_before_is_held
    assert not ahead.finish_root()
    behind.close()
    assert ahead.finish_root()
    assert ahead.finish_root(), "and is done"
    assert (ahead.status().root_before, ahead.unwrap(THORN).key_id) == (None, thorn.key_id)


@pytest.mark.promise("CRY-02")
def test_a_process_on_the_old_root_key_never_brings_it_back(tmp_path):
    behind, ahead = opened(tmp_path, OLD), opened(tmp_path, NEW, OLD)
    ahead.create(ROSE)
    later()
    for attempt in (lambda: behind.destroy(ROSE), lambda: behind.rotate_root(root(THIRD))):
        with pytest.raises(RootReplaced):
            attempt()
    assert not behind.finish_root(waits=False)
    ahead.destroy(ROSE)
    later(2.2)
    with pytest.raises(Destroyed):
        behind.unwrap(ROSE)


@pytest.mark.promise("CRY-02")
def test_a_process_that_cannot_follow_reads_nothing_and_says_why(tmp_path):
    behind = opened(tmp_path, OLD)
    behind.create(ROSE)
    ahead = opened(tmp_path, NEW, OLD)
    assert ahead.finish_root(waits=False)
    later()
    with pytest.raises(RootReplaced) as caught:
        behind.unwrap(ROSE)
    assert caught.value.status == 503
    assert root(NEW).fingerprint in str(caught.value.cause)
    assert "restart" in str(caught.value.cause)


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize("told_late", [False, True])
def test_a_process_that_reads_its_root_key_from_a_file_needs_no_restart(tmp_path, told_late):
    file = tmp_path / "the.key"
    replace(file, OLD.encode())

    def reread() -> Roots:
        return Roots(LocalRoot.from_file(file))

    running = FileKeystore(tmp_path / "keystore", reread(), reread=reread)
    rose = running.create(ROSE)
    command = FileKeystore(tmp_path / "keystore", reread(), reread=reread)
    command.rotate_root(root(NEW))
    if told_late:
        later()
        assert running.unwrap(ROSE).key_id == rose.key_id, "handed over: the file has the old one still"
    replace(file, NEW.encode())
    assert command.finish_root(waits=False)
    later(3)
    assert running.unwrap(ROSE).key_id == rose.key_id
    running.destroy(ROSE)
    assert command.status().destroyed == 1


def test_a_root_key_that_was_replaced_never_comes_back(tmp_path):
    keys = opened(tmp_path, OLD)
    keys.rotate_root(root(NEW))
    keys.rotate_root(root(NEW))
    with pytest.raises(KeystoreRefusal, match="was replaced before"):
        keys.rotate_root(root(OLD))
    assert keys.status().root_fingerprint == root(NEW).fingerprint


def test_roots_missing_swapped_or_wrong_are_refused_by_name(tmp_path):
    keys = opened(tmp_path, OLD)
    keys.rotate_root(root(NEW))
    keys.close()
    for current, previous, says in (
        (OLD, NEW, "swapped"),
        (THIRD, None, "sealed under root key"),
        (THIRD, OLD, "sealed under root key"),
        (NEW, NEW, "the same root key"),
        (NEW, THIRD, "may be swapped"),
    ):
        with pytest.raises(KeystoreRefusal, match=says):
            opened(tmp_path, current, previous)
    opened(tmp_path, NEW, OLD)


def test_a_file_of_the_hand_over_that_was_changed_is_refused(tmp_path):
    behind = opened(tmp_path, OLD)
    opened(tmp_path, NEW, OLD)
    path = next((tmp_path / "keystore").glob("*.prev"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(KeystoreRefusal, match="changed or cut"):
        opened(tmp_path, OLD)
    behind.close()
    opened(tmp_path, NEW)
    assert not list((tmp_path / "keystore").glob("*.prev")), "whoever starts once nobody needs it takes it away"


_ROTATE = textwrap.dedent("""
    import os, signal, sys
    from ringfence.controls.keystore import FileKeystore, LocalRoot, current, disk
    step, calls, data, old, new = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
    keys = FileKeystore.beside(__import__("pathlib").Path(data), encryption_key=old)
    module, name = {"write": (disk, "write_new"), "rename": (disk, "sync_directory"), "erase": (disk, "erase")}[step]
    act, left = getattr(module, name), [calls]
    def deadly(*args):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*args)
    setattr(module, name, deadly)
    keys.rotate_root(LocalRoot.parse(new, source="new"))
    keys.finish_root()
    os.kill(os.getpid(), signal.SIGKILL)
""")


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize(
    ("step", "calls"),
    [("write", 0), ("write", 1), ("write", 2), ("rename", 0), ("rename", 1), ("erase", 0), ("erase", 1)],
)
def test_a_rotation_that_is_killed_half_way_leaves_the_old_or_the_new_root_key_and_another_finishes_it(
    tmp_path, step, calls
):
    keys = opened(tmp_path, OLD)
    rose = keys.create(ROSE)
    keys.close()
    arguments = [sys.executable, "-c", _ROTATE, step, str(calls), str(tmp_path), OLD, NEW]
    assert subprocess.run(arguments, check=False, timeout=60).returncode == -signal.SIGKILL
    again = opened(tmp_path, NEW, OLD)
    assert again.unwrap(ROSE).key_id == rose.key_id
    assert again.status().root_fingerprint == root(NEW).fingerprint
    assert {path.suffix for path in (tmp_path / "keystore").iterdir()} == {"", ".key", ".log", ".held"}
    assert again.status().root_before is None


def test_a_mark_dies_with_its_process(tmp_path):
    opened(tmp_path, OLD).close()
    holding = "import sys, pathlib\nfrom ringfence.controls.keystore import FileKeystore\n"
    holding += "keys = FileKeystore.beside(pathlib.Path(sys.argv[1]), encryption_key=sys.argv[2])\n"
    holding += "print('open', flush=True)\nsys.stdin.read()"
    command = [sys.executable, "-c", holding, str(tmp_path), OLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        keys = opened(tmp_path, NEW, OLD)
        assert keys.status().root_before_is_held
        os.kill(process.pid, signal.SIGKILL)
    assert not keys.status().root_before_is_held
    keys.destroy(ROSE)
    assert keys.status().root_before is None, "the next epoch does without"


def test_the_hand_over_stays_through_other_rewrites_while_it_is_needed(tmp_path):
    behind, ahead = opened(tmp_path, OLD), opened(tmp_path, NEW, OLD)
    behind.create(ROSE)
    ahead.destroy(THORN)
    later()
    assert behind.unwrap(ROSE).key_id == ahead.unwrap(ROSE).key_id


@pytest.mark.promise("CRY-02")
def test_a_retired_version_is_gone_and_no_other(tmp_path):
    keys = opened(tmp_path, OLD)
    first, thorn = keys.create(ROSE), keys.create(THORN)
    second = keys.rotate(ROSE)
    with pytest.raises(ValueError, match="in use"):
        keys.retire({ROSE: [first.key_id, second.key_id]})
    keys.retire({ROSE: [first.key_id]})
    epoch = keys.status().epoch
    keys.retire({ROSE: [first.key_id], KeyOwner.platform(): [bytes(16)]})
    assert keys.status().epoch == epoch, "a second time there is nothing to do"
    with pytest.raises(Unknown):
        keys.unwrap(ROSE, first.key_id)
    assert keys.unwrap(ROSE).key_id == second.key_id
    assert keys.unwrap(THORN).key_id == thorn.key_id
    third = keys.rotate(ROSE)
    assert third.number == 3, "numbers are not given twice"
    assert third.index.digest(b"alice") == first.index.digest(b"alice")


def test_a_process_whose_root_key_cannot_be_found_again_reads_nothing(tmp_path):
    def gone() -> Roots:
        raise KeystoreRefusal("the root key is missing")

    opened(tmp_path, OLD).close()
    behind = FileKeystore(tmp_path / "keystore", Roots(root(OLD)), reread=gone)
    opened(tmp_path, NEW, OLD).finish_root(waits=False)
    later()
    with pytest.raises(RootReplaced):
        behind.status()


def test_a_process_that_finds_another_wrong_root_key_reads_nothing(tmp_path):
    opened(tmp_path, OLD).close()
    behind = FileKeystore(tmp_path / "keystore", Roots(root(OLD)), reread=lambda: Roots(root(THIRD)))
    opened(tmp_path, NEW, OLD).finish_root(waits=False)
    with pytest.raises(RootReplaced):
        behind.status()
