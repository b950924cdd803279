"""The page knows every key that signed for this deployment, as verify.py and the exports do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base.postgres import Server
from ringfence.controls.audit import Log
from ringfence.features.audit_page import actions, queries
from tests.house import house
from tests.sealed import seal_all
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: the keys are of every log."""
    with open_stage(server) as made:
        yield made


@pytest.mark.promise("AUD-05")
async def test_checkpoints_by_a_key_that_was_lost_and_replaced_are_still_known_as_ours(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        log = Log.organization(home.scope(await home.log_in("ada", role="admin")).org_id)
        await seal_all(home.kernel.database)
        await home.kernel.publisher.publish(log)
        shutil.copytree(tmp_path / "keystore", tmp_path / "kept")
        lost = (await home.kernel.publisher.pen.signers.rotate()).id.hex()
        await home.log_in("ada", role="admin")
        await seal_all(home.kernel.database)
        await home.kernel.publisher.publish(log)
    shutil.rmtree(tmp_path / "keystore")
    shutil.copytree(tmp_path / "kept", tmp_path / "keystore")
    async with house(stage, tmp_path) as again:
        await again.kernel.publisher.announcements.replace(lost)
        check = await actions.checker(again.kernel, log)
        kept = (await again.kernel.database.read(log.reader, queries.KEPT()))[0]
        assert len(kept) == 2
        assert [one.size for one in kept if check(one.note) is None] == []
