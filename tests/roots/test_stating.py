"""`ringfence statements`: a file to begin with, and its faults with their lines."""

from pathlib import Path

import pytest

from ringfence.cli import stating


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's file, not there yet."""
    monkeypatch.setenv("RINGFENCE_STATEMENTS", str(tmp_path / "signed.toml"))
    return tmp_path / "signed.toml"


@pytest.mark.promise("TRU-01")
def test_the_example_is_written_once_and_checks_out(file: Path, capsys: pytest.CaptureFixture[str]):
    assert stating.init() == 0
    assert file.stat().st_mode & 0o077 == 0
    assert stating.check() == 0
    file.write_text("mine = 1")
    assert stating.init() == 1
    assert file.read_text() == "mine = 1"
    assert "nothing was changed" in capsys.readouterr().out


@pytest.mark.promise("TRU-01")
def test_a_fault_is_printed_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text('[[exception]]\npromise = "TEN-09"\nreason = "x"\naccepted_by = "CISO"\nuntil = 2099-01-01\n')
    assert stating.check() == 0
    assert "TEN-09  exception until 2099-01-01, accepted by CISO" in capsys.readouterr().out
    file.write_text('[[exception]]\npromise = "TEN-77"\n')
    assert stating.check() == 1
    assert "signed.toml:2: there is no promise TEN-77" in capsys.readouterr().out
