"""One embedded server that a whole test session shares, in a short directory, without fsync."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from ringfence.base.postgres import Binaries, EmbeddedPostgres, Server, find


def binaries() -> Binaries:
    """The programs under test: RINGFENCE_PG_BIN chooses another Postgres version for the whole session."""
    chosen = os.environ.get("RINGFENCE_PG_BIN")
    return find(Path(chosen) if chosen else None)


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A short directory that nobody else enters, removed afterwards; pytest's own are too deep for a server's uid."""
    directory = Path(tempfile.mkdtemp(prefix="rft-", dir="/tmp"))
    try:
        yield directory
    finally:
        for record in directory.rglob("socket-directory"):
            with suppress(OSError):  # a stopped server's address stays for its successor; here there will be none
                Path(record.read_text().strip()).rmdir()
        shutil.rmtree(directory)


def embedded_in(directory: Path) -> EmbeddedPostgres:
    """The embedded server of a directory, not yet started."""
    return EmbeddedPostgres(directory, binaries(), fallback=directory / "fallback", durable=False)


@contextmanager
def shared_cluster() -> Iterator[Server]:
    """A running server of its own; stopped and gone afterwards."""
    with scratch_directory() as directory:
        embedded = embedded_in(directory)
        server = embedded.start()
        try:
            yield server
        finally:
            embedded.stop()


def answer(server: Server, question: str) -> object:
    """The first column of the first row, asked as the superuser."""
    with psycopg.connect(server.superuser_dsn) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]
