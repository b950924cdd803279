"""200 random kills over several processes of one deployment, under load: nothing accepted is lost or done twice."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from tests.long.browsers import Browser, Watched
from tests.long.counted_tool import Calls, counted_tool, tool
from tests.long.counts import count
from tests.long.monkey import Monkey
from tests.promises.crash import problems_of
from tests.served import Partner, Process, deployment_directory, make_partner, model_server, process

KILLS = count("KILLS", 200)
USERS = count("USERS", 8)
SEED = count("SEED", 4)
PEERS = {"second": "serve", "third": "serve", "worker": "worker"}
_JUST_WOKEN_S = 3.0


@dataclass
class Story:
    """What happened."""

    monkey: Monkey
    calls: Calls
    readers: list[Watched]
    seconds: float


@contextmanager
def deployment(place: str) -> Iterator[list[Process]]:
    """Three servers and a worker on one data directory; the first one keeps the database."""
    with ExitStack() as stack:
        directory = stack.enter_context(deployment_directory())
        model = stack.enter_context(model_server())
        first = stack.enter_context(process(directory, name="first", openai_base_url=model, egress_allow=place))
        password = (first.data / "app.password").read_text()
        url = {"RINGFENCE_DATABASE_URL": first.database().dsn("ringfence_app", password)}
        peers = [Process(first.data, first.environment | url, name, command=what) for name, what in PEERS.items()]
        for peer in peers:
            peer.start()
            stack.callback(_end, peer)
        yield [first, *peers]


def _end(peer: Process) -> None:
    if peer.popen is not None and peer.popen.poll() is None:
        peer.kill()


def agents_of(partner: Partner, place: str) -> dict[str, str]:
    """One that talks for a while, and one that does what it is told."""
    body = {"name": "Doer", "instructions": "Do it.", "model": "openai:obey", "tools": [tool(place)]}
    answer = partner.call("POST", "/agents", body)
    assert answer.status == 201, answer.raw
    return {"talks": partner.agent, "acts": answer.json["id"]}


async def tell_story(kills: int) -> tuple[Story, list[str]]:
    """Users at work while the monkey rages; and what is wrong at the end."""
    async with counted_tool() as calls:
        with deployment(calls.place) as processes:
            monkey = Monkey(processes, random.Random(SEED))
            partner = await asyncio.to_thread(make_partner, processes[0], "northwind", ["rose"], model="scripted:demo")
            agents = await asyncio.to_thread(agents_of, partner, calls.place)
            users = [await asyncio.to_thread(partner.user, f"user{at}", "rose") for at in range(USERS)]
            browsers = [
                Browser(user, agents, lambda: [one for one in monkey.up if one.base_url], random.Random(SEED + at))
                for at, user in enumerate(users)
            ]
            began, raging = time.monotonic(), asyncio.create_task(monkey.rage(kills))
            await asyncio.gather(*(browser.live(raging.done) for browser in browsers))
            await raging
            readers = [reader for browser in browsers for reader in browser.readers]
            story = Story(monkey, calls, readers, time.monotonic() - began)
            found = await asyncio.gather(*(asyncio.to_thread(problems_of, reader) for reader in readers))
            forged = replace(readers[0], completed=[*readers[0].completed, "a word that was never stored"])
            assert await asyncio.to_thread(problems_of, forged), "the comparison finds nothing: it proves nothing"
            return story, [wrong for each in found for wrong in each]


def done_again(story: Story) -> list[str]:
    """Calls that came after their run had said that they were done, or under two keys, or never.

    A process that slept between its note and its request sends that request when it wakes, and no lease can hold it
    back: that is what the key is for. Those moments are excused.
    """
    wrong: list[str] = []
    for reader in story.readers:
        for number, ended_at in zip(reader.numbers, reader.ended_at, strict=True):
            late = [at for at in story.calls.moments[number] if at > ended_at]
            late = [at for at in late if not any(0 <= at - woken < _JUST_WOKEN_S for woken in story.monkey.woken_at)]
            if late or len(story.calls.keys[number]) != 1:
                wrong.append(f"{number}: {len(late)} times too late, under {len(story.calls.keys[number])} keys")
    return wrong


@pytest.mark.long
@pytest.mark.promise("AGT-03", "AGT-04")
def test_two_hundred_kills_lose_no_run_no_word_and_repeat_no_finished_call(tell: Callable[[str], None]):
    story, wrong = asyncio.run(tell_story(KILLS))
    readers, monkey = story.readers, story.monkey
    ends = Counter(reader.ended_with for reader in readers)
    tell(
        f"kills: {monkey.kills} ({dict(monkey.done)}) in {story.seconds:.0f} s; {len(readers)} runs accepted, "
        f"ends {dict(ends)}; streams resumed {sum(one.resumed for one in readers)}, messages begun again "
        f"{sum(one.restarts for one in readers)}; {len(story.calls.moments)} calls, {story.calls.repeated} of them "
        f"repeated before their end was known; {len(wrong)} problems"
    )
    assert wrong == []
    assert done_again(story) == []
    assert monkey.kills >= KILLS
    assert sum(one.restarts for one in readers) >= KILLS / 5, "the kills met no run: they prove nothing"
    assert sum(one.resumed for one in readers) >= KILLS / 5
    assert len(story.calls.moments) >= KILLS / 5
    planted = next(one for one in readers if one.numbers)
    story.calls.moments[planted.numbers[0]].append(time.time() + _JUST_WOKEN_S)
    assert len(done_again(story)) == 1
