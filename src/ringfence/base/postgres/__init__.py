"""PostgreSQL for Ringfence: the embedded server's supervisor, plain SQL migrations, passwords of roles.

Others start a server with `EmbeddedPostgres(directory, find())`, and change any database with `migrate`.
"""

from ringfence.base.postgres.binaries import Binaries, find
from ringfence.base.postgres.dump import dump_schema, find_drift
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.migrations import migrate, pending
from ringfence.base.postgres.roles import set_role_password
from ringfence.base.postgres.server import Server
from ringfence.base.postgres.supervisor import EmbeddedPostgres, Status

__all__ = [
    "Binaries",
    "EmbeddedPostgres",
    "PostgresError",
    "Server",
    "Status",
    "dump_schema",
    "find",
    "find_drift",
    "migrate",
    "pending",
    "set_role_password",
]
