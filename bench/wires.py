"""The same run of 20 deltas over each provider's wire, against the floor's over the chat wire."""

import asyncio

import uvloop

from bench.figures import Bound, Figure, Section
from bench.processes import cpu_seconds
from bench.rounds import Plan, column, order, ratio
from bench.runs import CLIENTS, load
from bench.runs_contenders import open_wires

_WIRES = {
    "anthropic": ("anthropic_server", "ANTHROPIC_BASE_URL"),
    "google": ("gemini_server", "GOOGLE_BASE_URL"),
    "xai": ("model_server", "XAI_BASE_URL"),
    "openai-responses": ("model_server", "OPENAI_BASE_URL"),
}
_FLOOR = "floor"
_MOST = 0.6
_METHOD = f"""\
A run of 20 deltas, streamed by one Ringfence process over each wire in turn, with everything on as in the measurement
of runs, and by the floor over the chat wire. Each vendor's local server answers at once. {CLIENTS} clients; CPU is what
the kernel counted for the server's process."""


def measure(plan: Plan) -> Section:
    """CPU a run over each wire, as a share of the floor's."""
    with (
        open_wires(_WIRES, clients=CLIENTS) as (ours, floor),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        contenders = {contender.name: contender for contender in (*ours, floor)}
        for contender in contenders.values():
            runner.run(load(contender, 0.5))
        rounds: list[dict[str, float]] = []
        for index in range(plan.rounds):
            cpu_ms: dict[str, float] = {}
            for name in order(list(contenders), index):
                before = cpu_seconds(contenders[name].pid)
                runs, _ = runner.run(load(contenders[name], plan.seconds))
                cpu_ms[name] = (cpu_seconds(contenders[name].pid) - before) / runs * 1000
            rounds.append(cpu_ms)
    wires = [contender.name for contender in ours]
    figures = [
        Figure(f"{name}: CPU a run / the floor's", ratio(rounds, name, _FLOOR), Bound.AT_MOST, _MOST) for name in wires
    ]
    told = [(f"{name}, CPU a run, ms", column(rounds, name).told(2)) for name in (*wires, _FLOOR)]
    return Section("wires", "A run of 20 deltas over each wire", _METHOD, figures, told)
