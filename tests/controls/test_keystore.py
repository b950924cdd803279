"""Keys are made once, found by every process, and gone when they are destroyed."""

import contextlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, PartnerId, UserId
from ringfence.controls.keystore import (
    Damaged,
    Destroyed,
    FileKeystore,
    KeyOwner,
    Keystore,
    KeystoreRefusal,
    Purpose,
    ServerKey,
    Unknown,
    current,
    disk,
)
from ringfence.controls.keystore.cache import KeyCache
from ringfence.controls.keystore.entry import FRAME_BYTES
from ringfence.controls.keystore.epoch import Epoch
from tests.openbao import new_prefix

ROSE, THORN = OrgId(ids.new()), OrgId(ids.new())
ALICE = UserId(ids.new())
ROSE_KEY, THORN_KEY = KeyOwner.organization(ROSE), KeyOwner.organization(THORN)
ALICE_KEY = KeyOwner.user(ROSE, ALICE)
LOG = "00000001.log"


@pytest.fixture
def data(tmp_path: Path):
    yield tmp_path
    clock.travel(timedelta())


def opened(data: Path) -> FileKeystore:
    return FileKeystore.beside(data, encryption_key=None)


@dataclass(frozen=True)
class Place:
    """Where keystores are opened on the same keys, by every driver that there is."""

    data: Path
    open: Callable[[], Keystore]
    opened: list[Keystore] = field(default_factory=list)

    def __call__(self) -> Keystore:
        self.opened.append(self.open())
        return self.opened[-1]


@pytest.fixture(params=["file", "openbao"])
def place(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "file":
        made = Place(tmp_path, lambda: opened(tmp_path))
    else:
        server, prefix = request.getfixturevalue("bao"), new_prefix()
        made = Place(tmp_path, lambda: server.keystore(prefix))
    yield made
    for keys in made.opened:
        keys.close()


def same(one, other) -> bool:
    """Whether two key materials are one key: what the first seals the second opens."""
    sealed = one.data_key(Purpose.CONTENT).seal(b"text", b"")
    return one.key_id == other.key_id and other.data_key(Purpose.CONTENT).open(sealed, b"") == b"text"


def test_a_key_is_the_same_for_every_process_and_after_a_restart(place):
    first, second = place(), place()
    key = first.create(ROSE_KEY)
    assert same(key, second.unwrap(ROSE_KEY))
    assert same(key, second.create(ROSE_KEY))
    assert same(key, place().unwrap(ROSE_KEY, key.key_id))


@pytest.mark.promise("TEN-07")
def test_owners_have_keys_of_their_own(place):
    keys = place()
    owners = [ROSE_KEY, THORN_KEY, ALICE_KEY, KeyOwner.partner(PartnerId(ids.new())), KeyOwner.platform()]
    assert len({keys.create(owner).index.digest(b"") for owner in owners}) == len(owners)
    assert keys.status().owners == len(owners)


def test_an_owner_without_a_key_is_unknown(place):
    keys = place()
    for attempt in (keys.unwrap, keys.rotate):
        with pytest.raises(Unknown):
            attempt(ROSE_KEY)
    keys.create(ROSE_KEY)
    with pytest.raises(Unknown):
        keys.unwrap(ROSE_KEY, bytes(16))


def test_a_rotated_key_seals_anew_and_still_opens_and_finds_what_is_old(place):
    keys = place()
    old = keys.create(ROSE_KEY)
    new = keys.rotate(ROSE_KEY)
    assert (old.number, new.number) == (1, 2)
    assert same(new, keys.unwrap(ROSE_KEY))
    assert same(old, place().unwrap(ROSE_KEY, old.key_id))
    assert old.index.digest(b"alice") == new.index.digest(b"alice")
    assert keys.status().versions == 2


def test_a_server_key_that_is_rotated_keeps_its_older_versions(place):
    first, second = place(), place()
    [(secret, made_at)] = first.server_keys(ServerKey.AUDIT_SIGNER)
    second.rotate_server_key(ServerKey.AUDIT_SIGNER)
    older, newer = first.server_keys(ServerKey.AUDIT_SIGNER)
    assert older == (secret, made_at)
    assert newer[0] != secret
    assert newer[1] >= made_at
    assert first.server_key(ServerKey.AUDIT_SIGNER) == newer[0]
    assert second.server_keys(ServerKey.AUDIT_SIGNER) == [older, newer]
    assert second.status().owners == 0


def test_a_key_from_elsewhere_can_be_taken_in(place):
    keys = place()
    assert same(keys.wrap(ROSE_KEY, Secret(b"k" * 64)), keys.unwrap(ROSE_KEY))
    with pytest.raises(ValueError, match="64 bytes"):
        keys.wrap(ROSE_KEY, Secret(b"k" * 32))


def test_server_keys_are_made_once_and_differ(place):
    first, second = place(), place()
    made = {name: first.server_key(name) for name in ServerKey}
    assert made == {name: second.server_key(name) for name in ServerKey}
    assert len({secret.reveal() for secret in made.values()}) == len(ServerKey)
    assert first.server_key(ServerKey.CURSOR_MAC) is first.server_key(ServerKey.CURSOR_MAC)
    assert first.status().owners == 0


@pytest.mark.promise("CRY-03")
def test_destroying_an_organization_destroys_its_users_and_no_one_else(place):
    keys = place()
    thorn = keys.create(THORN_KEY)
    for owner in (ROSE_KEY, ALICE_KEY):
        keys.create(owner)
    keys.destroy(ROSE_KEY)
    for owner in (ROSE_KEY, ALICE_KEY):
        with pytest.raises(Destroyed):
            keys.unwrap(owner)
    assert same(thorn, keys.unwrap(THORN_KEY))
    assert same(thorn, place().unwrap(THORN_KEY))


def test_erasing_a_user_leaves_the_organization(place):
    keys = place()
    rose = keys.create(ROSE_KEY)
    keys.create(ALICE_KEY)
    keys.destroy(ALICE_KEY)
    assert same(rose, keys.unwrap(ROSE_KEY))
    with pytest.raises(Destroyed):
        keys.unwrap(ALICE_KEY)


def test_a_destroyed_owner_can_never_be_made_again(place):
    keys = place()
    keys.destroy(ROSE_KEY)
    keys.destroy(THORN_KEY)
    for store in (keys, place()):
        for attempt in (store.create, store.rotate, lambda owner: keys.wrap(owner, Secret(bytes(64)))):
            with pytest.raises(Destroyed):
                attempt(ROSE_KEY)
        with pytest.raises(Destroyed):
            store.create(ALICE_KEY)
    assert [path for path, _ in keys.tombstones()] == [ROSE_KEY.path, THORN_KEY.path]
    assert keys.status().destroyed == 2


def test_destruction_leaves_no_old_log_and_no_old_key(data):
    keys = opened(data)
    keys.create(ROSE_KEY)
    keys.destroy(ROSE_KEY)
    files = {path.name for path in (data / "keystore").iterdir() if path.suffix != ".held"}
    assert files == {"CURRENT", "lock", "00000002.key", "00000002.log"}


def test_many_owners_are_destroyed_in_one_rewrite_and_twice_is_once(data):
    keys = opened(data)
    for owner in (ROSE_KEY, THORN_KEY):
        keys.create(owner)
    keys.destroy(ROSE_KEY, THORN_KEY)
    keys.destroy(ROSE_KEY, THORN_KEY)
    assert keys.status().epoch == 2
    assert keys.status().oldest is None


def test_an_old_copy_of_the_log_does_not_open_under_the_new_epoch(data):
    keys = opened(data)
    keys.create(ROSE_KEY)
    copy = (data / "keystore" / LOG).read_bytes()
    keys.destroy(ROSE_KEY)
    (data / "keystore" / "00000002.log").write_bytes(copy)
    with pytest.raises(KeystoreRefusal, match="damaged"):
        opened(data)


@pytest.mark.promise("CRY-03")
def test_another_process_drops_a_destroyed_key_within_a_second_untold(data):
    keys, other = opened(data), opened(data)
    keys.create(ROSE_KEY)
    assert other.unwrap(ROSE_KEY) is other.unwrap(ROSE_KEY)
    keys.destroy(ROSE_KEY)
    clock.travel(timedelta(seconds=1.1))
    with pytest.raises(Destroyed):
        other.unwrap(ROSE_KEY)


def test_another_process_drops_a_destroyed_key_at_once_when_told(place):
    keys, other = place(), place()
    keys.create(ROSE_KEY)
    keys.create(ALICE_KEY)
    other.unwrap(ALICE_KEY)
    keys.destroy(ROSE_KEY)
    other.forget(ROSE_KEY)
    with pytest.raises(Destroyed):
        other.unwrap(ALICE_KEY)


def test_a_process_that_cannot_see_the_keystore_refuses(data):
    keys = opened(data)
    keys.create(ROSE_KEY)
    shutil.rmtree(data / "keystore")
    clock.travel(timedelta(seconds=1.1))
    with pytest.raises(FileNotFoundError):
        keys.unwrap(ROSE_KEY)


def test_cached_keys_are_few_and_young(data):
    keys, cache = opened(data), KeyCache(capacity=2)
    made = [keys.create(owner) for owner in (ROSE_KEY, THORN_KEY, ALICE_KEY)]
    for key in made:
        cache.put(None, key, generation=0)
    assert cache.find(ROSE_KEY, None, moment=clock.monotonic()) is None
    assert cache.find(ALICE_KEY, None, moment=clock.monotonic()) is made[2]
    clock.travel(timedelta(minutes=5))
    assert cache.find(ALICE_KEY, None, moment=clock.monotonic()) is None


def test_a_key_read_before_a_forget_is_not_kept_after_it(data):
    key, cache = opened(data).create(ROSE_KEY), KeyCache()
    generation = cache.generation
    cache.forget(ROSE_KEY)
    cache.put(None, key, generation=generation)
    assert cache.find(ROSE_KEY, None, moment=clock.monotonic()) is None


def test_closing_drops_the_keys(data):
    keys = opened(data)
    keys.create(ROSE_KEY)
    keys.close()
    assert same(opened(data).unwrap(ROSE_KEY), opened(data).unwrap(ROSE_KEY))
    with pytest.raises(OSError, match="Bad file descriptor"):
        keys.unwrap(ROSE_KEY)


def test_an_append_that_was_cut_off_is_cleaned_up_by_the_next(data):
    keys = opened(data)
    rose = keys.create(ROSE_KEY)
    log = data / "keystore" / LOG
    log.write_bytes(log.read_bytes() + b"\x07" * 100)
    again = opened(data)
    assert same(rose, again.unwrap(ROSE_KEY))
    thorn = again.create(THORN_KEY)
    assert same(thorn, keys.unwrap(THORN_KEY))
    assert (log.stat().st_size - 6) % FRAME_BYTES == 0


def test_a_frame_that_never_reached_the_disk_is_cleaned_up(data):
    keys = opened(data)
    rose = keys.create(ROSE_KEY)
    log = data / "keystore" / LOG
    log.write_bytes(log.read_bytes() + b"\x07" * (FRAME_BYTES - 60) + bytes(60))
    again = opened(data)
    thorn = again.create(THORN_KEY)
    assert same(rose, again.unwrap(ROSE_KEY))
    assert same(thorn, opened(data).unwrap(THORN_KEY))


@pytest.mark.parametrize("entry", [0, 1])
def test_an_entry_that_was_written_and_changed_is_refused_and_never_cut_off(data, entry):
    keys = opened(data)
    for owner in (ROSE_KEY, THORN_KEY):
        keys.create(owner)
    log = data / "keystore" / LOG
    flipped = bytearray(log.read_bytes())
    flipped[6 + entry * FRAME_BYTES + 50] ^= 1
    log.write_bytes(flipped)
    keys.forget_all()
    with pytest.raises(Damaged):
        keys.unwrap((ROSE_KEY, THORN_KEY)[entry])
    with pytest.raises(KeystoreRefusal, match="damaged"):
        opened(data)
    assert log.read_bytes() == flipped


def test_a_writer_killed_before_the_switch_has_changed_nothing(data):
    keys = opened(data)
    rose = keys.create(ROSE_KEY)
    _killed_at(data, "switch")
    assert (data / "keystore" / "00000002.key").exists()
    assert same(rose, opened(data).unwrap(ROSE_KEY))
    assert not (data / "keystore" / "00000002.key").exists()


@pytest.mark.promise("CRY-03")
def test_a_writer_killed_after_the_switch_has_destroyed_the_key(data):
    keys = opened(data)
    keys.create(ROSE_KEY)
    _killed_at(data, "sweep")
    keys.forget_all()
    assert (data / "keystore" / "00000001.key").exists()
    with pytest.raises(Destroyed):
        keys.create(ROSE_KEY)
    keys.create(THORN_KEY)
    assert not (data / "keystore" / "00000001.key").exists()


def _killed_at(data: Path, step: str) -> None:
    """Destroys Rose's key in a child that dies as by kill -9 when it comes to the step of its rewrite."""
    keys = opened(data)

    def destroy() -> None:
        do = getattr(current, step)
        setattr(current, step, lambda directory, number: os._exit(9) if number == 2 else do(directory, number))
        keys.destroy(ROSE_KEY)

    assert _exit_code(_child(destroy)) == 9


def _child(act: Callable[[], object]) -> int:
    """The process id of a fork that does one thing and ends, whatever happens."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            act()
            os._exit(0)
        os._exit(1)
    return child


def _exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _raced(place: Place, act: Callable[[], bytes]) -> int:
    """How many different answers four processes get that do the same at once."""

    def write() -> None:
        (place.data / f"found{os.getpid()}").write_bytes(act())

    children = [_child(write) for _ in range(4)]
    assert [_exit_code(child) for child in children] == [0] * 4
    return len({(place.data / f"found{child}").read_bytes() for child in children})


def test_processes_that_race_make_one_key(place):
    owners = [KeyOwner(f"organization/{number}") for number in range(20)]
    assert _raced(place, lambda: b"".join(place().create(owner).key_id for owner in owners)) == 1
    assert place().status().versions == 20


def test_processes_that_race_make_one_server_key_and_one_keystore(place):
    assert _raced(place, lambda: place().server_key(ServerKey.REFRESH_MAC).reveal()) == 1


def test_a_reader_lives_through_destructions_by_another_process(data):
    keys = opened(data)
    thorn = keys.create(THORN_KEY)
    child = _child(lambda: [opened(data).destroy(KeyOwner(f"organization/{number}")) for number in range(10)])
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        keys.forget_all()
        assert same(thorn, keys.unwrap(THORN_KEY))
    assert keys.status().epoch == 11


def test_a_key_that_another_process_made_in_between_is_taken(data, monkeypatch):
    keys, other = opened(data), opened(data)
    writing = keys._writing

    def overtaken():
        other.create(ROSE_KEY)
        other.server_key(ServerKey.IP_HASH)
        return writing()

    monkeypatch.setattr(keys, "_writing", overtaken)
    assert same(keys.create(ROSE_KEY), other.unwrap(ROSE_KEY))
    assert keys.server_key(ServerKey.REFRESH_MAC) == other.server_key(ServerKey.REFRESH_MAC)
    assert keys.server_key(ServerKey.IP_HASH) == other.server_key(ServerKey.IP_HASH)


def test_a_server_key_that_another_process_made_in_between_is_taken(data, monkeypatch):
    keys, other = opened(data), opened(data)
    writing = keys._writing
    monkeypatch.setattr(keys, "_writing", lambda: (other.server_key(ServerKey.IP_HASH), writing())[1])
    assert keys.server_key(ServerKey.IP_HASH) == other.server_key(ServerKey.IP_HASH)


def test_a_log_that_was_erased_under_a_read_is_looked_for_again(data, monkeypatch):
    keys, other = opened(data), opened(data)
    rose, read = keys.create(ROSE_KEY), Epoch.read

    def overtaken(self, path, version):
        if self.number == 1:
            other.destroy(THORN_KEY)
        return read(self, path, version)

    monkeypatch.setattr(Epoch, "read", overtaken)
    keys.forget_all()
    assert same(rose, keys.unwrap(ROSE_KEY))


@pytest.mark.parametrize("is_behind", [False, True])
@pytest.mark.parametrize("is_gone", [True, False], ids=["erased", "still being erased"])
def test_an_epoch_that_was_erased_before_it_was_read_is_no_damage(data, monkeypatch, is_behind, is_gone):
    keys, other = opened(data), opened(data)
    if not is_gone:
        monkeypatch.setattr(disk, "erase", lambda path: path.write_bytes(os.urandom(path.stat().st_size)))
    if is_behind:
        other.destroy(THORN_KEY)
    rose, ip_hash = other.create(ROSE_KEY), other.server_key(ServerKey.IP_HASH)
    number_in, overtakes = current.number_in, [ALICE]

    def overtaken(directory: Path) -> int:
        number = number_in(directory)
        if overtakes:
            other.destroy(KeyOwner.user(ROSE, overtakes.pop()))
        return number

    monkeypatch.setattr(current, "number_in", overtaken)
    assert same(rose, keys.unwrap(ROSE_KEY))
    overtakes.append(UserId(ids.new()))
    assert [secret for secret, _ in keys.server_keys(ServerKey.IP_HASH)] == [ip_hash]


def test_a_key_stays_cached_while_nothing_is_destroyed(data):
    keys = opened(data)
    key = keys.create(ROSE_KEY)
    keys.unwrap(ROSE_KEY)
    clock.travel(timedelta(seconds=2))
    assert keys.unwrap(ROSE_KEY) is key


def test_threads_may_make_read_and_destroy_at_once(place):
    keys = place()
    thorn = keys.create(THORN_KEY)

    def act(number: int) -> bool:
        owner = KeyOwner(f"organization/{number % 10}")
        with contextlib.suppress(Destroyed):
            keys.create(owner)
        keys.server_key(ServerKey.IP_HASH)
        if number % 7 == 0:
            keys.destroy(owner)
        return same(thorn, keys.unwrap(THORN_KEY))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(act, range(100)))
    assert same(thorn, place().unwrap(THORN_KEY))


def test_keys_that_are_erased_are_overwritten_first(data):
    (data / "secret").write_bytes(b"canary" * 10)
    (data / "link").hardlink_to(data / "secret")
    disk.erase(data / "secret")
    assert b"canary" not in (data / "link").read_bytes()
