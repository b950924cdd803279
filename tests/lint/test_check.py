"""The gate of coverage closes: SDL-02."""

import os
import subprocess
import sys

import pytest

from tools import check


@pytest.mark.promise("SDL-02")
def test_too_little_coverage_of_what_enforces_a_promise_fails_the_build(tmp_path, capfd):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    environment = clean | {"COVERAGE_FILE": str(tmp_path / "data")}
    little = [sys.executable, "-m", "coverage", "run", "-m", "ringfence.controls.access.scopes"]
    subprocess.run(little, cwd=check.ROOT, check=True, env=environment)
    assert check._coverage(environment) != 0
    said = capfd.readouterr().out
    assert f"{check.COVERED_PERCENT}% at least" in said
    assert "controls/vault/sealing.py" in said


@pytest.mark.promise("SDL-02")
def test_the_gate_asks_for_the_promised_share():
    assert check.COVERED_PERCENT >= 95
