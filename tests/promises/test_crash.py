"""An accepted run reaches its end whatever dies under it, and the reader shows what is stored."""

import asyncio
import random
import signal
from collections.abc import Iterator

import pytest

from tests.promises.crash import Reader, begin, problems_of, stored, to_the_end, until_killed
from tests.served import Partner, Process, deployment_directory, make_partner, process
from tests.world import Stage

MOMENTS_S = (0.3, 0.7, 1.1, 1.6)


@pytest.fixture(scope="module")
def northwind() -> Iterator[Partner]:
    with deployment_directory() as directory, process(directory) as server:
        yield make_partner(server, "northwind", ["rose"], model="scripted:demo")


def crash(northwind: Partner, *, after_s: float, databases: bool) -> list[Reader]:
    """25 readers whose runs were cut by a kill and told to their end by the restarted server.

    A kill that came too late proves nothing, as on a machine that stood still: the next one comes earlier.
    """
    alice, server = northwind.user("alice", "rose"), northwind.server
    for share in (1.0, 0.5, 0.2):
        readers = begin(alice, northwind.agent, name=f"at {after_s * share}")
        asyncio.run(until_killed(server, readers, after_s=after_s * share, databases=databases))
        cut = sum(not reader.ended_with for reader in readers)
        server.start()
        asyncio.run(to_the_end(server, readers))
        if cut >= 20:
            return readers
    raise AssertionError("each kill came too late to prove anything")


@pytest.mark.promise("AGT-03", "AGT-04")
@pytest.mark.parametrize("databases", [False, True], ids=["the process", "the process and its database"])
@pytest.mark.parametrize("after_s", MOMENTS_S[::2], ids=str)
def test_every_run_survives_a_kill_and_its_reader_shows_what_is_stored(
    northwind: Partner, after_s: float, databases: bool
):
    readers = crash(northwind, after_s=after_s, databases=databases)
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
    assert sum(reader.restarts for reader in readers) >= 15
    assert sum(event.startswith("tool.called") for reader in readers for event in reader.events) == 5


@pytest.mark.long
@pytest.mark.promise("AGT-03", "AGT-04")
@pytest.mark.parametrize("round_", range(20))
def test_every_run_survives_twenty_kills(northwind: Partner, round_: int):
    moment = random.Random(round_).uniform(0.1, 1.8)
    readers = crash(northwind, after_s=moment, databases=round_ % 2 == 1)
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []


@pytest.fixture(scope="module")
def two(stage: Stage) -> Iterator[tuple[Partner, Process]]:
    """Northwind on one process, and another process on the same database and keystore."""
    with deployment_directory() as directory, process(directory, stage=stage, name="a") as first:
        northwind = make_partner(first, "northwind", ["rose"], model="scripted:demo")
        with process(directory, stage=stage, name="b") as second:
            yield northwind, second


def fence(northwind: Partner, other: Process) -> list[Reader]:
    """Readers of runs whose process was stopped in the middle, and which the other process has finished."""
    readers = begin(northwind.user("alice", "rose"), northwind.agent, name="fenced")[:5]
    first = northwind.server

    async def story() -> None:
        following = [asyncio.create_task(reader.follow(first)) for reader in readers]
        await asyncio.sleep(0.7)
        first.send(signal.SIGSTOP)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await to_the_end(other, readers)

    asyncio.run(story())
    return readers


@pytest.mark.promise("AGT-03", "AGT-04")
def test_a_process_that_only_slept_changes_nothing_when_it_wakes(two: tuple[Partner, Process]):
    northwind, other = two
    readers = fence(northwind, other)
    before = [stored(Reader(reader.user.at(other), reader.run)) for reader in readers]
    northwind.server.send(signal.SIGCONT)
    bob = northwind.user("bob", "rose")
    awake = Reader(bob, bob.ask("Repeat after me: awake")["id"])
    asyncio.run(to_the_end(northwind.server, [awake]))
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
    assert [stored(reader) for reader in readers] == before


@pytest.mark.promise("AGT-03", "OPS-01")
def test_a_process_that_is_told_to_stop_hands_its_runs_to_another(two: tuple[Partner, Process]):
    northwind, other = two
    readers = begin(northwind.user("alice", "rose"), northwind.agent, name="handed")
    for reader in readers:
        reader.user = reader.user.at(other)
    following = [*readers[:5]]

    async def story() -> None:
        tasks = [asyncio.create_task(reader.follow(northwind.server)) for reader in following]
        await asyncio.sleep(0.7)
        await asyncio.to_thread(northwind.server.kill, signal.SIGTERM)
        await asyncio.gather(*tasks)
        await to_the_end(other, readers)

    asyncio.run(story())
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
