"""A publisher that is killed in the middle has shown nothing that the store has not, and another one goes on."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.base.postgres import Server
from tests.publishing import press
from tests.world import Stage
from tests.world import stage as open_stage


@pytest.fixture
def stage(server: Server) -> Iterator[Stage]:
    """A database of each test's own: a publisher looks at every log."""
    with open_stage(server) as made:
        yield made


def kill_at(stage: Stage, data: Path, org: str, place: str, when: str) -> None:
    """Runs a publisher until it stands still there, and kills it with signal 9."""
    key = stage.key.secret.hex()
    command = [sys.executable, "-m", "tests.dying_publisher", stage.app_url, stage.key.kid, key, str(data), org]
    with subprocess.Popen([*command, place, when], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.send_signal(signal.SIGKILL)


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize(
    ("place", "when"), [("tile/entries", "before"), ("checkpoint", "before"), ("checkpoint", "after")]
)
async def test_killed_between_tile_and_checkpoint(stage: Stage, tmp_path: Path, place: str, when: str):
    async with press(stage, tmp_path) as at:
        first = await at.publish(2)
        await at.write(300)
        await at.seal()
        kill_at(stage, tmp_path, str(at.log.id), place, when)
        assert await at.shown() == first
        with stage.admin() as admin:
            admin.execute("update app.audit_log set publishing_until = now() where publisher is not null")
    async with press(stage, tmp_path, log=at.log) as again:
        await again.seal()
        await again.publisher.publish(again.log)
        shown = await again.shown()
        assert (shown.size, shown.root) == (302, await again.root_in_store(302))
        assert shown.at >= first.at
        assert await again.numbers(302) == [1, 2, *range(1, 301)]
