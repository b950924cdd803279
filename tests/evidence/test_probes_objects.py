"""The probe of the object store: a plain object, a foreign key or a strange name turns it red."""

from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.objects import ObjectKey
from ringfence.controls.vault import KeyOwner, fields
from ringfence.evidence.probes import Ground, Outcome, objects
from tests.evidence.ground import look, outcome, standing
from tests.world import Stage

ROSE, THORN = OrgId(ids.new()), OrgId(ids.new())


async def once(content: bytes):
    yield content


async def put(ground: Ground, owner: OrgId, *, under: OrgId) -> ObjectKey:
    """An object of one organization, under the directory of another, or the same."""
    assert ground.objects is not None
    ground.keystore.create(KeyOwner.organization(owner))
    key = ObjectKey.new(under)
    sealed = ground.vault.seal_stream(KeyOwner.organization(owner), fields.FILE_CONTENT, key.object_id, once(b"Roses"))
    await ground.objects.put(key, sealed)
    return key


@pytest.mark.promise("CRY-01", "TEN-07")
async def test_an_object_that_is_not_sealed_for_its_organization_turns_the_probe_red(stage: Stage, tmp_path: Path):
    async with standing(stage, tmp_path) as ground:
        assert ground.objects is not None
        await put(ground, ROSE, under=ROSE)
        found = await look("objects.sealed", ground)
        assert (found.outcome, found.facts["objects"]) == (Outcome.OK, 1)
        moved = await put(ground, THORN, under=ROSE)
        assert (await look("objects.sealed", ground)).faults == (f"{moved.path}: under the key of another owner",)
        await ground.objects.delete(moved)
        plain = ObjectKey.new(ROSE)
        await ground.objects.put(plain, once(b"Alice's roses, as they are, and long enough to look like something."))
        assert (await look("objects.sealed", ground)).faults == (f"{plain.path}: not sealed",)
        await ground.objects.delete(plain)
        stray = tmp_path / "objects" / "org" / "notes.txt"
        stray.write_bytes(b"left here by hand")
        assert (await look("objects.sealed", ground)).faults == ("org/notes.txt: no name of ours",)
        stray.unlink()
        assert await outcome("objects.sealed", ground) is Outcome.OK
        assert len([path for path in (tmp_path / "objects").rglob("*") if path.is_file()]) == 1, "the plants are gone"


@pytest.mark.promise("CRY-01", "TEN-07")
async def test_a_look_that_lets_plain_objects_pass_is_blind(stage: Stage, tmp_path: Path, monkeypatch):
    async with standing(stage, tmp_path) as ground:
        await put(ground, ROSE, under=ROSE)
        monkeypatch.setattr(objects, "key_id_of_stream", lambda _head: bytes(16))
        assert await outcome("objects.sealed", ground) is not Outcome.OK


@pytest.mark.promise("CRY-01")
async def test_a_large_store_is_looked_at_by_and_by(stage: Stage, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(objects, "_MOST", 2)
    async with standing(stage, tmp_path) as ground:
        for _ in range(5):
            await put(ground, ROSE, under=ROSE)
        assert [(await look("objects.sealed", ground)).facts["objects"] for _ in range(4)] == [2, 2, 1, 2]
