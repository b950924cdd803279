"""What goes on while a log is verified is no fault of the log: a year that ends, a checkpoint that is published."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from ringfence.base.postgres import Server
from ringfence.controls.audit import Checkpoint, Pruner, trees
from ringfence.controls.tenancy import OrgScope, Tx
from ringfence.features.audit_page import verifying
from ringfence.features.audit_page.verifying import Check, Claimed, Findings
from tests.controls.test_audit_pruning import age
from tests.publishing import HOST, Press, press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: retention looks at every log."""
    with open_stage(server) as made:
        yield made


async def checker(at: Press) -> Check:
    """Reads the log's checkpoints."""
    keys = await at.signers.verifiers()

    def check(note: str) -> Claimed:
        found = Checkpoint.verified(note, keys, origin=at.log.origin(HOST))
        return Claimed(found.size, found.root, keys[0].name)

    return check


async def findings(at: Press) -> AsyncGenerator[Findings]:
    scope = at.log.reader
    assert isinstance(scope, OrgScope)
    return verifying.verify(at.database, scope, await checker(at))


@pytest.mark.promise("AUD-05")
async def test_an_entry_whose_year_ends_while_it_is_verified_is_not_called_gone(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(verifying, "PIECE", 2)
    async with press(stage, tmp_path) as at:
        await at.write(6)
        age(stage, 4, "1 year 1 day")
        await at.seal()
        await at.publisher.publish(at.log)
        pieces, found = await findings(at), Findings()
        async for found in pieces:
            if found.done == 2:
                assert await Pruner(at.database, at.depot).prune() == 4
        assert (found.done, found.faults, found.missing, found.pruned) == (6, 0, [], 2)


@pytest.mark.promise("AUD-05")
async def test_a_checkpoint_that_is_published_while_a_verification_begins_is_not_called_wrong(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with press(stage, tmp_path) as at:
        await at.publish(3)
        look, published = trees.head, list[Checkpoint]()

        async def slowly(tx: Tx) -> trees.Head | None:
            found = await look(tx)
            if not published:
                published.append(await at.publish(3))
            return found

        monkeypatch.setattr(trees, "head", slowly)
        found = [each async for each in await findings(at)][-1]
        assert [one.size for one in published] == [6]
        assert (found.size, found.faults, found.wrong_checkpoints) == (3, 0, [])
