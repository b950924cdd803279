"""Everything that a dump, a log or a file may hide, decoded layer by layer, to be searched for planted words."""

import base64
import binascii
import gzip
import re
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ringfence.base.postgres import Server
from tests.world_postgres import binaries

_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPED = re.compile(rb"(?:\\{1,2}u[0-9a-fA-F]{4}){2,}")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b")
_TEXT = re.compile(rb"[ -~]{16,}")
_DEPTH = 3


def dump(server: Server) -> bytes:
    """The whole database as plain text: every table of every schema, with its rows."""
    return dump_of(server.superuser_dsn)


def dump_of(superuser_dsn: str) -> bytes:
    """The same of any database that a superuser can reach."""
    given = conninfo_to_dict(superuser_dsn)
    environment = {
        "PGHOST": str(given["host"]),
        "PGPORT": str(given["port"]),
        "PGUSER": str(given["user"]),
        "PGPASSWORD": str(given["password"]),
        "PGDATABASE": str(given["dbname"]),
    }
    program = binaries().program("pg_dump")
    return subprocess.run(
        [program, "--no-password", "--encoding=UTF8"], env=environment, capture_output=True, check=True, timeout=120
    ).stdout


def found_in(raw: bytes, needles: list[str]) -> set[str]:
    """The needles that stand in these bytes, in any encoding that is known here."""
    spellings = {needle: _spellings(needle) for needle in needles}
    return {
        needle for layer in layers(raw) for needle, spelled in spellings.items() if any(one in layer for one in spelled)
    }


def found_in_files(directory: Path, needles: list[str]) -> set[str]:
    """The needles that stand in the raw bytes of any file below, write-ahead log and server log included."""
    spellings = {needle: _spellings(needle) for needle in needles}
    return {
        f"{path.relative_to(directory)}: {needle}"
        for path in directory.rglob("*")
        if path.is_file()
        for raw in [path.read_bytes()]
        for needle, spelled in spellings.items()
        if any(one in raw for one in spelled)
    }


def found_in_texts(directory: Path, needles: list[str]) -> set[str]:
    """The needles that stand in any encoding in what is text in these binary files: 16 printable bytes and more.

    Records that are sealed are skipped so, which is nearly all of a log: what is left is what others could read.
    """
    texts = [b"\n".join(_TEXT.findall(path.read_bytes())) for path in directory.rglob("*") if path.is_file()]
    return found_in(b"\n".join(texts), needles)


def layers(raw: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    """These bytes, and whatever they hold in hex, base64, JSON escapes, zlib or gzip, again and again."""
    yield raw
    if depth:
        for inner in _inner(raw):
            yield from layers(inner, depth - 1)


def _spellings(needle: str) -> set[bytes]:
    return {needle.encode(), needle.encode("utf-16-le"), needle.encode("utf-16-be"), needle[::-1].encode()}


def _inner(raw: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(raw):
        yield binascii.unhexlify(match[0])
    for match in _BASE64.finditer(raw):
        yield from _from_base64(match[0])
    for match in _ESCAPED.finditer(raw):
        yield re.sub(
            rb"\\{1,2}u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)).encode(errors="replace"), match[0]
        )
    if raw[:2] in _ZLIB:
        yield from _inflated(raw)


def _from_base64(text: bytes) -> Iterator[bytes]:
    plain = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    yield base64.b64decode(plain + b"=" * (-len(plain) % 4))


def _inflated(raw: bytes) -> Iterator[bytes]:
    try:
        yield gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else zlib.decompress(raw)
    except (OSError, EOFError, zlib.error):
        return
