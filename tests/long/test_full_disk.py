"""A disk that is full: a clear refusal, nothing lost that was accepted, and work goes on once there is room."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.long.counts import count
from tests.long.small_disk import Disk, small_disk
from tests.promises.crash import begin, problems_of, to_the_end
from tests.served import Answer, Partner, Process, User, deployment_directory, make_partner, process

pytestmark = pytest.mark.long
SIZE_MB = 200
REFUSALS = count("REFUSALS", 50)
BACK_S = 60.0
# Refused for want of room, or while the database is down for it.
CODES = {"storage_full", "database_unavailable", "database_busy"}
_MARGIN = "x" * 4_000


@dataclass
class Full:
    """A deployment on a small disk, and everything that it accepted."""

    disk: Disk
    server: Process
    partner: Partner
    alice: User
    accepted: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def try_run(self) -> Answer:
        """One run asked for: accepted for good, or refused in so many words."""
        body = {"agent_id": self.partner.agent, "input": {"text": f"Repeat after me: {_MARGIN}"}}
        answer = self.alice.call("POST", "/runs", body)
        if answer.status == 202:
            self.accepted.append(answer.json["id"])
            return answer
        assert answer.status == 503, answer.raw
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.code in CODES, answer.raw
        self.refused[answer.code] += 1
        return answer

    def until_refused(self, times: int, *, seconds: float = 120) -> None:
        """Asks, and keeps the disk full, until so many were refused."""
        deadline, target = time.monotonic() + seconds, self.refused.total() + times
        while self.refused.total() < target:
            assert time.monotonic() < deadline, f"a full disk refuses nothing: {self.refused}"
            self.disk.fill()
            self.try_run()

    def until_back(self) -> float:
        """Seconds until a run is accepted again."""
        began = time.monotonic()
        while self.try_run().status != 202:
            assert time.monotonic() < began + BACK_S, f"no run is accepted with room again: {self.refused}"
            time.sleep(0.2)
        return time.monotonic() - began

    def unfinished(self) -> list[str]:
        """Accepted runs that do not end as they should."""
        ends = {run: self.alice.finish(run, seconds=BACK_S)["status"] for run in self.accepted}
        return [f"{run}: {status}" for run, status in ends.items() if status != "completed"]


@pytest.fixture(scope="module")
def full() -> Iterator[Full]:
    with deployment_directory() as directory:
        data = directory / "data"
        data.mkdir(mode=0o700)
        with small_disk(data, size_mb=SIZE_MB) as disk, process(directory) as server:
            partner = make_partner(server, "northwind", ["rose"], model="scripted:demo")
            yield Full(disk, server, partner, partner.user("alice", "rose"))


@pytest.mark.promise("AGT-03")
def test_a_full_disk_refuses_in_words_and_loses_nothing(full: Full, tell: Callable[[str], None]):
    readers = begin(full.alice, full.partner.agent, name="in flight")[:10]
    full.until_refused(REFUSALS)
    assert full.disk.free_bytes < 16_384
    assert full.alice.call("GET", "/me").status in {200, 503}
    full.disk.make_room()
    seconds = full.until_back()
    asyncio.run(to_the_end(full.server, readers))
    assert full.refused["storage_full"] > 0, "the database never met the end of the disk"
    assert [wrong for reader in readers for wrong in problems_of(reader)] == []
    assert full.unfinished() == []
    assert "storage_full" in full.server.log.read_text()
    tell(
        f"full disk: {dict(full.refused)} refused, {len(full.accepted)} accepted and completed, {len(readers)} in "
        f"flight completed; accepted again {seconds:.1f} s after there was room"
    )


@pytest.mark.promise("AGT-03")
def test_a_database_that_stops_for_want_of_room_comes_back(full: Full, tell: Callable[[str], None]):
    """Its log can take no more: PostgreSQL ends with a panic, and cannot even start before there is room."""
    full.disk.fill()
    log = full.server.database().log_file
    began = log.stat().st_size
    for _ in range(4):
        full.disk.fill()
        with suppress(psycopg.Error, AssertionError), psycopg.connect(full.server.database().superuser_dsn) as admin:
            admin.execute("select pg_switch_wal(), pg_logical_emit_message(false, 'x', repeat('x', 100000))")
    full.until_refused(5)
    full.disk.make_room()
    seconds = full.until_back()
    assert full.unfinished() == []
    said = log.read_text(errors="replace")[began:]
    assert "PANIC" in said, "the database never stopped: this proves nothing"
    tell(f"full write-ahead log: {said.count('PANIC')} panics; accepted again {seconds:.1f} s after there was room")


def _make(partner: Partner, external_id: str) -> Answer:
    return partner.call("POST", "/organizations", {"external_id": external_id, "name": external_id.capitalize()})


@pytest.mark.promise("CRY-03")
def test_an_organization_that_finds_no_room_for_its_key_is_made_later(full: Full, tell: Callable[[str], None]):
    made, refused = list[str](), list[str]()
    for number in range(300):
        full.disk.fill()
        name = f"late-{number}"
        answer = _make(full.partner, name)
        assert answer.status == 201 or (answer.status == 503 and answer.code in CODES), answer.raw
        (made if answer.status == 201 else refused).append(name)
        if "the keystore's disk is full" in full.server.log.read_text():
            break
    else:
        pytest.fail("the keystore never met the end of the disk")
    full.disk.make_room()
    full.until_back()
    assert [name for name in refused if _make(full.partner, name).status != 201] == []
    full.server.kill()
    full.server.start()
    for name in (*made[-3:], *refused[-3:]):
        late = full.partner.user("lea", name)
        assert late.finish(late.ask("Repeat after me: on time")["id"])["status"] == "completed"
    assert full.unfinished() == []
    tell(f"full keystore: {len(made)} organizations made on a full disk, {len(refused)} refused and made later")
