"""Questions of several people, shuffled and asked at once over the same kept connections; answers are searched whole.

The owners' own requests run between the swapped ones and bring their planted words: that is the control of the search,
and what a mix-up of connections would give to the wrong one.

A server whose database or processor stands still for seconds refuses, by OVERLOADED, or ends a stream in the middle.
That is its promise, and no failure: whoever was refused waits for as long as Retry-After says and asks again. What came
is searched as any answer is, and counted; a refusal of another kind, or one that never ends, is a failure.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp

from tests.attacks.recording import BEYOND_BOB, OF_ALICE, OF_NORTHWIND, Recording
from tests.attacks.replay import Asked

AT_ONCE = 48
OWN_EVERY = 25
OVERLOADED = frozenset({"database_unavailable", "database_busy", "stale_process"})
CUT = "stream cut"
TRIES = 60
# Of the requests: a server that refuses more than that shows too little of what it does.
MOST_REFUSED = 0.1


@dataclass(frozen=True)
class Question:
    """One request, who asks it, and the words that the answer must not hold (or that it is searched for)."""

    who: str
    bearer: str
    asked: Asked
    needles: tuple[bytes, ...]


@dataclass
class Tally:
    """What came back."""

    answers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)


def questions(recording: Recording, others: int) -> Iterator[Question]:
    """`others` questions by four others in a shuffled order, and the owners' own between them."""
    cast, mark, chosen = recording.cast, recording.mark, random.Random(4)
    everything = (mark.encode(), *(one.encode() for one in recording.ids))
    to_bob = (*(f"{mark}-{what}".encode() for what in BEYOND_BOB), *everything[1:])
    askers = [
        ("Mallory", cast.mallory.session, everything),
        ("Bob", cast.bob.session, to_bob),
        ("Zoe", cast.zoe.session, everything),
        ("Southwind", cast.southwind.api_key, everything),
    ]
    requests = [one.without(mark) for one in (*recording.alice, *recording.northwind)]
    alices = tuple(f"{mark}-{what}".encode() for what in OF_ALICE)
    northwinds = tuple(f"{mark}-{what}".encode() for what in OF_NORTHWIND)
    for number in range(others):
        if number % OWN_EVERY == 0:
            asked = recording.alice[number // OWN_EVERY % len(recording.alice)]
            yield Question("Alice", cast.alice.session, asked, alices)
            asked = recording.northwind[number // OWN_EVERY % len(recording.northwind)]
            yield Question("Northwind", cast.northwind.api_key, asked, northwinds)
        who, bearer, needles = askers[number % len(askers)]
        yield Question(who, bearer, chosen.choice(requests), needles)


async def ask_all(base_url: str, asked: Iterator[Question]) -> Tally:
    """Asks everything over at most AT_ONCE kept connections, whoever's turn it is."""
    tally = Tally()
    connections = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(base_url, connector=connections) as http:

        async def worker() -> None:
            for one in asked:
                await ask(http, one, tally)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return tally


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    overload: str | None
    """Why it may be asked again."""
    retry_after_s: float = 1


async def ask(http: aiohttp.ClientSession, one: Question, tally: Tally) -> None:
    """Asks one thing, again where the server is overloaded, and searches each answer whole, headers too."""
    answer = await _searched(http, one, tally)
    for _ in range(TRIES):
        if answer.overload is None:
            break
        tally.refused[answer.overload] += 1
        await asyncio.sleep(answer.retry_after_s)
        answer = await _searched(http, one, tally)
    tally.answers[one.who] += 1
    tally.statuses[answer.status] += 1
    if answer.overload is not None or answer.status >= 500 or answer.status == 401:
        said = answer.body[:200].decode(errors="replace")
        tally.unanswered.append(f"{one.who} {one.asked.method} {one.asked.path}: {answer.status} {said}")


async def _searched(http: aiohttp.ClientSession, one: Question, tally: Tally) -> _Answer:
    answer = await _answer(http, one)
    whole = repr(answer.headers).encode() + answer.body
    for needle in one.needles:
        if needle in whole:
            tally.found[f"{one.who}: {needle.decode()}"] += 1
    return answer


async def _answer(http: aiohttp.ClientSession, one: Question) -> _Answer:
    headers, body, is_cut = {**one.asked.headers, "Authorization": f"Bearer {one.bearer}"}, b"", False
    async with http.request(one.asked.method, one.asked.path, json=one.asked.body, headers=headers) as response:
        try:
            async for some in response.content.iter_any():
                body += some
        except aiohttp.ClientPayloadError:
            if response.content_type != "text/event-stream":
                raise
            is_cut = True
    status, wait = response.status, response.headers.get("Retry-After")
    if is_cut:
        return _Answer(status, response.raw_headers, body, CUT)
    if status != 503 or wait is None or (code := json.loads(body)["code"]) not in OVERLOADED:
        return _Answer(status, response.raw_headers, body, None)
    return _Answer(status, response.raw_headers, body, code, float(wait))


@dataclass(frozen=True)
class Verdict:
    """What a tally says."""

    swapped: int
    leaks: dict[str, int]
    own: set[str]
    text: str


def judge(tally: Tally, seconds: float) -> Verdict:
    """Tells what came back to others from what came back to the owners."""
    owners = ("Alice", "Northwind")
    swapped = sum(n for who, n in tally.answers.items() if who not in owners)
    leaks = {where: n for where, n in tally.found.items() if not where.startswith(owners)}
    own = {where.rpartition("-")[2] for where in tally.found if where.startswith(owners)}
    planted = sum(tally.found.values()) - sum(leaks.values())
    text = (
        f"{sum(leaks.values())} leaks in {swapped:,} ({dict(tally.answers)}) in {seconds:.0f} s; "
        f"refused for a while and asked again: {dict(tally.refused)}; "
        f"the owners' own answers held {planted:,} planted words"
    )
    return Verdict(swapped, leaks, own, text)


def swap(recording: Recording, others: int) -> tuple[Tally, Verdict]:
    """Asks `others` swapped questions of the recording's server and judges the answers."""
    began = time.monotonic()
    tally = asyncio.run(ask_all(recording.cast.server.base_url, questions(recording, others)))
    return tally, judge(tally, time.monotonic() - began)


def check(tally: Tally, verdict: Verdict, others: int) -> None:
    """Asserts that nothing leaked, that everything was answered, and that the search finds what is there."""
    assert verdict.leaks == {}
    assert verdict.swapped >= others
    assert verdict.own >= {*OF_ALICE, *OF_NORTHWIND} - {"name"}, "the search finds nothing: it proves nothing"
    assert tally.unanswered == [], (len(tally.unanswered), tally.unanswered[:5])
    assert tally.refused.total() <= MOST_REFUSED * others, f"overloaded: {tally.refused}"
    assert {200, 403, 404} <= set(tally.statuses)
