"""The newest board and the pages made of it: read from the database at most once in a few seconds, however many ask."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import final

from ringfence.base import clock, log
from ringfence.base.problem import Problem
from ringfence.controls.audit import Publisher
from ringfence.controls.tenancy import Database
from ringfence.evidence import history, register, statements
from ringfence.evidence.register import Register
from ringfence.evidence.statements import Ledger
from ringfence.features.trust.board import Board, Chosen, make
from ringfence.features.trust.queries import changes
from ringfence.features.trust.rendering import Pages, Proof, Site
from ringfence.features.trust.security_txt import Security

_FRESH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Answered:
    """A body as it is and compressed, and a name for exactly these bytes."""

    content: bytes
    zipped: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The board of a moment with what was made of it; its keys are of a small, closed set."""

    board: Board
    pages: Pages
    answers: dict[str, Answered] = field(default_factory=dict[str, Answered])

    def answer(self, key: str, body: Callable[[], str | bytes]) -> Answered:
        """The answer under a key, made on its first use."""
        if key not in self.answers:
            self.answers[key] = answered(body())
        return self.answers[key]


@final
class Center:
    """What the root hands to the routes."""

    def __init__(self, site: Site, *, statements_file: Path, security: Security | None = None) -> None:
        self.site = site
        self.security = security or Security(site)
        self._file = statements_file
        self._lock = asyncio.Lock()
        self._moment: Moment | None = None
        self._read_at = 0.0
        self._told: tuple[str, ...] = ()

    async def moment(self, database: Database, publisher: Publisher) -> Moment:
        """A moment that is at most five seconds old; one caller makes it, the others wait for it."""
        async with self._lock:
            if self._moment is None or clock.monotonic() - self._read_at >= _FRESH.total_seconds():
                (states, days), changed = await asyncio.gather(history.read(database), changes(database))
                ledger = await asyncio.to_thread(self._ledger)
                board = make(_register(), states, days, ledger, at=clock.now(), changes=changed)
                moment = Moment(board, Pages(board, self.site, await _proof(publisher)))
                if self._moment is None:
                    # The first page reads and compiles the templates: a fifth of a second that no stream shall wait.
                    await asyncio.to_thread(moment.pages.overview, Chosen())
                self._moment, self._read_at = moment, clock.monotonic()
        return self._moment

    def _ledger(self) -> Ledger:
        ledger = statements.load(self._file, _register().promises, today=clock.now().date())
        if ledger.faults != self._told:
            # How many, not which: they may quote the file. `ringfence statements check` shows them.
            self._told = ledger.faults
            if ledger.faults:
                log.warning("statements_unreadable", count=len(ledger.faults))
        return ledger


async def _proof(publisher: Publisher) -> Proof:
    """What anybody may hold the logs against; without it where the keystore is away: the page stands without."""
    try:
        keys = [verifier.line for verifier in await publisher.pen.signers.verifiers()]
        return Proof(keys, await publisher.instance_checkpoint())
    except Problem as missing:
        log.warning("trust_without_proof", reason=missing.code)
        return Proof()


def answered(body: str | bytes) -> Answered:
    """A body, ready to be sent."""
    content = body.encode() if isinstance(body, str) else body
    digest = hashlib.sha256(content).hexdigest()[:32]
    return Answered(content, gzip.compress(content, 5, mtime=0), f'"{digest}"')


@cache
def _register() -> Register:
    return register.load()
