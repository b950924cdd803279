"""What sealing content costs a run and a read of a conversation: the same product with and without, in turns."""

import asyncio
import json
import statistics
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvloop

from bench.figures import Bound, Figure, Section
from bench.plain import Kept, get
from bench.processes import cpu_seconds
from bench.rounds import Plan, Spread, spread
from bench.served import side_by_side
from bench.wire import Wire, post
from tests import served

_ON, _OFF = "sealed", "as it is"
_MESSAGES = 50
_UNSEALED = "from bench.unsealed import main; main()"
_METHOD = f"""\
Two servers, each with a database of its own and on the same core: the product, and the product whose vault stores what
it is given as it is (bench/unsealed.py; the product has no such switch). One client asks them in turns, one request
each: a run of 20 deltas from a model on loopback, streamed to its end in a new conversation, and `GET .../messages` of
a conversation with {_MESSAGES} runs. p50 of each and their ratio, a round at a time; CPU is the server's own."""


_Act = Callable[[list["Contender"], float], Coroutine[None, None, dict[str, list[float]]]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, the request that runs, and the request that reads."""

    name: str
    process: served.Process
    run: bytes
    read: bytes

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.process.base_url).port or 0


def measure(plan: Plan) -> Section:
    """The overhead on the medians, and the CPU of each."""
    with (
        side_by_side({_ON: None, _OFF: _UNSEALED}) as processes,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        contenders = [_furnished(name, process) for name, process in processes.items()]
        for act in (_runs, _reads):
            runner.run(act(contenders, 0.5))
        runs = [_p50(contenders, runner, _runs, plan.seconds) for _ in range(plan.rounds)]
        reads = [_p50(contenders, runner, _reads, plan.seconds) for _ in range(plan.rounds)]
    figures = [
        Figure("overhead on p50 of a run", _overhead(runs), Bound.AT_MOST, 10, "%", digits=1),
        Figure("overhead on p50 of a history read", _overhead(reads), Bound.AT_MOST, 10, "%", digits=1),
    ]
    told = []
    for what, rounds in (("run", runs), ("history read", reads)):
        for name in (_ON, _OFF):
            told.append((f"{name}, p50 of a {what}, ms", spread(one[name][0] for one in rounds).told(2)))
            told.append((f"{name}, CPU a {what}, ms", spread(one[name][1] for one in rounds).told(2)))
        told.append((f"CPU a {what}, sealed / as it is", spread(one[_ON][1] / one[_OFF][1] for one in rounds).told(2)))
    return Section("encryption", "Content encryption, of a run and a read", _METHOD, figures, told)


def _overhead(rounds: list[dict[str, tuple[float, float]]]) -> Spread:
    return spread((one[_ON][0] / one[_OFF][0] - 1) * 100 for one in rounds)


def _furnished(name: str, process: served.Process) -> Contender:
    partner = served.make_partner(process, "northwind", ["rose"], model="openai:fake-20")
    user = partner.user("alice", "rose")
    conversation = None
    for number in range(_MESSAGES):
        run = user.ask(f"How do I water a rose, for the {number}th time?", conversation=conversation)
        conversation = str(run["conversation_id"])
        user.finish(run["id"])
    body = json.dumps({"agent_id": partner.agent, "input": {"text": "How do I water a rose?"}}).encode()
    bearer = f"Authorization: Bearer {user.session}"
    return Contender(
        name,
        process,
        post("/api/v1/runs", body, "Accept: text/event-stream", bearer),
        get(f"/api/v1/conversations/{conversation}/messages?limit=100", bearer),
    )


def _p50(
    contenders: list[Contender], runner: asyncio.Runner, act: _Act, seconds: float
) -> dict[str, tuple[float, float]]:
    """Milliseconds at the median, and of CPU each, by contender."""
    before = {one.name: cpu_seconds(one.process.pid) for one in contenders}
    times = runner.run(act(contenders, seconds))
    return {
        one.name: (
            statistics.median(times[one.name]) * 1000,
            (cpu_seconds(one.process.pid) - before[one.name]) / len(times[one.name]) * 1000,
        )
        for one in contenders
    }


async def _reads(contenders: list[Contender], seconds: float) -> dict[str, list[float]]:
    kept = {one.name: await Kept.open(one.port) for one in contenders}
    times: dict[str, list[float]] = {one.name: [] for one in contenders}
    loop, turns = asyncio.get_running_loop(), [*contenders]
    until = loop.time() + seconds
    while loop.time() < until:
        for one in turns:
            times[one.name].append(await kept[one.name].ask(one.read))
        turns.reverse()
    for connection in kept.values():
        connection.close()
    return times


async def _runs(contenders: list[Contender], seconds: float) -> dict[str, list[float]]:
    wires = {one.name: await Wire.open(one.port) for one in contenders}
    times: dict[str, list[float]] = {one.name: [] for one in contenders}
    loop, turns = asyncio.get_running_loop(), [*contenders]
    until = loop.time() + seconds
    while loop.time() < until:
        for one in turns:
            began = loop.time()
            await wires[one.name].ask(one.run, marker=b"event: message.delta", ending=b"event: run.completed")
            times[one.name].append(loop.time() - began)
        turns.reverse()
    for wire in wires.values():
        wire.close()
    return times
