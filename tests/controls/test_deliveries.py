"""What is queued arrives, once if nobody dies, and what cannot arrive is given up and said so."""

import asyncio
import io
import json
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids, log
from ringfence.base.principal import OrgId, PartnerId, Role, UserId
from ringfence.controls import deliveries
from ringfence.controls.deliveries import BadLetter, Courier, FilePost, Letter, Outbox, Pace, Undelivered
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.tenancy import (
    Database,
    DatabaseError,
    OrgScope,
    PartnerScope,
    PersonScope,
    PlatformScope,
    Statement,
    gate,
    nothing,
)
from ringfence.controls.vault import Vault
from ringfence.features.orgs import queries as orgs
from tests.world import Cast, Stage, plant

QUICK = Pace(look_s=0.02, first_pause_s=0.0, attempts=3)
ROW = "select status, attempts, last_error, payload is null, holder is null from app.delivery where id = %s"


@dataclass
class Hand:
    """A post that keeps what it carried; `fails` are its next refusals, and while `hold` is set it waits."""

    fails: list[Undelivered] = field(default_factory=list[Undelivered])
    hold: asyncio.Event | None = None
    carried: list[tuple[UUID, Letter]] = field(default_factory=list[tuple[UUID, Letter]])
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, delivery_id: UUID, letter: Letter) -> None:
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.carried.append((delivery_id, letter))


@dataclass
class Office:
    """A database, a vault and an outbox with nothing queued."""

    stage: Stage
    cast: Cast
    database: Database
    vault: Vault
    outbox: Outbox

    def courier(self, post: Hand, *, pace: Pace = QUICK) -> Courier:
        return Courier(self.database, self.vault, post, holder=ids.new(), pace=pace)

    async def alert(self, dedupe: str = "once", **more: Any) -> UUID:
        said = {"subject": "A probe fails", "text": "tenancy.tables: 1 table", **more}
        await self.database.write(PlatformScope(), self.outbox.alert("probe", dedupe=dedupe, **said))
        return self.newest()

    async def message(self, org: OrgId, user_id: UserId | None = None) -> UUID:
        within = OrgScope(self.cast.northwind, org, Role.OPERATOR)
        bound = self.outbox.message(
            "notice", to="rose@example.com", subject="Hello", text="PLANTED", within=within, user_id=user_id
        )
        await self.database.write(within, bound)
        return self.newest()

    def newest(self) -> UUID:
        with self.stage.admin() as admin:
            return admin.execute("select id from app.delivery order by id desc limit 1").fetchone()[0]  # pyright: ignore[reportOptionalSubscript] - just queued

    def row(self, delivery_id: UUID) -> tuple[object, ...] | None:
        with self.stage.admin() as admin:
            return admin.execute(ROW, [delivery_id]).fetchone()

    def make_due(self) -> None:
        with self.stage.admin() as admin:
            admin.execute("update app.delivery set next_at = '-infinity' where status = 'queued'")


@asynccontextmanager
async def office(stage: Stage, cast: Cast, data: Path) -> AsyncIterator[Office]:
    with stage.admin() as admin:
        admin.execute("delete from app.delivery")
    async with stage.open() as database:
        keystore = FileKeystore.beside(data, encryption_key=None)
        for owner in (
            KeyOwner.platform(),
            KeyOwner.partner(cast.northwind),
            KeyOwner.organization(cast.rose),
            KeyOwner.organization(cast.thorn),
            KeyOwner.user(cast.rose, cast.alice),
        ):
            keystore.create(owner)
        vault = Vault(keystore)
        yield Office(stage, cast, database, vault, Outbox(vault))
        keystore.close()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs."""
    file = io.StringIO()
    log.configure(json_lines=True, file=file)
    yield file
    log.configure(json_lines=True)


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    return asyncio.run(plant(stage))


@pytest.mark.promise("HOK-02")
async def test_an_alert_is_queued_with_its_act_or_not_at_all(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        failing = Statement("select 1 / $1", nothing)
        with pytest.raises(DatabaseError):
            await at.database.write(
                PlatformScope(), at.outbox.alert("probe", subject="x", text="x", dedupe="x"), failing(0)
            )
        delivery_id, hand = await at.alert(), Hand()
        assert await at.courier(hand).deliver_due() == 1
        assert hand.carried == [(delivery_id, Letter(None, "A probe fails", "tenancy.tables: 1 table"))]
        assert at.row(delivery_id) == ("delivered", 1, None, True, True)
        assert await at.courier(hand).deliver_due() == 0


async def test_a_second_alert_of_the_same_occasion_is_dropped(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        first = await at.alert("probe 1")
        assert await at.alert("probe 1") == first
        await at.courier(Hand()).deliver_due()
        assert await at.alert("probe 1") == first
        assert await at.alert("probe 2") != first


@pytest.mark.promise("TEN-01", "TEN-02")
async def test_a_scope_queues_for_itself_alone_and_sees_no_others(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        await at.message(cast.rose)
        thorn = OrgScope(cast.northwind, cast.thorn, Role.OPERATOR)
        seen = Statement("select id from app.delivery", lambda found: found)
        assert (await at.database.read(thorn, seen()))[0] == []
        planted = Statement(
            "insert into app.delivery (scope, scope_id, id, kind) values ('platform', $1, $2, 'probe')", nothing
        )
        moved = Statement("update app.delivery set status = 'failed' where id = $1", nothing)
        for bound in (planted(cast.rose, ids.new()), moved(at.newest())):
            with pytest.raises(DatabaseError) as refused:
                await at.database.write(thorn, bound)
            assert refused.value.sqlstate == "42501"


@pytest.mark.promise("CRY-01")
async def test_what_is_queued_lies_sealed_and_goes_when_it_arrived(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id, hand = await at.message(cast.rose, cast.alice), Hand()
        with stage.admin() as admin:
            whole = str(admin.execute("select * from app.delivery where id = %s", [delivery_id]).fetchone())
            assert "PLANTED" not in whole
            assert "rose@example.com" not in whole
        await at.courier(hand).deliver_due()
        assert [letter.to for _, letter in hand.carried] == ["rose@example.com"]
        assert at.row(delivery_id) == ("delivered", 1, None, True, True)


@pytest.mark.promise("PRV-01")
async def test_what_an_organization_or_user_queued_goes_with_them(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        alices, roses, thorns = (
            await at.message(cast.rose, cast.alice),
            await at.message(cast.rose),
            await at.message(cast.thorn),
        )
        rose = OrgScope(cast.northwind, cast.rose, Role.OPERATOR)
        await at.database.write(rose, orgs.ERASE_DELIVERIES_OF_USER(cast.alice))
        assert (at.row(alices), at.row(roses) is None) == (None, False)
        await at.database.write(rose, orgs.ERASE_DELIVERIES())
        assert (at.row(roses), at.row(thorns) is None) == (None, False)


async def test_many_processes_send_each_message_once(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        for number in range(30):
            await at.alert(f"{number}")
        hand = Hand()
        couriers = [at.courier(hand) for _ in range(3)]
        loops = [asyncio.create_task(courier.run()) for courier in couriers]
        async with asyncio.timeout(60):
            while len(hand.carried) < 30:  # noqa: ASYNC110 - the claim is about three loops
                await asyncio.sleep(0.01)
        await asyncio.gather(*(courier.drain(within_s=60) for courier in couriers), *loops)
        assert len({delivery_id for delivery_id, _ in hand.carried}) == len(hand.carried) == 30


@pytest.mark.promise("HOK-02")
async def test_a_process_that_dies_in_mid_delivery_neither_loses_nor_settles(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id, stuck, other = await at.alert(), Hand(hold=asyncio.Event()), Hand()
        dying = asyncio.create_task(at.courier(stuck).deliver_due())
        await stuck.begun.wait()
        assert await at.courier(other).deliver_due() == 0, "its lease protects it"
        at.make_due()
        await at.courier(other, pace=Pace(send_s=5)).deliver_due()
        assert at.row(delivery_id) == ("delivered", 2, None, True, True)
        assert stuck.hold is not None
        stuck.fails.append(Undelivered("late"))
        stuck.hold.set()
        await dying
        assert at.row(delivery_id) == ("delivered", 2, None, True, True), "the fence holds"
        assert other.carried[0][0] == delivery_id


async def test_a_message_that_kills_its_process_is_not_tried_for_ever(
    stage: Stage, cast: Cast, tmp_path: Path, lines: io.StringIO
):
    async with office(stage, cast, tmp_path) as at:
        delivery_id, hand = await at.alert(), Hand(hold=asyncio.Event())
        for _ in range(QUICK.attempts):
            dying = asyncio.create_task(at.courier(hand).deliver_due())
            await hand.begun.wait()
            dying.cancel()
            await asyncio.gather(dying, return_exceptions=True)
            hand.begun.clear()
            at.make_due()
        await at.courier(hand).deliver_due()
        assert not hand.begun.is_set()
        assert at.row(delivery_id) == ("failed", QUICK.attempts + 1, "crashed", False, True)
        assert json.loads(lines.getvalue().splitlines()[-1])["event"] == "delivery_failed"


@pytest.mark.promise("HOK-02")
async def test_a_failure_is_tried_again_up_to_the_bound_then_said_and_replayed(
    stage: Stage, cast: Cast, tmp_path: Path, lines: io.StringIO
):
    async with office(stage, cast, tmp_path) as at:
        delivery_id, hand = await at.message(cast.rose), Hand([Undelivered("smtp_451") for _ in range(QUICK.attempts)])
        seen: list[object] = []
        for _ in range(QUICK.attempts):
            await at.courier(hand).deliver_due()
            seen.append((at.row(delivery_id) or ())[:3])
        assert seen == [("queued", 1, "smtp_451"), ("queued", 2, "smtp_451"), ("failed", 3, "smtp_451")]
        said = [json.loads(line) for line in lines.getvalue().splitlines()]
        assert [line["event"] for line in said] == ["delivery_deferred", "delivery_deferred", "delivery_failed"]
        assert said[-1]["level"] == "error"
        assert [one.last_error for one in await deliveries.list_(at.database, status="failed")] == ["smtp_451"]
        assert await deliveries.replay(at.database, delivery_id)
        assert not await deliveries.replay(at.database, delivery_id), "it is queued already"
        with stage.admin() as admin:
            told = admin.execute(
                "select scope_id, actor_kind, target_id from app.audit_queue "
                "where action in ('delivery.replayed', 'command.run')"
            ).fetchall()
        assert told == [(cast.rose, "operator", delivery_id)], "once, in the log of whose message it is"
        await at.courier(hand).deliver_due()
        assert [carried for carried, _ in hand.carried] == [delivery_id], "under the same id"


async def test_what_will_never_be_taken_is_given_up_at_once(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id = await at.alert()
        await at.courier(Hand([Undelivered("smtp_550", is_final=True)])).deliver_due()
        assert at.row(delivery_id) == ("failed", 1, "smtp_550", False, True)


async def test_a_post_that_hangs_is_cut_off_and_tried_again(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id = await at.alert()
        await at.courier(Hand(hold=asyncio.Event()), pace=Pace(send_s=0.05)).deliver_due()
        assert (at.row(delivery_id) or ())[:3] == ("queued", 1, "timeout")


async def test_what_cannot_be_opened_is_given_up_and_the_others_go(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        broken, well, hand = await at.alert("a"), await at.alert("b"), Hand()
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")  # past the trigger that keeps what is sealed so
            admin.execute("update app.delivery set payload = 'nonsense' where id = %s", [broken])
        await at.courier(hand).deliver_due()
        assert (at.row(broken) or ())[:3] == ("failed", 1, "unreadable")
        assert [carried for carried, _ in hand.carried] == [well]


async def test_what_was_erased_since_it_was_claimed_is_not_sent(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        await at.message(cast.rose)
        hand = Hand()
        courier = at.courier(hand)
        claimed = await gate.claim_deliveries(at.database, ids.new(), seconds=60, most=1)
        with stage.admin() as admin:
            admin.execute("delete from app.delivery")
        await courier.deliver(claimed[0])
        assert (len(claimed), hand.carried) == (1, [])


async def test_a_scope_that_is_gone_is_given_up(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id = await at.message(cast.rose)
        with stage.admin() as admin:
            admin.execute("update app.delivery set scope_id = %s where id = %s", [ids.new(), delivery_id])
        await at.courier(Hand()).deliver_due()
        assert (at.row(delivery_id) or ())[:3] == ("failed", 1, "no_scope")


async def test_each_scope_has_its_letters(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        partner = PartnerScope(PartnerId(cast.northwind), Role.OPERATOR)
        bound = at.outbox.message("notice", to="it@example.com", subject="Hello", text="there", within=partner)
        await at.database.write(partner, bound)
        await at.message(cast.rose)
        await at.alert()
        hand = Hand()
        await at.courier(hand).deliver_due()
        assert sorted(str(letter.to) for _, letter in hand.carried) == ["None", "it@example.com", "rose@example.com"]


async def test_records_go_after_thirty_days_and_no_sooner(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        old, young = await at.alert("a"), await at.alert("b")
        courier = at.courier(Hand())
        await courier.deliver_due()
        with stage.admin() as admin:
            admin.execute("update app.delivery set ended_at = now() - interval '31 days' where id = %s", [old])
        assert await courier.expire() == 1
        assert (at.row(old), at.row(young) is None) == (None, False)


async def test_whoever_queued_may_wake_the_courier(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        hand = Hand()
        courier = at.courier(hand, pace=Pace(look_s=3600))
        running = asyncio.create_task(courier.run())
        await asyncio.sleep(0.2)  # It has looked, and sleeps.
        await at.alert()
        courier.wake()
        await asyncio.wait_for(hand.begun.wait(), 60)
        await courier.drain(within_s=60)
        await running


async def test_a_drained_courier_lets_what_is_on_its_way_arrive(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        delivery_id, hand = await at.alert(), Hand(hold=asyncio.Event())
        courier = at.courier(hand)
        running = asyncio.create_task(courier.run())
        await hand.begun.wait()
        draining = asyncio.create_task(courier.drain(within_s=60))
        await asyncio.sleep(0.05)
        assert hand.hold is not None
        hand.hold.set()
        await asyncio.gather(draining, running)
        assert (at.row(delivery_id) or ())[:2] == ("delivered", 1)


async def test_a_person_has_no_letters_yet(stage: Stage, cast: Cast, tmp_path: Path):
    async with office(stage, cast, tmp_path) as at:
        with pytest.raises(TypeError):
            at.outbox.alert("probe", subject="x", text="x", dedupe="x", within=PersonScope(ids.new()))


@pytest.mark.promise("SDL-02")
@pytest.mark.parametrize(
    ("to", "subject", "text"),
    [
        ("a@example.com\r\nBcc: b@example.com", "Hello", "x"),
        ("a@example.com, b@example.com", "Hello", "x"),
        ("Rose <a@example.com>", "Hello", "x"),
        ("a@example.com\n", "Hello", "x"),
        ("nobody", "Hello", "x"),
        ("@example.com", "Hello", "x"),
        ("a@example.com", "Hello\r\nBcc: b@example.com", "x"),
        ("a@example.com", "Hello\nthere", "x"),
        ("a@example.com", "Hello\u2028there", "x"),
        ("a@example.com", "", "x"),
        ("a@example.com", "x" * 201, "x"),
        ("a@example.com", "Hello", "\ud800"),
        ("a@example.com", "Hello", "a\0b"),
        ("a@example.com", "Hello", "x" * 100_001),
    ],
)
def test_nothing_forges_a_header_or_a_second_recipient(to: str, subject: str, text: str):
    assert Letter("a@example.com", "Hello", "x").to == "a@example.com"
    with pytest.raises(BadLetter):
        Letter(to, subject, text)


def test_a_letter_keeps_any_language_and_its_message_id():
    letter = Letter(None, "Prøve på æøå 你好", "Linje\n.\nFrom here: æøå 你好\n")
    delivery_id = ids.new()
    raw = letter.mime(delivery_id, sender="ringfence@example.com", to="ops@example.com")
    assert raw == letter.mime(delivery_id, sender="ringfence@example.com", to="ops@example.com")
    assert f"Message-ID: <{delivery_id}@example.com>".encode() in raw
    assert raw.isascii()
    assert Letter.parse(letter.packed()) == letter


@pytest.mark.promise("CRY-04")
async def test_a_file_is_its_owners_alone_and_a_repeat_writes_it_again(tmp_path: Path):
    post, delivery_id = FilePost(tmp_path / "mail"), ids.new()
    for _ in range(2):
        await post.deliver(delivery_id, Letter(None, "Hello", "there"))
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [f"{delivery_id}.eml"]
    assert stat.S_IMODE((tmp_path / "mail" / f"{delivery_id}.eml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700


async def test_files_of_a_month_ago_go(tmp_path: Path):
    post, old = FilePost(tmp_path), tmp_path / "old.eml"
    old.touch()
    os.utime(old, (0, 0))
    await post.deliver(ids.new(), Letter(None, "Hello", "there"))
    assert not old.exists()


async def test_a_disk_that_takes_no_file_is_tried_again(tmp_path: Path):
    (tmp_path / "mail").write_text("a file, where a directory should be")
    with pytest.raises(Undelivered) as failed:
        await FilePost(tmp_path / "mail").deliver(ids.new(), Letter(None, "Hello", "there"))
    assert (failed.value.code, failed.value.is_final) == ("disk", False)
