"""The runs of one process, as the root and the routes hold them: the executor, and what its runs say now."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from ringfence.base import log

from .executor import Executor
from .live import Live

DRAIN_S = 5.0
_AGAIN_S = 1.0


@dataclass(slots=True)
class Engine:
    """Made once by the root, kept at `app.state.runs`."""

    executor: Executor
    live: Live
    _loop: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def holder(self) -> UUID:
        """The name under which this process holds leases."""
        return self.executor.holder

    async def start(self) -> None:
        """Begins to beat and to claim."""
        self._start()

    def begin_drain(self) -> None:
        """At the first sign of the end: no run is begun here any more, and every stream closes."""
        self.executor.begin_drain()

    async def drain(self, *, within_s: float = DRAIN_S) -> None:
        """Hands every run over to whoever claims it: open text is stored, leases are given back."""
        self.executor.begin_drain()
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.cancel()
            await asyncio.wait([loop])
        await self.executor.drain(within_s=within_s)

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop().create_task(self.executor.run(), name="runs")
        self._loop.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or self._loop is not task:
            return
        log.error("background_task_failed", task.exception(), job="runs")
        asyncio.get_running_loop().call_later(_AGAIN_S, self._start)


async def _engine(request: Request) -> Engine:
    return cast("Engine", request.app.state.runs)


EngineDep = Annotated[Engine, Depends(_engine)]
