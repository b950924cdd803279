"""The embedded server's life: it starts, stops, survives kills of either side, and has one supervisor."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ringfence.base.postgres import EmbeddedPostgres, PostgresError, cluster, postmaster
from tests.world_postgres import answer, embedded_in, scratch_directory

SUPERVISE = """
import sys, time
from pathlib import Path
from tests.world_postgres import embedded_in
server = embedded_in(Path(sys.argv[1])).start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with scratch_directory() as made:
        yield made
        embedded = embedded_in(made)
        if embedded.status().server_pid is not None:
            embedded.start()
            embedded.stop()


@pytest.fixture
def embedded(directory: Path) -> Iterator[EmbeddedPostgres]:
    made = embedded_in(directory)
    yield made
    made.stop()


def supervisor_elsewhere(directory: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process that supervises the directory, and its server's pid."""
    command = [sys.executable, "-c", SUPERVISE, str(directory)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_what_was_written_is_there_after_a_stop_and_a_start(embedded: EmbeddedPostgres):
    first = embedded.start()
    with psycopg.connect(first.superuser_dsn) as connection:
        connection.execute("create table kept as select 7 as number")
    embedded.stop()
    second = embedded.start()
    assert answer(second, "select number from kept") == 7
    # Another process, a worker, holds the first one's address.
    assert answer(first, "select number from kept") == 7
    assert second.socket_directory == first.socket_directory


def test_a_stopped_server_leaves_an_empty_directory_that_goes_with_its_data(embedded: EmbeddedPostgres):
    directory = embedded.start().socket_directory
    embedded.stop()
    assert list(directory.iterdir()) == []
    embedded.give_up_address()
    assert not directory.exists()


def test_starting_twice_gives_the_same_server(embedded: EmbeddedPostgres):
    assert embedded.start() is embedded.start()


def test_stopping_what_was_never_started_does_nothing(directory: Path):
    embedded_in(directory).stop()


def test_secrets_of_the_data_directory_are_for_its_owner_alone(embedded: EmbeddedPostgres, directory: Path):
    server = embedded.start()
    assert (directory / "superuser-password").stat().st_mode & 0o777 == 0o600
    assert server.cluster.stat().st_mode & 0o077 == 0
    assert server.password not in repr(server)


def test_after_a_kill_of_the_server_it_comes_back_at_the_same_address(embedded: EmbeddedPostgres):
    server = embedded.start()
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute("create table kept as select 7 as number")
        os.kill(server.pid, signal.SIGKILL)
        assert postmaster.wait(lambda: not embedded.is_alive(), seconds=60)
        assert embedded.ensure_running()
    assert not embedded.ensure_running()
    assert answer(server, "select number from kept") == 7


def test_a_statement_that_outlives_its_server_does_not_keep_the_next_one_away(embedded: EmbeddedPostgres):
    server = embedded.start()
    busy = "do $$ begin loop perform 1; end loop; end $$"
    with closing(psycopg.connect(server.superuser_dsn, autocommit=True)) as connection:
        connection.pgconn.send_query(busy.encode())
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGKILL)
        assert postmaster.wait(lambda: not embedded.is_alive(), seconds=60)
        assert embedded.ensure_running()
    assert answer(server, "select 1") == 1


def test_the_watch_restarts_a_dead_server_and_says_so(embedded: EmbeddedPostgres):
    server = embedded.start()
    stopped, said = threading.Event(), []
    watch = threading.Thread(
        target=embedded.watch, args=(stopped,), kwargs={"every": timedelta(milliseconds=20), "report": said.append}
    )
    watch.start()
    os.kill(server.pid, signal.SIGKILL)
    came_back = postmaster.wait(lambda: bool(said), seconds=30)
    stopped.set()
    watch.join()
    assert came_back
    assert answer(server, "select 1") == 1


def test_the_watch_reports_a_restart_that_fails_and_goes_on(embedded: EmbeddedPostgres):
    server = embedded.start()
    conf = server.cluster / "postgresql.conf"
    sound = conf.read_text()
    conf.write_text(f"{sound}\nno_such_setting = on\n")
    os.kill(server.pid, signal.SIGKILL)
    assert postmaster.wait(lambda: not embedded.is_alive(), seconds=60)
    stopped = threading.Event()
    said: list[str] = []

    def mend_then_stop(text: str) -> None:
        said.append(text)
        conf.write_text(sound)
        if len(said) == 2:
            stopped.set()

    embedded.watch(stopped, every=timedelta(milliseconds=20), report=mend_then_stop)
    assert "no_such_setting" in said[0]
    assert "was restarted" in said[1]


def test_the_watch_goes_on_where_the_disk_is_full(embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch):
    server = embedded.start()
    os.kill(server.pid, signal.SIGKILL)
    assert postmaster.wait(lambda: not embedded.is_alive(), seconds=60)
    stopped = threading.Event()
    said: list[str] = []

    def full(*_arguments, **_named) -> None:
        raise OSError(28, "No space left on device")

    def make_room_then_stop(text: str) -> None:
        said.append(text)
        monkeypatch.undo()
        if len(said) == 2:
            stopped.set()

    monkeypatch.setattr(cluster, "configure", full)
    embedded.watch(stopped, every=timedelta(milliseconds=20), report=make_room_then_stop)
    assert "No space left" in said[0]
    assert "was restarted" in said[1]


def test_a_server_survives_the_kill_of_its_supervisor_and_is_adopted(embedded: EmbeddedPostgres, directory: Path):
    process, pid = supervisor_elsewhere(directory)
    kill(process)
    server = embedded.start()
    assert server.adopted
    assert server.pid == pid
    assert answer(server, "select 1") == 1


def test_when_both_are_killed_the_next_start_recovers(embedded: EmbeddedPostgres, directory: Path):
    process, pid = supervisor_elsewhere(directory)
    kill(process)
    os.kill(pid, signal.SIGKILL)
    server = embedded.start()
    assert not server.adopted
    assert answer(server, "select 1") == 1


def test_a_second_supervisor_is_refused_by_the_pid_of_the_first(embedded: EmbeddedPostgres, directory: Path):
    process, pid = supervisor_elsewhere(directory)
    with pytest.raises(PostgresError, match=rf"pid {process.pid}\b"):
        embedded.start()
    assert (embedded.status().supervisor_pid, embedded.status().server_pid) == (process.pid, pid)
    beside = embedded.find_running()
    assert beside is not None
    assert answer(beside, "select 1") == 1
    kill(process)
    assert embedded.status().supervisor_pid is None


def test_nothing_runs_on_a_directory_that_was_never_started(directory: Path):
    embedded = embedded_in(directory)
    assert embedded.find_running() is None
    assert embedded.status().server_pid is None
    assert not embedded.is_alive()
    assert not embedded.ensure_running()


def test_the_pid_file_of_a_process_that_is_something_else_is_no_server(embedded: EmbeddedPostgres):
    server = embedded.start()
    embedded.stop()
    (server.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{server.cluster}\n")
    assert embedded.start().pid != os.getpid()


def test_a_survivor_that_does_not_answer_is_named(embedded: EmbeddedPostgres, directory: Path):
    process, pid = supervisor_elsewhere(directory)
    kill(process)
    secret = directory / "superuser-password"
    sound = secret.read_text()
    secret.write_text("wrong\n")
    with pytest.raises(PostgresError, match=rf"pid {pid}\) runs on .* does not answer"):
        embedded.start()
    secret.unlink()
    with pytest.raises(PostgresError, match="superuser-password is missing"):
        embedded.start()
    secret.write_text(sound)
    assert embedded.start().pid == pid
