"""What anybody may see of the logs: the keys that sign, and the checkpoint over all of them."""

from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.controls.audit import Checkpoint, Log, Note, Sealer, host_of
from ringfence.controls.audit.notes import Verifier
from tests.house import AUDIENCE, house
from tests.world import Stage

INSTANCE, KEYS = "/api/v1/audit-log/instance", "/.well-known/ringfence-audit-keys"


@pytest.mark.promise("AUD-04")
async def test_the_keys_and_the_checkpoint_over_all_logs_are_public(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        publisher = home.kernel.publisher
        assert (await home.client("GET", INSTANCE)).status == 404
        await Sealer(home.kernel.database, holder=ids.new()).round()
        await publisher.round()
        await publisher.publish(Log.instance())
        answer, keys = await home.client("GET", INSTANCE), await home.client("GET", KEYS)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        [key] = [Verifier.parse(line) for line in keys.body.decode().splitlines()]
        origin = Log.instance().origin(host_of(AUDIENCE))
        assert Checkpoint.verified(answer.body.decode(), [key], origin=origin).size >= 1
        await publisher.pen.signers.rotate()
        lines = (await home.client("GET", KEYS)).body.decode().splitlines()
        assert (len(lines), lines[0]) == (2, key.line)
        assert Note.parse(answer.body.decode()).signers([Verifier.parse(lines[0])]) == [key]
        head = await home.client("HEAD", KEYS)
        assert (head.status, head.body) == (200, b"")
