"""As root and as a normal user, wherever the directories lie: the server runs, and never as root."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base.postgres import EmbeddedPostgres, PostgresError, identity, places, sockets
from ringfence.base.postgres.identity import Identity
from tests.world_postgres import answer, binaries, embedded_in, scratch_directory

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="root alone changes uids; the other tests cover a normal user")
START_AND_STOP = """
import os, sys
sys.path[:0] = sys.argv[3:]
if sys.argv[1] != "-":
    os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
from pathlib import Path
from tests.world_postgres import answer, embedded_in
embedded = embedded_in(Path(sys.argv[2]))
server = embedded.start()
print(os.stat(f"/proc/{server.pid}").st_uid if Path("/proc").exists() else os.geteuid(), answer(server, "select 1"))
embedded.stop()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with scratch_directory() as made:
        yield made


def test_a_normal_user_starts_a_server_of_their_own(directory: Path):
    uid = pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid()
    if AS_ROOT:
        os.chown(directory, uid, uid)
    arguments = [str(uid) if AS_ROOT else "-", str(directory), str(ROOT / "src"), str(ROOT)]
    # The modules are loaded before the uid changes: the checkout may lie where nobody reaches it.
    script = (
        f"import psycopg, subprocess, sys\nsys.path[:0] = sys.argv[3:]\nimport tests.world_postgres\n{START_AND_STOP}"
    )
    finished = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, check=False, text=True)
    assert finished.stdout.split() == [str(uid), "1"], finished.stderr


@needs_root
def test_root_gets_a_server_of_another_uid_in_an_empty_directory_of_its_own(directory: Path):
    assert directory.stat().st_mode & 0o777 == 0o700
    embedded = embedded_in(directory)
    server = embedded.start()
    assert Path(f"/proc/{server.pid}").stat().st_uid == server.cluster.stat().st_uid != 0
    assert server.note is None
    assert directory.stat().st_mode & 0o777 == 0o710
    assert directory.stat().st_uid == 0
    embedded.stop()


@needs_root
def test_below_a_closed_parent_the_cluster_moves_out_and_is_found_again(directory: Path):
    closed = directory / "closed"
    closed.mkdir(mode=0o700)
    directory.chmod(0o755)
    embedded = EmbeddedPostgres(closed / "data", binaries(), fallback=directory / "fallback", durable=False)
    server = embedded.start()
    assert server.cluster.is_relative_to(directory / "fallback")
    assert str(server.cluster) in (server.note or "")
    assert closed.stat().st_mode & 0o777 == 0o700
    embedded.stop()
    assert embedded.start().cluster == server.cluster
    embedded.stop()


@needs_root
def test_a_new_data_directory_never_finds_an_old_cluster(directory: Path):
    directory.chmod(0o755)
    closed = directory / "closed"
    clusters: set[Path] = set()
    for _ in range(2):
        closed.mkdir(mode=0o700)
        embedded = EmbeddedPostgres(closed / "data", binaries(), fallback=directory / "fallback", durable=False)
        clusters.add(embedded.start().cluster)
        embedded.stop()
        shutil.rmtree(closed)
    assert len(clusters) == 2


@needs_root
def test_parents_that_are_ours_are_opened_for_the_servers_group_alone(directory: Path):
    data = directory / "postgres"
    embedded = EmbeddedPostgres(data, binaries(), outermost=directory, durable=False)
    server = embedded.start()
    assert (server.note, server.cluster) == (None, data / "cluster")
    assert directory.stat().st_mode & 0o777 == 0o710
    embedded.stop()


@needs_root
def test_programs_that_the_servers_uid_cannot_reach_are_copied_once(directory: Path):
    directory.chmod(0o755)
    closed = directory / "closed"
    source = binaries().directory.parent
    shutil.copytree(source, closed / "package" / "pginstall", ignore=shutil.ignore_patterns("include"))
    libraries = source.parent.with_name(f"{source.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
        (closed / "package").rename(closed / source.parent.name)
    closed.chmod(0o700)
    bin_directory = next(closed.glob("*/pginstall/bin"))
    for data in ("one", "two"):
        unreachable = places.Binaries(bin_directory, binaries().version, "a test")
        embedded = EmbeddedPostgres(directory / data, unreachable, fallback=directory / "fallback", durable=False)
        server = embedded.start()
        assert "were copied to" in (server.note or "")
        assert answer(server, "select 1") == 1
        embedded.stop()
    assert len(list((directory / "fallback").glob("postgres-*"))) == 1


@needs_root
def test_a_fallback_that_others_can_write_is_refused(directory: Path):
    directory.chmod(0o755)
    (directory / "closed").mkdir(mode=0o700)
    (directory / "fallback").mkdir()
    (directory / "fallback").chmod(0o777)
    embedded = EmbeddedPostgres(directory / "closed" / "data", binaries(), fallback=directory / "fallback")
    with pytest.raises(PostgresError, match="only root can write"):
        embedded.start()


def test_a_data_directory_of_another_user_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    with pytest.raises(PostgresError, match="belongs to uid"):
        embedded_in(directory).start()


def test_a_uid_without_a_name_is_told_before_initdb_fails():
    with pytest.raises(PostgresError, match="no entry in the user database"):
        identity.require_name(Identity(3_000_000_001, 3_000_000_001, is_demoted=False))


def test_a_planted_socket_directory_is_not_used(directory: Path):
    ours = Identity(os.geteuid(), os.getegid(), is_demoted=False)
    base = directory / "base"
    base.mkdir()
    first = sockets.prepare(directory, ours, base=base)
    assert sockets.prepare(directory, ours, base=base) == first
    first.chmod(0o755)
    second = sockets.prepare(directory, ours, base=base)
    second.rmdir()
    second.symlink_to(directory)
    third = sockets.prepare(directory, ours, base=base)
    assert len({first, second, third}) == 3
    assert not sockets.is_safe(third, Identity(ours.uid + 1, ours.gid, is_demoted=False))


def test_a_base_that_is_too_long_or_missing_for_a_socket_is_told(directory: Path):
    ours = Identity(os.geteuid(), os.getegid(), is_demoted=False)
    with pytest.raises(PostgresError, match="too long a path"):
        sockets.prepare(directory, ours, base=directory / ("x" * 100))
    with pytest.raises(PostgresError, match="No socket directory can be made"):
        sockets.prepare(directory, ours, base=directory / "missing")
