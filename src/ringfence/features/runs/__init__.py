"""Runs: the durable story of one answer, journaled, leased, streamed.

The root makes an Engine by `open_engine`, starts it, keeps it at `app.state.runs` and drains it at the end.
"""

from ringfence.features.runs.engine import Engine
from ringfence.features.runs.http_tool import HttpToolbox
from ringfence.features.runs.routes import router
from ringfence.features.runs.start_rows import Share
from ringfence.features.runs.workflow import open_engine

__all__ = ["Engine", "HttpToolbox", "Share", "open_engine", "router"]
