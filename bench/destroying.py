"""How long four processes go on reading after a fifth began to destroy the key: five seconds are promised."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.figures import Section
from bench.rounds import Plan, column
from ringfence.controls.keystore import FileKeystore
from tests import openbao, world
from tests.destroying import READERS, Reading, destroy_beneath_readers
from tests.openbao import new_prefix
from tests.world_postgres import shared_cluster

_METHOD = f"""\
{READERS} processes open a record every 5 ms and poll invalidations as servers do. A fifth erases the organization as a
server does; the readers hear of it, read the key again, and then it is destroyed. Seconds from the beginning of that
destruction to the last success of the slowest reader, with keys in files of one host and on a real OpenBao. The
promise is 5."""


def measure(plan: Plan) -> Section:
    """Seconds to the last possible decryption, by keystore."""
    rounds: list[dict[str, float]] = []
    with shared_cluster() as postgres, openbao.running() as bao:
        world.make_template(postgres)
        with world.stage(postgres) as stage:
            for _ in range(plan.rounds):
                prefix = new_prefix()
                rounds.append(
                    {
                        "file": _slowest(stage, lambda data: FileKeystore.beside(data, encryption_key=None)),
                        "openbao": _slowest(stage, lambda _data, prefix=prefix: bao.keystore(prefix)),
                    }
                )
    told = [(f"{name}, seconds to the last decryption", column(rounds, name).told(2)) for name in rounds[0]]
    return Section("keys", "Destruction of a key", _METHOD, [], told)


def _slowest(stage: world.Stage, open_: "Callable[[Path], FileKeystore | openbao.OpenBaoKeystore]") -> float:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        reading = Reading(stage, directory, lambda: open_(directory / "data"))
        return max(asyncio.run(destroy_beneath_readers(reading, settles=True)))
