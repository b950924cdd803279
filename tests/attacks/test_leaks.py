"""Known leaks past correct policies, each tried.

Views, definer functions, partitions and single-column keys are planted for the lints in tests/controls/test_lints.py;
TRUNCATE stands in tests/promises/test_roles.py; caches and limits with their owners.
"""

import asyncio
import re
import secrets
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ringfence.base import ids
from ringfence.controls.tenancy import (
    Database,
    DatabaseError,
    PartnerScope,
    PlatformScope,
    Statement,
    nothing,
    scalar,
)
from tests.attacks.runs import plant_run, wide
from tests.world import Stage, plant, plant_cast

SOURCE = Path(__file__).parents[2] / "src" / "ringfence"
USERS = Statement("select id from app.app_user order by id", scalar)
SAME_USER = Statement(
    "insert into app.app_user (id, subject_index, subject, address) values ($1, $2, 's', 'a') "
    "on conflict do nothing returning id",
    scalar,
)
TOKEN = Statement(
    "insert into app.token_use (jti, expires_at) values ($1, now()) on conflict do nothing returning jti", scalar
)
ANSWER = Statement(
    "insert into app.idempotency (id, key_hash, request_hash, status, expires_at) values ($1, $2, 'r', 200, now()) "
    "on conflict do nothing returning id",
    scalar,
)
SET = Statement("select set_config('ringfence.ctx', $1, $2::text::boolean)", nothing)
PROBE = Statement("select id from app.app_user where 1 / (case when id = $1 then 0 else 1 end) = 1", scalar)
PLANNED = Statement("select count(*) from pg_stats where schemaname = 'app'", scalar)
SLEEP = Statement("select pg_sleep(0.2)", nothing)
FAIL = Statement("select 1 / 0", nothing)


@pytest.mark.promise("TEN-03")
async def test_a_value_that_another_tenant_has_is_free(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        twin = SAME_USER(cast.alice, cast.alice.bytes)
        assert await database.write(wide(cast, cast.rose), twin) == [[]]
        assert await database.write(wide(cast, cast.thorn), twin) == [[cast.alice]]


@pytest.mark.promise("TEN-07")
async def test_a_token_id_and_an_idempotency_key_are_counted_by_tenant(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        key = secrets.token_bytes(8)
        for scope in (PartnerScope(cast.northwind), PartnerScope(cast.southwind)):
            assert await database.write(scope, TOKEN("one"), TOKEN("one")) == [["one"], []]
        for scope in (wide(cast, cast.rose), wide(cast, cast.thorn)):
            first = ids.new()
            assert await database.write(scope, ANSWER(first, key), ANSWER(ids.new(), key)) == [[first], []]


@pytest.mark.promise("TEN-07")
def test_nothing_is_sent_over_channels_that_every_tenant_could_hear():
    spoken = re.compile(r"\bpg_notify\b|(?:^|[\"';])\s*(?:un)?(?:listen|notify)\s+[a-z_]", re.IGNORECASE | re.MULTILINE)
    assert spoken.search("select 1; notify runs, 'x'")
    files = [path for path in SOURCE.rglob("*") if path.suffix in {".sql", ".py"}]
    assert [path for path in files if spoken.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.promise("TEN-07")
async def test_no_value_of_a_tenant_stands_in_the_query_texts_of_the_server(stage: Stage):
    marker = secrets.token_hex(16)
    async with stage.open() as database:
        cast = await plant_cast(database)
        await database.write(wide(cast, cast.rose), SAME_USER(ids.new(), marker.encode()), SET(marker, "false"))
        with stage.admin() as admin:
            shown = admin.execute("select query from pg_stat_activity where usename = 'ringfence_app'").fetchall()
    texts = [str(text) for (text,) in shown]
    assert any("set_config" in text for text in texts)
    assert not [text for text in texts if marker in text or str(cast.rose) in text or cast.rose.hex in text]


@pytest.mark.promise("TEN-01")
async def test_an_error_in_a_condition_tells_nothing_about_rows_out_of_reach(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        assert len((await database.read(wide(cast, cast.rose), PROBE(cast.mallory)))[0]) == 2
        with pytest.raises(DatabaseError, match="22012"):
            await database.read(wide(cast, cast.rose), PROBE(cast.alice))


@pytest.mark.promise("TEN-01")
async def test_the_planners_statistics_are_hidden(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        with stage.admin() as admin:
            admin.execute("analyze app.app_user")
            assert admin.execute(PLANNED.sql.encode()).fetchone() != (0,)
        assert await database.read(wide(cast, cast.rose), PLANNED()) == [[0]]


@pytest.mark.promise("TEN-03")
async def test_a_refusal_quotes_no_value(stage: Stage):
    async with stage.open() as database:
        cast = await plant_cast(database)
        again = Statement(SAME_USER.sql.replace("on conflict do nothing ", ""), scalar)
        with pytest.raises(DatabaseError) as refused:
            await database.write(wide(cast, cast.rose), again(cast.alice, cast.alice.bytes))
    assert refused.value.args == ("23505",)
    assert refused.value.__cause__ is None


@pytest.mark.promise("TEN-01")
async def test_bulk_loading_past_the_policies_is_refused(stage: Stage):
    cast = await plant(stage)
    context = bytes(stage.key.sign(wide(cast, cast.rose))).decode()
    with psycopg.connect(stage.app_url) as connection:
        connection.execute("select set_config('ringfence.ctx', %s, true)", [context])
        with pytest.raises(psycopg.errors.FeatureNotSupported), connection.cursor().copy("copy app.run from stdin"):
            pass


async def residue(database: Database) -> tuple[bytes | None, int]:
    """The context and the transaction status that the next borrower would find."""
    async with database._pool.lend() as connection:
        (result,) = await connection.exchange([("select current_setting('ringfence.ctx', true)", ())])
        return result.get_value(0, 0), connection._pg.transaction_status


@pytest.mark.promise("TEN-02", "TEN-07")
async def test_a_failed_transaction_leaves_nothing_to_the_next_borrower(stage: Stage):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        with suppress(DatabaseError):
            async with database.org(wide(cast, cast.rose)) as tx:
                await tx.pipeline(USERS(), FAIL(), USERS())
        assert await residue(database) == (b"", 0)
        with suppress(DatabaseError):
            await database.read(wide(cast, cast.rose), USERS(), FAIL(), USERS())
        assert await residue(database) == (b"", 0)
        assert await database.read(wide(cast, cast.thorn), USERS()) == [[cast.mallory]]


@pytest.mark.promise("TEN-02", "TEN-07")
@pytest.mark.parametrize("moment", ["between statements", "in mid-statement"])
async def test_a_cancelled_transaction_leaves_nothing_to_the_next_borrower(stage: Stage, moment: str):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        reached = asyncio.Event()

        async def interrupted() -> None:
            async with database.org(wide(cast, cast.rose)) as tx:
                await tx.fetch(USERS())
                asyncio.get_running_loop().call_later(0.02, reached.set)
                await (tx.fetch(SLEEP()) if moment == "in mid-statement" else asyncio.sleep(9))

        task = asyncio.create_task(interrupted())
        await reached.wait()
        task.cancel()
        assert await residue(database) == (b"", 0)
        assert task.cancelled()
        assert await database.read(wide(cast, cast.thorn), USERS()) == [[cast.mallory]]


@pytest.mark.promise("TEN-02")
async def test_a_context_set_for_the_whole_session_does_not_move_the_next_borrower(stage: Stage):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        mallorys = bytes(stage.key.sign(wide(cast, cast.thorn))).decode()
        await database.write(wide(cast, cast.thorn), SET(mallorys, "false"))
        assert (await residue(database))[0] == mallorys.encode()
        assert await database.read(wide(cast, cast.rose), USERS()) == [[cast.alice, cast.bob]]
        async with database.org(wide(cast, cast.rose)) as tx:
            assert await tx.fetch(USERS()) == [cast.alice, cast.bob]


@pytest.mark.promise("TEN-01", "TEN-02")
@pytest.mark.parametrize("injected", ["", "*", "v1|g1|org|{thorn}|{partner}|{thorn}||||admin|9999999999|00"])
async def test_an_injected_context_ends_the_transaction(stage: Stage, injected: str):
    async with stage.open(size=1) as database:
        cast = await plant_cast(database)
        forged = injected.format(thorn=cast.thorn, partner=cast.northwind)
        for pipeline in ((SET(forged, "true"), USERS()), (USERS(), SET(forged, "true"), USERS())):
            with pytest.raises(DatabaseError, match="42501"):
                await database.write(wide(cast, cast.rose), *pipeline)


@pytest.mark.promise("TEN-07")
async def test_a_runs_lease_names_nobody_elses_organization(stage: Stage):
    leases = Statement("select org_id from app.run_lease", scalar)
    async with stage.open() as database:
        cast = await plant_cast(database)
        await plant_run(database, cast, cast.alice, cast.rose)
        assert await database.read(wide(cast, cast.thorn), leases()) == [[]]
        with pytest.raises(DatabaseError, match="42501"):
            await database.read(PlatformScope(), leases())
