"""Witnesses cosign what goes on from what they signed before; one that is silent or wrong holds nothing up."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ringfence.base.crypto import SigningKey
from ringfence.base.merkle import verifies_consistency
from ringfence.base.outbound import Outbound
from ringfence.base.postgres import Server
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import COSIGNATURE, Note, Verifier
from ringfence.controls.audit.publishing import Pen
from ringfence.controls.audit.witness import Witness, Witnesses, parse_witnesses
from tests.publishing import Press, press
from tests.world import Stage
from tests.world import stage as open_stage

INSTANCE = Log.instance()


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: the instance tree is over every log."""
    with open_stage(server) as made:
        yield made


@dataclass
class Judge:
    """A witness of tlog-witness.md: it keeps the size and root of what it signed last, and checks proofs itself."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    seen: Checkpoint | None = None
    asked: list[int] = field(default_factory=list)
    signs_wrongly: bool = False

    @property
    def verifier(self) -> Verifier:
        return Verifier("witness.test/w1", self.key.public, COSIGNATURE)

    def answer(self, body: str) -> tuple[int, str]:
        head, _, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        old, text = int(first.removeprefix("old ")), Note.parse(note).text
        shown, known = Checkpoint.parse(text), self.seen.size if self.seen else 0
        self.asked.append(old)
        if old != known:
            return 409, f"{known}\n"
        hashes = [base64.b64decode(each) for each in proof]
        if self.seen is not None and not verifies_consistency(
            old=old, new=shown.size, old_root=self.seen.root, new_root=shown.root, proof=hashes
        ):
            return 422, ""
        self.seen = shown
        signature = self.key.sign(f"cosignature/v1\ntime 1700000000\n{text}".encode())
        value = self.verifier.id + (1700000001 if self.signs_wrongly else 1700000000).to_bytes(8) + signature
        other = f"\u2014 other.test {base64.b64encode(bytes(76)).decode()}\n"
        return 200, f"{other}\u2014 {self.verifier.name} {base64.b64encode(value).decode()}\n"


@pytest.fixture
def judge() -> Iterator[tuple[Judge, Witness]]:
    made = Judge()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/w/add-checkpoint"
            status, answer = made.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made, Witness(f"http://127.0.0.1:{server.server_port}/w", made.verifier)
    server.shutdown()
    server.server_close()


async def grow(at: Press, *witnesses: Witness) -> str:
    """Publishes Rose's log and the instance tree, asking these witnesses; the instance checkpoint as it is shown."""
    asked = Witnesses(witnesses, Outbound())
    at.publisher.pen = Pen(at.publisher.pen.host, at.signers, asked)
    try:
        await at.publish(1)
        await at.publisher.round()
        await at.publisher.publish(INSTANCE)
    finally:
        await asked.close()
    return await at.note(INSTANCE)


@pytest.mark.promise("AUD-04")
async def test_a_witness_cosigns_each_checkpoint_that_goes_on(stage: Stage, tmp_path: Path, judge):
    witness, named = judge
    async with press(stage, tmp_path) as at:
        for size in (1, 2, 3):
            note = Note.parse(await grow(at, named))
            assert note.signers([named.key]) == [named.key]
            assert len(note.signatures) == 2
            assert Checkpoint.parse(note.text).size == size
        # A new process knows nothing of it, and asks.
        assert witness.asked == [0, 0, 1, 0, 2]
        assert await at.depot.find(f"{INSTANCE.folder}/checkpoint") == (await at.note(INSTANCE)).encode()
        await at.publisher.recovery.check()


@pytest.mark.promise("AUD-04")
async def test_a_witness_that_signs_wrongly_or_is_silent_holds_nothing_up(stage: Stage, tmp_path: Path, judge):
    witness, named = judge
    witness.signs_wrongly = True
    silent = Witness("http://127.0.0.1:9", named.key)
    async with press(stage, tmp_path) as at:
        note = Note.parse(await grow(at, named, silent))
        assert [each.name for each in note.signatures] == ["ringfence.test/audit"]
        assert (await at.shown(INSTANCE)).size == 1


@pytest.mark.promise("AUD-04")
async def test_a_witness_that_saw_another_history_does_not_sign(stage: Stage, tmp_path: Path, judge):
    witness, named = judge
    async with press(stage, tmp_path) as at:
        await grow(at)
        shown = await at.shown(INSTANCE)
        witness.seen = Checkpoint(shown.origin, 1, bytes(32), shown.at)
        note = Note.parse(await grow(at, named))
        assert [each.name for each in note.signatures] == ["ringfence.test/audit"]
        witness.seen = Checkpoint(shown.origin, 9, bytes(32), shown.at)
        assert len(Note.parse(await grow(at, named)).signatures) == 1


def test_witnesses_are_named_by_address_and_key():
    key = Judge().verifier
    [one, other] = parse_witnesses(f"https://w.example/a/ {key.line}, http://127.0.0.1:1 {key.line}")
    assert (one.url, one.key, other.url) == ("https://w.example/a", key, "http://127.0.0.1:1")
    assert parse_witnesses(" ") == []
    plain = Verifier("a", SigningKey.generate().public).line
    for wrong in (key.line, f"ftp://x {key.line}", "https://x", f"https://x {plain}"):
        with pytest.raises(ValueError, match=r"key|witness"):
            parse_witnesses(wrong)
