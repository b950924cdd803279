"""Kills processes of one deployment at random moments, by fair means and foul, and starts them again."""

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.served import Process

# A start takes a second, and on a machine that does much else twenty: this ends a test that would wait for ever.
_MOST_DOWN_S = 120.0
# Of every kill: which. A stop is SIGSTOP and, later, SIGCONT: the process slept and does not know it.
_WAYS = {"kill": 60, "kill while stopped": 8, "stop": 20, "terminate": 6, "database": 3, "power": 3}
# What a process says that was started while its database was not there.
_AWAY = ("cannot be reached", "is away for the moment", "database_unavailable")
KILLS = ("kill", "kill while stopped", "database", "power")


@dataclass
class Monkey:
    """One deployment's processes; the first one supervises the embedded database, the others only use it."""

    processes: list[Process]
    chosen: random.Random
    done: Counter[str] = field(default_factory=Counter)
    woken_at: list[float] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    _mending: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def up(self) -> list[Process]:
        """Those that nobody has ended or stopped."""
        return [one for one in self.processes if one.name not in self.down]

    @property
    def kills(self) -> int:
        """How many processes were ended without a word."""
        return sum(self.done[way] for way in KILLS)

    async def rage(self, kills: int) -> None:
        """Goes on until so many processes were killed, and every one serves again."""
        while self.kills < kills:
            await asyncio.sleep(self.chosen.uniform(0.1, 1.2))
            # Mostly one goes while another is up; now and then the last one goes, too.
            fewest = 0 if self.chosen.random() < 0.15 else 1
            await self._until_up(fewest)
            way = self.chosen.choices(list(_WAYS), list(_WAYS.values()))[0]
            victim = self.processes[0] if way in {"database", "power"} else self.chosen.choice(self.up)
            if way == "terminate" and victim is self.processes[0]:
                # Told to end, it ends its database with it, whose next address is another: the others would be
                # cut off by design, for they know it by its address alone.
                way = "kill"
            if victim.name not in self.down:
                self._begin(way, victim)
        await asyncio.gather(*self._mending)

    async def _start(self, victim: Process) -> None:
        """Starts it as a supervisor does: again, where the database it was told of is just being killed."""
        until = time.monotonic() + _MOST_DOWN_S
        while True:
            try:
                await asyncio.to_thread(victim.start)
            except AssertionError as failure:
                was_away = any(word in str(failure) for word in _AWAY)
                if not was_away or time.monotonic() >= until:
                    raise
            else:
                return

    async def _until_up(self, fewest: int) -> None:
        """Waits until more than `fewest` are up; raises what kept one from coming back."""
        until = time.monotonic() + _MOST_DOWN_S
        while len(self.up) <= fewest:
            for task in self._mending:
                if task.done():
                    task.result()
            assert time.monotonic() < until, f"down for too long: {sorted(self.down)}"
            await asyncio.sleep(0.05)

    def _begin(self, way: str, victim: Process) -> None:
        self.down.add(victim.name)
        self.done[way] += 1
        task = asyncio.create_task(self._act(way, victim))
        self._mending.add(task)
        task.add_done_callback(self._mended)

    def _mended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._mending.discard(task)  # one that failed stays, and `rage` raises what it met

    async def _act(self, way: str, victim: Process) -> None:
        if way in {"stop", "kill while stopped"}:
            victim.send(signal.SIGSTOP)
            await asyncio.sleep(self.chosen.uniform(0.2, 3))
        if way == "stop":
            self.woken_at.append(time.time())
            victim.send(signal.SIGCONT)
        else:
            if way in {"database", "power"}:
                await asyncio.to_thread(victim.kill_database)
            if way != "database":
                await asyncio.to_thread(victim.kill, signal.SIGTERM if way == "terminate" else signal.SIGKILL)
                await self._start(victim)
        self.down.discard(victim.name)
