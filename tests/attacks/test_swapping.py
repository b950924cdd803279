"""The swapped requests' own control: it searches refusals too, and lets no other one pass than those of an overload."""

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.attacks.replay import Asked
from tests.long.swapping import CUT, Question, Tally, ask_all

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def asked(*answers: Handler) -> Tally:
    """What is noted when one question meets these answers, one after another."""
    left = list(answers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    app = web.Application()
    app.router.add_get("/", handle)
    async with TestServer(app) as server:
        question = Question("Mallory", "hers", Asked("GET", "/"), (b"planted",))
        return await ask_all(str(server.make_url("")), iter([question]))


def refusal(status: int, code: str, **headers: str) -> Handler:
    """A problem with planted words in none of its parts."""

    async def answer(_request: web.Request) -> web.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=json.dumps({"code": code}), headers=names)

    return answer


async def good(_request: web.Request) -> web.Response:
    """An answer without anything of somebody else."""
    return web.Response(text="hers")


async def cut(request: web.Request) -> web.StreamResponse:
    """A stream with somebody else's words that ends in the middle."""
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    await stream.write(b"data: planted\n")
    assert request.transport is not None
    request.transport.close()
    return stream


async def test_a_refusal_of_an_overload_is_counted_and_asked_again():
    busy = refusal(503, "stale_process", Retry_After="0")
    tally = await asked(busy, busy, good)
    assert (tally.refused, tally.unanswered) == ({"stale_process": 2}, [])
    assert (tally.statuses, tally.found) == ({200: 1}, {})


@pytest.mark.parametrize(
    "answer",
    [
        refusal(401, "session_expired"),
        refusal(500, "internal_error"),
        refusal(503, "database_busy"),
        refusal(503, "keystore_unavailable", Retry_After="0"),
        refusal(503, "database_busy", Retry_After="0"),
    ],
    ids=["401", "500", "no Retry-After", "another part", "for ever"],
)
async def test_any_other_refusal_is_named(answer: Handler):
    tally = await asked(answer)
    assert len(tally.unanswered) == 1
    assert "Mallory GET /" in tally.unanswered[0]


async def test_words_in_a_refusal_and_in_a_cut_stream_are_found():
    refused = await asked(refusal(503, "database_busy", Retry_After="0", Reason="planted"), good)
    assert refused.found == {"Mallory: planted": 1}
    broken = await asked(cut, good)
    assert (broken.found, broken.refused) == ({"Mallory: planted": 1}, {CUT: 1})
