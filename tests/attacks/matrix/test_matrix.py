"""Every route for every caller, held against the committed table."""

import re

import psycopg
import pytest

from ringfence.base import ids
from tests.attacks.matrix.scene import BODIES, SACRIFICES, Scene, set_scene
from tests.attacks.matrix.silence import EXEMPT, Recorded, silent
from tests.attacks.matrix.table import CALLER, CELL, EXPECTED, lines, routes
from tests.served_cast import Cast

FOREIGN = ("Thorn", "Briar", "Southwind")
# What the Trust Center tells is for everybody, and nobody's.
TRUST = ("/.well-known/security.txt", "/trust.json", "/trust/{promise_id}.json", "/verify.py")
UNKNOWN = {"nobody", "garbage", "expired session of Alice", "revoked session of Alice", "restricted user"}


@pytest.fixture(scope="module")
def scene(served: Cast) -> Scene:
    return set_scene(served)


@pytest.fixture(scope="module")
def committed() -> list[str]:
    return [line for line in EXPECTED.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.promise("TEN-05", "ACC-01", "ACC-02")
def test_each_route_answers_each_caller_as_the_committed_table_says(scene: Scene, committed: list[str]):
    found = list(lines(scene))
    changed = sorted(set(found) ^ set(committed))
    assert not changed, "\n".join(["run `python -m tests.attacks.matrix` and read what changes:", *changed])


@pytest.mark.promise("TEN-05")
def test_no_route_is_missing_from_the_table(scene: Scene, committed: list[str]):
    held = {tuple(line.split()[:2]) for line in committed}
    assert held == {(method, path) for path, method in routes(scene)}


@pytest.mark.promise("TEN-05")
def test_the_table_gives_nothing_of_alice_to_another_organization_or_partner(committed: list[str]):
    held = [line for line in committed if "{" in line and "/trust/" not in line]
    addressed = [line for line in held if any(name in line[CALLER] for name in FOREIGN)]
    allowed = [line for line in addressed if re.search(r" 20\d$", line)]
    # The agent is Northwind's, and both of its organizations talk to it.
    assert [line for line in allowed if "{agent_id}" not in line or "Briar" in line] == []
    assert len(addressed) > 100


@pytest.mark.promise("TEN-05", "EMB-05")
def test_the_table_lets_nobody_in_without_a_standing_credential(committed: list[str]):
    opened = {line.split()[1] for line in committed if line[CALLER].strip() in UNKNOWN and re.search(r" 20\d$", line)}
    assert [line for line in committed if "/files/uploads " in line and "nobody" in line and line.endswith(" 204")] == [
        line for line in committed if line.startswith("OPTIONS /api/v1/files/uploads ") and "nobody" in line
    ]
    opened -= {"/api/v1/files/uploads"}  # what the protocol of uploads offers, the same for all (tus 1.0: OPTIONS)
    embed = {f"/api/v1/embed/{act}" for act in ("auth", "refresh", "logout")}
    audit = {"/.well-known/ringfence-audit-keys", "/api/v1/audit-log/instance"}
    assert opened == {"/healthz", "/readyz", *TRUST, *audit, "/api/v1/oauth/token", *embed}


def test_no_cell_of_the_table_hides_behind_a_bad_request(committed: list[str]):
    assert [line for line in committed if re.search(r" (400|405|409|422|429|5\d\d) ", line[CELL])] == []


@pytest.mark.promise("AUD-01", "TEN-04", "KEY-02")
def test_each_route_that_changes_something_leaves_an_entry_in_the_log_of_whose_it_is(
    scene: Scene, committed: list[str]
):
    let_in = {}
    for line in reversed(committed):
        if re.search(r" 20\d$", line):
            let_in[" ".join(line.split()[:2])] = line[CALLER].strip()

    def ask(route: str) -> Recorded | None:
        return recorded_of(scene, route, let_in[route]) if route in let_in else None

    every = [f"{method} {path}" for path, method in routes(scene)]
    found = silent(every, ask)
    assert {line.partition(": ")[0] for line in found} == set(EXEMPT), "\n".join(found)


def recorded_of(scene: Scene, route: str, caller: str) -> Recorded:
    """What the logs hold of one good request."""
    request_id = str(ids.new())
    objects = SACRIFICES[route](scene) if route in SACRIFICES else {}
    body = BODIES[route](scene) if route in BODIES else None
    method, path = route.split()
    answer = scene.ask(method, path, caller=caller, objects=objects, body=body, request_id=request_id)
    assert answer.status < 300, (route, answer.raw)
    with psycopg.connect(scene.cast.server.database().superuser_dsn) as admin:
        rows = admin.execute("select scope, action from app.audit_queue where request_id = %s", [request_id])
        return Recorded(frozenset((str(scope), str(action)) for scope, action in rows))
