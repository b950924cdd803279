"""The map of OWASP ASVS: whole, and each kind of untrue claim is found."""

from pathlib import Path

import pytest

from tools import asvs
from tools.lint.asvs import check

TOP = Path(__file__).resolve().parents[2]
FILES = {str(path.relative_to(TOP)): path.read_text() for path in (TOP / "tests").rglob("*.py")}
TABLE = (TOP / asvs.TABLE).read_text()


def broken(tmp_path: Path, table: str, page: str | None = None) -> list[str]:
    """What the lint says of a tree whose map is this one."""
    (tmp_path / "docs").mkdir()
    pages = ("docs/security.md", "docs/files.md", "docs/reading.md")
    for name in ("src", "web", "tests", "requirements", "tools", ".importlinter", *pages):
        (tmp_path / name).symlink_to(TOP / name)
    (tmp_path / asvs.TABLE).write_text(table)
    (tmp_path / asvs.PAGE).write_text(asvs.render(asvs.load(table)) if page is None else page)
    return [finding.message for finding in check(tmp_path, FILES)]


def test_the_map_names_each_requirement_once_and_every_claim_resolves(tmp_path):
    assert broken(tmp_path, TABLE) == []
    assert {row.state for row in asvs.load(TABLE)} == set(asvs.State)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('["V1.2.4"]\nlevel = 1', '["V1.2.4"]\nlevel = 2', "345"),
        ("test_a_planted_violation_is_found_with_its_remedy", "test_that_nobody_wrote", "there is no test"),
        ("tools/lint/statements.py", "tools/lint/nothing.py", "does not exist"),
        ('["V1.2.6"]\nlevel = 2\nstate = "not applicable"', '["V1.2.6"]\nlevel = 2\nstate = "met"', "a claim without"),
        ('["V1.2.5"]\nlevel = 1\nstate = "in part"', '["V1.2.5"]\nlevel = 1\nstate = "met"', "what is in part"),
        ('["V1.1.1"]\nlevel = 2\nstate = "met"', '["V1.1.1"]\nlevel = 2\nstate = "open"', "names code"),
    ],
)
def test_an_untrue_claim_is_found(tmp_path, old, new, word):
    assert old in TABLE
    assert any(word in message for message in broken(tmp_path, TABLE.replace(old, new, 1)))


def test_a_page_that_the_table_does_not_make_is_found(tmp_path):
    assert any("python -m tools.asvs" in message for message in broken(tmp_path, TABLE, "# all is well"))


@pytest.mark.parametrize(("old", "new"), [("level = 2", "levl = 2"), ('state = "met"', 'state = "fine"')])
def test_a_row_of_another_form_is_named(tmp_path, old, new):
    with pytest.raises(ValueError, match=r"asvs\.toml, V1\."):
        asvs.load(TABLE.replace(old, new, 1))
