"""Every route for every caller, held against the committed table."""

import re

import pytest

from tests.attacks.matrix.scene import Scene, set_scene
from tests.attacks.matrix.table import EXPECTED, lines, routes
from tests.served_cast import Cast

FOREIGN = ("Thorn", "Briar", "Southwind")
# What the Trust Center tells is for everybody, and nobody's.
TRUST = ("/.well-known/security.txt", "/trust.json", "/trust/{promise_id}.json")
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
    addressed = [line for line in held if any(name in line[69:99] for name in FOREIGN)]
    allowed = [line for line in addressed if re.search(r" 20\d$", line)]
    # The agent is Northwind's, and both of its organizations talk to it.
    assert [line for line in allowed if "{agent_id}" not in line or "Briar" in line] == []
    assert len(addressed) > 100


@pytest.mark.promise("TEN-05", "EMB-05")
def test_the_table_lets_nobody_in_without_a_standing_credential(committed: list[str]):
    opened = {line.split()[1] for line in committed if line[69:99].strip() in UNKNOWN and re.search(r" 20\d$", line)}
    embed = {f"/api/v1/embed/{act}" for act in ("auth", "refresh", "logout")}
    assert opened == {"/healthz", "/readyz", *TRUST, "/api/v1/oauth/token", *embed}


def test_no_cell_of_the_table_hides_behind_a_bad_request(committed: list[str]):
    assert [line for line in committed if re.search(r" (400|405|409|422|429|5\d\d) ", line[99:])] == []
