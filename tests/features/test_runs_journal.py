"""What the journal commits together, whatever is being written at the time."""

import asyncio
from typing import Any, cast

import pytest

from ringfence.base import ids
from ringfence.base.principal import ConversationId, OrgId, PartnerId, Role, RunId, UserId
from ringfence.controls.tenancy import OrgScope
from ringfence.features.runs.events import MessageCompleted, RunCompleted
from ringfence.features.runs.hold import Hold
from ringfence.features.runs.journal import Journal
from ringfence.features.runs.live import LiveRun


class Slow:
    """A database that answers each write when it is told to."""

    def __init__(self) -> None:
        self.writes: list[int] = []
        self.answer = asyncio.Event()

    async def write(self, _scope: OrgScope, *bounds: Any) -> list[list[Any]]:
        self.writes.append(len(bounds))
        await self.answer.wait()
        await asyncio.sleep(0)
        return [[] for _ in bounds]


class Open:
    """Records that nothing seals."""

    def seal(self, _seq: int, data: bytes) -> bytes:
        return data


@pytest.mark.promise("AGT-03", "AGT-04")
async def test_what_is_said_while_text_is_written_goes_with_the_events_behind_it_and_once():
    scope = OrgScope(PartnerId(ids.new()), OrgId(ids.new()), Role.MEMBER, UserId(ids.new()))
    hold = Hold(scope, RunId(ids.new()), ConversationId(ids.new()), UserId(ids.new()), ids.new(), 1)
    database, live = Slow(), LiveRun(1)
    journal = Journal(cast("Any", database), hold, records=cast("Any", Open()), live=live, next_seq=1)
    journal.say("x" * 2_048)
    journal.say("y")  # more than 2 KB: this is written at once, and takes its time
    await asyncio.sleep(0)
    journal.say("z")
    ending = asyncio.create_task(journal.append(MessageCompleted("xyz"), RunCompleted(1, 1, None)))
    await asyncio.sleep(0)
    database.answer.set()
    await ending
    await asyncio.sleep(0.01)
    assert database.writes == [1 + 1, 1 + 3]  # the fence, and the rows
    assert [(entry.seq, entry.chars) for entry in live.entries] == [(1, 2048), (1, 2049), (2, 1), (3, 0), (4, 0)]
