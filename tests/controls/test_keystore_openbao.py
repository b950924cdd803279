"""Keys on OpenBao: bound to their owner, gone when destroyed, brought before they are needed. The server is real."""

import asyncio
import base64
import contextlib
import threading
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Damaged, Destroyed, KeyOwner, KeystoreRefusal, KeystoreUnavailable, ServerKey
from ringfence.controls.keystore.openbao.client import Bao, BaoAccess
from ringfence.controls.keystore.openbao.entries import Entries
from ringfence.controls.keystore.openbao.store import OpenBaoKeystore
from ringfence.controls.keystore.openbao.transit import Transit
from tests.openbao import BaoServer, new_prefix

ROSE, THORN = (OrgId(ids.new()) for _ in range(2))
ROSE_KEY, THORN_KEY = KeyOwner.organization(ROSE), KeyOwner.organization(THORN)
ALICE, BOB = (UserId(ids.new()) for _ in range(2))
ALICE_KEY, BOB_KEY = (KeyOwner.user(ROSE, user) for user in (ALICE, BOB))


@dataclass
class Home:
    """A keystore of its own on the shared server, and the administrator's look into it."""

    server: BaoServer
    prefix: str
    stack: contextlib.ExitStack

    def open(self) -> OpenBaoKeystore:
        keys = self.server.keystore(self.prefix)
        self.stack.callback(keys.close)
        return keys

    def stored(self, owner: KeyOwner, version: str = "") -> dict:
        return self.server.call("GET", f"secret/data/{self.prefix}/{owner.path}{version}")["data"]

    def put(self, owner: KeyOwner, data: dict) -> None:
        metadata = self.stored(owner)["metadata"]
        sent = {"options": {"cas": metadata["version"]}, "data": data}
        self.server.call("POST", f"secret/data/{self.prefix}/{owner.path}", sent)

    def transit_keys(self) -> set[str]:
        names = self.server.call("LIST", "transit/keys")["data"]["keys"]
        return {name.removeprefix(f"{self.prefix}.") for name in names if name.startswith(f"{self.prefix}.")}


@pytest.fixture
def home(bao: BaoServer) -> Iterator[Home]:
    with contextlib.ExitStack() as stack:
        yield Home(bao, new_prefix(), stack)


@pytest.mark.promise("CRY-02")
def test_each_organization_has_a_transit_key_that_cannot_leave_the_server(home):
    keys = home.open()
    for owner in (ROSE_KEY, THORN_KEY, ALICE_KEY):
        keys.create(owner)
    assert home.transit_keys() == {"server", f"organization-{ROSE.hex}", f"organization-{THORN.hex}"}
    about = home.server.call("GET", f"transit/keys/{home.prefix}.organization-{ROSE.hex}")["data"]
    assert (about["exportable"], about["allow_plaintext_backup"], about["deletion_allowed"]) == (False, False, False)


@pytest.mark.promise("CRY-01")
def test_a_wrapped_key_moved_to_another_owner_opens_nothing(home):
    keys = home.open()
    for owner in (ROSE_KEY, ALICE_KEY, BOB_KEY):
        keys.create(owner)
    home.put(BOB_KEY, home.stored(ALICE_KEY)["data"])
    keys.forget_all()
    with pytest.raises(Damaged, match="integrity"):
        keys.unwrap(BOB_KEY)


@pytest.mark.parametrize("change", [{"number": "2"}, {"id": "ab" * 16}])
def test_a_wrapped_key_is_bound_to_its_version(home, change):
    keys = home.open()
    keys.create(ROSE_KEY)
    data = home.stored(ROSE_KEY)["data"]
    home.put(ROSE_KEY, {**data, "versions": [{**data["versions"][0], **change}]})
    with pytest.raises(Damaged):
        home.open().unwrap(ROSE_KEY)


def test_keys_of_one_deployment_do_not_open_in_another(home, bao):
    keys = home.open()
    keys.create(ROSE_KEY)
    other = Home(bao, new_prefix(), home.stack)
    theirs = other.open()
    theirs.create(ROSE_KEY)
    other.put(ROSE_KEY, home.stored(ROSE_KEY)["data"])
    theirs.forget_all()
    with pytest.raises(Damaged):
        theirs.unwrap(ROSE_KEY)


@pytest.mark.parametrize(
    "data", [{}, {"format": "2"}, {"format": "1", "versions": [{}]}, {"format": "1", "destroyed": "x"}]
)
def test_an_entry_that_is_not_ours_is_damage(home, data):
    keys = home.open()
    keys.create(ROSE_KEY)
    home.put(ROSE_KEY, data)
    for attempt in (home.open().unwrap, home.open().create):
        with pytest.raises(Damaged):
            attempt(ROSE_KEY)


def test_an_entry_deleted_by_hand_is_damage_and_no_new_key_is_made(home):
    keys = home.open()
    keys.create(ROSE_KEY)
    home.server.call("DELETE", f"secret/data/{home.prefix}/{ROSE_KEY.path}")
    with pytest.raises(Damaged):
        home.open().create(ROSE_KEY)


def test_a_lost_transit_key_is_damage(home):
    home.open().create(ROSE_KEY)
    name = f"transit/keys/{home.prefix}.organization-{ROSE.hex}"
    home.server.call("POST", f"{name}/config", {"deletion_allowed": True})
    home.server.call("DELETE", name)
    home.server.call("POST", "transit/config/keys", {"disable_upsert": True})
    for attempt, owner in (
        (home.open().unwrap, ROSE_KEY),
        (home.open().rotate, ROSE_KEY),
        (home.open().create, ALICE_KEY),
    ):
        with pytest.raises(Damaged):
            attempt(owner)


def test_a_users_key_may_be_made_before_its_organizations(home):
    home.server.call("POST", "transit/config/keys", {"disable_upsert": True})
    alice = home.open().create(ALICE_KEY)
    home.open().create(ROSE_KEY)
    assert home.open().unwrap(ALICE_KEY).key_id == alice.key_id


def test_a_users_key_is_not_made_below_a_destroyed_organization_whose_transit_key_is_gone(home, monkeypatch):
    keys = home.open()
    home.server.call("POST", "transit/config/keys", {"disable_upsert": True})
    keys.destroy(ROSE_KEY)
    with pytest.raises(Destroyed):
        keys.create(ALICE_KEY)


@pytest.mark.promise("CRY-03")
def test_what_was_stored_of_a_destroyed_organization_cannot_be_decrypted_any_more(home):
    keys = home.open()
    for owner in (ROSE_KEY, ALICE_KEY):
        keys.create(owner)
    copies = [home.stored(owner)["data"] for owner in (ROSE_KEY, ALICE_KEY)]
    keys.destroy(ROSE_KEY)
    assert home.transit_keys() == {"server"}
    for copy in copies:
        batch = {"batch_input": [{"ciphertext": each["ciphertext"]} for each in copy["versions"]]}
        with pytest.raises(urllib.error.HTTPError, match="400"):
            home.server.call("POST", f"transit/decrypt/{home.prefix}.organization-{ROSE.hex}", batch)
    assert home.server.call("SCAN", f"secret/metadata/{home.prefix}/organization/")["data"]["keys"] == [ROSE.hex]


@pytest.mark.promise("CRY-03")
def test_no_version_of_a_destroyed_users_key_is_left_on_the_server(home):
    keys = home.open()
    keys.create(ROSE_KEY)
    keys.create(ALICE_KEY)
    keys.rotate(ALICE_KEY)
    keys.destroy(ALICE_KEY)
    assert set(home.stored(ALICE_KEY)["data"]) == {"format", "destroyed"}
    for version in (1, 2):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            home.stored(ALICE_KEY, f"?version={version}")


@pytest.mark.promise("CRY-03")
def test_a_destruction_that_was_cut_off_is_finished_by_doing_it_again(home, monkeypatch):
    keys = home.open()
    for owner in (ROSE_KEY, ALICE_KEY, BOB_KEY):
        keys.create(owner)
    keys.destroy(BOB_KEY)
    with monkeypatch.context() as cut:
        cut.setattr(Transit, "destroy", lambda _self, name: (_ for _ in ()).throw(KeystoreUnavailable(name)))
        with pytest.raises(KeystoreUnavailable):
            keys.destroy(ROSE_KEY)
    with pytest.raises(Destroyed):
        keys.create(ROSE_KEY)
    keys.destroy(ROSE_KEY)
    keys.destroy(ROSE_KEY, ALICE_KEY)
    assert home.transit_keys() == {"server"}
    assert [path for path, _ in keys.tombstones()] == sorted([ROSE_KEY.path, BOB_KEY.path])
    assert keys.inventory() == {}


@pytest.mark.promise("CRY-03")
def test_a_users_key_made_while_its_organization_is_destroyed_is_undone(home, monkeypatch):
    keys, other = home.open(), home.open()
    keys.create(ROSE_KEY)
    write = Entries.write

    def overtaken(self, path, kept):
        if path == ALICE_KEY.path:
            other.destroy(ROSE_KEY)
        return write(self, path, kept)

    monkeypatch.setattr(Entries, "write", overtaken)
    with pytest.raises(Destroyed):
        keys.create(ALICE_KEY)
    assert home.transit_keys() == {"server"}
    assert ALICE_KEY.path not in keys.inventory()


def test_of_a_creation_and_a_destruction_that_race_no_key_is_left(home):
    stores = [home.open() for _ in range(4)]
    start = threading.Barrier(4)

    def act(number: int) -> None:
        start.wait()
        with contextlib.suppress(Destroyed):
            stores[number].destroy(ROSE_KEY) if number == 3 else stores[number].create(ROSE_KEY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    with pytest.raises(Destroyed):
        home.open().unwrap(ROSE_KEY)
    assert [path for path, _ in stores[0].tombstones()] == [ROSE_KEY.path]


def test_retired_versions_are_gone_and_the_newest_is_kept(home):
    keys = home.open()
    old = keys.create(ROSE_KEY)
    new = keys.rotate(ROSE_KEY)
    with pytest.raises(ValueError, match="newest"):
        keys.retire({ROSE_KEY: [old.key_id, new.key_id]})
    keys.retire({ROSE_KEY: [old.key_id], THORN_KEY: []})
    keys.retire({ROSE_KEY: [old.key_id]})
    assert keys.inventory() == {ROSE_KEY.path: (new.key_id,)}
    assert keys.rotate(ROSE_KEY).number == 3
    with pytest.raises(urllib.error.HTTPError, match="404"):
        home.stored(ROSE_KEY, "?version=2")
    keys.destroy(ROSE_KEY)
    keys.retire({ROSE_KEY: [new.key_id]})


def test_an_inventory_holds_everything_with_and_without_one_call_for_all(home, monkeypatch):
    keys = home.open()
    for owner in (ROSE_KEY, ALICE_KEY, THORN_KEY):
        keys.create(owner)
    for _ in range(17):
        keys.rotate(THORN_KEY)
    keys.destroy(ALICE_KEY)
    keys.server_key(ServerKey.IP_HASH)
    found = (keys.inventory(), keys.tombstones(), keys.status())
    assert {path: len(key_ids) for path, key_ids in found[0].items()} == {ROSE_KEY.path: 1, THORN_KEY.path: 18}
    call = Bao.call

    def without_scan(self, method, path, body=None):
        if method == "SCAN":
            raise KeystoreUnavailable("SCAN: status 405")
        return call(self, method, path, body)

    monkeypatch.setattr(Bao, "call", without_scan)
    assert (keys.inventory(), keys.tombstones(), keys.status()) == found


def test_an_entry_whose_writer_was_killed_before_it_told_is_in_the_inventory(home, monkeypatch):
    keys = home.open()
    old = keys.create(ROSE_KEY)
    with monkeypatch.context() as cut:
        cut.setattr(Entries, "_describe", lambda *_: None)
        new = keys.rotate(ROSE_KEY)
    assert keys.inventory() == {ROSE_KEY.path: (old.key_id, new.key_id)}


async def test_warmed_keys_are_there_without_asking_the_server(home, monkeypatch):
    keys = home.open()
    await asyncio.to_thread(lambda: [keys.create(owner) for owner in (ROSE_KEY, ALICE_KEY)])
    fresh, asked = home.open(), []
    call = Bao.call
    monkeypatch.setattr(Bao, "call", lambda *all_of_it: (asked.append(all_of_it), call(*all_of_it))[1])
    await asyncio.gather(*(fresh.warm(ROSE_KEY, ALICE_KEY) for _ in range(50)))
    assert len(asked) == 4  # an entry and a decryption for each of two owners, however many waited
    for owner in (ROSE_KEY, ALICE_KEY):
        fresh.unwrap(owner)
    await fresh.warm(ROSE_KEY)
    assert len(asked) == 4


async def test_warming_an_owner_that_is_gone_fails_nothing(home):
    keys = home.open()
    await asyncio.to_thread(keys.destroy, ROSE_KEY)
    await keys.warm(ROSE_KEY, THORN_KEY)
    with pytest.raises(Destroyed):
        keys.unwrap(ROSE_KEY)


def test_a_destroyed_user_is_forgotten_by_id_and_others_stay(home):
    keys = home.open()
    made = {owner: keys.create(owner) for owner in (ROSE_KEY, ALICE_KEY, BOB_KEY)}
    keys.forget_subject(ALICE)
    assert keys.unwrap(BOB_KEY) is made[BOB_KEY]
    assert keys.unwrap(ALICE_KEY) is not made[ALICE_KEY]
    keys.forget_subject(ROSE)
    assert keys.unwrap(BOB_KEY) is not made[BOB_KEY]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"transit": "nowhere"}, "bao secrets enable -path=nowhere transit"),
        ({"kv": "kv1"}, "bao secrets enable -path=kv1 -version=2 kv"),
        ({"kv": "transit"}, "no KV engine of version 2 at transit"),
        ({"prefix": "Ring-fence"}, "RINGFENCE_OPENBAO_PREFIX"),
    ],
)
def test_an_engine_that_is_missing_is_refused_with_the_mend(home, more, word):
    with contextlib.suppress(urllib.error.HTTPError):
        home.server.call("POST", "sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
    bao = Bao(home.server.address, BaoAccess(token=Secret(b"root-of-the-tests")), variable="RINGFENCE_KEYSTORE")
    home.stack.callback(bao.close)
    with pytest.raises(KeystoreRefusal) as caught:
        OpenBaoKeystore(bao, **{"prefix": home.prefix, **more})
    assert word in str(caught.value)


def test_a_transit_key_that_could_leave_the_server_is_not_used(home):
    keys = home.open()
    home.server.call("POST", f"transit/keys/{home.prefix}.organization-{ROSE.hex}", {"exportable": True})
    with pytest.raises(KeystoreUnavailable) as caught:
        keys.create(ROSE_KEY)
    assert "stays on the server" in str(caught.value.cause)


def test_a_server_that_binds_nothing_is_refused(home, monkeypatch):
    decrypt = Transit.decrypt
    monkeypatch.setattr(Transit, "decrypt", lambda self, name, _sealed: [base64.b64decode("Y2hlY2s=")])
    with pytest.raises(KeystoreRefusal, match="does not bind"):
        home.open()
    monkeypatch.setattr(Transit, "decrypt", decrypt)
    home.open()
