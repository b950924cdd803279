"""One row of one tenant by `Database.read` and by pgbench, for one client and for sixteen."""

import asyncio
import tempfile
from pathlib import Path

import uvloop

from bench.figures import Section
from bench.rounds import Plan, column, interleave, ratio
from bench.tenant_read import SAME, load_pgbench, load_python, open_database, planted
from tests.world import make_template, stage
from tests.world_postgres import shared_cluster

_CLIENTS = (1, 16)
_METHOD = """\
The read of the section before, at other numbers of clients, each with a connection of its own: `Database.read` beside
pgbench, which sends the same in one pipeline. At one client a read is a round trip, and what counts is its length."""


def measure(plan: Plan) -> Section:
    """Reads a second, and their ratios."""
    with (
        shared_cluster() as server,
        tempfile.TemporaryDirectory() as scratch,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        make_template(server)
        with stage(server) as staged:
            place = runner.run(planted(staged))
            contenders = {}
            for clients in _CLIENTS:
                contenders[_ours(clients)] = load_python(
                    runner, open_database(clients), place, plan.seconds, clients=clients
                )
                contenders[_theirs(clients)] = load_pgbench(place, SAME, Path(scratch), plan.seconds, clients=clients)
            rounds = interleave(plan, contenders)
    told = [(f"{name}, reads a second", column(rounds, name).told(0)) for name in rounds[0]]
    for clients in _CLIENTS:
        ours, theirs = _ours(clients), _theirs(clients)
        told.append((f"{ours} / {theirs}", ratio(rounds, ours, theirs).told(2)))
    return Section("reads", "Reads at few clients", _METHOD, [], told)


def _said(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def _ours(clients: int) -> str:
    return f"Database.read, {_said(clients)}"


def _theirs(clients: int) -> str:
    return f"pgbench, {_said(clients)}"
