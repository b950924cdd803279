"""Files that come in pieces (tus 1.0.0): what is here stays here, and nothing is a file before all of it is."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringfence.features.files import form, pieces
from tests.features.test_files import PDF, PNG, Client, House, at_home, objects, until_listed
from tests.house import Answer

UPLOADS = "/api/v1/files/uploads"
CONTENT = ("Alice's roses, canary 4711. " * 33_000).encode()


@dataclass(frozen=True)
class Tus:
    """A client of the protocol."""

    client: Client

    async def __call__(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        return await self.client(method, path, body, **{"Tus_Resumable": "1.0.0", **headers})

    async def begin(self, size: int, name: str = "notes.txt", kind: str = "text/plain", query: str = "") -> Answer:
        said = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in (("filename", name), ("filetype", kind))
        )
        return await self("POST", UPLOADS + query, b"", Upload_Length=str(size), Upload_Metadata=said)

    async def append(self, path: str, at: int, body: bytes, **more: str) -> Answer:
        headers = {"Upload_Offset": str(at), "Content_Type": "application/offset+octet-stream", **more}
        return await self("PATCH", path, body, **headers)

    async def offset(self, path: str) -> int:
        answer = await self("HEAD", path)
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"])


@pytest.mark.promise("AGT-07", "CRY-01")
@at_home
async def test_pieces_of_any_size_become_one_file(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    begun = await tus.begin(len(CONTENT))
    assert begun.status == 201
    path, at = begun.headers["Location"], 0
    for size in (1, 99_999, 65_536, 500_000, len(CONTENT)):
        piece = CONTENT[at : at + size]
        answer = await tus.append(path, at, piece)
        at += len(piece)
        assert (answer.status, answer.headers["upload-offset"]) == (204, str(at))
    file = await tus.client("GET", path.replace("/uploads", ""))
    assert (file.body["status"], file.body["size_bytes"]) == ("processing", len(CONTENT))
    assert (await tus.client("GET", path.replace("/uploads", "") + "/content")).body == CONTENT
    assert all(b"canary" not in stored.read_bytes() for stored in objects(tmp_path))
    assert await tus.offset(path) == len(CONTENT), "a client whose last answer was lost learns that all is here"
    assert (await tus.append(path, at, b"more")).status == 404


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_cut_keeps_what_came_before_it(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(len(CONTENT))).headers["Location"]
    assert (await tus.append(path, 0, CONTENT[:300_000])).status == 204
    assert await tus.offset(path) == 300_000
    [shown] = await until_listed(tus.client, 1)
    assert shown["status"] == "uploading"
    content = await tus.client("GET", path.replace("/uploads", "") + "/content")
    assert (content.status, content.code) == (409, "file_not_ready")
    assert (await tus.append(path, 300_000, CONTENT[300_000:])).status == 204
    assert (await tus.client("GET", path.replace("/uploads", "") + "/content")).body == CONTENT


@pytest.mark.promise("AGT-07")
@at_home
async def test_what_the_protocol_forbids_is_refused(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(10)).headers["Location"]
    assert (await tus.append(path, 0, b"12345")).status == 204
    for at in (0, 4, 6, 10):
        elsewhere = await tus.append(path, at, b"x")
        assert (elsewhere.status, elsewhere.code) == (409, "offset_mismatch")
    assert (await tus.append(path, 5, b"678901")).code == "size_mismatch"
    assert (await tus.append(path, 5, b"x", Content_Type="text/plain")).status == 415
    assert (await tus.append(path, 5, b"x", Upload_Offset="five")).code == "invalid_header"
    assert (await tus.append(path, 5, b"x", Tus_Resumable="0.2.0")).status == 412
    assert (await tus.client("PATCH", path, b"x")).status == 412
    assert (await tus("POST", UPLOADS, b"", Upload_Metadata="filename bm90ZXMudHh0")).code == "invalid_header"
    odd = await tus("POST", UPLOADS, b"", Upload_Length="5", Upload_Metadata="filename ***")
    assert odd.code == "invalid_header"
    assert (await tus.begin(2 * 1024**3)).code == "file_too_large"
    assert (await tus.begin(0)).code == "file_empty"
    assert (await tus.begin(5, "rose.svg", "image/svg+xml")).code == "file_type_not_allowed"
    assert (await tus.begin(5, "rose.png", "application/pdf")).code == "file_type_mismatch"
    assert await tus.offset(path) == 5


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_lie_that_comes_in_pieces_is_found_at_the_end(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(len(PDF), "rose.png", "image/png")).headers["Location"]
    assert (await tus.append(path, 0, PDF[:10])).status == 204
    last = await tus.append(path, 10, PDF[10:])
    assert (last.status, last.code) == (422, "file_type_mismatch")
    assert (await tus("HEAD", path)).status == 404
    assert await until_listed(tus.client, 0) == []
    good = (await tus.begin(len(PNG), "rose.png", "image/png")).headers["Location"]
    assert (await tus.append(good, 0, PNG)).status == 204


@pytest.mark.promise("TEN-07", "AGT-07")
@at_home
async def test_another_organizations_upload_does_not_exist(home: House, tmp_path: Path):
    alice = Tus(await home.session("alice"))
    path = (await alice.begin(10)).headers["Location"]
    for stranger in (Tus(await home.session("bob")), Tus(await home.session("mallory", "thorn"))):
        assert (await stranger("HEAD", path)).status == 404
        assert (await stranger.append(path, 0, b"x")).status == 404
        assert (await stranger("DELETE", path)).status == 404
    viewer = Tus(await home.session("vera", role="viewer"))
    assert (await viewer.begin(10)).status == 403
    assert (await alice.begin(10, query="?purpose=knowledge")).status == 403
    ada = Tus(await home.session("ada", role="admin"))
    shared = (await ada.begin(5, query="?purpose=knowledge")).headers["Location"]
    assert (await alice.append(shared, 0, b"x")).status == 403
    assert (await ada.append(shared, 0, b"Roses")).status == 204
    assert (await alice.client("GET", shared.replace("/uploads", "") + "/content")).body == b"Roses"
    assert await alice.offset(path) == 0


@pytest.mark.promise("AGT-07")
@at_home
async def test_an_upload_that_is_given_up_is_gone(home: House, tmp_path: Path):
    tus = Tus(await home.session("alice"))
    path = (await tus.begin(10)).headers["Location"]
    await tus.append(path, 0, b"12345")
    assert (await tus("DELETE", path)).status == 204
    assert (await tus("HEAD", path)).status == 404
    assert (await tus.client("GET", path.replace("/uploads", ""))).status == 404


@pytest.mark.promise("AGT-07")
@at_home
async def test_a_user_sends_eight_bodies_at_once_and_no_more(home: House, tmp_path: Path):
    tus, bob = Tus(await home.session("alice")), Tus(await home.session("bob"))
    path = (await tus.begin(1000)).headers["Location"]
    others = (await bob.begin(5)).headers["Location"]
    under_way, rest = asyncio.Semaphore(0), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"ro"
        under_way.release()
        await rest.wait()
        yield b"ses"

    async def send() -> int:
        headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
        headers["Authorization"] = f"Bearer {tus.client.bearer}"
        async with home.client.http.patch(home.client.base_url + path, data=slowly(), headers=headers) as answer:
            return answer.status

    slow = [asyncio.create_task(send()) for _ in range(8)]
    for _ in slow:
        await under_way.acquire()
    for _ in range(6000):
        if form._UNDER_WAY.total() == len(slow):
            break
        await asyncio.sleep(0.01)
    ninth = await tus.append(path, 0, b"roses")
    assert (ninth.status, ninth.code, "Retry-After" in ninth.headers) == (429, "rate_limited", True)
    assert (await bob.append(others, 0, b"Roses")).status == 204, "others are not kept waiting by it"
    rest.set()
    assert sorted(await asyncio.gather(*slow)) == [204, *[409] * 7]
    assert (await tus.append(path, 5, b"roses")).status == 204


@pytest.mark.promise("AGT-07")
async def test_large_requests_are_kept_in_pieces_of_a_bounded_size():
    async def body():
        for _ in range(25):
            yield os.urandom(1_000_000)

    kept = [len(part) async for part in pieces.parts(body())]
    assert kept == [pieces.PART_BYTES, pieces.PART_BYTES, 25_000_000 - 2 * pieces.PART_BYTES]
