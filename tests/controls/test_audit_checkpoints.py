"""Notes, checkpoints and the keys that sign them: what was signed verifies, and nothing else does."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret, SigningKey, sha256
from ringfence.base.principal import OrgId, PartnerId
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log, host_of
from ringfence.controls.audit.notes import COSIGNATURE, BadNote, Note, Signer, Verifier, cosigned_at, signed
from ringfence.controls.audit.signers import Signers
from ringfence.controls.keystore import FileKeystore
from ringfence.controls.tenancy import PLATFORM_ID, PersonScope

HOST = "ringfence.example"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = sha256(b"root")
# The example of c2sp.org/signed-note; its key is the one that golang.org/x/mod's documentation of notes has.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signer(name: str = f"{HOST}/audit") -> Signer:
    return Signer(name, SigningKey.generate())


def checkpoint(size: int = 7, origin: str = f"{HOST}/audit/platform/{PLATFORM_ID}") -> Checkpoint:
    return Checkpoint(origin, size, ROOT, NOON)


@pytest.mark.promise("AUD-04")
def test_a_note_of_another_implementation_verifies():
    key = Verifier.parse(GO_KEY)
    assert key.line == GO_KEY
    assert Note.parse(GO_NOTE).signers([key]) == [key]
    with pytest.raises(BadNote, match="does not verify"):
        Note.parse(GO_NOTE.replace("answer", "Answer")).signers([key])


@pytest.mark.promise("AUD-04")
def test_a_checkpoint_is_signed_for_one_log_of_one_deployment():
    ours, theirs, made = signer(), signer(), checkpoint()
    note = made.sign(ours)
    assert note.startswith(f"{made.origin}\n7\n{base64.b64encode(ROOT).decode()}\ntime 2026-11-22T12:00:00Z\n\n\u2014 ")
    assert Checkpoint.verified(note, [theirs.verifier, ours.verifier], origin=made.origin) == made
    with pytest.raises(BadNote, match="no known key"):
        Checkpoint.verified(note, [theirs.verifier], origin=made.origin)
    with pytest.raises(BadNote, match="another log"):
        Checkpoint.verified(note, [ours.verifier], origin=made.origin.replace(HOST, "other.example"))


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize(
    "changed",
    [("\n7\n", "\n8\n"), ("\n7\n", "\n07\n"), ("12:00:00", "12:00:01"), ("time ", "Time "), ("platform", "partner")],
)
def test_no_line_of_a_checkpoint_can_be_changed(changed: tuple[str, str]):
    ours, made = signer(), checkpoint()
    assert changed[0] in made.sign(ours)
    with pytest.raises(BadNote):
        Checkpoint.verified(made.sign(ours).replace(*changed), [ours.verifier], origin=made.origin)


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize(
    "text", ["", "\n\n", "a\n\n", "a\n\nb\n", "a\n\n\u2014 x\n", "a\n\n\u2014 x AAAA\n", "a\r\n\n\u2014 x AAAAAAA=\n"]
)
def test_what_is_no_note_is_refused(text: str):
    with pytest.raises(BadNote, match=r"this is no note|no signature"):
        Note.parse(text)


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize("size", [0, -1])
def test_an_empty_tree_is_never_signed(size: int):
    with pytest.raises(ValueError, match="with leaves"):
        checkpoint(size)
    with pytest.raises(BadNote):
        Checkpoint.parse(checkpoint().text.replace("\n7\n", f"\n{size}\n"))


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n1\n!\ntime 2026-11-22T12:00:00Z\n", "a\n1\nAAAA\ntime 2026-13-22T12:00:00Z\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "line", ["", "name", f"{GO_KEY}x", GO_KEY.replace("c74f20a3", "c74f20a4"), GO_KEY.replace("+ARp", "+Rpc")]
)
def test_a_key_line_is_taken_whole_or_not_at_all(line: str):
    with pytest.raises(ValueError, match="key"):
        Verifier.parse(line)


@pytest.mark.promise("AUD-04")
def test_a_witness_signs_the_time_too():
    witness, made = SigningKey.generate(), checkpoint()
    key = Verifier("witness.example/w1", witness.public, COSIGNATURE)
    signature = witness.sign(f"cosignature/v1\ntime 1679315147\n{made.text}".encode())
    value = (1679315147).to_bytes(8) + signature
    line = f"\u2014 {key.name} {base64.b64encode(key.id + value).decode()}\n"
    note = Note.parse(made.sign(signer()) + line)
    assert note.signers([key]) == [key]
    assert cosigned_at(note.text, key, note.signatures[1]) == 1679315147
    late = base64.b64encode(key.id + (1).to_bytes(8) + signature).decode()
    with pytest.raises(BadNote, match="does not verify"):
        Note.parse(made.sign(signer()) + f"\u2014 {key.name} {late}\n").signers([key])


def test_logs_have_one_name_and_one_folder():
    org, partner = OrgId(ids.new()), PartnerId(ids.new())
    for log in (Log.organization(org), Log.partner(partner), Log.platform()):
        assert Log.parse(log.name) == log
        assert Log.of(log.reader) == log
        assert log.origin(HOST) == f"{HOST}/audit/{log.name}"
        assert Log.of_folder(log.folder) == log
    assert (Log.instance().name, Log.instance().folder) == ("instance", f"audit/instance/{'0' * 31}1")
    assert Log.of_folder(Log.instance().folder) == Log.instance()
    assert Log.of_folder("org/x") is None
    for name in ("instance", "org/", f"org/{org.hex}", f"user/{org}"):
        with pytest.raises(ValueError, match="a log is called"):
            Log.parse(name)
    with pytest.raises(TypeError):
        Log.of(PersonScope(org))


def test_the_host_is_that_of_the_public_address():
    assert host_of("https://Ringfence.Example:8443/x") == "ringfence.example:8443"
    for bad in ("", "ringfence.example", "https://a@b"):
        with pytest.raises(ValueError, match="no host"):
            host_of(bad)


@pytest.mark.promise("AUD-04")
async def test_each_key_announces_the_next_and_what_it_signed_still_verifies(tmp_path: Path):
    keystore = FileKeystore.beside(tmp_path, encryption_key=None)
    signers, elsewhere = Signers(keystore, HOST), Signers(keystore, HOST)
    first, made = await signers.current(), checkpoint()
    assert (await elsewhere.current()).verifier == first.verifier
    assert await signers.changes() == []
    for _ in range(2):
        await signers.rotate()
    keys = await signers.verifiers()
    changes = await signers.changes()
    assert (len(keys), keys[0], (await signers.current()).verifier) == (3, first.verifier, keys[2])
    for note, old, new in zip(changes, keys, keys[1:], strict=False):
        assert Note.parse(note).signers([old]) == [old]
        assert Note.parse(note).text.splitlines()[:2] == ["ringfence-audit-key/v1", new.line]
    assert Checkpoint.verified(made.sign(first), keys, origin=made.origin) == made
    assert await signers.changes() == changes
    clock.travel(timedelta(seconds=6))
    try:
        assert (await elsewhere.current()).verifier == keys[2]
    finally:
        clock.travel(timedelta())
        keystore.close()


def test_a_seed_is_its_key():
    assert Signer.of("a", Secret(b"s" * 32)).verifier == Signer.of("a", Secret(b"s" * 32)).verifier
    assert signed("a\n", signer("a")) != signed("a\n", signer("a"))
