"""An older copy of the keystore is put back beside a newer database: what was destroyed since goes again."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.base import clock
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore, KeyOwner
from ringfence.features import orgs
from ringfence.features.edge import Kernel
from tests.house import house
from tests.world import Stage

ORGANIZATIONS = "/api/v1/partner/organizations"


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


def directory_of(kernel: Kernel) -> Path:
    assert isinstance(kernel.keystore, FileKeystore)
    return kernel.keystore.files()[0]


def put_back(copy: Path, directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    for path in copy.iterdir():
        shutil.copy2(path, directory / path.name)
    clock.travel(timedelta(seconds=2))  # Every open keystore looks for a switch.


@pytest.mark.promise("CRY-03", "PRV-01")
@pytest.mark.shreds("keystore")
async def test_keys_that_an_older_keystore_brings_back_are_destroyed_again_before_anything_is_served(
    stage: Stage, tmp_path: Path
):
    async with house(stage, tmp_path) as home:
        keys = home.kernel.keystore
        alice, bob, mallory = [
            await home.log_in(*who) for who in (("alice", "rose"), ("bob", "rose"), ("mallory", "thorn"))
        ]
        rose, thorn = (OrgId(UUID(one.body["organization"]["id"])) for one in (alice, mallory))
        users = [UserId(UUID(one.body["user"]["id"])) for one in (alice, bob, mallory)]
        gone = [KeyOwner.user(rose, users[0]), KeyOwner.organization(thorn), KeyOwner.user(thorn, users[2])]
        copy = shutil.copytree(directory_of(home.kernel), tmp_path / "copy")
        assert (await home.api("DELETE", f"{ORGANIZATIONS}/{rose}/users/{users[0]}")).status == 200
        assert (await home.api("DELETE", f"{ORGANIZATIONS}/{thorn}")).status == 200
        assert await orgs.repeat_destructions(home.kernel) == 0, "nothing came back"

        put_back(Path(copy), directory_of(home.kernel))
        assert all(keys.unwrap(owner).key_id for owner in gone), "as a copy does"
        assert await orgs.repeat_destructions(home.kernel) == 2
        for owner in gone:
            with pytest.raises(Destroyed):
                keys.unwrap(owner)
        assert keys.unwrap(KeyOwner.user(rose, users[1])).key_id, "those who stayed have theirs"
        assert await orgs.repeat_destructions(home.kernel) == 0
        with stage.admin() as admin:
            told = admin.execute(
                "select count(*) from app.audit_queue where action = 'key.destroyed' and target_id = any(%s)",
                [[users[0], thorn]],
            ).fetchone()
        assert told == (4,), "each destruction is in the log, the second as the first"


@pytest.mark.promise("CRY-03", "PRV-01")
async def test_a_key_that_is_destroyed_while_we_look_did_not_come_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("alice", "rose")
        rose, alice = (answer.body[what]["id"] for what in ("organization", "user"))
        keys, before = home.kernel.keystore, home.kernel.keystore.inventory()
        inventory = keys.inventory
        assert (await home.api("DELETE", f"{ORGANIZATIONS}/{rose}/users/{alice}")).status == 200

        def as_it_was() -> Mapping[str, Sequence[bytes]]:
            monkeypatch.setattr(keys, "inventory", inventory)
            return before

        monkeypatch.setattr(keys, "inventory", as_it_was)
        assert await orgs.repeat_destructions(home.kernel) == 0
