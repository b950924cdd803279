"""Writes current.sql and functions.txt in src/ringfence/schema, from the migrations (`make schema`)."""

import sys
import tempfile
from pathlib import Path

import psycopg

from ringfence.base.postgres import EmbeddedPostgres, dump_schema, find, migrate
from ringfence.controls.tenancy.functions import LISTED

SCHEMA = Path(__file__).resolve().parent.parent / "src" / "ringfence" / "schema"


def main() -> None:
    """Migrates an empty database, dumps it, and lists the functions that probes hold a running one against."""
    with tempfile.TemporaryDirectory(prefix="rfs-", dir="/tmp") as directory:
        embedded = EmbeddedPostgres(Path(directory), find(), fallback=Path(directory) / "fallback", durable=False)
        server = embedded.start()
        try:
            migrate(server.superuser_dsn, SCHEMA, owner_role="ringfence_owner", report=print)
            (SCHEMA / "current.sql").write_text(dump_schema(server.superuser_dsn, find()), encoding="utf-8")
            with psycopg.connect(server.superuser_dsn) as connection:
                lines = [str(row[0]) for row in connection.execute(LISTED.encode())]
            (SCHEMA / "functions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        finally:
            embedded.stop()
            embedded.give_up_address()


if __name__ == "__main__":
    sys.exit(main())
