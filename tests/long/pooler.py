"""PgBouncer in transaction mode before a database, with few server connections for many clients."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.world import Stage

SERVERS = 4
_CLIENTS = 200
_READY_S = 10.0
_MEND = "PgBouncer is not here. Install it (Debian: apt-get install pgbouncer) or name it in PGBOUNCER."
_CONFIG = """\
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = {clients}
server_reset_query =
"""


def program() -> str:
    """Where PgBouncer is; the test fails, and says the mend, where it is not."""
    found = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        pytest.fail(_MEND)
    return found


@contextmanager
def pooled(stage: Stage, directory: Path) -> Iterator[Stage]:
    """The stage as the app role sees it behind the pooler."""
    given = conninfo_to_dict(stage.app_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    users, config, log = directory / "users.txt", directory / "pgbouncer.ini", directory / "pgbouncer.log"
    users.write_text(f'"{given["user"]}" "{given["password"]}"\n')
    config.write_text(
        _CONFIG.format(
            host=given["host"], port=given["port"], listen=port, users=users, servers=SERVERS, clients=_CLIENTS
        )
    )
    # It refuses to be root, and the database's socket is its own user's alone.
    owner = Path(str(given["host"])).stat()
    identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    url = make_conninfo(stage.app_url, host="127.0.0.1", port=port)
    with log.open("w") as said, subprocess.Popen(
        [program(), str(config)], stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, **identity
    ) as popen:  # fmt: skip
        try:
            _await(url, popen, log)
            yield replace(stage, app_url=url)
        finally:
            popen.terminate()


def _await(url: str, popen: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as failure:
            if popen.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PgBouncer does not serve: {failure}: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return
