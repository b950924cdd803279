"""What the tree must be, whatever is in it: tied to no registry and no machine; every rule is run over it."""

import subprocess
from pathlib import Path

import pytest

from tools.lint import hosts
from tools.lint.__main__ import findings

TOP = Path(__file__).resolve().parents[2]

PLANTED = {
    "a pip option": ("requirements/x.txt", "--index" + "-url https://example.test/simple"),
    "an npm lock": ("web/package-lock.json", '"resolved"' + ': "https://example.test/x.tgz"'),
    "a registry by name": ("README.md", "see https://py" + "pi.org/project/ringfence"),
    "uv's own lock": ("uv.lock", "version = 1"),
    "this machine": ("bench/run.sh", "cd /ro" + "ot/ringfence"),
}


@pytest.mark.parametrize(("path", "text"), PLANTED.values(), ids=PLANTED.keys())
def test_a_file_tied_to_one_registry_or_machine_is_found(path: str, text: str):
    assert [finding.line for finding in hosts.check(path, text)] == [1]


def test_an_ordinary_file_passes():
    assert list(hosts.check("README.md", "make demo # see docs/work/on.md and https://example.test/index")) == []


@pytest.fixture
def tree(tmp_path: Path):
    files = {
        "src/ringfence/base/ids.py": "import uuid\nprint(uuid.uuid4())\n",
        "src/ringfence/schema/0001_first.sql": "-- Why: it has to begin somewhere.\ncreate table app.run (id uuid);\n",
        "tests/test_it.py": "assert True  # noqa\n",
        ".gitignore": "ignored.py\n",
        "ignored.py": "assert True  # noqa\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


@pytest.mark.promise("SDL-01")
def test_every_rule_is_run_over_the_files_that_git_knows(tree: Path):
    assert sorted((finding.path, finding.rule) for finding in findings(tree)) == [
        ("docs/asvs.toml", "asvs"),
        ("src/ringfence/base/ids.py", "print"),
        ("src/ringfence/promises.toml", "promise"),
        ("src/ringfence/schema/0001_first.sql", "sql-class"),
        ("src/ringfence/schema/0001_first.sql", "sql-unprotected"),
        ("tests/test_it.py", "ignore"),
    ]


@pytest.mark.promise("SDL-01")
def test_the_requirements_are_pinned_by_hash():
    for lock in sorted((TOP / "requirements").glob("*.txt")):
        pins = [line for line in lock.read_text().splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins), lock.name
