"""Kills in the middle of what is done with a file: uploads go on or leave nothing, and a reading is done once."""

import base64
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.paper_process import SLOW_PAGE, is_gone, parser_below
from tests.served import Answer, Process, User, deployment_directory, make_partner, process

pytestmark = pytest.mark.long
MIB = 1 << 20
PIECE = 8 * MIB
CONTENT = (b"Alice's roses, canary 4711. " * 400_000)[: 10 * MIB]
ROOM = 16 * MIB
"""What the organization may have: one of these files, not two."""
DAYS_S = 2 * 86_400
# As if the minute, or the hour, between two rounds of a job were over.
_JOB = "update app.schedule set next_at = '-infinity', holder = null, until = null where job = %s returning job"
_DONE = "select 1 from app.schedule where job = %s and next_at > clock_timestamp() and holder is null"
# As if the lease of who died, or the hour that an upload may take, were over.
_WORK = "update app.file_work set next_at = clock_timestamp() where file_id = %s returning stage"


@dataclass
class Office:
    """A server that is killed, Alice, and what lies below the server's directory."""

    server: Process
    alice: User
    scratch: Path

    def restart(self) -> None:
        """Kills it, whatever it does, and starts it again."""
        self.server.kill()
        self.server.start()

    def ask(self, method: str, path: str, raw: bytes | None = None, **headers: str) -> Answer:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.alice.call(method, path, raw=raw, headers=told)

    def announce(self) -> Answer:
        """Begins an upload of CONTENT in pieces."""
        said = ",".join(
            f"{key} {base64.b64encode(value).decode()}"
            for key, value in (("filename", b"notes.txt"), ("filetype", b"text/plain"))
        )
        return self.ask("POST", "/files/uploads", b"", Upload_Length=str(len(CONTENT)), Upload_Metadata=said, **TUS)

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.database().superuser_dsn, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def due(self, file_id: str) -> None:
        """What waits to be done with the file is done now."""
        assert self.sql(_WORK, file_id), "nothing is to be done with it"

    def objects(self) -> list[Path]:
        """What lies in the store, half-written or whole."""
        return [path for path in (self.server.data / "objects" / "org").rglob("*") if path.is_file()]

    def swept(self) -> list[Path]:
        """What lies there two days later."""
        for path in self.objects():
            os.utime(path, (time.time() - DAYS_S, time.time() - DAYS_S))
        for job in ("bury_objects", "sweep_objects"):
            assert self.sql(_JOB, job)
            until(lambda job=job: self.sql(_DONE, job))
        until(lambda: not self.sql("select 1 from app.doomed_object"))
        return self.objects()

    def begin_sending(self, head: str, body: bytes) -> socket.socket:
        """Sends what of a request comes before the kill."""
        place = urlsplit(self.server.base_url)
        connection = socket.create_connection((place.hostname, place.port or 0))
        bearer = f"Authorization: Bearer {self.alice.session}\r\nHost: {place.netloc}\r\n"
        connection.sendall(head.encode() + bearer.encode() + b"\r\n" + body)
        return connection


def until(holds: Callable[[], object], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with deployment_directory() as directory:
        scratch = directory / "scratch"
        scratch.mkdir()
        with process(directory, organization_file_bytes=str(ROOM)) as server:
            server.environment["TMPDIR"] = str(scratch)
            alice = make_partner(server, "northwind", ["rose"]).user("alice", "rose")
            made = Office(server, alice, scratch)
            made.restart()
            yield made


@contextmanager
def nothing_left(office: Office) -> Iterator[None]:
    """The store and the rows are as before, and no directory was left anywhere."""
    assert office.swept() == []
    yield
    assert office.sql("select id from app.file") == []
    assert office.swept() == []
    assert list(office.scratch.iterdir()) == []


@pytest.mark.promise("AGT-07")
def test_an_upload_in_pieces_goes_on_after_a_kill(office: Office):
    with nothing_left(office):
        begun = office.announce()
        assert begun.status == 201, begun.raw
        path = begun.headers["location"].removeprefix("/api/v1")
        file_id = path.rpartition("/")[2]
        head = f"PATCH /api/v1{path} HTTP/1.1\r\nContent-Length: {len(CONTENT)}\r\nUpload-Offset: 0\r\n"
        head += f"Tus-Resumable: 1.0.0\r\nContent-Type: {OFFSETS}\r\n"
        with office.begin_sending(head, CONTENT[: PIECE + MIB]):
            until(lambda: office.ask("HEAD", path, **TUS).headers["upload-offset"] != "0")
            office.restart()
        assert office.ask("HEAD", path, **TUS).headers["upload-offset"] == str(PIECE)
        more = office.ask("PATCH", path, CONTENT[PIECE:], Upload_Offset=str(PIECE), Content_Type=OFFSETS, **TUS)
        assert (more.status, more.headers["upload-offset"]) == (204, str(len(CONTENT)))
        assert office.ask("GET", f"/files/{file_id}/content").raw == CONTENT
        assert len(office.swept()) == 1, "the file, and no piece of it"
        assert office.ask("GET", f"/files/{file_id}/content").raw == CONTENT
        assert office.ask("DELETE", f"/files/{file_id}").status == 204


@pytest.mark.promise("AGT-07")
def test_an_upload_in_one_request_leaves_nothing_after_a_kill(office: Office):
    with nothing_left(office):
        body = form(CONTENT)
        head = f"POST /api/v1/files HTTP/1.1\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
        with office.begin_sending(head, body[: PIECE + MIB]):
            until(office.objects)
            office.restart()
        [(file_id, status)] = office.sql("select id, status from app.file")
        assert status == "uploading"
        assert office.ask("GET", f"/files/{file_id}/content").status == 409
        again = office.announce()
        assert (again.status, again.code) == (422, "file_quota")
        office.due(str(file_id))
        until(lambda: not office.sql("select id from app.file"))
        made = office.ask("POST", "/files", form(CONTENT), Content_Type=FORM)
        assert made.status == 201, "its room was given back"
        assert len(office.swept()) == 1
        assert office.ask("DELETE", f"/files/{made.json['id']}").status == 204


@pytest.mark.promise("AGT-07", "AGT-03")
@pytest.mark.parametrize("confined", [False, True], ids=["at its start", "in mid-parsing"])
def test_a_file_whose_reader_is_killed_is_read_once_by_the_next(office: Office, confined: bool):
    with nothing_left(office):
        made = office.ask("POST", "/files", form(SLOW_PAGE, "terms.html", "text/html"), Content_Type=FORM)
        assert made.status == 201, made.raw
        file_id = made.json["id"]
        parser = parser_below(office.server.pid, confined=confined)
        if confined:
            os.kill(parser, signal.SIGSTOP)
        office.restart()
        assert is_gone(parser)
        assert office.ask("GET", f"/files/{file_id}").json["status"] == "processing"
        office.due(file_id)
        until(lambda: office.ask("GET", f"/files/{file_id}").json["status"] in {"ready", "failed"})
        assert office.ask("GET", f"/files/{file_id}").json["status"] == "ready"
        assert office.sql("select seq from app.file_chunk") == [(1,)]
        assert office.sql("select 1 from app.file_work") == []
        found = office.ask("POST", "/knowledge/search", b'{"query": "refunds"}').json["items"]
        assert [one["file_id"] for one in found] == [file_id]
        assert office.ask("DELETE", f"/files/{file_id}").status == 204


TUS: dict[str, Any] = {"Tus_Resumable": "1.0.0"}
OFFSETS = "application/offset+octet-stream"
FORM = "multipart/form-data; boundary=rose"


def form(content: bytes, name: str = "notes.txt", media_type: str = "text/plain") -> bytes:
    """A form with this file."""
    head = f'--rose\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {media_type}\r\n'
    return head.encode() + b"\r\n" + content + b"\r\n--rose--\r\n"
