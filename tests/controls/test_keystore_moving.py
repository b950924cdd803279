"""A keystore moves from files to OpenBao and back: all of it, and of two places one counts. The server is real."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import urllib.error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, PartnerId, UserId
from ringfence.controls.keystore import (
    BaoAccess,
    Choice,
    Destroyed,
    KeyOwner,
    Keystore,
    KeystoreRefusal,
    LocalRoot,
    Moved,
    Moving,
    Roots,
    ServerKey,
    cancel_move,
    finish_move,
    is_left,
    move_keystore,
    open_keystore,
)
from ringfence.controls.keystore.carried import Carried, End, Mark, MoveState
from ringfence.controls.keystore.file_end import FileEnd
from ringfence.controls.keystore.openbao.client import Bao
from ringfence.controls.keystore.openbao.end import BaoEnd
from ringfence.controls.keystore.opening import roots_of
from tests.openbao import ROOT_TOKEN, BaoServer, new_prefix, policy

ROSE, THORN, BRIAR = (OrgId(ids.new()) for _ in range(3))
ALICE, BOB, MALLORY = (UserId(ids.new()) for _ in range(3))
LIVING = [
    KeyOwner.organization(ROSE),
    KeyOwner.user(ROSE, ALICE),
    KeyOwner.partner(PartnerId(ids.new())),
    KeyOwner.platform(),
]
GONE = [KeyOwner.user(ROSE, BOB), KeyOwner.organization(THORN), KeyOwner.user(THORN, MALLORY)]
ROSE_KEY, ALICE_KEY = LIVING[:2]


@dataclass
class Home:
    """A data directory and a prefix on the shared server, and both as ends of a move."""

    server: BaoServer
    data: Path
    prefix: str
    stack: contextlib.ExitStack
    token: str = ROOT_TOKEN

    @property
    def place(self) -> str:
        return f"openbao:{self.server.address}"

    def choice(self, driver: str) -> Choice:
        access = BaoAccess(token=Secret(self.token.encode()))
        return Choice(data=self.data, driver=driver, bao=access, bao_prefix=self.prefix)

    def open(self, driver: str) -> Keystore:
        keys = open_keystore(self.choice(driver))
        self.stack.callback(keys.close)
        return keys

    @property
    def files(self) -> FileEnd:
        root = self.data / "root.key"
        return FileEnd(self.data / "keystore", lambda: Roots(LocalRoot.from_new_file(root)), root_file=root)

    @property
    def bao(self) -> BaoEnd:
        bao = Bao(self.server.address, self.choice("").bao, variable="")
        self.stack.callback(bao.close)
        return BaoEnd(bao, prefix=self.prefix, settle_s=0)


@pytest.fixture
def home(bao: BaoServer, tmp_path: Path) -> Iterator[Home]:
    with contextlib.ExitStack() as stack:
        yield Home(bao, tmp_path / "data", new_prefix(), stack)
    clock.travel(timedelta())


def lived_in(keys: Keystore) -> dict[tuple[str, bytes | None], bytes]:
    """A keystore with a life behind it; every key that it gives."""
    for owner in (*LIVING, *GONE):
        keys.create(owner)
    keys.rotate(ROSE_KEY)
    keys.destroy(*GONE)
    keys.rotate_server_key(ServerKey.AUDIT_SIGNER)
    keys.server_key(ServerKey.SESSION_SIGNING)
    return all_of(keys)


def all_of(keys: Keystore) -> dict[tuple[str, bytes | None], bytes]:
    keys.forget_all()
    found = {
        (owner.path, key_id): keys.unwrap(owner, key_id)._secret.reveal()
        for owner in LIVING
        for key_id in (*keys.inventory()[owner.path], None)
    }
    for name in (ServerKey.AUDIT_SIGNER, ServerKey.SESSION_SIGNING):
        for number, (secret, _at) in enumerate(keys.server_keys(name)):
            found[f"server/{name.value}", bytes([number])] = secret.reveal()
    return found


def moved(source: End, destination: End) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    move_keystore(source, destination, told=lambda done, of: told.append((done, of)))
    return told


def later() -> None:
    clock.travel(timedelta(seconds=1.1))


@pytest.mark.promise("CRY-02", "CRY-03")
def test_everything_moves_to_openbao_and_back_and_what_was_destroyed_stays_so(home):
    before = home.open("file")
    keys = lived_in(before)
    tombs = {path for path, _at in before.tombstones()}
    assert moved(home.files, home.bao)[-1] == (len(LIVING) + len(GONE) + 2, len(LIVING) + len(GONE) + 2)
    there = home.open(home.place)
    assert all_of(there) == keys
    assert {path for path, _at in there.tombstones()} == tombs
    finish_move(home.files, home.bao)
    assert not list((home.data / "keystore").glob("*.key"))
    assert not (home.data / "root.key").exists()

    there.rotate(ALICE_KEY)
    keys = all_of(there)
    moved(home.bao, home.files)
    back = home.open("file")
    assert all_of(back) == keys
    assert {path for path, _at in back.tombstones()} == tombs
    for owner in GONE:
        with pytest.raises(Destroyed):
            back.create(owner)
    finish_move(home.bao, home.files)
    with pytest.raises(urllib.error.HTTPError):
        home.server.call("GET", f"transit/keys/{home.prefix}.organization-{ROSE.hex}")
    found = home.server.call("SCAN", f"secret/metadata/{home.prefix}/")["data"]["keys"]
    assert [path for path in found if not path.endswith("/")] == ["server/move"], "the mark alone is left"
    assert back.destroy(ALICE_KEY) is None, "and the keystore lives on"
    assert back.status().destroyed == len(GONE) + 1


@pytest.mark.promise("CRY-02", "CRY-03")
@pytest.mark.parametrize("way", ["to openbao", "to files"])
def test_a_process_that_runs_makes_no_key_while_it_is_copied_and_reads_none_after(home, way):
    old, new = ("file", home.place) if way == "to openbao" else (home.place, "file")
    source, destination = (home.files, home.bao) if way == "to openbao" else (home.bao, home.files)
    keys = home.open(old)
    lived_in(keys)
    frozen: list[int] = []

    def during(_done: int, _of: int) -> None:
        frozen.append(1)
        for change in (
            lambda: keys.create(KeyOwner.organization(BRIAR)),
            lambda: keys.rotate(ROSE_KEY),
            lambda: keys.destroy(ALICE_KEY),
            lambda: keys.retire({ROSE_KEY: [keys.inventory()[ROSE_KEY.path][0]]}),
            lambda: keys.rotate_server_key(ServerKey.AUDIT_SIGNER),
            lambda: keys.server_key(ServerKey.IP_HASH),
        ):
            with pytest.raises(Moving):
                change()
        keys.forget_all()
        assert keys.unwrap(ROSE_KEY).key_id == keys.create(ROSE_KEY).key_id, "and reads go on"
        assert keys.status().moving_to == new
        again = open_keystore(home.choice(old))
        assert again.unwrap(ALICE_KEY).key_id, "also in a process that starts meanwhile"
        again.close()
        with pytest.raises(KeystoreRefusal, match="unfinished copy"):
            home.open(new)

    move_keystore(source, destination, told=during)
    assert frozen
    later()
    keys.forget_all()
    for use in (
        lambda: keys.unwrap(ROSE_KEY),
        lambda: keys.create(KeyOwner.organization(BRIAR)),
        lambda: keys.destroy(ALICE_KEY),
        lambda: keys.server_key(ServerKey.IP_HASH),
        keys.status,
    ):
        with pytest.raises(Moved) as caught:
            use()
        assert f"RINGFENCE_KEYSTORE={new}" in str(caught.value.cause)
    for is_finished in (False, True):
        if is_finished:
            finish_move(source, destination)
        with pytest.raises(KeystoreRefusal, match=f"was moved: set RINGFENCE_KEYSTORE={new}"):
            home.open(old)
    assert home.open(new).create(KeyOwner.organization(BRIAR)).number == 1


def opening(home: Home, driver: str) -> str | None:
    """The place, if it opens."""
    with contextlib.suppress(KeystoreRefusal):
        home.open(driver)
        return driver
    return None


class Dying:
    """An end that dies at its n-th step."""

    def __init__(self, end: End, steps: list[int]) -> None:
        self._end, self._steps, self.name = end, steps, end.name
        self.mark, self.is_empty = end.mark, end.is_empty

    def _step(self) -> None:
        self._steps[0] -= 1
        if self._steps[0] < 0:
            raise InterruptedError

    def put_mark(self, mark: Mark | None, *, after: Mark | None) -> None:
        self._step()
        self._end.put_mark(mark, after=after)
        self._step()

    def owners(self) -> Iterator[Carried]:
        self._step()
        return self._end.owners()

    def keep(self, carried: Sequence[Carried]) -> None:
        self._step()
        self._end.keep(carried[: len(carried) // 2])
        self._step()
        self._end.keep(carried)

    def wipe(self) -> None:
        self._step()
        self._end.wipe()


@pytest.mark.promise("CRY-02", "CRY-03")
def test_a_move_that_dies_at_any_step_goes_on_and_one_place_at_most_opens_at_each(home):
    keys = lived_in(home.open("file"))
    died = 0
    while home.bao.mark() is None or opening(home, home.place) is None:
        steps = [died]
        with contextlib.suppress(InterruptedError):
            move_keystore(Dying(home.files, steps), Dying(home.bao, steps), told=lambda *_: None)
        died += 1
        between = is_left(home.files, home.bao)
        places = ["file", *([home.place] if home.bao.mark() is not None else [])]
        assert sum(opening(home, place) is not None for place in places) == (0 if between else 1)
    assert died > 8
    assert opening(home, "file") is None
    assert all_of(home.open(home.place)) == keys


KILLED = """
    import os, sys
    from pathlib import Path
    from ringfence.controls.keystore import move_keystore, moving
    from tests.controls.test_keystore_moving import BaoServer, Home
    import contextlib

    moving._AT_ONCE = 4
    home = Home(BaoServer(sys.argv[1], 0), Path(sys.argv[2]), sys.argv[3], contextlib.ExitStack())
    def told(done, of):
        print(done, flush=True)
        sys.stdin.readline()
    source, destination = (home.files, home.bao) if sys.argv[4] == "bao" else (home.bao, home.files)
    move_keystore(source, destination, told=told)
"""


@pytest.mark.promise("CRY-03")
@pytest.mark.parametrize("to", ["bao", "files"])
def test_a_move_that_was_killed_in_its_middle_goes_on_from_where_it_was(home, to):
    old, new = ("file", home.place) if to == "bao" else (home.place, "file")
    keys = home.open(old)
    owners = [KeyOwner.organization(OrgId(ids.new())) for _ in range(6)]
    made = {owner: keys.create(owner).key_id for owner in owners}
    arguments = [home.server.address, str(home.data), home.prefix, to]
    program = [sys.executable, "-c", textwrap.dedent(KILLED), *arguments]
    here = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here, env=dict(os.environ)
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "4\n"
        child.send_signal(signal.SIGKILL)
    source, destination = (home.files, home.bao) if to == "bao" else (home.bao, home.files)
    arrived = sum(1 for _each in destination.owners())
    assert arrived == 4
    moved(source, destination)
    there = home.open(new)
    assert {owner: there.unwrap(owner).key_id for owner in owners} == made


def test_a_move_given_up_leaves_no_copy_and_keys_are_made_again(home):
    keys = home.open("file")
    lived_in(keys)
    steps = [6]
    with pytest.raises(InterruptedError):
        move_keystore(Dying(home.files, steps), Dying(home.bao, steps), told=lambda *_: None)
    assert not home.bao.is_empty()
    cancel_move(home.files, home.bao)
    assert home.bao.is_empty()
    assert keys.create(KeyOwner.organization(BRIAR)).number == 1
    with pytest.raises(KeystoreRefusal, match="RINGFENCE_KEYSTORE=file"):
        home.open(home.place)
    with pytest.raises(KeystoreRefusal, match="is not being moved"):
        cancel_move(home.files, home.bao)
    moved(home.files, home.bao)
    assert home.open(home.place).unwrap(KeyOwner.organization(BRIAR)).number == 1, "and may be moved after all"
    with pytest.raises(KeystoreRefusal, match="is not being moved"):
        cancel_move(home.files, home.bao)


@pytest.mark.promise("CRY-03")
@pytest.mark.parametrize("then", ["given up", "begun again by another"])
def test_a_command_whose_move_was_given_up_beside_it_switches_nothing_and_leaves_no_copy(home, then):
    keys = home.open("file")
    lived_in(keys)
    kept: list[Sequence[Carried]] = []

    class Beside(Dying):
        def keep(self, carried: Sequence[Carried]) -> None:
            self._end.keep(carried)
            cancel_move(home.files, home.bao)
            keys.create(KeyOwner.organization(BRIAR))
            if then == "given up":
                self._end.keep(carried)  # as a call that was under way
            else:
                moved(home.files, home.bao)
            kept.append(carried)

    with pytest.raises(KeystoreRefusal):
        move_keystore(home.files, Beside(home.bao, [99]), told=lambda *_: None)
    assert kept
    if then == "given up":
        assert home.bao.is_empty()
        assert keys.rotate(ROSE_KEY).number == 3
    else:
        assert home.open(home.place).unwrap(KeyOwner.organization(BRIAR)).number == 1


@pytest.mark.promise("CRY-03")
def test_a_copy_that_differs_by_one_key_is_not_switched_to(home):
    keys = home.open("file")
    lived_in(keys)

    class Forgetful(Dying):
        def keep(self, carried: Sequence[Carried]) -> None:
            self._end.keep([each for each in carried if each.path != ALICE_KEY.path])

    with pytest.raises(KeystoreRefusal, match=ALICE_KEY.path):
        move_keystore(home.files, Forgetful(home.bao, [99]), told=lambda *_: None)
    mark = home.files.mark()
    assert mark is not None
    assert mark.state is MoveState.LEAVING
    assert keys.unwrap(ROSE_KEY).number == 2, "the source is what counts"


def test_a_place_that_holds_keys_or_takes_part_in_another_move_is_refused(home, tmp_path):
    lived_in(home.open("file"))
    home.open(home.place).create(ROSE_KEY)
    with pytest.raises(KeystoreRefusal, match="holds keys already"):
        moved(home.files, home.bao)
    assert home.files.mark() is None, "and nothing was frozen for it"
    other = Home(home.server, tmp_path / "other", new_prefix(), home.stack)
    lived_in(other.open("file"))
    steps = [6]
    with pytest.raises(InterruptedError):
        move_keystore(Dying(other.files, steps), Dying(other.bao, steps), told=lambda *_: None)
    with pytest.raises(KeystoreRefusal, match="another move"):
        moved(home.files, other.bao)
    with pytest.raises(KeystoreRefusal, match="did not come from"):
        finish_move(home.files, other.bao)


def test_nothing_is_destroyed_before_its_keys_arrived_elsewhere(home, tmp_path):
    lived_in(home.open("file"))
    moved(home.files, home.bao)
    stranger = Home(home.server, tmp_path / "stranger", home.prefix, home.stack)
    lived_in(stranger.open("file"))
    with pytest.raises(KeystoreRefusal, match="is not the keystore that was moved"):
        finish_move(stranger.files, home.bao)
    assert stranger.open("file").unwrap(ROSE_KEY).number == 2


@pytest.mark.promise("CRY-02")
def test_the_policy_of_the_documentation_suffices_for_a_move(home):
    home.server.call("PUT", f"sys/policies/acl/{home.prefix}", {"policy": policy(home.prefix)})
    made = home.server.call("POST", "auth/token/create", {"policies": [home.prefix]})
    lived_in(home.open("file"))
    home.token = made["auth"]["client_token"]
    moved(home.files, home.bao)
    finish_move(home.files, home.bao)
    moved(home.bao, home.files)
    finish_move(home.bao, home.files)
    assert home.open("file").unwrap(ROSE_KEY).number == 2


def test_a_root_key_that_was_replaced_does_not_come_back_by_way_of_openbao(home):
    data = home.data
    old = Secret(bytes(range(32)).hex().encode())
    new = Secret(bytes(range(32, 64)).hex().encode())
    open_keystore(Choice(data=data, encryption_key=old)).create(ROSE_KEY)
    rotated = Choice(data=data, encryption_key=new, encryption_key_previous=old)
    open_keystore(rotated).close()

    def files(key: Secret) -> FileEnd:
        given = Choice(data=data, encryption_key=key)
        return FileEnd(data / "keystore", lambda: roots_of(given), root_file=data / "root.key")

    moved(files(new), home.bao)
    finish_move(files(new), home.bao)
    assert home.open(home.place).status().destroyed == 0
    with pytest.raises(KeystoreRefusal, match="which was replaced before"):
        moved(home.bao, files(old))
    moved(home.bao, files(new))
    assert open_keystore(Choice(data=data, encryption_key=new)).unwrap(ROSE_KEY).number == 1
