"""A running server, as its users see it."""

from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import make_conninfo

from ringfence.base.postgres.cluster import SUPERUSER
from ringfence.base.postgres.sockets import PORT


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server listens and how to log in; `adopted` when it had outlived the process that started it."""

    socket_directory: Path
    database: str
    version: str
    pid: int
    cluster: Path
    log_file: Path
    adopted: bool
    note: str | None
    password: str = field(repr=False)

    @property
    def major(self) -> int:
        """The server's major version."""
        return int(self.version.split(".")[0])

    @property
    def superuser_dsn(self) -> str:
        """The boot superuser's connection string: for initdb's heirs, migrations, and nothing else."""
        return self.dsn(SUPERUSER, self.password)

    def dsn(self, role: str, password: str, *, database: str | None = None) -> str:
        """The connection string of another role, for this server's database or another of its databases."""
        return make_conninfo(
            host=str(self.socket_directory),
            port=PORT,
            user=role,
            password=password,
            dbname=database or self.database,
        )
