"""What a start asks of the store: a few requests, however many logs there are, and still no fork."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.postgres import Server
from ringfence.base.principal import OrgId
from ringfence.controls.audit import heads
from ringfence.controls.audit.logs import Log
from tests.controls.test_audit_recovering import goes_on_from, kept
from tests.publishing import Press, Recorded, objects_in, press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: a start looks at the tree over every log."""
    with open_stage(server) as made:
        yield made


class Counted(Recorded):
    """A store that counts what it is asked."""

    def __init__(self, data: Path) -> None:
        super().__init__(objects_in(data))
        self.asked = Counter[str]()

    async def find(self, path: str) -> bytes | None:
        self.asked[path] += 1
        return await super().find(path)

    async def folders(self) -> list[str]:
        self.asked["folders"] += 1
        return await super().folders()


async def grow(at: Press, *logs: Log) -> None:
    """Publishes an entry of each, and the tree over all of them."""
    for log in logs:
        await at.write(1, log)
    await at.seal()
    for _ in range(3):
        await at.publisher.round()


def checkpoints(asked: Counter[str]) -> set[str]:
    return {path for path in asked if path.endswith("/checkpoint")}


@pytest.mark.promise("AUD-04")
async def test_a_start_asks_for_one_checkpoint_and_for_those_that_it_seals_into(stage: Stage, tmp_path: Path):
    logs = [Log.organization(OrgId(ids.new())) for _ in range(40)]
    async with press(stage, tmp_path) as at:
        await grow(at, *logs)
    store = Counted(tmp_path)
    async with press(stage, tmp_path, objects=store) as again:
        await again.sealer.round()
        assert store.asked == {f"{Log.instance().folder}/checkpoint": 2}
        await again.write(1, logs[3])
        await again.write(1, logs[7])
        await again.seal()
        await again.write(1, logs[3])
        await again.seal()
        assert checkpoints(store.asked) == {f"{log.folder}/checkpoint" for log in (Log.instance(), logs[3], logs[7])}
        assert sum(store.asked.values()) == 4, "each once, and not before it is sealed into"


@pytest.mark.promise("AUD-04")
async def test_a_database_that_was_put_back_asks_for_what_it_lost_and_no_more(
    server: Server, stage: Stage, tmp_path: Path
):
    logs = [Log.organization(OrgId(ids.new())) for _ in range(40)]
    async with press(stage, tmp_path) as at:
        await grow(at, *logs)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path) as at:
            await grow(at, *logs[:2])
        store = Counted(tmp_path)
        async with press(restored, tmp_path, objects=store) as again:
            await again.sealer.round()
            wanted = {f"{log.folder}/checkpoint" for log in (Log.instance(), *logs[:2])}
            assert checkpoints(store.asked) == wanted
            for log in logs[:2]:
                head = await heads.find(again.database, log)
                assert head is not None
                assert head.published_size == 2, "though nothing is sealed into it"


@pytest.mark.promise("AUD-04")
async def test_a_log_that_is_in_no_instance_tree_yet_is_compared_before_it_is_sealed_into_or_shown(
    server: Server, stage: Stage, tmp_path: Path
):
    quiet = Log.organization(OrgId(ids.new()))
    async with press(stage, tmp_path) as at:
        await grow(at, at.log, quiet)
    with kept(server, stage) as restored:
        async with press(stage, tmp_path, log=at.log) as at:
            customers = await at.publish(3)
            await at.publish(2, quiet)
        async with press(restored, tmp_path, log=at.log) as again:
            await again.write(1)
            await again.seal()
            await again.publisher.publish(at.log)
            assert await goes_on_from(again, customers)
            head = await again.publisher.publish(quiet)
            assert head is not None
            assert head.published_size == 3, "a customer who has seen three is not shown one"
