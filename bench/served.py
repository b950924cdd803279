"""A `ringfence serve` for measuring: as an operator would run it, but for limits that a load would meet at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import served

_LIMITS = "auth=1000000/60,default=1000000/60,organization=1000000/60,partner=1000000/60"


def settings(directory: Path, model_url: str | None = None) -> dict[str, str]:
    """The environment of the process; its data lies in `directory`/data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    model = {} if model_url is None else {"OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "bench"}
    return {
        **kept,
        **model,
        "RINGFENCE_DATA": str(directory / "data"),
        "RINGFENCE_PORT": "0",
        "RINGFENCE_PUBLIC_URL": "http://ringfence.test",
        "RINGFENCE_LIMITS": _LIMITS,
    }


@contextmanager
def stopped_at_end(process: served.Process) -> Iterator[served.Process]:
    """The process, ended with its database when the block ends, if it runs by then."""
    try:
        yield process
    finally:
        if process.popen is not None and process.popen.poll() is None:
            process.kill(signal.SIGTERM)
