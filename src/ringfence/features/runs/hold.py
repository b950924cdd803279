"""A run that this process holds: under which lease, and how it is stopped without cutting a write in two."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from ringfence.base.principal import ConversationId, RunId, UserId
from ringfence.controls.tenancy import OrgScope

from .live import LiveRun
from .queries import AgentRow


class Stop(StrEnum):
    """Why a run stops before its end."""

    CANCELLED = "cancelled"
    LOST = "lost"
    DRAINED = "drained"
    TIMED_OUT = "timed_out"


class Told(StrEnum):
    """How a telling of the run's story ended."""

    ENDED = "ended"
    NEXT = "next"
    """Ended, and a queued run of the conversation may begin."""
    DROPPED = "dropped"
    """Not ended: it goes on elsewhere or later."""


class Stopped(Exception):  # noqa: N818 - a request that is obeyed, not a fault
    """The run was asked to stop while it waited for a model or a tool."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.value)
        self.stop = stop


class RunLost(Exception):  # noqa: N818 - the run goes on elsewhere
    """Another process holds the run now, or it was deleted: drop it at once, silently."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the start of a run has read already, so that its story begins without a question to the database."""

    agent: AgentRow
    text: str
    is_first: bool
    """The conversation has no messages before this one."""
    has_files: bool = False


@dataclass(slots=True, eq=False)
class Hold:
    """The lease and the way to stop. Only waits marked by `outside` are ever cut short."""

    scope: OrgScope
    run_id: RunId
    conversation_id: ConversationId
    user_id: UserId
    holder: UUID
    attempt: int
    live: LiveRun | None = None
    """What readers in this process see of it."""
    stop: Stop | None = None
    is_finishing: bool = False
    is_broken: bool = False
    """It met a fault of ours and is only being ended."""
    _outside: "asyncio.Task[Any] | None" = field(default=None, repr=False)

    def request(self, stop: Stop) -> None:
        """Asks the run to stop; the first reason counts, but a lost lease overrules the others."""
        if self.stop is not None and stop is not Stop.LOST:
            return
        is_first = self.stop is None
        self.stop = stop
        if self._outside is not None and is_first:
            self._outside.cancel()

    @contextmanager
    def outside(self) -> Generator[None]:
        """A wait for a model or a tool: raises Stopped when the run is asked to stop before or meanwhile."""
        if self.stop is not None:
            raise Stopped(self.stop)
        task = self._outside = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            if self.stop is None or task is None:
                raise
            task.uncancel()
            raise Stopped(self.stop) from None
        finally:
            self._outside = None
