"""What happens to files after their request: scanned before anybody gets them, finished, swept."""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ringfence.base import ids
from ringfence.base.clamav import Scanner, ScannerAway
from ringfence.base.principal import OrgId, UserId
from ringfence.controls import audit
from ringfence.controls.keystore import Destroyed
from ringfence.controls.objects import FileBounds, ObjectKey
from ringfence.controls.tenancy import gate
from ringfence.controls.vault import KeyOwner, Span, Turn, key_id_of_stream
from ringfence.features import files
from ringfence.features.files import pieces, queries, sending
from ringfence.features.files.holding import Holding
from tests.fakes.clamd_server import EICAR, clamd
from tests.features.test_files import Client, House, at_home, hand_in, objects
from tests.features.test_files_pieces import CONTENT, Tus
from tests.house import Answer, house
from tests.world import Stage

SOON = files.Pace(look_s=0.01, first_pause_s=0.0, longest_pause_s=0.0, attempts=3)


def scanned_by(home: House, address: str) -> files.Attendant:
    """The house asks this scanner from now on."""
    object.__setattr__(home.kernel, "file_bounds", FileBounds(scanner=address))
    return files.Attendant(home.kernel, holder=ids.new(), pace=SOON)


async def state(client: Client, made: Answer) -> tuple[str, str | None]:
    shown = await client("GET", f"/api/v1/files/{made.body['id']}")
    return shown.body["status"], shown.body["code"]


@pytest.mark.promise("AGT-07")
@at_home
async def test_nobody_gets_a_file_before_the_scanner_has_seen_it(home: House, tmp_path: Path):
    alice = await home.session("alice")
    async with clamd(str(tmp_path / "clamd.sock")) as scanner:
        attendant = scanned_by(home, scanner.address)
        made = await hand_in(alice, "notes.txt", b"Alice's roses " * 70_000)
        assert made.body["status"] == "scanning"
        early = await alice("GET", f"/api/v1/files/{made.body['id']}/content")
        assert (early.status, early.code) == (409, "file_not_ready")
        assert await attendant.attend() == 1
        assert (scanner.seen, await state(alice, made)) == (980_000, ("processing", None))
    assert (await alice("GET", f"/api/v1/files/{made.body['id']}/content")).status == 200


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_virus_is_refused_deleted_and_told(home: House, tmp_path: Path):
    alice = await home.session("alice")
    async with clamd() as scanner:
        attendant = scanned_by(home, scanner.address)
        bad = await hand_in(alice, "notes.txt", EICAR)
        good = await hand_in(alice, "good.txt", b"Alice's roses")
        assert await attendant.attend() == 2
    assert await state(alice, bad) == ("refused", "malware")
    assert await state(alice, good) == ("processing", None)
    assert (await alice("GET", f"/api/v1/files/{bad.body['id']}/content")).status == 409
    assert await files.bury(home.kernel) == 1
    assert len(objects(tmp_path)) == 1


@pytest.mark.promise("AGT-07")
@at_home
async def test_without_a_scanner_that_was_promised_a_file_fails(home: House, tmp_path: Path):
    alice = await home.session("alice")
    attendant = scanned_by(home, "127.0.0.1:1")
    made = await hand_in(alice, "notes.txt", b"Alice's roses")
    for _ in range(2):
        assert await attendant.attend() == 1
        assert await state(alice, made) == ("scanning", None)
    assert await attendant.attend() == 1
    assert await state(alice, made) == ("failed", "scan_unavailable")
    assert (await alice("GET", f"/api/v1/files/{made.body['id']}/content")).status == 409
    assert await attendant.attend() == 0


@pytest.mark.promise("AGT-07")
async def test_an_odd_answer_is_no_verdict():
    async def body():
        yield b"roses"

    async with clamd() as scanner:
        for odd in (b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"stream: OK", b"stream: ok\0", b"FOUND\0"):
            scanner.answers = odd
            with pytest.raises(ScannerAway):
                await Scanner(scanner.address).find(body())
    for nowhere in ("127.0.0.1:1", "nonsense", "/nowhere/clamd.sock"):
        with pytest.raises(ScannerAway):
            await Scanner(nowhere).find(body())


def due(stage: Stage) -> None:
    with stage.admin() as admin:
        admin.execute("update app.file_work set next_at = now() - interval '1 second'")


@pytest.mark.promise("AGT-07")
async def test_an_upload_whose_process_died_is_finished_or_removed(stage: Stage, tmp_path: Path):
    @at_home
    async def scene(home: House, tmp_path: Path):
        tus = Tus(await home.session("alice"))
        whole, half = [(await tus.begin(len(CONTENT))).headers["Location"] for _ in range(2)]
        assert (await tus.append(half, 0, CONTENT[:1000])).status == 204
        finish, pieces.finish = pieces.finish, dies
        try:
            assert (await tus.append(whole, 0, CONTENT)).status == 500
        finally:
            pieces.finish = finish
        due(stage)
        assert await files.Attendant(home.kernel, holder=ids.new(), pace=SOON).attend() == 2
        assert (await tus.client("GET", whole.replace("/uploads", "") + "/content")).body == CONTENT
        assert (await tus.client("GET", half.replace("/uploads", ""))).status == 404
        await files.bury(home.kernel)
        assert len(objects(tmp_path)) == 1

    await scene(stage, tmp_path)


@pytest.mark.promise("AGT-07")
@at_home
async def test_an_upload_that_arrives_as_its_time_ends_is_not_removed_by_who_came_to_remove_it(
    home: House, tmp_path: Path
):
    alice = await home.session("alice")
    made = await hand_in(alice, "notes.txt", b"Alice's roses")
    scope, holder, file_id = home.scope(await home.log_in("alice")), ids.new(), UUID(made.body["id"])
    claimed = await gate.claim_files(home.kernel.database, holder, seconds=60, most=99, stages=("read",))
    [read] = [one for one in claimed if one.file_id == file_id]
    upload = queries.Held(file_id, holder, read.attempt, "upload")  # Claimed by the same process a moment before.
    assert (await home.kernel.database.write(scope, queries.done(upload)))[0] == []
    await home.kernel.database.write(scope, queries.later(upload, seconds=0))
    assert await gate.claim_files(home.kernel.database, holder, seconds=60, most=99, stages=("read",)) == []


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_user_has_eight_requests_at_once_finish_an_upload_and_no_more(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(len(CONTENT))).headers["Location"]
    finish, entered, rest = pieces.finish, asyncio.Semaphore(0), asyncio.Event()

    async def slowly(*upload: Any) -> Any:
        entered.release()
        await rest.wait()
        return await finish(*upload)

    pieces.finish = dies
    try:
        assert (await tus.append(path, 0, CONTENT)).status == 500
        pieces.finish = slowly
        asked = [asyncio.create_task(tus("HEAD", path)) for _ in range(9)]
        for _ in asked[:-1]:
            await entered.acquire()
        refused = (await asyncio.wait(asked, timeout=60, return_when=asyncio.FIRST_COMPLETED))[0]
        assert [each.result().status for each in refused] == [429]
        rest.set()
        assert 200 in {answer.status for answer in await asyncio.gather(*asked)}
    finally:
        rest.set()
        pieces.finish = finish


@pytest.mark.promise("AGT-07")
@at_home
async def test_two_that_finish_an_upload_at_once_leave_one_object(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(len(CONTENT))).headers["Location"]
    finish, pieces.finish = pieces.finish, dies
    try:
        assert (await tus.append(path, 0, CONTENT)).status == 500
    finally:
        pieces.finish = finish
    store, both = pieces.store, asyncio.Barrier(2)

    async def late(*rest: Any) -> int:
        await both.wait()
        await files.bury(home.kernel)  # The object of whoever was first is doomed by now, and not there yet.
        return await store(*rest)

    pieces.store = late
    try:
        answers = await asyncio.gather(*(tus("HEAD", path) for _ in range(2)))
    finally:
        pieces.store = store
    assert 200 in {answer.status for answer in answers}
    assert (await tus.client("GET", path.replace("/uploads", "") + "/content")).body == CONTENT
    await files.bury(home.kernel)
    assert len(objects(tmp_path)) == 1


async def dies(*_: object) -> None:
    raise RuntimeError("killed")


@pytest.mark.promise("AGT-07", "CRY-03")
async def test_content_goes_with_its_row_however_that_went(stage: Stage, tmp_path: Path):
    @at_home
    async def scene(home: House, tmp_path: Path):
        alice, bob = await home.session("alice"), await home.session("bob")
        mallory = await home.session("mallory", "thorn")
        tus = Tus(bob)
        path = (await tus.begin(1000)).headers["Location"]
        await tus.append(path, 0, b"r" * 500)
        made = [await hand_in(who, "notes.txt", b"Roses") for who in (alice, bob, mallory)]
        assert len(objects(tmp_path)) == 4
        assert (await alice("DELETE", f"/api/v1/files/{made[0].body['id']}")).status == 204
        answer = await home.log_in("bob")
        org, user = answer.body["organization"]["id"], answer.body["user"]["id"]
        erased = await home.api("DELETE", f"/api/v1/partner/organizations/{org}/users/{user}")
        assert (erased.status, erased.body["rows"]["files"]) == (200, 2)
        thorn = (await home.log_in("mallory", "thorn")).body["organization"]["id"]
        assert (await home.api("DELETE", f"/api/v1/partner/organizations/{thorn}")).body["rows"]["files"] == 1
        assert await files.bury(home.kernel) == 4
        assert objects(tmp_path) == []

    await scene(stage, tmp_path)


@pytest.mark.promise("CRY-03", "AGT-07")
@at_home
async def test_a_download_under_way_ends_with_the_key(home: House, tmp_path: Path):
    alice, secret = await home.session("alice"), b"Alice's roses " * 70_000
    made = await hand_in(alice, "notes.txt", secret)
    answer = await home.log_in("alice")
    scope, file_id = home.scope(answer), UUID(made.body["id"])
    [row] = (await home.kernel.database.read(scope, queries.get(file_id)))[0]
    user_id = UserId(UUID(answer.body["user"]["id"]))
    internal, system = audit.Origin.internal(), audit.Actor.system(ids.new())
    holding = Holding(home.kernel, system, internal, scope, scope.org_id, user_id, "message")
    sent = aiter(sending.content(holding, row, Span(0, len(secret), len(secret))))
    assert secret.startswith(await anext(sent))
    home.kernel.keystore.destroy(KeyOwner.user(scope.org_id, user_id))
    with pytest.raises(Destroyed):
        await anext(sent)


@pytest.mark.promise("AGT-07", "TEN-07")
@at_home
async def test_what_no_row_names_is_swept_after_a_day_and_not_before(home: House, tmp_path: Path):
    alice = await home.session("alice")
    made = await hand_in(alice, "notes.txt", b"Alice's roses")
    [kept] = objects(tmp_path)
    rose = home.scope(await home.log_in("alice")).org_id

    async def body():
        yield b"left behind"

    await home.kernel.objects.put(ObjectKey.new(rose), body())
    erased, elsewhere = OrgId(uuid4()), ObjectKey.new(OrgId(uuid4()))
    home.kernel.keystore.destroy(KeyOwner.organization(erased))
    await home.kernel.objects.put(ObjectKey.new(erased), body())
    await home.kernel.objects.put(elsewhere, body())
    unfinished = kept.with_name(uuid4().hex + "#1")
    unfinished.write_bytes(b"killed")
    assert await files.Orphans(home.kernel).sweep() == 0
    for path in objects(tmp_path):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    assert await files.Orphans(home.kernel).sweep() == 3
    others = [path for path in objects(tmp_path) if path.name == elsewhere.object_id.hex]
    assert len(others) == 1, "another deployment's file in the same store is not ours to delete"
    assert set(objects(tmp_path)) == {kept, *others}
    assert await files.Orphans(home.kernel, young=timedelta(0)).sweep() == 0
    assert (await alice("GET", f"/api/v1/files/{made.body['id']}/content")).status == 200


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_file_deleted_while_it_comes_leaves_nothing(home: House, tmp_path: Path):
    alice = await home.session("alice")
    tus = Tus(alice)
    path = (await tus.begin(len(CONTENT))).headers["Location"]
    sending = asyncio.create_task(tus.append(path, 0, CONTENT))
    gone = await alice("DELETE", path.replace("/uploads", ""))
    answer = await sending
    await files.bury(home.kernel)
    assert gone.status == 204
    assert answer.status in {204, 404, 409}
    assert objects(tmp_path) == []


@pytest.mark.promise("CRY-02", "AGT-07")
@at_home
async def test_files_are_sealed_anew_under_a_new_key(home: House, tmp_path: Path):
    alice, kernel = await home.session("alice"), home.kernel
    made = await hand_in(alice, "notes.txt", b"Alice's roses " * 50_000)
    answer = await home.log_in("alice")
    scope = home.scope(answer)
    owner = KeyOwner.user(scope.org_id, UserId(UUID(answer.body["user"]["id"])))
    before = kernel.keystore.unwrap(owner).key_id
    kernel.keystore.rotate(owner)
    [old] = objects(tmp_path)
    turn = Turn(kernel.database, kernel.keystore, kernel.vault, owner, ids.new(), scope, {before: owner})
    place = files.Objects(kernel.objects)
    assert await place.count(turn) == 1
    step = await place.step(turn, None)
    assert (step.after, step.looked_at, step.resealed, step.damaged) == (None, 1, 1, 0)
    assert (await place.step(turn, None)).resealed == 0
    await files.bury(kernel)
    [new] = objects(tmp_path)
    assert new != old
    assert key_id_of_stream(new.read_bytes()[:60]) == kernel.keystore.unwrap(owner).key_id != before
    content = await alice("GET", f"/api/v1/files/{made.body['id']}/content")
    assert content.body == b"Alice's roses " * 50_000


@pytest.mark.promise("CRY-02", "AGT-07", "CRY-03")
async def test_what_a_backup_from_before_a_rotation_names_stays_as_long_as_its_key(stage: Stage, tmp_path: Path):
    @at_home
    async def scene(home: House, tmp_path: Path):
        alice, kernel = await home.session("alice"), home.kernel
        made = [await hand_in(alice, "notes.txt", b"Alice's roses") for _ in range(2)]
        answer = await home.log_in("alice")
        scope = home.scope(answer)
        owner = KeyOwner.user(scope.org_id, UserId(UUID(answer.body["user"]["id"])))
        before = kernel.keystore.unwrap(owner).key_id
        kernel.keystore.rotate(owner)
        with stage.admin() as admin:
            [[former]] = admin.execute("select object_id from app.file where id = %s", [made[0].body["id"]]).fetchall()
            admin.execute(
                "insert into app.key_rotation (id, owner, cause, leaves, state, kept_days) "
                "values (%s, %s, 'command', %s, 'kept', 30)",
                [ids.new(), owner.path, [before]],
            )
        turn = Turn(kernel.database, kernel.keystore, kernel.vault, owner, ids.new(), scope, {before: owner})
        assert (await files.Objects(kernel.objects).step(turn, None)).resealed == 2
        assert await files.bury(kernel) == 0
        assert await files.Orphans(kernel, young=timedelta(0)).sweep() == 0
        assert (await alice("DELETE", f"/api/v1/files/{made[1].body['id']}")).status == 204
        assert await files.bury(kernel) == 2, "who deletes a file deletes what it was before, too"
        with stage.admin() as admin:  # The database is put back to before the rotation.
            admin.execute("update app.file set object_id = %s where id = %s", [former, made[0].body["id"]])
        content = await alice("GET", f"/api/v1/files/{made[0].body['id']}/content")
        assert content.body == b"Alice's roses"
        with stage.admin() as admin:
            admin.execute("delete from app.doomed_object")
            admin.execute("update app.file set object_id = %s where id = %s", [uuid4(), made[0].body["id"]])
        assert await files.bury(kernel) == 0
        with stage.admin() as admin:
            admin.execute("update app.key_rotation set ended_at = now(), state = 'done'")
        assert await files.bury(kernel) == 1

    await scene(stage, tmp_path)


@pytest.mark.promise("CRY-02", "AGT-07")
@at_home
async def test_an_upload_under_way_and_a_damaged_object_do_not_pass_for_sealed_anew(home: House, tmp_path: Path):
    alice, kernel = await home.session("alice"), home.kernel
    await hand_in(alice, "notes.txt", b"Alice's roses")
    [stored] = objects(tmp_path)
    await Tus(alice).begin(10)
    answer = await home.log_in("alice")
    scope = home.scope(answer)
    owner = KeyOwner.user(scope.org_id, UserId(UUID(answer.body["user"]["id"])))
    before = kernel.keystore.unwrap(owner).key_id
    stored.write_bytes(stored.read_bytes()[:-1])
    turn = Turn(kernel.database, kernel.keystore, kernel.vault, owner, ids.new(), scope, {before: owner})
    step = await files.Objects(kernel.objects).step(turn, None)
    assert (step.looked_at, step.resealed, step.missed, step.damaged) == (2, 0, 1, 1)
    assert len(objects(tmp_path)) == 1
    stored.unlink()
    step = await files.Objects(kernel.objects).step(turn, None)
    assert (step.missed, step.damaged) == (2, 0), "a store that has it not ends no key: it may be the wrong store"


@pytest.mark.promise("CRY-02", "AGT-07")
async def test_no_upload_keeps_an_old_key_from_its_end_for_ever(stage: Stage, tmp_path: Path):
    @at_home
    async def scene(home: House, tmp_path: Path):
        alice, kernel = await home.session("alice"), home.kernel
        answer = await home.log_in("alice")
        scope = home.scope(answer)
        owner = KeyOwner.user(scope.org_id, UserId(UUID(answer.body["user"]["id"])))
        old = kernel.keystore.unwrap(owner).key_id
        kernel.keystore.rotate(owner)
        tus = Tus(alice)
        path = (await tus.begin(10)).headers["Location"]
        await Tus(await home.session("bob")).begin(10)
        turn = Turn(kernel.database, kernel.keystore, kernel.vault, owner, ids.new(), scope, {old: owner})
        assert (await files.Objects(kernel.objects).step(turn, None)).missed == 1, "of hers alone"
        with stage.admin() as admin:
            admin.execute("update app.file set created_at = now() + interval '11 minutes'")
        assert (await files.Objects(kernel.objects).step(turn, None)).missed == 0, "no writer had the old key any more"
        with stage.admin() as admin:
            admin.execute("update app.file set created_at = now() - interval '8 days'")
        assert (await tus.append(path, 0, b"rose")).status == 204
        assert await files.Attendant(kernel, holder=ids.new(), pace=SOON).attend() == 1
        assert (await tus("HEAD", path)).status == 404, "a piece a day does not keep it alive"

    await scene(stage, tmp_path)


async def unsent(home: House, *, at_once: int = 2) -> int:
    return await files.drop_unsent(home.kernel, holder=ids.new(), at_once=at_once)


async def conversation(home: House, admin: psycopg.Connection, file_id: str) -> str:
    """A conversation of the file's user."""
    agent = {"name": "Concierge", "instructions": "Be brief.", "model": "scripted:fast", "tools": []}
    made = await home.api("POST", "/api/v1/partner/agents", agent)
    opened = "insert into app.conversation (org_id, id, user_id, agent_id) select org_id, %s, user_id, %s from app.file"
    admin.execute(f"{opened} where id = %s", [file_id, made.body["id"], file_id])
    return file_id


_WAITS = """select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
and query like 'delete from app.file %'"""
_SENT = "update app.file set conversation_id = %s where id = %s"


@pytest.mark.promise("AGT-07")
async def test_a_file_that_is_never_sent_goes_after_its_time_and_nothing_else_does(stage: Stage, tmp_path: Path):
    """Neither one that went with a message, nor knowledge, nor one that still comes, nor a younger one."""
    async with house(stage, tmp_path) as home:
        alice, ada = await home.session("alice"), await home.session("ada", role="admin")
        drafts = [(await hand_in(alice, f"draft{at}.txt", b"Alice's roses")).body["id"] for at in range(5)]
        sent = (await hand_in(alice, "sent.txt", b"Alice's roses")).body["id"]
        shared = (await hand_in(ada, "shared.txt", b"All roses", path="/api/v1/files?purpose=knowledge")).body["id"]
        coming = (await Tus(alice).begin(len(CONTENT))).headers["Location"].rpartition("/")[2]
        with stage.admin() as admin:
            admin.execute(_SENT, [await conversation(home, admin, sent), sent])
            assert await unsent(home) == 0, "nothing is a month old"
            mine = [*drafts[1:], sent, shared, coming]
            admin.execute("update app.file set created_at = now() - interval '30 days' where id = any(%s)", [mine])
            whose = "where id = (select user_id from app.file where id = %s)"
            admin.execute(f"update app.app_user set status = 'restricted' {whose}".encode(), [sent])
            assert await unsent(home) == 0, "whoever is restricted keeps them"
            admin.execute(f"update app.app_user set status = 'active' {whose}".encode(), [sent])
            assert await unsent(home) == 4
            assert await unsent(home) == 0
            left = admin.execute("select id from app.file where id = any(%s)", [[drafts[0], *mine]]).fetchall()
            assert {str(row[0]) for row in left} == {drafts[0], sent, shared, coming}
            deleted = "select count(*) from app.audit_queue where action = 'file.deleted' and target_id = any(%s)"
            assert admin.execute(deleted, [drafts]).fetchone() == (4,)
        assert await files.bury(home.kernel) >= 4
        assert len(objects(tmp_path)) == 3
        assert await unsent(home) == 0


@pytest.mark.promise("AGT-07")
async def test_a_file_that_is_sent_while_it_is_swept_stays(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = await home.session("alice")
        made = (await hand_in(alice, "late.txt", b"Alice's roses")).body["id"]
        with stage.admin() as admin, stage.admin() as sender:
            admin.execute("update app.file set created_at = now() - interval '31 days' where id = %s", [made])
            spoken = await conversation(home, admin, made)
            sender.autocommit = False
            # As sending does: the row is held by what names it, and belongs to a conversation once that is stored.
            sender.execute("select from app.file where id = %s for key share", [made])
            sweeping = asyncio.create_task(unsent(home))
            while not admin.execute(_WAITS).fetchone():
                assert not sweeping.done()
                await asyncio.sleep(0.01)
            sender.execute(_SENT, [spoken, made])
            sender.commit()
            assert await sweeping == 0
        assert (await alice("GET", f"/api/v1/files/{made}")).status == 200
        assert len(objects(tmp_path)) == 1
