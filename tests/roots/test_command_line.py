"""The commands that do not need a running server: what they say, and how they refuse."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import APP_PASSWORD, Stage
from tests.world_postgres import scratch_directory

PROGRAM = [sys.executable, "-c", "from ringfence.cli import main; main()"]


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch_directory() as directory:
        yield directory / "data"


def ringfence(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    environment = kept | {"RINGFENCE_DATA": str(data), **settings}
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_port_in_use_is_named_with_its_process(data: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = ringfence(data, "serve", RINGFENCE_PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert f"pid {os.getpid()}" in done.stderr
    assert f"RINGFENCE_PORT={port + 1}" in done.stderr


def test_a_wrong_setting_is_named(data: Path):
    done = ringfence(data, "serve", RINGFENCE_PORT="many")
    assert done.returncode == 2
    assert "RINGFENCE_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.promise("CRY-01")
def test_a_root_key_that_is_too_short_is_refused(data: Path):
    done = ringfence(data, "serve", RINGFENCE_PORT="0", ENCRYPTION_KEY="c2hvcnQ=")
    assert done.returncode == 1
    assert "ENCRYPTION_KEY" in done.stderr
    assert "c2hvcnQ" not in done.stderr


@pytest.fixture
def emptied(stage: Stage) -> Stage:
    """The stage as another deployment's administrator would hand it over: without the template's context key."""
    with stage.admin() as admin:
        admin.execute("delete from ctx.key")
    return stage


@pytest.mark.promise("CRY-02")
def test_a_database_of_another_keystore_is_refused(data: Path, emptied: Stage):
    settings = {"RINGFENCE_DATABASE_URL": emptied.app_url}
    assert ringfence(data, "migrate", "--admin-url", emptied.admin_url, **settings).returncode == 0
    done = ringfence(data.with_name("other"), "migrate", "--admin-url", emptied.admin_url, **settings)
    assert done.returncode == 1
    assert "another keystore" in done.stderr


@pytest.mark.promise("TEN-01")
def test_the_server_refuses_the_role_of_an_administrator(data: Path, emptied: Stage):
    stage = emptied
    done = ringfence(data, "migrate", "--admin-url", stage.admin_url, RINGFENCE_DATABASE_URL=stage.app_url)
    assert "up to date" in done.stdout
    done = ringfence(data, "serve", RINGFENCE_PORT="0", RINGFENCE_DATABASE_URL=stage.admin_url)
    assert done.returncode != 0
    assert "is a superuser" in done.stderr


@pytest.mark.promise("OPS-01")
def test_an_external_database_is_examined_by_the_doctor(data: Path, emptied: Stage):
    stage = emptied
    assert APP_PASSWORD not in ringfence(data, "doctor", RINGFENCE_DATABASE_URL=stage.app_url).stdout
    done = ringfence(data, "migrate", "--admin-url", stage.admin_url, RINGFENCE_DATABASE_URL=stage.app_url)
    assert done.returncode == 0, done.stderr
    with stage.admin() as admin:
        noted = "select details->>'command' from app.audit_queue where action = 'command.run' order by id"
        assert admin.execute(noted).fetchall()[-1] == ("migrate",)
    done = ringfence(data, "doctor", RINGFENCE_DATABASE_URL=stage.app_url)
    assert "bound by row security" in done.stdout
    assert done.returncode == 0, done.stdout


def test_an_external_database_is_not_migrated_without_its_administrator(data: Path, stage: Stage):
    done = ringfence(data, "migrate", RINGFENCE_DATABASE_URL=stage.app_url)
    assert done.returncode == 1
    assert "--admin-url" in done.stderr


@pytest.mark.promise("SDL-02", "EMB-08")
def test_the_description_of_the_api_is_printed_without_a_database(data: Path):
    document = json.loads(ringfence(data, "openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/runs" in document["paths"]
    assert not data.exists()


def test_where_shows_code_and_tests_of_a_promise(data: Path):
    shown = ringfence(data, "where", "ten-01").stdout
    assert "src/ringfence/controls/tenancy" in shown
    assert "tests/promises/test_tenancy.py" in shown
    unknown = ringfence(data, "where", "TEN-99")
    assert unknown.returncode == 1
    assert "TEN-09" in unknown.stderr


def test_where_takes_several_promises_or_lists_them_all(data: Path):
    shown = ringfence(data, "where", "ten-01", "TEN-06").stdout
    assert "TEN-01  " in shown
    assert "TEN-06  " in shown
    table = ringfence(data, "where").stdout.splitlines()
    assert len(table) >= 90
    assert all(line.split()[1] in {"kept", "open"} for line in table)
    assert not data.exists()


def test_a_reader_that_stops_reading_sees_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [*PROGRAM, "where", "TEN-01"], stdout=closed, stderr=subprocess.PIPE, text=True, timeout=240, check=False
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_a_demo_without_a_server_says_how_to_start_one(data: Path):
    done = ringfence(data, "demo", "token", "alice", "rose")
    assert done.returncode == 1
    assert "make demo" in done.stderr
