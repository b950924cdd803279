"""`ringfence probe` looks at the deployment that runs, keeps what it found, and says it readably."""

from datetime import timedelta

import psycopg
import pytest

from ringfence.base import clock
from ringfence.cli import probing
from ringfence.evidence.probes import Finding, Outcome
from ringfence.evidence.records import Result
from tests.evidence.ground import probe
from tests.served_cast import Cast

_KEPT = "select outcome from app.probe_state where probe = 'tenancy.tables'"
_ENTERED = "select count(*) from app.audit_queue where action = 'command.run' and details ->> 'command' = 'probe'"


async def nothing(_ground: object) -> Finding:
    raise NotImplementedError


def result(name: str, outcome: Outcome, *faults: str) -> Result:
    finding = Finding(outcome, f"This is {outcome}.", 1, control=True, faults=faults)
    return Result(probe(nothing, name=name), finding, clock.now(), timedelta(milliseconds=12))


@pytest.mark.promise("TRU-01", "TEN-10")
def test_a_look_by_hand_is_kept_and_is_an_entry_of_the_platforms_log(served: Cast):
    done = served.server.run("probe", "tenancy.tables")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok       tenancy.tables  All " in done.stdout
    assert "1 of 1 probes are well." in done.stdout
    with psycopg.connect(served.server.database().superuser_dsn) as admin:
        assert admin.execute(_KEPT).fetchone() == ("ok",)
        assert admin.execute(_ENTERED).fetchone() == (1,)


def test_what_fails_is_told_with_its_faults_below_it():
    lines = probing.told(
        [
            result("a.well", Outcome.OK),
            result("a.failing", Outcome.FAILING, *(f"fault {n}" for n in range(25))),
            result("a.blind", Outcome.UNKNOWN),
        ]
    )
    assert lines[0] == "ok       a.well     This is ok. (12 ms)"
    assert lines[1:3] == ["FAILING  a.failing  This is failing. (12 ms)", f"{'':9}fault 0"]
    assert lines[-3:-1] == [f"{'':9}and 5 more", "unknown  a.blind    This is unknown. (12 ms)"]
    assert lines[-1] == "1 of 3 probes are well."


def test_a_name_that_no_probe_has_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]):
    assert probing.probe("tenancy.nothing") == 2
    assert "The probes are: tenancy.role, " in capsys.readouterr().err
    assert {each.name for each in probing.chosen("tenancy")} == {
        "tenancy.role", "tenancy.tables", "tenancy.gate", "tenancy.context",
    }  # fmt: skip
