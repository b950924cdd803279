"""Migrations as files: what they are called, what each must say, and what is refused before anything runs."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.base.postgres.failure import PostgresError

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_AS_ADMIN: Final = "-- as: admin"
_TRANSACTION: Final = re.compile(
    r"(?:^|;)\s*(?:begin|start\s+transaction|commit|rollback|abort)\b[^;']*;", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_BODY: Final = re.compile(r"(\bdo\s+(?:language\s+\w+\s+)?)?(\$\w*\$)(.*?)\2", re.IGNORECASE | re.DOTALL)
_TABLE: Final = r'(?:only\s+)?(?P<table>(?:"?\w+"?\.)?"?\w+"?)'
_CHANGES: Final = (
    re.compile(rf"\bupdate\s+{_TABLE}\s*(?:\*\s*)?(?:\s(?:as\s+)?\w+\s+)?\s*set\b", re.IGNORECASE),
    re.compile(rf"\b(?:delete\s+from|merge\s+into)\s+{_TABLE}", re.IGNORECASE),
    re.compile(rf"\binsert\s+into\s+{_TABLE}[^;]*?\b(?:select|table)\b", re.IGNORECASE),
)
_PROTECTED_SCHEMA: Final = "app"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the schema's history; `as_admin` when it runs as the administrator and not as the owner."""

    version: int
    name: str
    text: str
    as_admin: bool

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, as hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load(directory: Path) -> list[Migration]:
    """All migrations of the directory in order, each checked; files that begin with no digit are not migrations."""
    files = sorted(path for path in directory.glob("*.sql") if path.name[0].isdigit())
    migrations = [_parse(path) for path in files]
    for expected, migration in enumerate(migrations, start=1):
        if migration.version != expected:
            raise PostgresError(
                f"Migration {migration.name} stands where number {expected:04d} is due.",
                "Number migrations from 0001 without gaps or repetitions.",
            )
    return migrations


def _parse(path: Path) -> Migration:
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise PostgresError(f"{path.name} is not a migration's name.", "Call it NNNN_what_it_does.sql, in lower case.")
    text = path.read_text(encoding="utf-8")
    lines = [*text.splitlines(), "", ""]
    if not re.match(r"-- \S", lines[0]):
        raise PostgresError(f"{path.name} does not say why it exists.", "Begin it with a comment line: -- why.")
    migration = Migration(int(found.group(1)), path.stem, text, as_admin=lines[1].strip() == _AS_ADMIN)
    statements = _executed(text)
    if _TRANSACTION.search(statements):
        raise PostgresError(
            f"{path.name} begins or ends a transaction.", "Leave that out: each file is one transaction."
        )
    _require_sight(path.name, statements)
    return migration


def _executed(text: str) -> str:
    """The statements that the migration itself runs: no comments, no bodies of functions, but those of DO blocks."""

    def keep_do(match: re.Match[str]) -> str:
        # A DO block's own begin and end are no transaction's.
        return re.sub(r"\bbegin\b", " ", f" {match[3]} ", flags=re.IGNORECASE) if match[1] else " "

    return _BODY.sub(keep_do, _COMMENT.sub(" ", text))


def _require_sight(name: str, statements: str) -> None:
    """The NO FORCE rule: under FORCE the owner sees no rows, and a change of all of them changes none, silently."""
    for table, first, last in _changed(statements):
        spelled = re.escape(table)
        lifted = re.search(
            rf"\balter\s+table\s+{spelled}\s+no\s+force\s+row\s+level\s+security", statements, re.IGNORECASE
        )
        restored = [
            match.start()
            for match in re.finditer(
                rf"\balter\s+table\s+{spelled}\s+force\s+row\s+level\s+security", statements, re.IGNORECASE
            )
        ]
        is_lifted = lifted is not None and lifted.start() < first
        is_restored = bool(restored) and restored[-1] > last
        if not (is_lifted and is_restored):
            raise PostgresError(
                f"{name} changes rows of {table} while row level security hides them: it would change none, silently.",
                f"Put `alter table {table} no force row level security;` before the change "
                f"and `alter table {table} force row level security;` after it.",
            )


def _changed(statements: str) -> Iterator[tuple[str, int, int]]:
    """(table, first, last place) of each protected table whose rows the statements change."""
    places: dict[str, list[int]] = {}
    for pattern in _CHANGES:
        for match in pattern.finditer(statements):
            schema, _, _table = match["table"].replace('"', "").lower().rpartition(".")
            if schema in {"", _PROTECTED_SCHEMA}:
                places.setdefault(match["table"].lower(), []).append(match.start())
    for table, found in places.items():
        yield table, min(found), max(found)
