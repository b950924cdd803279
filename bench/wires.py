"""The same run of 20 deltas over each provider's wire, against the floor's over the chat wire."""

import asyncio

import uvloop

from bench.figures import Bound, Figure, Section
from bench.processes import cpu_seconds
from bench.rounds import Plan, column, order, ratio
from bench.runs import CLIENTS, load
from bench.runs_contenders import open_wires

_WIRES = {
    "anthropic": ("anthropic_server", "ANTHROPIC_BASE_URL"),
    "google": ("gemini_server", "GOOGLE_BASE_URL"),
    "xai": ("model_server", "XAI_BASE_URL"),
}
_RESPONSES = {"openai-responses": ("responses_server", "OPENAI_BASE_URL")}
_KEYS = {"ANTHROPIC_API_KEY": "bench", "GOOGLE_API_KEY": "bench", "XAI_API_KEY": "bench"}
_FLOOR = "floor"
_METHOD = f"""\
A run of 20 deltas, streamed by one Ringfence process over each wire in turn, with everything on as in the measurement of
runs, and by the floor over the chat wire. Each vendor's local server answers at once. {CLIENTS} clients; CPU is what the
kernel counted for the server's process."""
