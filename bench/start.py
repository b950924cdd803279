"""What starting costs, what an idle server holds, and which imports the time goes to."""

import re
import signal
import subprocess
import sys
import time
from collections import Counter

from bench.figures import Bound, Figure, Section
from bench.processes import cpu_seconds, memory_mb
from bench.rounds import Plan, spread
from bench.served import settings, stopped_at_end
from tests import served
from tests.world_postgres import scratch_directory

_IDLE_S = 5.0
_STARTS = 3
_SHOWN = 12
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_METHOD = f"""\
`ringfence serve` on a warm data directory, {_STARTS} times: CPU of its own process from its first instruction until it
serves (PostgreSQL's is not in it), and its memory after {_IDLE_S:.0f} idle seconds. The first start, which makes the
database and migrates it, is told beside. Imports: self time in a process of their own, by distribution."""


def measure(_plan: Plan) -> Section:
    """Start and idle memory; the plan's rounds do not apply, since nothing is compared."""
    cpu, wall, memory = [], [], []
    with scratch_directory() as directory:
        process = served.Process(directory / "data", settings(directory))
        with stopped_at_end(process):
            first_wall = _start(process)
            first_cpu = cpu_seconds(process.pid)
            for _ in range(_STARTS):
                process.kill(signal.SIGTERM)
                wall.append(_start(process))
                cpu.append(cpu_seconds(process.pid))
                time.sleep(_IDLE_S if len(cpu) == _STARTS else 1.0)
                memory.append(memory_mb(process.pid))
    figures = [
        Figure("CPU of a start", spread(cpu), Bound.AT_MOST, 4, "s"),
        Figure("idle memory, RSS", spread([memory[-1][0]]), Bound.AT_MOST, 150, "MB", digits=0),
    ]
    told = [
        ("idle memory, PSS, MB", f"{memory[-1][1]:.0f}"),
        ("wall time of a warm start, s", spread(wall).told(2)),
        ("first start: wall and own CPU, s", f"{first_wall:.2f} and {first_cpu:.2f}"),
        *((f"imports of {name}, ms", f"{ms:.0f}") for name, ms in _imports()),
    ]
    return Section("start", "Start and idle", _METHOD, figures, told)


def _start(process: served.Process) -> float:
    began = time.monotonic()
    process.start()
    return time.monotonic() - began


def _imports() -> list[tuple[str, float]]:
    """Milliseconds of importing what the server imports, by package, the costliest first."""
    command = [sys.executable, "-X", "importtime", "-c", "import uvicorn, ringfence.app, ringfence.cli.starting"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    spent: Counter[str] = Counter()
    for microseconds, name in _IMPORT.findall(done.stderr):
        top = name.split(".")[0]
        spent["standard library" if top in sys.stdlib_module_names else top] += int(microseconds)
    return [("all", spent.total() / 1000), *((name, us / 1000) for name, us in spent.most_common(_SHOWN))]
