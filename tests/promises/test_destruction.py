"""A key that one process destroys opens nothing in the others, whichever keystore they share."""

import math
from pathlib import Path

import pytest

from ringfence.controls.keystore import FileKeystore
from tests.destroying import READERS, Reading, destroy_beneath_readers
from tests.openbao import new_prefix
from tests.world import Stage


@pytest.mark.promise("CRY-03")
@pytest.mark.parametrize("driver", ["file", "openbao"])
async def test_four_processes_stop_reading_what_a_fifth_destroyed(request, stage: Stage, tmp_path: Path, driver):
    if driver == "file":
        reading = Reading(stage, tmp_path, lambda: FileKeystore.beside(tmp_path / "data", encryption_key=None))
    else:
        server, prefix = request.getfixturevalue("bao"), new_prefix()
        reading = Reading(stage, tmp_path, lambda: server.keystore(prefix))
    seconds = await destroy_beneath_readers(reading, settles=driver == "openbao")
    assert len(seconds) == READERS
    assert all(map(math.isfinite, seconds)), "a reader went on for a minute"
