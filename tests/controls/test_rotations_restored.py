"""Rotations beside backups of the keystore that were put back."""

from datetime import timedelta
from pathlib import Path

import pytest

from ringfence.base import clock
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.vault.rotations import GRACE
from tests.controls.test_rotations import OPERATOR, keys_of
from tests.rotating import workshop
from tests.world import Stage

pytestmark = pytest.mark.promise("CRY-02")


@pytest.fixture(autouse=True)
def _now():
    yield
    clock.travel(timedelta())


async def test_a_keystore_put_back_from_before_the_rotation_gets_new_keys_again(stage: Stage, tmp_path: Path):
    async with workshop(stage, tmp_path) as shop:
        alice = KeyOwner.user(shop.planted.cast.rose, shop.planted.cast.alice)
        rotations, before = shop.rotations(kept_days=0), keys_of(shop, alice)
        asked = await rotations.ask(alice, "command", actor=OPERATOR)
        with stage.admin() as admin:  # As far as the database knows, the new key was made.
            admin.execute("update app.key_rotation set rotated_at = %s where id = %s", [clock.now(), asked])
        for later, wanted in ((timedelta(), "settling"), (GRACE + timedelta(seconds=1), "done")):
            clock.travel(later)
            assert (await rotations.advance(asked, seconds=60)).state == wanted
        assert keys_of(shop, alice).isdisjoint(before)
        assert shop.opened() == len(shop.planted.values)
