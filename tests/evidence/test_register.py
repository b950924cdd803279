"""The register is read strictly, derives its state, and its lint finds each kind of untruth."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from ringfence.evidence import register
from ringfence.evidence.probes import Finding, Ground, Probe
from ringfence.evidence.probes.catalogue import PROBES
from ringfence.evidence.register import State
from tools.lint.register import check

ROW = """
[[promise]]
id = "TEN-01"
wording = "Rows stay with their organization."
how = ["enforced"]
frameworks = ["GDPR Art. 32"]
code = ["src/ringfence/controls/tenancy"]
tests = ["tests/promises/test_rows.py"]
probe = ""
cadence = ""
open = []
"""
TEST = "import pytest\n@pytest.mark.promise('TEN-01')\nasync def test_rows_stay(): ..."
NO_PROBES: Mapping[str, Probe] = MappingProxyType({})
CONTROL = '"""Keeps TEN-01. Rows stay."""'


def test_every_promise_of_this_build_is_in_its_register():
    promises = register.load().promises
    assert len(promises) >= 90
    assert all(promise.wording.endswith((".", ")")) for promise in promises.values())


def test_the_state_is_derived_and_never_green_with_an_open_part():
    def state(row: str) -> State:
        return register.load(row).promises["TEN-01"].state

    assert state(ROW) is State.KEPT
    assert state(ROW.replace("open = []", 'open = ["backups"]')) is State.IN_PART
    assert (
        state(ROW.replace('["src/ringfence/controls/tenancy"]', "[]").replace('["tests/promises/test_rows.py"]', "[]"))
        is State.OPEN
    )


def test_where_tells_wording_code_tests_and_what_is_open():
    said = register.load(ROW.replace("open = []", 'open = ["backups"]')).where("ten-01") or ""
    for part in (
        "kept in part",
        "Rows stay",
        "src/ringfence/controls/tenancy",
        "tests/promises/test_rows.py",
        "backups",
    ):
        assert part in said
    assert register.load(ROW).where("TEN-99") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("open = []", ""),
        ("open = []", 'open = "backups"'),
        ("open = []", "open = [1]"),
        ('how = ["enforced"]', 'how = ["hoped"]'),
        ("open = []", 'open = []\nstate = "green"'),
        ("open = []\n", "open = []\n" + ROW),
    ],
)
def test_a_row_of_another_form_is_refused(old: str, new: str):
    with pytest.raises(ValueError, match=r"promises\.toml"):
        register.load(ROW.replace(old, new, 1))


async def nothing(_ground: Ground) -> Finding:
    raise NotImplementedError


def rows(*promises: str) -> dict[str, Probe]:
    """The one probe of a catalogue of its own."""
    return {"rows.kept": Probe("rows.kept", promises, "Rows stay", timedelta(minutes=5), nothing)}


def findings(
    top: Path, row: str = ROW, probes: Mapping[str, Probe] = NO_PROBES, changed: Mapping[str, str] | None = None
) -> list[str]:
    files = {"src/ringfence/controls/tenancy/tx.py": CONTROL, "tests/promises/test_rows.py": TEST, **(changed or {})}
    (top / "src/ringfence/controls/tenancy").mkdir(parents=True, exist_ok=True)
    (top / "src/ringfence/promises.toml").write_text(row)
    return [finding.message for finding in check(top, files, probes)]


def test_a_true_register_passes(tmp_path: Path):
    assert findings(tmp_path) == []
    assert findings(tmp_path, ROW.replace("test_rows.py", "test_rows.py::test_rows_stay")) == []
    whole_file = "import pytest\npytestmark = pytest.mark.promise('TEN-01')\ndef test_rows_stay(): ..."
    assert findings(tmp_path, changed={"tests/promises/test_rows.py": whole_file}) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("controls/tenancy", "controls/nowhere", "does not exist"),
        ("test_rows.py", "test_gone.py", "has no test marked"),
        ("test_rows.py", "test_rows.py::test_gone", "has no test marked"),
        ('tests = ["tests/promises/test_rows.py"]', "tests = []", "a promise without proof is none"),
        ('tests = ["tests/promises/test_rows.py"]', "tests = []", "add tests/promises/test_rows.py"),
        ('how = ["enforced"]', 'how = ["enforced", "probed"]', "names no probe"),
        ('probe = ""', 'probe = "rows"', "there is no probe"),
        ("TEN-01", "TEN-02", "TEN-01 is no promise of ours"),
    ],
)
def test_an_untrue_register_is_found(tmp_path: Path, old: str, new: str, said: str):
    assert any(said in message for message in findings(tmp_path, ROW.replace(old, new)))


PROBED = ROW.replace('probe = ""', 'probe = "rows.kept"').replace('cadence = ""', 'cadence = "5 minutes"')


def test_a_row_and_its_probe_name_each_other(tmp_path: Path):
    assert findings(tmp_path, PROBED, rows("TEN-01")) == []
    assert any("there is no probe rows.kept" in said for said in findings(tmp_path, PROBED))
    assert any("does not name it" in said for said in findings(tmp_path, PROBED, rows()))
    assert any("add the probe rows.kept" in said for said in findings(tmp_path, ROW, rows("TEN-01")))
    assert any("no promise of ours" in said for said in findings(tmp_path, PROBED, rows("TEN-01", "TEN-99")))
    seldom = PROBED.replace("5 minutes", "1 hour")
    assert any("write that as the cadence" in said for said in findings(tmp_path, seldom, rows("TEN-01")))


def test_each_probe_of_the_catalogue_is_named_once_and_bounded():
    assert len({probe.name for probe in PROBES}) == len(PROBES) > 10
    assert all(probe.promises for probe in PROBES)
    assert all(timedelta(0) < probe.limit < timedelta(seconds=30) <= probe.cadence for probe in PROBES)


def test_a_row_that_nothing_keeps_says_so(tmp_path: Path):
    bare = ROW.replace('["src/ringfence/controls/tenancy"]', "[]").replace('["tests/promises/test_rows.py"]', "[]")
    quiet = {"tests/promises/test_rows.py": "", "src/ringfence/controls/tenancy/tx.py": ""}
    assert any("nothing keeps it" in message for message in findings(tmp_path, bare, changed=quiet))
    assert findings(tmp_path, bare.replace("open = []", 'open = ["everything"]'), changed=quiet) == []
