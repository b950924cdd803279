"""The first words with a server: whether it is ours, which version it is, and that it has our database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from ringfence.base.postgres.cluster import SUPERUSER
from ringfence.base.postgres.server import Server

_TIMEOUT_SECONDS: Final = 10
_QUESTION: Final = """
select current_setting('data_directory'), current_setting('server_version'),
       exists (select from pg_database where datname = %s)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Which cluster answered, and its version."""

    data_directory: Path
    version: str


def ask(server: Server) -> Answer | None:
    """The server's answer, its database made when it was missing; None when it does not let us in."""
    dsn = server.dsn(SUPERUSER, server.password, database="postgres")
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=_TIMEOUT_SECONDS) as connection:
            row = connection.execute(_QUESTION, [server.database]).fetchone()
            if row is None:
                return None
            directory, version, is_there = row
            if not is_there and Path(directory) == server.cluster:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(server.database)))
            return Answer(Path(directory), str(version).split()[0])
    except psycopg.OperationalError:
        return None
