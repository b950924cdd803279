"""`ringfence probe`: a round of probes by hand, against the deployment that runs; what they find is kept as always."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from ringfence.assembly import make_kernel, make_runner
from ringfence.base import ids
from ringfence.base.outbound import Outbound
from ringfence.cli.deployment import Deployment, beside, parts_of
from ringfence.controls.tenancy import Database
from ringfence.evidence.probes import Outcome, Probe
from ringfence.evidence.probes.catalogue import PROBES
from ringfence.evidence.records import Result
from ringfence.evidence.runner import Runner
from ringfence.settings import Settings

_CONNECTIONS = 6
_SHOWN = {Outcome.OK: "ok", Outcome.FAILING: "FAILING", Outcome.UNKNOWN: "unknown"}
_FAULTS = 20


def probe(name: str | None) -> int:
    """Runs the probes of this name or area, or all; gives 0 when all are well, 1 when one fails, else 2."""
    wanted = chosen(name)
    if not wanted:
        print(f"There is no probe {name}. The probes are: {', '.join(each.name for each in PROBES)}.", file=sys.stderr)
        return 2
    with beside(Settings(), command="probe") as deployment:
        results = asyncio.run(_run(deployment, wanted))
    print("\n".join(told(results)))
    outcomes = {result.finding.outcome for result in results}
    return 1 if Outcome.FAILING in outcomes else 2 if Outcome.UNKNOWN in outcomes else 0


def chosen(name: str | None) -> list[Probe]:
    """The probe of this name, or those of this area (`tenancy`)."""
    return [each for each in PROBES if name is None or each.name == name or each.name.startswith(f"{name}.")]


def told(results: Sequence[Result]) -> list[str]:
    """A line for each probe with its summary, its faults below it, and one line for all."""
    width = max(len(result.probe.name) for result in results)
    lines: list[str] = []
    for result in results:
        finding, took_ms = result.finding, round(result.took.total_seconds() * 1000)
        lines.append(f"{_SHOWN[finding.outcome]:<8} {result.probe.name:<{width}}  {finding.summary} ({took_ms} ms)")
        lines += [f"{'':9}{fault}" for fault in finding.faults[:_FAULTS]]
        if len(finding.faults) > _FAULTS:
            lines.append(f"{'':9}and {len(finding.faults) - _FAULTS} more")
    well = sum(result.finding.outcome is Outcome.OK for result in results)
    return [*lines, f"{well} of {len(results)} probes are well."]


@asynccontextmanager
async def running(deployment: Deployment) -> AsyncGenerator[Runner]:
    """A runner of probes beside the deployment, which hears what the other processes say."""
    parts, outbound = parts_of(deployment), Outbound()
    database = Database(deployment.database_url, keys=deployment.context_key, size=_CONNECTIONS)
    kernel = make_kernel(parts, database)
    await kernel.invalidation.poll()
    poller = asyncio.create_task(kernel.invalidation.run())
    try:
        yield make_runner(parts.settings, kernel, outbound, holder=ids.new())
    finally:
        poller.cancel()
        with suppress(asyncio.CancelledError):
            await poller
        await outbound.close()
        await database.close()


async def _run(deployment: Deployment, wanted: Sequence[Probe]) -> list[Result]:
    async with running(deployment) as runner:
        return await runner.run_now([each.name for each in wanted])
