"""Keys of organizations, users and partners are rotated beside everybody else, and nothing is lost."""

import asyncio
import io
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from ringfence.base import clock, log
from ringfence.base.principal import Role
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.datamap.bindings import bound
from ringfence.controls.keystore import FileKeystore, KeyOwner, Unknown
from ringfence.controls.tenancy import DatabaseError, PartnerScope, Statement, nothing, scalar
from ringfence.controls.vault import Vault, fields
from ringfence.controls.vault.places import COLUMNS, PLACES, Secrets
from ringfence.controls.vault.rotations import GRACE
from tests.rotating import Workshop, workshop
from tests.world import Stage

OPERATOR = audit.Actor.operator()
DAY = timedelta(days=1)
_RENAME = Statement("update app.app_user set name = $1 where id = $2", nothing)


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


def keys_of(shop: Workshop, *owners: KeyOwner) -> set[bytes]:
    inventory = shop.keystore.inventory()
    return {key_id for owner in owners for key_id in inventory[owner.path]}


def entries(stage: Stage, action: str) -> list[tuple[str, int | None]]:
    with stage.admin() as admin:
        found = admin.execute(
            "select scope, (details ->> 'count')::int from app.audit_queue where action = %s order by id", [action]
        ).fetchall()
    return [(str(row[0]), row[1]) for row in found]


@pytest.mark.promise("CRY-02")
def test_every_sealed_column_is_a_place_of_rotation_under_its_own_field():
    places = {place.name: place.field for place in (*COLUMNS, Secrets())}
    assert places == bound(), "a new sealed column is added to vault/places.py"
    assert len(PLACES) == len(places)


@pytest.mark.promise("CRY-02")
async def test_an_organization_is_sealed_anew_and_its_old_keys_are_retired(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        rose, alice = KeyOwner.organization(cast.rose), KeyOwner.user(cast.rose, cast.alice)
        old = keys_of(shop, rose, alice, KeyOwner.user(cast.rose, cast.bob))
        others = keys_of(shop, KeyOwner.partner(cast.northwind), KeyOwner.organization(cast.thorn))
        before = shop.places_under(old)
        assert len(before) == 15
        rotations = shop.rotations(kept_days=1)
        asked = await rotations.ask(rose, "command", actor=OPERATOR)
        assert await rotations.ask(rose, "command", actor=OPERATOR) == asked, "one at a time"
        first = await rotations.advance(asked, seconds=60)
        assert (first.state, first.percent, first.damaged) == ("settling", 100, 0)
        assert shop.places_under(old) == set()
        assert {record[0] for _, record, owner, *_ in shop.stored() if rose.covers(owner.path)} == {2}
        assert {record[0] for _, record, owner, *_ in shop.stored() if not rose.covers(owner.path)} == {1}
        assert shop.opened() == len(shop.planted.values)
        assert shop.keystore.unwrap(rose).number == 2
        assert others == keys_of(shop, KeyOwner.partner(cast.northwind), KeyOwner.organization(cast.thorn))
        assert (await rotations.advance(asked, seconds=60)).state == "settling", "nothing is due"
        clock.travel(GRACE + timedelta(seconds=1))
        assert (await rotations.advance(asked, seconds=60)).state == "kept"
        assert shop.vault.open(
            alice, fields.MESSAGE_TEXT, b"row", shop.vault.seal(alice, fields.MESSAGE_TEXT, b"row", b"x")
        )
        assert old <= keys_of(shop, rose, alice, KeyOwner.user(cast.rose, cast.bob)), "a backup may still need them"
        clock.travel(DAY + timedelta(seconds=1))
        assert (await rotations.advance(asked, seconds=60)).state == "done"
        assert not old & keys_of(shop, rose, alice, KeyOwner.user(cast.rose, cast.bob))
        with pytest.raises(Unknown):
            shop.keystore.unwrap(rose, next(iter(old)))
        assert shop.opened() == len(shop.planted.values)
        assert entries(stage, "key.rotated") == [("org", 3)]
        assert entries(stage, "key.retired") == [("org", 3)]
        assert [scope for scope, _ in entries(stage, "key.resealed")] == ["org"] * 5, "each change of an audited row"


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize("whose", ["user", "partner", "platform"])
async def test_a_user_a_partner_and_the_platform_are_rotated_alone(stage: Stage, tmp_path: Path, whose: str):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        owner = {
            "user": KeyOwner.user(cast.rose, cast.alice),
            "partner": KeyOwner.partner(cast.northwind),
            "platform": KeyOwner.platform(),
        }[whose]
        old, rotations = keys_of(shop, owner), shop.rotations(kept_days=0)
        assert shop.places_under(old)
        inventory = dict(shop.keystore.inventory())
        asked = await rotations.ask(owner, "command", actor=OPERATOR)
        assert (await rotations.advance(asked, seconds=60)).state == "settling"
        assert shop.places_under(old) == set()
        clock.travel(GRACE + timedelta(seconds=1))
        assert (await rotations.advance(asked, seconds=60)).state == "done"
        assert shop.opened() == len(shop.planted.values)
        changed = {path for path, found in shop.keystore.inventory().items() if list(found) != list(inventory[path])}
        assert changed == {owner.path}


@pytest.mark.promise("CRY-02")
async def test_a_writer_that_held_the_old_key_is_found_by_a_later_pass(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        alice = KeyOwner.user(cast.rose, cast.alice)
        place, where, owner, field, row, plain = next(v for v in shop.planted.values if v[0] == "app.message.text")
        late = shop.vault.seal(owner, field, row, plain)
        old, rotations = keys_of(shop, alice), shop.rotations(kept_days=0)
        asked = await rotations.ask(alice, "command", actor=OPERATOR)
        await rotations.advance(asked, seconds=60)
        with stage.admin() as admin:
            admin.execute(f"update app.message set text = %s where {where}".encode(), [late])
        assert shop.places_under(old) == {place}
        clock.travel(GRACE + timedelta(seconds=1))
        assert (await rotations.advance(asked, seconds=60)).state == "settling", "something was found: once more"
        clock.travel(2 * GRACE + timedelta(seconds=3))
        assert (await rotations.advance(asked, seconds=60)).state == "done"
        assert shop.places_under(old) == set()
        assert shop.opened() == len(shop.planted.values)


@pytest.mark.promise("CRY-02")
async def test_what_a_restored_backup_brought_back_is_sealed_anew_before_its_key_goes(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        alice = KeyOwner.user(cast.rose, cast.alice)
        _, where, owner, field, row, plain = next(v for v in shop.planted.values if v[0] == "app.message.text")
        backup = shop.vault.seal(owner, field, row, plain)
        rotations = shop.rotations(kept_days=1)
        asked = await rotations.ask(alice, "command", actor=OPERATOR)
        for later in (timedelta(), GRACE + timedelta(seconds=1)):
            clock.travel(later)
            state = (await rotations.advance(asked, seconds=60)).state
        assert state == "kept"
        with stage.admin() as admin:
            admin.execute(f"update app.message set text = %s where {where}".encode(), [backup])
        for later, wanted in ((timedelta(seconds=1), "kept"), (GRACE + timedelta(seconds=3), "done")):
            clock.travel(DAY + later)
            assert (await rotations.advance(asked, seconds=60)).state == wanted
        assert shop.opened() == len(shop.planted.values)


@pytest.mark.promise("CRY-02")
async def test_a_tampered_record_is_reported_and_stops_no_other(stage: Stage, tmp_path: Path, monkeypatch):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        alice = KeyOwner.user(cast.rose, cast.alice)
        broken = next(v for v in shop.planted.values if v[0] == "app.message.text")
        with stage.admin() as admin:
            admin.execute(
                f"update app.message set text = set_byte(text, 80, get_byte(text, 80) # 1) where {broken[1]}".encode()
            )
        written = io.StringIO()
        monkeypatch.setattr(log, "_sink", log._Sink(written))
        old, rotations = keys_of(shop, alice), shop.rotations(kept_days=0)
        asked = await rotations.ask(alice, "command", actor=OPERATOR)
        shown = await rotations.advance(asked, seconds=60)
        assert (shown.state, shown.damaged) == ("settling", 1)
        logged = written.getvalue()
        assert '"event":"reseal_refused"' in logged
        assert broken[4].hex() in logged
        shop.planted.values.remove(broken)
        assert shop.places_under(old) == set()
        assert shop.opened() == len(shop.planted.values)
        clock.travel(GRACE + timedelta(seconds=1))
        assert (await rotations.advance(asked, seconds=60)).state == "done", "it opens under no key: none waits for it"


@pytest.mark.promise("CRY-02")
async def test_an_owner_that_is_erased_meanwhile_ends_its_rotation(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        rose, alice = KeyOwner.organization(cast.rose), KeyOwner.user(cast.rose, cast.alice)
        rotations = shop.rotations()
        whole, one = [await rotations.ask(owner, "command", actor=OPERATOR) for owner in (rose, alice)]
        shop.keystore.destroy(alice)
        assert (await rotations.advance(one, seconds=60)).state == "void"
        assert (await rotations.advance(whole, seconds=60)).state == "settling", "her rows are passed over"
        with pytest.raises(Problem) as caught:
            await rotations.ask(alice, "command", actor=OPERATOR)
        assert caught.value.status == 404


@pytest.mark.promise("CRY-02")
async def test_two_processes_share_the_rotations_and_neither_does_the_others(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        here, there = shop.rotations(), shop.rotations()
        for owner in (KeyOwner.organization(cast.rose), KeyOwner.partner(cast.northwind)):
            await here.ask(owner, "command", actor=OPERATOR)
        done = await asyncio.gather(here.work(), there.work())
        assert sum(done) == len(shop.planted.values) - 1, "all but the platform's"
        assert {each.state for each in await here.list_()} == {"settling"}
        assert shop.opened() == len(shop.planted.values)


@pytest.mark.promise("CRY-02")
async def test_whoever_lost_its_lease_writes_no_progress(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        rotations = shop.rotations()
        asked = await rotations.ask(KeyOwner.organization(shop.planted.cast.rose), "command", actor=OPERATOR)
        place = PLACES[5]
        whole = type(place).step

        async def stolen(self, turn, after):
            if self is place:
                with stage.admin() as admin:
                    admin.execute("update app.key_rotation set holder = %s where id = %s", [asked, asked])
            return await whole(self, turn, after)

        patch = pytest.MonkeyPatch()
        patch.setattr(type(place), "step", stolen)
        lost = await rotations.advance(asked, seconds=60)
        patch.undo()
        assert (lost.state, lost.place) == ("sealing", "OrgScope:app.message.text")
        clock.travel(timedelta(seconds=121))
        assert (await shop.rotations().advance(asked, seconds=60)).state == "settling", "another goes on where it was"
        assert shop.opened() == len(shop.planted.values)


@pytest.mark.promise("CRY-02")
async def test_a_rotation_that_the_keystore_refuses_makes_room_for_others(stage: Stage, tmp_path: Path, monkeypatch):
    async with workshop(stage, tmp_path) as shop:
        rotations = shop.rotations()
        asked = await rotations.ask(KeyOwner.platform(), "command", actor=OPERATOR)

        def full(_owner):
            raise Problem(503, "storage_full", "No room.")

        monkeypatch.setattr(type(shop.keystore), "rotate", lambda _self, owner: full(owner))
        assert await rotations.work() == 0
        monkeypatch.undo()
        assert (await rotations.advance(asked, seconds=60)).state == "sealing", "it waits for a minute"
        clock.travel(timedelta(seconds=61))
        assert (await rotations.advance(asked, seconds=60)).state == "settling"


@pytest.mark.promise("CRY-02")
async def test_keys_that_grow_old_are_rotated_by_themselves_a_few_at_a_time(stage: Stage, tmp_path: Path, monkeypatch):
    async with workshop(stage, tmp_path) as shop:
        rotations = shop.rotations()
        assert await rotations.keep_young(90 * DAY) == 0
        clock.travel(91 * DAY)
        monkeypatch.setattr("ringfence.controls.vault.rotations._OPEN_AT_ONCE", 3)
        assert await rotations.keep_young(90 * DAY) == 3
        assert await rotations.keep_young(90 * DAY) == 0, "until there is room"
        assert {each.cause for each in await rotations.list_()} == {"age"}


async def test_a_rotation_that_nobody_asked_for_does_not_exist(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        with pytest.raises(Problem) as caught:
            await shop.rotations().get(shop.planted.cast.rose)
        assert caught.value.status == 404


_DYING = textwrap.dedent("""
    import asyncio, os, pathlib, signal, sys
    from uuid import UUID
    from ringfence.base import ids
    from ringfence.base.crypto import Secret
    from ringfence.controls.coordination import Invalidation
    from ringfence.controls.keystore import FileKeystore
    from ringfence.controls.tenancy import ContextKey, Database
    from ringfence.controls.vault import PLACES, Rotations, Vault
    url, kid, secret, data, asked, moment = sys.argv[1:]
    keys = FileKeystore.beside(pathlib.Path(data), encryption_key=None)
    database = Database(url, keys=ContextKey(kid, bytes.fromhex(secret)), size=2)
    left = [int(moment)]
    def dying(act):
        async def step(self, turn, after):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return await act(self, turn, after)
        return step
    if left[0] < 0:
        FileKeystore.rotate = lambda self, owner: (
            self.wrap(owner, Secret(os.urandom(32) + self.unwrap(owner).index_half)),
            os.kill(os.getpid(), signal.SIGKILL))
    for kind in {type(place) for place in PLACES}:
        kind.step = dying(kind.step)
    rotations = Rotations(
        database, keys, Vault(keys), Invalidation(database), holder=ids.new(), places=PLACES, kept_days=0
    )
    asyncio.run(rotations.advance(UUID(asked), seconds=60))
""")


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize("moment", [-1, 4, 7])
async def test_a_rotation_whose_process_is_killed_is_finished_by_another(stage: Stage, tmp_path: Path, moment: int):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        rose, alice = KeyOwner.organization(cast.rose), KeyOwner.user(cast.rose, cast.alice)
        old, rotations = keys_of(shop, rose, alice), shop.rotations(kept_days=0)
        asked = await rotations.ask(rose, "command", actor=OPERATOR)
        command = [sys.executable, "-c", _DYING, stage.app_url, stage.key.kid, stage.key.secret.hex(), str(tmp_path)]
        died = await asyncio.to_thread(subprocess.run, [*command, str(asked), str(moment)], check=False, timeout=60)
        assert died.returncode == -signal.SIGKILL
        left = await rotations.advance(asked, seconds=60)
        assert (left.state, left.is_worked_on) == ("sealing", True), "until its lease runs out"
        assert (left.resealed > 0) == (moment > 0)
        clock.travel(timedelta(seconds=121))
        done = await rotations.advance(asked, seconds=60)
        assert done.state == "settling"
        assert shop.places_under(old) == set()
        assert shop.opened() == len(shop.planted.values)
        assert {len(shop.keystore.inventory()[owner.path]) for owner in (rose, alice)} == {2}, "one new version each"


@pytest.mark.promise("CRY-02")
async def test_what_is_written_while_everything_is_sealed_anew_is_lost_by_nobody(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        alice, asked_ids = KeyOwner.user(cast.rose, cast.alice), list[str]()
        writer = Vault(FileKeystore.beside(tmp_path, encryption_key=None))
        named = next(value for value in shop.planted.values if value[0] == "app.app_user.name")
        shop.planted.values.remove(named)
        stop, names = asyncio.Event(), 0

        async def rename() -> None:
            nonlocal names
            while not stop.is_set():
                names += 1
                sealed = writer.seal(alice, fields.APP_USER_NAME, cast.alice, f"Alice {names}".encode())
                await shop.database.write(cast.as_user(cast.alice, cast.rose), _RENAME(sealed, cast.alice))

        renaming = asyncio.create_task(rename())
        rotations = shop.rotations(kept_days=0)
        for _ in range(5):
            asked = await rotations.ask(KeyOwner.organization(cast.rose), "command", actor=OPERATOR)
            await rotations.advance(asked, seconds=60)
            asked_ids.append(str(asked))
            with stage.admin() as admin:
                admin.execute("update app.key_rotation set state = 'kept'")
        stop.set()
        await renaming
        with stage.admin() as admin:
            found = admin.execute("select name from app.app_user where id = %s", [cast.alice]).fetchone()
        assert found is not None
        assert shop.vault.open_text(alice, fields.APP_USER_NAME, cast.alice, bytes(found[0])) == f"Alice {names}"
        assert shop.opened() == len(shop.planted.values)
        assert len(set(asked_ids)) == 5
        assert names > 5


@pytest.mark.promise("CRY-02")
async def test_a_value_may_be_exchanged_for_itself_sealed_anew_and_for_nothing_else(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        cast = shop.planted.cast
        partner, rose = PartnerScope(cast.northwind), cast.as_user(cast.alice, cast.rose, Role.OPERATOR)
        for place, scope, column in (
            ("app.agent_version.tools", partner, "tools"),
            ("app.signing_secret.secret", partner, "secret"),
            ("app.delivery.payload", partner, "payload"),
            ("app.approval.details", rose, "details"),
        ):
            table = place.rpartition(".")[0]
            whose = KeyOwner.partner(cast.northwind) if scope is partner else KeyOwner.user(cast.rose, cast.alice)
            record = next(value[1] for value in shop.stored() if (value[0], value[2]) == (place, whose))
            other_key = bytes([*record[:1], *(byte ^ 1 for byte in record[1:17]), *record[17:]])
            for value in (
                record + b"x",
                b"\x03" + other_key[1:],
                record[:-1] + bytes([record[-1] ^ 1]),
                b"plain",
                None,
            ):
                with pytest.raises(DatabaseError, match=r"42501|RF003"):
                    await shop.database.write(scope, Statement(f"update {table} set {column} = $1", nothing)(value))
        resealed = Statement("select app.is_resealed($1, $2)", scalar)
        for before, becomes in product((0, 1, 2, 3), repeat=2):
            asked = resealed(bytes([before]) + bytes(72), bytes([becomes]) + bytes(71) + b"x")
            assert not (await shop.database.read(partner, asked))[0][0], "the key is the same"
            asked = resealed(bytes([before]) + bytes(72), bytes([becomes]) + b"x" * 72)
            assert (await shop.database.read(partner, asked))[0][0] == ({before, becomes} <= {1, 2}), (before, becomes)
        with pytest.raises(DatabaseError):
            await shop.database.write(partner, Statement("update app.agent_version set model = 'other'", nothing)())
        with pytest.raises(DatabaseError):
            await shop.database.write(
                rose, Statement("select app.reseal($1, $2, $3, $4)", nothing)("app.message.text", ["k"], [b"a"], [b"b"])
            )
