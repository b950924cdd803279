"""Another cluster: what was not sealed when a database moved there is sealed once; what is prepared holds it back."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ringfence.base import merkle
from ringfence.base.postgres import Server
from ringfence.base.postgres.cluster import SUPERUSER
from ringfence.cli.doctor_database import sealing_told
from ringfence.controls.audit import recent, stalls
from ringfence.controls.tenancy import Database
from tests.attacks.decoding import dump_of
from tests.sealed import an_entry, many, queued, read, reader, seal_all
from tests.world import APP_PASSWORD, Stage, make_template, plant_cast
from tests.world import stage as open_stage
from tests.world_postgres import binaries, embedded_in, scratch_directory

BURN = b"do $$ begin for i in 1..3000 loop perform pg_current_xact_id(); commit; end loop; end $$"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    """Another cluster, in which transactions can be prepared."""
    with scratch_directory() as directory:
        embedded = embedded_in(directory)
        with psycopg.connect(embedded.start().superuser_dsn, autocommit=True) as connection:
            connection.execute("alter system set max_prepared_transactions = 2")
        embedded.stop()
        server = embedded.start()
        try:
            make_template(server)
            yield server
        finally:
            embedded.stop()


@contextmanager
def moved(stage: Stage, server: Server) -> Iterator[Stage]:
    """The stage's database, dumped and restored in that cluster."""
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute("create database moved")
        admin_url = server.dsn(SUPERUSER, server.password, database="moved")
        try:
            given = conninfo_to_dict(admin_url)
            environment = {f"PG{name.upper()}": str(given[name]) for name in ("host", "port", "user", "password")}
            environment["PGDATABASE"] = "moved"
            subprocess.run(
                [binaries().program("psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"],
                input=dump_of(stage.admin_url),
                env=environment,
                check=True,
                timeout=120,
            )
            connection.execute("grant connect on database moved to ringfence_app")
            yield Stage(admin_url, server.dsn("ringfence_app", APP_PASSWORD, database="moved"), stage.key)
        finally:
            connection.execute("drop database moved with (force)")


async def platform_log(database: Database) -> list:
    async with database.platform() as tx:
        return [(entry.action, entry.details) for entry in await recent(tx, 10)]


@pytest.mark.promise("AUD-02")
async def test_a_database_that_moved_to_another_cluster_loses_nothing_and_repeats_nothing(
    stage: Stage, elsewhere: Server
):
    with stage.admin() as admin:
        admin.execute(BURN)
    async with stage.open() as database:
        cast = await plant_cast(database)
        rose = reader(cast, cast.rose)
        await database.write(rose, many(3))
        await seal_all(database)
        await database.write(rose, many(2))  # not sealed when it moves
        before = (await read(database, rose))[1]
    with moved(stage, elsewhere) as there:
        async with there.open() as database, database.org(rose) as slow:
            await slow.run(an_entry(reason="slow"))
            await database.write(rose, an_entry(reason="new"))
            assert await seal_all(database, most=2) >= 4
            # Of the entry that says so, the transaction is younger than the slow one.
            assert queued(there) == 1
            assert ("audit.recovered", {"cause": "moved", "entries": 3}) in await platform_log(database)
        async with there.open() as database:
            with there.admin() as admin:
                admin.execute(BURN)
            await database.write(rose, many(2))
            await seal_all(database, most=2)
            head, leaves = await read(database, rose)
            assert queued(there) == 0
            assert [action for action, _ in await platform_log(database)].count("audit.recovered") == 1
    assert [leaf.data for leaf in leaves[:3]] == [leaf.data for leaf in before]
    assert [leaf.index for leaf in leaves] == list(range(9))
    assert len({leaf.data for leaf in leaves}) == 9
    assert head is not None
    assert head.root == merkle.root_of(merkle.leaf_hash(leaf.data or b"") for leaf in leaves)


@pytest.mark.promise("AUD-02")
async def test_a_prepared_transaction_left_open_holds_the_log_back_and_loses_nothing(elsewhere: Server):
    with open_stage(elsewhere) as there:
        async with there.open() as database:
            cast = await plant_cast(database)
            rose = reader(cast, cast.rose)
            await seal_all(database)
            with there.admin() as admin:
                admin.execute("begin")
                admin.execute("insert into app.schedule (job) values ('prepared')")
                admin.execute("prepare transaction 'left open'")
                try:
                    await database.write(rose, many(2))
                    assert await seal_all(database) == 0
                    stall = await stalls.find(database)
                    assert stall.oldest is not None
                    assert (stall.oldest.is_prepared, stall.oldest.name) == (True, "left open")
                    assert stall.forgotten == (), "it is not a minute old"
                    (told,) = sealing_told(replace(stall, open=(replace(stall.oldest, seconds=7200.0),)))
                    assert "2:00:00" in told.what
                    assert "rollback prepared 'left open'" in (told.mend or "")
                finally:
                    admin.execute("rollback prepared 'left open'")
            assert await seal_all(database) == 2
            assert queued(there) == 0
