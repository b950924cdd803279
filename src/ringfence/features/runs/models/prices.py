"""What known models cost, in millionths of a US dollar for a million tokens.

List prices of the vendor as reported in 2026-03, for the cost shown beside a run; the vendor's invoice is the truth.
"""

import re
from typing import NamedTuple

from .protocol import Usage

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = 1_000_000


class Price(NamedTuple):
    """Micro-dollars for a million tokens read and a million tokens written."""

    input_micros: int
    output_micros: int


_FREE = Price(0, 0)
_PRICES = {
    "openai:gpt-4o": Price(2_500_000, 10_000_000),
    "openai:gpt-4o-mini": Price(150_000, 600_000),
    "openai:gpt-4.1": Price(2_000_000, 8_000_000),
    "openai:gpt-4.1-mini": Price(400_000, 1_600_000),
    "openai:gpt-4.1-nano": Price(100_000, 400_000),
    "openai:gpt-5": Price(1_250_000, 10_000_000),
    "openai:gpt-5-mini": Price(250_000, 2_000_000),
    "openai:gpt-5-nano": Price(50_000, 400_000),
    "openai:o3": Price(2_000_000, 8_000_000),
    "openai:o4-mini": Price(1_100_000, 4_400_000),
}


def find(model: str) -> Price | None:
    """Gives the price of a model by its full name; a dated snapshot costs what its model costs."""
    if model.startswith("scripted:"):
        return _FREE
    return _PRICES.get(_SNAPSHOT.sub("", model))


def cost_micros(model: str, usage: Usage) -> int | None:
    """Gives the cost in micro-dollars, rounded up, or None for a model without a known price."""
    price = find(model)
    if price is None:
        return None
    exact = usage.input_tokens * price.input_micros + usage.output_tokens * price.output_micros
    return -(-exact // _MILLION)
