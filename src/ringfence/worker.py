"""Composition root of a process without HTTP: it executes runs, scheduled jobs and deliveries of the whole deployment.

It is alive while its leases are: what a worker that dies or hangs leaves is taken over by another within seconds. So it
has no port: a line when it is ready, exit code 0 after a drain, anything else for a supervisor to start it again.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

import uvloop

from ringfence.assembly import Parts, Works, open_process

_WORKS = Works(look_s=0.25)
"""Nobody tells a worker of a run that a server accepted: it looks often, which costs a quarter of a millisecond."""


def work_until_stopped(parts: Parts, *, ready: Callable[[], None]) -> None:
    """Executes until SIGINT or SIGTERM; runs in flight are stored and handed over before it returns."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(parts, ready))


async def _work(parts: Parts, ready: Callable[[], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        await open_process(parts, stack, _WORKS)
        ready()
        await stopped.wait()
        parts.stop()
