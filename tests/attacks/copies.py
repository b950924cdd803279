"""Copies of a deployment as operators have them: a dump, a base backup with the log behind it, objects, a keystore.

Restored into a server of their own, they are what somebody finds who never heard of the erasure.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ringfence.base.postgres import EmbeddedPostgres, Server
from tests.attacks.decoding import dump
from tests.served import Process
from tests.world_postgres import binaries

POINT = "before_the_erasure"
FROM_DUMP = "from_dump"
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


@dataclass(frozen=True)
class Copies:
    """Where each copy lies."""

    directory: Path

    @property
    def base(self) -> Path:
        """The base backup, as pg_basebackup wrote it."""
        return self.directory / "base"

    @property
    def log(self) -> Path:
        """The archive of the write-ahead log: finished segments."""
        return self.directory / "archive"

    @property
    def dump(self) -> Path:
        """The dump, as plain SQL."""
        return self.directory / "dump.sql"

    @property
    def data(self) -> Path:
        """The objects and the keystore, beside each other as in a data directory."""
        return self.directory / "data"


def admit_backups(server: Server) -> None:
    """Lets pg_basebackup in, and keeps the log for the archive; what an operator with backups does, too."""
    with (server.cluster / "pg_hba.conf").open("a") as rules:
        rules.write("local replication all scram-sha-256\n")
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute("alter system set wal_keep_size = '1GB'")
        connection.execute("select pg_reload_conf()")
        for _look in range(6000):
            kept = connection.execute("select current_setting('wal_keep_size')").fetchone()
            if kept == ("1GB",):
                break
            time.sleep(0.01)


def take_base(server: Server, copies: Copies) -> None:
    """A base backup of the running server, without the log that makes it whole."""
    command = ["--pgdata", copies.base, "--checkpoint=fast", "--wal-method=none", "--no-sync", "--no-password"]
    _run(server, "pg_basebackup", *command)


def take_rest(process: Process, copies: Copies) -> None:
    """Names the moment, and takes what lies outside the log: a dump, the objects, and the keystore as it is now."""
    with psycopg.connect(process.database().superuser_dsn, autocommit=True) as connection:
        connection.execute("select pg_create_restore_point(%s)", [POINT])
    copies.dump.write_bytes(dump(process.database()))
    copies.data.mkdir(mode=0o700)
    for name in ("keystore", "objects"):
        if (process.data / name).exists():
            shutil.copytree(process.data / name, copies.data / name)
    shutil.copy2(process.data / "root.key", copies.data / "root.key")


def take_log(server: Server, copies: Copies) -> None:
    """The segments of the log, the erasure's own among them."""
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute("select pg_switch_wal()")
        connection.execute("checkpoint")
    copies.log.mkdir(mode=0o755)
    for segment in (server.cluster / "pg_wal").iterdir():
        if segment.is_file():
            shutil.copy2(segment, copies.log / segment.name)
            (copies.log / segment.name).chmod(0o644)


@contextmanager
def restored(original: Server, home: Path, copies: Copies) -> Iterator[Server]:
    """A server with the base backup, and the log up to the erasure; beside it the dump in a database of its own."""
    status = original.cluster.stat()
    shutil.copytree(copies.base, home / "cluster")
    settings = f"restore_command = 'cp {copies.log}/%f \"%p\"'\nrecovery_target_name = '{POINT}'\n"
    with (home / "cluster" / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(settings + "recovery_target_action = 'promote'\n")
    (home / "cluster" / "recovery.signal").touch()
    for path in (home / "cluster", *(home / "cluster").rglob("*")):
        os.chown(path, status.st_uid, status.st_gid)
    shutil.copy2(original.cluster.parent / "superuser-password", home / "superuser-password")
    embedded = EmbeddedPostgres(home, binaries(), durable=False)
    server = embedded.start()
    try:
        _load(server, copies)
        yield server
    finally:
        embedded.stop()
        embedded.give_up_address()


def _load(server: Server, copies: Copies) -> None:
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        for _look in range(3000):
            if connection.execute("select pg_is_in_recovery()").fetchone() == (False,):
                break
            time.sleep(0.02)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(FROM_DUMP)))
    _run(server, "psql", "--quiet", "--no-psqlrc", "--no-password", "--file", copies.dump, "-v", "ON_ERROR_STOP=1",
         dbname=FROM_DUMP)  # fmt: skip


def _run(server: Server, program: str, *arguments: str | Path, **changes: str) -> None:
    given = {**conninfo_to_dict(server.superuser_dsn), **changes}
    environment = {variable: str(given[name]) for name, variable in _VARIABLES.items()}
    command = [str(binaries().program(program)), *(str(argument) for argument in arguments)]
    done = subprocess.run(
        command, env=environment, capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
