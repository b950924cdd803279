"""How long the Trust Center's pages take: a reader alone, and many at once."""

import asyncio
import statistics
from urllib.parse import urlsplit

import uvloop

from bench.figures import Bound, Figure, Section
from bench.plain import Kept, get
from bench.rounds import Plan, Spread, spread
from bench.served import settings, stopped_at_end
from tests import served
from tests.world_postgres import scratch_directory

_AT_ONCE = 16
_PAGES = {"/trust": "Accept: text/html", "/trust.json": "Accept: application/json"}
_EACH = 20
_PAUSE_S = 0.02
_WARM_S = 5.0
_METHOD = f"""\
`GET /trust` (HTML) and `/trust.json` of a `ringfence serve` whose probes have looked, in each round a second or more of
one reader who asks every {_PAUSE_S * 1000:.0f} ms, so that kept pages grow old meanwhile, and {_EACH} requests each of
{_AT_ONCE} readers at once. p95 of a round; the figure is the one reader's HTML."""


def measure(plan: Plan) -> Section:
    """p95 by page and number of readers."""
    found: dict[str, list[float]] = {}
    with scratch_directory() as directory:
        process = served.Process(directory / "data", settings(directory))
        with stopped_at_end(process), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            process.start()
            runner.run(asyncio.sleep(_WARM_S))
            port = urlsplit(process.base_url).port or 0
            first = {path: runner.run(_first(port, get(path, accept))) for path, accept in _PAGES.items()}
            for _ in range(plan.rounds):
                for path, accept in _PAGES.items():
                    request = get(path, accept)
                    alone = runner.run(_alone(port, request, plan.seconds))
                    found.setdefault(f"{path}, one reader", []).append(alone)
                    found.setdefault(f"{path}, {_AT_ONCE} readers", []).append(runner.run(_many(port, request)))
    figures = [Figure("p95 of /trust", _ms(found["/trust, one reader"]), Bound.AT_MOST, 50, "ms", digits=1)]
    told = [(f"{name}, p95, ms", _ms(times).told(1)) for name, times in found.items()]
    told += [
        (f"{path}, the very first request after a start, ms", f"{took * 1000:.0f}") for path, took in first.items()
    ]
    return Section("trust", "Trust Center", _METHOD, figures, told)


def _ms(times: list[float]) -> Spread:
    return spread(each * 1000 for each in times)


async def _first(port: int, request: bytes) -> float:
    kept = await Kept.open(port)
    took = await kept.ask(request)
    kept.close()
    return took


async def _alone(port: int, request: bytes, seconds: float) -> float:
    kept, loop, times = await Kept.open(port), asyncio.get_running_loop(), list[float]()
    until = loop.time() + max(seconds, 1.0)
    while loop.time() < until or len(times) < _EACH:
        times.append(await kept.ask(request))
        await asyncio.sleep(_PAUSE_S)
    kept.close()
    return _p95(times)


async def _many(port: int, request: bytes) -> float:
    async def reader() -> list[float]:
        kept = await Kept.open(port)
        times = [await kept.ask(request) for _ in range(_EACH)]
        kept.close()
        return times

    return _p95([each for times in await asyncio.gather(*(reader() for _ in range(_AT_ONCE))) for each in times])


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
