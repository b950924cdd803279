"""10,000 requests of several tenants through PgBouncer in transaction mode: nobody is taken for somebody else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ringfence.controls.tenancy import DatabaseError, wire
from ringfence.controls.tenancy.errors import Disconnected
from tests.attacks.recording import record
from tests.long.counts import count
from tests.long.gauges import errors_of
from tests.long.pooler import SERVERS, pooled
from tests.long.swapping import check, swap
from tests.served import deployment_directory, process
from tests.served_cast import make_cast
from tests.world import Stage

REQUESTS = count("POOLED", 10_000)

pytestmark = [pytest.mark.long, pytest.mark.promise("TEN-02", "TEN-05")]


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with deployment_directory() as made:
        yield made


@pytest.fixture(scope="module")
def behind(stage: Stage, directory: Path) -> Iterator[Stage]:
    (directory / "pooler").mkdir(mode=0o711)
    with pooled(stage, directory / "pooler") as made:
        yield made


def sessions_of_the_app(stage: Stage) -> int:
    """How many connections of the app role the database itself has."""
    with stage.admin() as admin:
        found = admin.execute(
            "select count(*) from pg_stat_activity where usename = 'ringfence_app' and datname = current_database()"
        ).fetchone()
    return found[0] if found else 0


def test_what_one_client_sets_for_its_session_another_one_finds(behind: Stage):
    """The control: a session is nobody's own here, so whoever relied on one would be caught."""
    with psycopg.connect(behind.app_url, autocommit=True) as one, psycopg.connect(behind.app_url) as other:
        one.execute("set ringfence.planted = 'of one'")
        found = {other.execute("select current_setting('ringfence.planted', true)").fetchone() for _ in range(3)}
    assert ("of one",) in found


async def test_statements_kept_by_name_would_be_lost_here(behind: Stage):
    """The control of the product's way: spoken to as a server, the pooler answers with errors."""
    owners = [await psycopg.AsyncConnection.connect(behind.app_url, autocommit=True) for _ in range(2 * SERVERS)]
    believers = [wire.Connection(owner, is_direct=True) for owner in owners]
    failed = 0
    for number in range(20):
        one = believers[number % len(believers)]
        try:
            await one.exchange([(f"select {number % 3} + $1::int", (1,))])
        except (DatabaseError, Disconnected):
            failed += 1
    for one in believers:
        one.close()
    assert failed > 0


def test_ten_thousand_requests_through_a_transaction_pooler(
    stage: Stage, behind: Stage, directory: Path, tell: Callable[[str], None]
):
    before = sessions_of_the_app(stage)
    with process(directory, stage=behind, name="pooled") as server:
        recording = record(make_cast(server))
        tally, verdict = swap(recording, REQUESTS)
        held = sessions_of_the_app(stage) - before
        errors = errors_of(server)
    tell(f"through PgBouncer in transaction mode: {verdict.text}; {held} server connections beyond {before}")
    check(tally, verdict, REQUESTS)
    assert errors == []
    assert before + held <= SERVERS, "not all connections of the server went through the pooler"
