"""The keys that sign, as they follow one another in the store; and the way on when one of them is lost."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base.crypto import SigningKey
from ringfence.base.postgres import Server
from ringfence.base.problem import Problem
from ringfence.controls.audit import heads
from ringfence.controls.audit.announcing import LOST
from ringfence.controls.audit.notes import Note, Signer, signed
from tests.controls.test_audit_recovering import goes_on_from
from tests.publishing import HOST, Press, press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: the keys are of every log."""
    with open_stage(server) as made:
        yield made


async def stored(at: Press) -> dict[str, list[str]]:
    """What the store says of keys: the first two lines of each note."""
    paths = [path async for path in at.depot.objects.paths("audit/keys/")]
    return {path: ((await at.depot.find(path)) or b"").decode().split("\n")[:2] for path in paths}


def lose(keystore: Path, *, kept: Path | None = None) -> None:
    shutil.rmtree(keystore)
    if kept is not None:
        shutil.copytree(kept, keystore)


@pytest.mark.promise("AUD-04")
async def test_each_key_lies_in_the_store_before_it_signs_its_first_checkpoint(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(1)
        [first] = await at.signers.verifiers()
        assert await stored(at) == {f"audit/keys/{first.id.hex()}": ["ringfence-audit-key/v1", first.line]}
        second = await at.signers.rotate()
        await at.publish(1)
        note = Note.parse(((await at.depot.find(f"audit/keys/{second.id.hex()}")) or b"").decode())
        assert note.text.split("\n")[1] == second.line
        assert sorted(key.line for key in note.signers([first, second])) == sorted([first.line, second.line])
        shutil.rmtree(tmp_path / "objects" / "audit" / "keys")
    async with press(stage, tmp_path, log=at.log) as again:
        await again.publish(1)
        assert len(await stored(again)) == 2, "put again from the keystore"
        assert await again.signers.changes() == [
            ((await again.depot.find(f"audit/keys/{second.id.hex()}")) or b"").decode()
        ]


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize("keeps_first", [False, True])
async def test_with_a_lost_key_nothing_is_signed_until_the_operator_says_so(
    stage: Stage, tmp_path: Path, *, keeps_first: bool
):
    async with press(stage, tmp_path) as at:
        await at.publish(1)
        shutil.copytree(tmp_path / "keystore", tmp_path / "kept")
        for _ in range(2):
            await at.signers.rotate()
            await at.publish(2)
        customers = await at.shown()
        before, lost = await at.signers.verifiers(), (await at.signers.current()).verifier
    if keeps_first:
        lose(tmp_path / "keystore", kept=tmp_path / "kept")
    else:
        lose(tmp_path / "keystore")
    async with press(stage, tmp_path, log=at.log) as again:
        again.depot = at.depot
        await again.write(1)
        await again.seal()
        with pytest.raises(Problem, match="storage_unavailable") as refused:
            await again.publisher.publish(at.log)
        assert "SignerLost" in (refused.value.cause or "")
        head = await heads.find(again.database, at.log)
        assert head is not None
        assert head.published_size == customers.size
        with pytest.raises(Problem, match="signer_not_lost"):
            await again.publisher.announcements.replace("00000000")
        new = await again.publisher.announcements.replace(lost.id.hex())
        assert (await again.signers.current()).verifier == new
        assert new not in before
        await again.publisher.publish(at.log)
        assert await goes_on_from(again, customers)
        assert Note.parse(await again.note()).signers([new]) == [new]
        assert {key.line for key in await again.signers.verifiers()} >= {key.line for key in (*before, new)}
        changes = await again.signers.changes()
        [said] = [note for note in changes if note.startswith(LOST)]
        assert said.split("\n")[1:3] == [new.line, lost.line]
        assert Note.parse(said).signers([new]) == [new], "and by no key before it"
        with pytest.raises(Problem, match="signer_not_lost"):
            await again.publisher.announcements.replace(lost.id.hex())
    async with press(stage, tmp_path, log=at.log) as later:
        await later.publish(1)


@pytest.mark.promise("AUD-04")
async def test_what_somebody_else_put_into_the_store_makes_no_key_ours(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(1)
        [ours] = await at.signers.verifiers()
        at_noon = "time 2026-11-22T12:00:00Z\n"
        theirs = Signer(f"{HOST}/audit", SigningKey.generate())
        for name, text in {
            theirs.verifier.id.hex(): f"ringfence-audit-key/v1\n{ours.line}\n{at_noon}",
            f"{theirs.verifier.id.hex()}.lost": f"{LOST}\n{theirs.verifier.line}\n{ours.line}\n{at_noon}",
        }.items():
            await at.depot.put(f"audit/keys/{name}", signed(text, theirs).encode())
    async with press(stage, tmp_path, log=at.log) as again:
        await again.publish(1)
        assert await again.signers.verifiers() == [ours]
        assert await again.signers.changes() == []


@pytest.mark.promise("AUD-04")
async def test_a_signature_that_somebody_appends_to_our_own_note_makes_no_key_ours(stage: Stage, tmp_path: Path):
    async with press(stage, tmp_path) as at:
        await at.publish(1)
        await at.signers.rotate()
        await at.publish(1)
        ours = await at.signers.verifiers()
        theirs = Signer(f"{HOST}/audit", SigningKey.generate())
        for key in ours:
            path = f"audit/keys/{key.id.hex()}"
            note = ((await at.depot.find(path)) or b"").decode()
            await at.depot.put(path, (note + theirs.line(Note.parse(note).text)).encode())
        text = f"ringfence-audit-key/v1\n{theirs.verifier.line}\ntime 2026-11-22T12:00:00Z\n"
        await at.depot.put(f"audit/keys/{theirs.verifier.id.hex()}", signed(text, theirs).encode())
    async with press(stage, tmp_path, log=at.log) as again:
        await again.publish(1)
        assert await again.signers.verifiers() == ours
