"""Writes src/ringfence/schema/current.sql from the migrations, on a server of its own (`make schema`)."""

import sys
import tempfile
from pathlib import Path

from ringfence.base.postgres import EmbeddedPostgres, dump_schema, find, migrate

SCHEMA = Path(__file__).resolve().parent.parent / "src" / "ringfence" / "schema"


def main() -> None:
    """Migrates an empty database and dumps it."""
    with tempfile.TemporaryDirectory(prefix="rfs-", dir="/tmp") as directory:
        embedded = EmbeddedPostgres(Path(directory), find(), fallback=Path(directory) / "fallback", durable=False)
        server = embedded.start()
        try:
            migrate(server.superuser_dsn, SCHEMA, owner_role="ringfence_owner", report=print)
            (SCHEMA / "current.sql").write_text(dump_schema(server.superuser_dsn, find()), encoding="utf-8")
        finally:
            embedded.stop()


if __name__ == "__main__":
    sys.exit(main())
