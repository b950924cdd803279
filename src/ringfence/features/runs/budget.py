"""What a run may still spend: reserved before a model is asked, settled when the run ends or waits. Keeps AGT-02.

Only where a limit is set: one more statement before each request to a model, and none elsewhere. The reservation is
the run's own row, which each later one replaces and the run's end settles, in whatever process: none outlives its run.
An answer that is stopped or breaks off is paid, and nobody says how much: it costs what was reserved for it.
Proved in tests/features/test_runs_spending.py.
"""

from typing import Final

import msgspec

from ringfence.controls.tenancy import Database, Fenced

from . import queries
from .hold import RunLost
from .models import ModelRequest, Usage, prices
from .telling import Fault, Telling

_BYTES_A_TOKEN: Final = 2
"""Fewer than any tokenizer makes of any language: what is reserved is too much rather than too little."""
_OUTPUT_TOKENS: Final = 4_096
"""The longest answer under a budget, where the agent sets no limit of its own."""
_WORDS: Final = {
    "budget_exhausted": "What may be spent on models this month is spent.",
    "model_price_unknown": "This model has no known price, so it cannot be asked under a limit in money.",
}


def limited(request: ModelRequest) -> ModelRequest:
    """The request whose answer cannot be longer than what is reserved for it."""
    return msgspec.structs.replace(request, max_output_tokens=request.max_output_tokens or _OUTPUT_TOKENS)


async def reserve(database: Database, run: Telling, request: ModelRequest) -> Usage:
    """Reserves the most that this request may cost beside what the run has spent, and gives that most.

    Raises Fault `budget_exhausted` or `model_price_unknown`, before anybody was asked.
    """
    hold, spent = run.hold, run.progress.spent
    most = Usage(_tokens_read(request), request.max_output_tokens or _OUTPUT_TOKENS)
    cost = prices.cost_micros(request.model, most)
    micros = None if cost is None or spent.cost_micros is None else spent.cost_micros + cost
    tokens = spent.tokens + most.input_tokens + most.output_tokens
    fence = queries.fence(hold.run_id, hold.holder, hold.attempt)
    reservation = queries.reserve(hold.run_id, hold.user_id, tokens=tokens, cost_micros=micros)
    try:
        code: str | None = (await database.write(hold.scope, fence, reservation))[1][0]
    except Fenced:
        raise RunLost from None
    if code is not None:
        raise Fault(code, _WORDS[code])
    return most


def keep(run: Telling, request: ModelRequest, most: Usage) -> None:
    """Leaves the reservation of an answer that never came to its end to the run's end, which would give it back."""
    cost = prices.cost_micros(request.model, most)
    tokens = most.input_tokens + most.output_tokens
    run.owe(also=[queries.spend_more(run.hold.run_id, tokens=tokens, cost_micros=cost or 0)])


def _tokens_read(request: ModelRequest) -> int:
    return -(-len(msgspec.json.encode(request)) // _BYTES_A_TOKEN)
