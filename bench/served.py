"""A `ringfence serve` for measuring: as an operator would run it, but for limits that a load would meet at once."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.processes import children, cores, pin
from tests import served
from tests.world_postgres import scratch_directory

_LIMITS = "auth=1000000/60,default=1000000/60,organization=1000000/60,partner=1000000/60"


def settings(directory: Path, model_url: str | None = None) -> dict[str, str]:
    """The environment of the process; its data lies in `directory`/data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    model = {} if model_url is None else {"OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "bench"}
    return {
        **kept,
        **model,
        "RINGFENCE_DATA": str(directory / "data"),
        "RINGFENCE_PORT": "0",
        "RINGFENCE_PUBLIC_URL": "http://ringfence.test",
        "RINGFENCE_LIMITS": _LIMITS,
    }


@contextmanager
def stopped_at_end(process: served.Process) -> Iterator[served.Process]:
    """The process, ended with its database when the block ends, if it runs by then."""
    try:
        yield process
    finally:
        if process.popen is not None and process.popen.poll() is None:
            process.kill(signal.SIGTERM)


@contextmanager
def side_by_side(programs: Mapping[str, str | None]) -> Iterator[dict[str, served.Process]]:
    """Servers by name, each with a database of its own: all of them on one core, and their databases on the others.

    A name's value is the program that stands for the product's, None the product. They share one scripted model.
    """
    one, others = cores()
    with ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        model = stack.enter_context(served.model_server())
        made = dict[str, served.Process]()
        for name, program in programs.items():
            place = directory / name.replace(" ", "_")
            place.mkdir()
            process = served.Process(place / "data", settings(place, model), place.name)
            process.program = program or process.program
            stack.enter_context(stopped_at_end(process))
            process.start()
            pin(process.pid, one)
            postgres = process.database().pid
            for pid in (postgres, *children(postgres)):
                pin(pid, others)
            made[name] = process
        yield made
