"""A server that executes nothing and two workers: runs go on wherever somebody lives, and no call is made twice."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.promises.crash import Reader, begin, problems_of, to_the_end
from tests.served import Partner, Process, deployment_directory, make_partner, process
from tests.world import Stage


@dataclass
class Shop:
    """Northwind on a server without hands, and its workers."""

    northwind: Partner
    workers: list[Process]
    stage: Stage

    @property
    def server(self) -> Process:
        return self.northwind.server

    def held_by(self) -> int:
        """How many processes are in the middle of an answer, some of which is stored."""
        with self.stage.admin() as admin:
            row = admin.execute(
                "select count(distinct l.holder) from app.run_lease l join app.run r on r.id = l.run_id "
                "where r.status = 'running' "
                "and exists (select from app.run_event e where e.run_id = l.run_id and e.seq > 2)"
            ).fetchone()
        return row[0] if row else 0


@pytest.fixture(scope="module")
def shop(stage: Stage) -> Iterator[Shop]:
    with deployment_directory() as directory, ExitStack() as stack:
        server = stack.enter_context(process(directory, stage=stage, name="hands_off", executes_runs="false"))
        northwind = make_partner(server, "northwind", ["rose"], model="scripted:demo")
        accepted = northwind.user("alice", "rose").ask("Hello")["id"]
        assert northwind.user("alice", "rose").call("GET", f"/runs/{accepted}").json["status"] == "queued"
        names = ("one", "two")
        workers = [stack.enter_context(process(directory, stage=stage, name=n, command="worker")) for n in names]
        yield Shop(northwind, workers, stage)


@pytest.mark.promise("AGT-03", "AGT-04")
def test_workers_finish_what_a_server_accepted_before_they_came(shop: Shop):
    alice = shop.northwind.user("alice", "rose")
    run = alice.call("GET", "/runs").json["items"][-1]["id"]
    events = alice.events(run)
    assert [event for _, event, _ in events][:2] == ["run.queued", "run.started"]
    assert events[-1][1] == "run.completed"


@pytest.mark.promise("AGT-03", "AGT-04")
def test_a_worker_that_is_killed_leaves_its_runs_to_the_other(shop: Shop):
    alice = shop.northwind.user("alice", "rose")
    readers = begin(alice, shop.northwind.agent, name="killed")
    for number in range(100):
        if shop.held_by() == 2:
            break
        text = f"Repeat after me: {number} " + " ".join(f"w{at}" for at in range(150))
        readers.append(Reader(alice, alice.ask(text, agent=shop.northwind.agent)["id"]))
    assert shop.held_by() == 2, "both execute, or the kill proves nothing"
    shop.workers[0].kill()
    shop.workers[0].start()
    asyncio.run(to_the_end(shop.server, readers))
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
    assert sum(reader.restarts or reader.events["run.resumed"] for reader in readers) >= 1, "some were cut"


def test_a_worker_that_is_told_to_stop_hands_over_and_ends_well(shop: Shop):
    readers: list[Reader] = begin(shop.northwind.user("alice", "rose"), shop.northwind.agent, name="stopped")[:5]
    worker = shop.workers[0]
    worker.kill(signal.SIGTERM)
    assert worker.popen is not None
    assert worker.popen.returncode == 0
    asyncio.run(to_the_end(shop.server, readers))
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
    worker.start()
