"""The operator's file: what is right is read, and whatever is wrong is told with its line and counts as nothing."""

from datetime import date
from pathlib import Path

import pytest

from ringfence.evidence import register, statements
from ringfence.evidence.statements import Ledger

TODAY = date(2026, 11, 22)
PROMISES = register.load().promises
GOOD = """\
[[statement]]
promise = "ORG-01"
statement = "Everybody is trained."
owner = "Head of People"
signed = 2026-11-01
expires = 2027-11-01
evidence = "training 2026.pdf"
review = 2027-05-01

[[exception]]
promise = "TEN-09"
reason = "One provider."
accepted_by = "CISO"
until = 2027-03-31
"""


def parse(text: str) -> Ledger:
    return statements.parse(text, PROMISES, today=TODAY)


@pytest.mark.promise("TRU-01", "ORG-01")
def test_statements_and_exceptions_are_read():
    ledger = parse(GOOD)
    assert ledger.is_readable
    assert ledger.statements["ORG-01"].expires == date(2027, 11, 1)
    assert [one.accepted_by for one in ledger.exemptions_of("TEN-09")] == ["CISO"]
    assert ledger.exemptions_of("TEN-01") == ()


FAULTS = {
    "not TOML": (GOOD.replace('"ORG-01"', "ORG-01"), "line 2"),
    "an unknown promise": (GOOD.replace("ORG-01", "ORG-99"), ":2: there is no promise ORG-99"),
    "a promise that no statement keeps": (GOOD.replace("ORG-01", "TEN-01"), ":2: TEN-01 is kept by the product"),
    "a date in quotes": (GOOD.replace("2027-11-01", '"2027-11-01"'), ":6: write expires = 2027-01-31"),
    "a date with a time": (GOOD.replace("2027-11-01", "2027-11-01T00:00:00Z"), ":6: write expires"),
    "a signature to come": (GOOD.replace("2026-11-01", "2026-11-23"), ":5: signed lies in the future"),
    "an expiry before the signature": (GOOD.replace("2027-11-01", "2026-10-01"), ":6: expires is not after signed"),
    "a missing owner": (GOOD.replace('owner = "Head of People"\n', ""), ":1: owner is missing"),
    "an empty owner": (GOOD.replace("Head of People", " "), ":4: owner takes 1 to 200 characters"),
    "a number for an owner": (GOOD.replace('"Head of People"', "7"), ":4: write owner"),
    "a hidden character": (GOOD.replace("Head", "He\\u202ead"), ":4: owner holds a hidden character"),
    "a field too many": (GOOD.replace("owner =", 'colour = "red"\nowner ='), ":4: colour is no field"),
    "a script for evidence": (GOOD.replace("training 2026.pdf", "javascript:alert(1)"), ":7: evidence is an https"),
    "plain http": (GOOD.replace("training 2026.pdf", "http://a.example"), ":7: evidence is an https"),
    "an exception without an end": (GOOD.replace("until = 2027-03-31\n", ""), ":10: until is missing"),
    "an exception of nothing": (GOOD.replace("TEN-09", "TEN-99"), ":11: there is no promise TEN-99"),
    "one bracket": (GOOD.replace("[[exception]]", "[exception]"), ":10: write [[exception]]"),
    "another table": (GOOD + "[[statment]]\n", ":15: there is no table [[statment]]"),
    "two of one promise": (GOOD + GOOD.partition("[[exc")[0], ":16: ORG-01 has a statement already"),
    "inline tables": ('statement = ["words"]', ":1: write [[statement]]"),
}


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_with_its_line_and_nothing_of_the_file_counts(case: str):
    text, told = FAULTS[case]
    ledger = parse(text)
    assert not ledger.is_readable
    assert any(told in fault for fault in ledger.faults), ledger.faults
    assert (ledger.statements, ledger.exemptions) == ({}, ())


@pytest.mark.promise("TRU-01")
def test_a_file_that_cannot_be_read_is_a_fault_and_one_that_is_not_there_is_none(tmp_path: Path):
    path = tmp_path / "statements.toml"
    assert statements.load(path, PROMISES, today=TODAY).is_readable
    for raw, told in ((b"a = 1\n\xff", ":2: this is not UTF-8"), (b" " * 300_000, "larger than 256 KB")):
        path.write_bytes(raw)
        assert told in statements.load(path, PROMISES, today=TODAY).faults[0]
    path.unlink()
    path.mkdir()
    assert "cannot be read" in statements.load(path, PROMISES, today=TODAY).faults[0]


@pytest.mark.promise("TRU-01")
def test_the_example_says_nothing_until_its_comments_go_and_is_right_then():
    assert parse(statements.example()) == Ledger({}, ())
    lines = [line.removeprefix("# ") for line in statements.example().splitlines() if line.startswith(("# [[", "# "))]
    live = "\n".join(line for line in lines if line.startswith("[[") or " = " in line)
    ledger = parse(live)
    assert ledger.is_readable, ledger.faults
    assert list(ledger.statements) == ["ORG-01"]
    assert len(ledger.exemptions) == 1
