"""What known models cost, in millionths of a US dollar for a million tokens.

List prices as published (OpenAI's 2026-03, others' 2026-11), for the cost shown beside a run and limits in money;
the vendor's invoice is the truth. Discounts for cached tokens and surcharges for long prompts are not in them. A model
whose price depends on the length of its prompt alone stands here with the price of the short one.
"""

import re
from typing import NamedTuple

from .protocol import Usage

_SNAPSHOT = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8})$")
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
    "anthropic:claude-fable-5-1": Price(10_000_000, 50_000_000),
    "anthropic:claude-opus-5-5": Price(4_000_000, 20_000_000),
    "anthropic:claude-opus-5": Price(5_000_000, 25_000_000),
    "anthropic:claude-opus-4-7": Price(5_000_000, 25_000_000),
    "anthropic:claude-opus-4-6": Price(5_000_000, 25_000_000),
    "anthropic:claude-opus-4-5": Price(5_000_000, 25_000_000),
    "anthropic:claude-sonnet-5-5": Price(2_000_000, 10_000_000),
    "anthropic:claude-sonnet-5": Price(2_000_000, 10_000_000),
    "anthropic:claude-sonnet-4-5": Price(3_000_000, 15_000_000),
    "anthropic:claude-haiku-4-5": Price(1_000_000, 5_000_000),
    "google:gemini-2.5-pro": Price(1_250_000, 10_000_000),
    "google:gemini-2.5-flash": Price(300_000, 2_500_000),
    "google:gemini-2.5-flash-lite": Price(100_000, 400_000),
    "xai:grok-4": Price(3_000_000, 15_000_000),
    "xai:grok-4.3": Price(1_250_000, 2_500_000),
}


def find(model: str) -> Price | None:
    """Gives the price of a model by its full name; a dated snapshot costs what its model costs."""
    if model.startswith("scripted:"):
        return _FREE
    # One vendor's two wires cost the same.
    name = model.replace("openai-responses:", "openai:", 1) if model.startswith("openai-responses:") else model
    return _PRICES.get(_SNAPSHOT.sub("", name))


def cost_micros(model: str, usage: Usage) -> int | None:
    """Gives the cost in micro-dollars, rounded up, or None for a model without a known price."""
    price = find(model)
    if price is None:
        return None
    exact = usage.input_tokens * price.input_micros + usage.output_tokens * price.output_micros
    return -(-exact // _MILLION)
