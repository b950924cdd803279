"""Files handed in whole: taken as they come, held against what they are said to be, and given back as attachments."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ringfence.base import ids
from ringfence.controls.objects import FileBounds
from tests.house import Answer, Client, House, house
from tests.world import Stage

BOUNDARY = "rose-garden"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def office(main: str, *more: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", main, *more):
            archive.writestr(name, "<xml/>")
    return made.getvalue()


DOCX = office("word/document.xml")
GOOD = {
    "notes.txt": b"Water the roses.\n",
    "notes.md": b"# Roses\n\nWater them.\n",
    "prices.csv": "rose;3,50 €\n".encode("cp1252"),
    "data.json": b'{"roses": 3}',
    "page.html": b"<!doctype html><title>Roses</title><p>Water them.",
    "paper.pdf": PDF,
    "letter.docx": DOCX,
    "sheet.xlsx": office("xl/workbook.xml"),
    "talk.pptx": office("ppt/presentation.xml"),
    "rose.png": PNG,
    "rose.jpeg": b"\xff\xd8\xff\xe0" + bytes(50) + b"\xff\xd9",
    "rose.gif": b"GIF89a" + bytes(20) + b";",
    "rose.webp": b"RIFF" + (12).to_bytes(4, "little") + b"WEBPVP8 " + bytes(4),
    "sixteen.txt": "Æbler og pærer".encode("utf-16"),
}
LIES: dict[str, tuple[str, str, bytes]] = {
    "a program called a picture": ("rose.png", "image/png", b"MZ" + bytes(100)),
    "a program called a text": ("notes.txt", "text/plain", b"\x7fELF" + bytes(100)),
    "a script called a text": ("notes.txt", "text/plain", b"#!/bin/sh\nrm -rf /\n"),
    "a page called a text": ("notes.txt", "text/plain", b"<!doctype html><script>alert(1)</script>"),
    "a drawing called a page": ("page.html", "text/html", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a drawing called a text": ("notes.txt", "text/plain", b"<?xml version='1.0'?><svg/>"),
    "a paper called a picture": ("rose.png", "image/png", PDF),
    "a text called a paper": ("paper.pdf", "application/pdf", b"Water the roses."),
    "an archive called a letter": ("letter.docx", "", office("anything.xml")),
    "a sheet called a letter": ("letter.docx", "", office("xl/workbook.xml")),
    "a letter with macros": ("letter.docx", "", office("word/document.xml", "word/vbaProject.bin")),
    "a letter that is also a sheet": ("letter.docx", "", office("word/document.xml", "xl/workbook.xml")),
    "a letter with a name that climbs": ("letter.docx", "", office("word/document.xml", "../../etc/passwd")),
    "an archive behind a paper": ("paper.pdf", "application/pdf", PDF + DOCX),
    "an archive behind a picture": ("rose.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(9) + b"\xff\xd9" + DOCX),
    "a paper inside a text": ("notes.txt", "text/plain", b"hello\n" + PDF),
    "a type that its name denies": ("rose.png", "application/pdf", PNG),
}
REFUSED: dict[str, tuple[str, str, bytes, str]] = {
    "a drawing": ("rose.svg", "image/svg+xml", b"<svg/>", "file_type_not_allowed"),
    "a program": ("rose.exe", "application/octet-stream", b"MZ", "file_type_not_allowed"),
    "an archive": ("roses.zip", "application/zip", DOCX, "file_type_not_allowed"),
    "nothing": ("notes.txt", "text/plain", b"", "file_empty"),
    "no name": ("", "text/plain", b"Roses", "invalid_name"),
    "a name of dots": ("../..", "text/plain", b"Roses", "invalid_name"),
    "a long name": ("r" * 260 + ".txt", "text/plain", b"Roses", "invalid_name"),
}


def form(name: str, content: bytes, media_type: str = "", *, field: str = "file", end: str = "--") -> bytes:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
    typed = f"Content-Type: {media_type}\r\n" if media_type else ""
    return (head + typed + "\r\n").encode() + content + f"\r\n--{BOUNDARY}{end}\r\n".encode()


async def send(client: Client, body: bytes, path: str = "/api/v1/files", **headers: str) -> Answer:
    return await client("POST", path, body, **{"Content_Type": f"multipart/form-data; boundary={BOUNDARY}", **headers})


async def hand_in(client: Client, name: str, content: bytes, media_type: str = "", **more: Any) -> Answer:
    return await send(client, form(name, content, media_type), **more)


def objects(data: Path) -> list[Path]:
    return [path for path in (data / "objects").rglob("*") if path.is_file()]


def at_home(test: Callable[[House, Path], Awaitable[None]]) -> Callable[[Stage, Path], Awaitable[None]]:
    """Gives the test a house of its own, and the directory that its data lie in."""

    async def housed(stage: Stage, tmp_path: Path) -> None:
        async with house(stage, tmp_path) as home:
            await test(home, tmp_path)

    housed.__name__ = test.__name__
    return housed


@pytest.mark.promise("AGT-07", "CRY-01", "TEN-07")
@at_home
async def test_a_file_comes_back_as_it_was_and_lies_sealed(home: House, tmp_path: Path):
    alice, secret = await home.session("alice"), b"Alice's canary 4711 " * 50_000
    made = await hand_in(alice, "notes.txt", secret, "text/plain")
    assert (made.status, made.body["size_bytes"], made.body["status"]) == (201, len(secret), "processing")
    back = await alice("GET", f"/api/v1/files/{made.body['id']}/content")
    assert back.body == secret
    [stored] = objects(tmp_path)
    assert b"canary" not in stored.read_bytes()
    assert made.body["id"].replace("-", "") not in str(stored)
    assert stored.stat().st_size < len(secret) * 1.01


@pytest.mark.promise("AGT-07")
@at_home
async def test_each_kind_is_taken_for_what_it_is(home: House, tmp_path: Path):
    alice = await home.session("alice")
    for name, content in GOOD.items():
        made = await hand_in(alice, name, content)
        assert made.status == 201, (name, made.body)
    listed = await alice("GET", "/api/v1/files?limit=3")
    assert [file["name"] for file in listed.body["items"]] == list(GOOD)[:-4:-1]
    more = await alice("GET", f"/api/v1/files?cursor={listed.body['next_cursor']}")
    assert len(more.body["items"]) == len(GOOD) - 3


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_lying_type_is_refused_and_leaves_nothing(home: House, tmp_path: Path):
    alice = await home.session("alice")
    for what, (name, media_type, content) in LIES.items():
        answer = await hand_in(alice, name, content, media_type)
        assert (answer.status, answer.code) == (422, "file_type_mismatch"), what
    for what, (name, media_type, content, code) in REFUSED.items():
        answer = await hand_in(alice, name, content, media_type)
        assert (answer.status, answer.code) == (422, code), what
    assert (await alice("GET", "/api/v1/files")).body["items"] == []
    assert objects(tmp_path) == []


NAMES = {
    "../../etc/passwd.txt": "passwd.txt",
    "C:\\fakepath\\notes.txt": "notes.txt",
    "..\\..\\notes.txt": "notes.txt",
    "notes\u202etxt.txt": "notestxt.txt",
    "no\U000e0041\u00adtes.txt": "notes.txt",
    "no\x01tes\x7f.txt": "notes.txt",
    "blomster på bordet.txt": "blomster på bordet.txt",
    'she said "roses".txt': 'she said "roses".txt',
    "薔薇.txt": "薔薇.txt",
}


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_name_is_one_part_of_a_path_and_turns_nothing(home: House, tmp_path: Path):
    alice = await home.session("alice")
    for raw, name in NAMES.items():
        made = await hand_in(alice, raw, b"Roses")
        assert made.body["name"] == name, raw


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_file_is_sent_as_an_attachment_and_never_shown(home: House, tmp_path: Path):
    alice = await home.session("alice")
    made = await hand_in(alice, 'r"ø\u202cse.html', GOOD["page.html"], "text/html")
    sent = await alice("GET", f"/api/v1/files/{made.body['id']}/content")
    assert (
        sent.headers["Content-Disposition"] == "attachment; filename=\"r__se.html\"; filename*=UTF-8''r%22%C3%B8se.html"
    )
    assert sent.headers["Content-Type"] == "application/octet-stream"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Cache-Control"] == "no-store"
    assert sent.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_range_is_given_alone(home: House, tmp_path: Path):
    alice, content = await home.session("alice"), bytes(range(32, 127)) * 3000
    made = await hand_in(alice, "notes.txt", content)
    path = f"/api/v1/files/{made.body['id']}/content"
    for asked, start, stop in [
        ("0-9", 0, 10),
        ("70000-", 70_000, None),
        ("-5", -5, None),
        ("65530-65540", 65_530, 65_541),
    ]:
        part = await alice("GET", path, Range=f"bytes={asked}")
        assert (part.status, part.body) == (206, content[start:stop]), asked
    assert (await alice("GET", path, Range=f"bytes={len(content)}-")).status == 416
    for odd in ("bytes=9-1", "bytes=-", "lines=1-2", "bytes=0-1,5-6"):
        assert (await alice("GET", path, Range=odd)).status == 200


@pytest.mark.promise("TEN-07", "AGT-07")
@at_home
async def test_a_file_is_its_users_and_nobody_elses(home: House, tmp_path: Path):
    alice, bob = await home.session("alice"), await home.session("bob")
    mallory, ada = await home.session("mallory", "thorn"), await home.session("ada", role="admin")
    made = await hand_in(alice, "notes.txt", b"Alice's roses")
    path = f"/api/v1/files/{made.body['id']}"
    for stranger in (bob, mallory):
        for answer in (
            await stranger("GET", path),
            await stranger("GET", path + "/content"),
            await stranger("DELETE", path),
        ):
            assert answer.status == 404
        assert (await stranger("GET", "/api/v1/files")).body["items"] == []
    assert (await ada("GET", path)).status == 200, "administrators see their organization's files, as its conversations"
    assert (await alice("DELETE", path)).status == 204
    assert (await alice("GET", path)).status == 404


@pytest.mark.promise("TEN-07", "ACC-01", "AGT-07")
@at_home
async def test_knowledge_is_read_by_all_and_written_by_few(home: House, tmp_path: Path):
    alice, ada = await home.session("alice"), await home.session("ada", role="admin")
    mallory = await home.session("mallory", "thorn")
    rose = home.scope(await home.log_in("alice")).org_id
    shared = f"/api/v1/partner/organizations/{rose}/files"
    made = await hand_in(home.api, "handbook.md", b"# Roses", path=shared)
    assert (made.status, made.body["user_id"]) == (201, None)
    by_ada = await hand_in(ada, "prices.csv", b"rose;3", path="/api/v1/files?purpose=knowledge")
    assert by_ada.status == 201
    refused = await hand_in(alice, "mine.txt", b"Roses", path="/api/v1/files?purpose=knowledge")
    assert refused.status == 403
    path = f"/api/v1/files/{made.body['id']}"
    assert (await alice("GET", path + "/content")).body == b"# Roses"
    assert len((await alice("GET", "/api/v1/files?purpose=knowledge")).body["items"]) == 2
    assert (await alice("GET", "/api/v1/files")).body["items"] == []
    assert (await alice("DELETE", path)).status == 403
    assert (await mallory("GET", path)).status == 404
    assert [file["name"] for file in (await home.api("GET", shared)).body["items"]] == ["prices.csv", "handbook.md"]
    private = await hand_in(alice, "mine.txt", b"Alice's own")
    assert (await home.api("GET", f"{shared}/{private.body['id']}")).status == 404
    assert (await home.api("GET", f"{shared}/{made.body['id']}/content")).body == b"# Roses"
    assert (await ada("DELETE", path)).status == 204
    assert (await home.api("DELETE", f"{shared}/{by_ada.body['id']}")).status == 204
    foreign = f"/api/v1/partner/organizations/{ids.new()}/files"
    assert (await hand_in(home.api, "a.txt", b"Roses", path=foreign)).status == 404


@pytest.mark.promise("AGT-07")
@at_home
async def test_what_is_no_form_with_one_file_is_refused(home: House, tmp_path: Path):
    alice, good = await home.session("alice"), form("notes.txt", b"Roses")
    two = good.removesuffix(f"--{BOUNDARY}--\r\n".encode()) + form("more.txt", b"More")
    for what, body, status, code in [
        ("nothing", b"", 422, "no_file"),
        ("no parts", f"--{BOUNDARY}--\r\n".encode(), 422, "no_file"),
        ("another field", form("notes.txt", b"Roses", field="photo"), 422, "no_file"),
        ("a second file", two, 422, "one_file"),
        ("another boundary", good.replace(b"rose-garden", b"thorn-bush"), 400, "invalid_form"),
        ("no end", good.removesuffix(b"--\r\n"), 400, "invalid_form"),
        ("half", good[: len(good) // 2], 422, "no_file"),
    ]:
        answer = await send(alice, body)
        assert (answer.status, answer.code) == (status, code), what
    assert (await send(alice, good, Content_Type="multipart/form-data")).status == 415
    assert (await send(alice, good, Content_Type="application/json")).status == 415
    assert objects(tmp_path) == []
    assert (await alice("GET", "/api/v1/files")).body["items"] == []


@asynccontextmanager
async def raw(home: House, client: Client, head: str, body: bytes = b"") -> AsyncIterator[asyncio.StreamReader]:
    """What the server says to bytes that no well-mannered client would send."""
    host, port = home.client.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    start = (
        f"POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.bearer}\r\nContent-Type: {kind}\r\n"
    )
    writer.write(f"{start}{head}\r\n\r\n".encode() + body)
    await writer.drain()
    try:
        async with asyncio.timeout(60):
            yield reader
    finally:
        writer.close()


@pytest.mark.promise("AGT-07")
@at_home
async def test_two_gigabytes_are_refused_before_a_byte_is_read(home: House, tmp_path: Path):
    alice = await home.session("alice")
    async with raw(home, alice, f"Content-Length: {2 * 1024**3}") as answer:
        head = (await answer.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 413")
    assert b"connection: close" in head
    async with raw(home, alice, "Transfer-Encoding: chunked", b"0\r\n\r\n") as answer:
        assert (await answer.readline()).startswith(b"HTTP/1.1 411")


async def until_listed(client: Client, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while len(items := (await client("GET", "/api/v1/files")).body["items"]) != count:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
    return items


@pytest.mark.promise("AGT-07")
@at_home
async def test_an_upload_cut_in_the_middle_leaves_nothing(home: House, tmp_path: Path):
    alice, body = await home.session("alice"), form("notes.txt", b"Alice's roses " * 500_000)
    async with raw(home, alice, f"Content-Length: {len(body)}", body[: len(body) // 2]):
        [going] = await until_listed(alice, 1)
        assert going["status"] == "uploading"
        refused = await alice("GET", f"/api/v1/files/{going['id']}/content")
        assert (refused.status, refused.code) == (409, "file_not_ready")
    assert await until_listed(alice, 0) == []
    assert objects(tmp_path) == []


@pytest.mark.promise("AGT-07")
@at_home
async def test_the_room_of_an_organization_and_the_files_of_a_user_are_bounded(home: House, tmp_path: Path):
    alice, bob = await home.session("alice"), await home.session("bob")
    object.__setattr__(home.kernel, "file_bounds", FileBounds(5000, 9000, 2))
    assert (await hand_in(alice, "one.txt", b"r" * 4000)).status == 201
    assert (await hand_in(bob, "two.txt", b"r" * 4000)).status == 201, "Bob's count against the same room"
    full = await hand_in(alice, "three.txt", b"r" * 4000)
    assert (full.status, full.code) == (422, "file_quota")
    assert (await hand_in(alice, "large.txt", b"r" * 5001)).code == "file_too_large"
    assert (await hand_in(alice, "three.txt", b"r")).status == 201
    assert (await hand_in(alice, "four.txt", b"r")).code == "file_quota"
