"""What the probes cost a deployment: how long a round of all takes, and their share of a core on their own cadences."""

import asyncio
import os
import time

from bench.figures import Bound, Figure, Section
from bench.processes import cpu_seconds, family_cpu_seconds
from bench.rounds import Plan, spread
from bench.served import settings, stopped_at_end
from ringfence.cli.deployment import Deployment, beside
from ringfence.cli.probing import running
from ringfence.evidence.probes import Outcome
from ringfence.evidence.probes.catalogue import PROBES
from ringfence.evidence.runner import Runner
from ringfence.settings import Settings
from tests import served
from tests.world_postgres import scratch_directory

_WARM_S = 10.0
_MINUTE_S = 60.0
_SHOWN = 6
_METHOD = """\
Every probe of the catalogue, asked to look at once beside a `ringfence serve` that it looks at: the time from the first
to the last. Then each alone: CPU of the process that asks, of the server and of PostgreSQL, over the probe's own
cadence (no shorter than the schedule's minute), and all of that added up. Probes that could not look, or found
something, are told: their time is none of a good round."""


def measure(plan: Plan) -> Section:
    """Seconds of a round, and the share of a core."""
    with scratch_directory() as directory:
        process = served.Process(directory / "data", settings(directory))
        with stopped_at_end(process):
            process.start()
            served.make_partner(process, "northwind", ["rose"])
            time.sleep(_WARM_S)  # The schedule plants the canaries.
            _adopt(process)
            with beside(Settings(), command="probe") as deployment:
                return asyncio.run(_measured(deployment, process, plan))


def _adopt(process: served.Process) -> None:
    """Takes the settings of the server, as a command beside it would have them."""
    ours = {name: value for name, value in process.environment.items() if name.startswith("RINGFENCE_")}
    os.environ.update(ours | {"RINGFENCE_PROBE_URL": process.base_url})


async def _measured(deployment: Deployment, process: served.Process, plan: Plan) -> Section:
    async with running(deployment) as runner:
        await runner.run_now()
        took, well, unwell = [], [], set[str]()
        for _ in range(plan.rounds):
            began = time.perf_counter()
            results = await runner.run_now()
            took.append(time.perf_counter() - began)
            well.append(sum(result.finding.outcome is Outcome.OK for result in results))
            unwell |= {one.probe.name for one in results if one.finding.outcome is not Outcome.OK}
        costs = {probe.name: await _cost(runner, probe.name, process) for probe in PROBES}
    shares = {probe.name: costs[probe.name] / max(probe.cadence.total_seconds(), _MINUTE_S) * 100 for probe in PROBES}
    figures = [
        Figure("a round of all probes", spread(took), Bound.AT_MOST, 5, "s"),
        Figure("share of a core on their cadences", spread([sum(shares.values())]), Bound.AT_MOST, 2, "%"),
    ]
    told = [(f"well, of {len(PROBES)} probes", spread(well).told(0))]
    told += [("not well in some round", ", ".join(sorted(unwell)))] if unwell else []
    told += [(f"{name}, CPU of a look, ms", f"{costs[name] * 1000:.0f}") for name in _dearest(costs)]
    return Section("probes", "Probes", _METHOD, figures, told)


async def _cost(runner: Runner, name: str, process: served.Process) -> float:
    """CPU seconds of one look, whoever spends them."""
    postgres = process.database().pid

    def spent() -> float:
        return time.process_time() + cpu_seconds(process.pid) + family_cpu_seconds(postgres)

    before = spent()
    await runner.run_now([name])
    return spent() - before


def _dearest(costs: dict[str, float]) -> list[str]:
    return sorted(costs, key=lambda name: -costs[name])[:_SHOWN]
