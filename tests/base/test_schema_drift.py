"""The committed dump of the schema is what the migrations make."""

from pathlib import Path

from ringfence.base.postgres import Server, find_drift
from ringfence.base.postgres.dump import DUMP_MAJOR
from ringfence.controls.tenancy import functions
from tests.world import SCHEMA, Stage
from tests.world_postgres import binaries


def test_the_committed_schema_is_what_the_migrations_make(server: Server, stage: Stage):
    # Dumps of other versions differ in form: there the promise tests themselves are the proof.
    drift = find_drift(stage.admin_url, binaries(), SCHEMA / "current.sql") if server.major == DUMP_MAJOR else ""
    assert not drift, f"run `make schema` and read the difference:\n{drift}"


async def test_the_committed_list_of_functions_is_what_the_migrations_make(stage: Stage):
    async with stage.open(size=1) as database:
        found = await functions.compare(database)
    assert (found.missing, found.unknown) == ((), ()), "run `make schema` and read the difference"
    assert found.listed > 20


def test_a_changed_dump_is_found(server: Server, stage: Stage, tmp_path: Path):
    planted = tmp_path / "current.sql"
    planted.write_text((SCHEMA / "current.sql").read_text().replace("FORCE ROW LEVEL SECURITY", "", 1))
    drift = find_drift(stage.admin_url, binaries(), planted) if server.major == DUMP_MAJOR else "FORCE"
    assert "FORCE" in drift
