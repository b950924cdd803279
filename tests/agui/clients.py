"""Other people's clients as their makers publish them: in tests/agui/clients, installed by tools/web as locked."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run_client(script: str, config: dict[str, Any]) -> dict[str, Any]:
    """What a script prints at its end: one JSON object."""
    return json.loads(client_output(script, json.dumps(config)).splitlines()[-1])


def client_output(script: str, *arguments: str) -> str:
    """What a script prints."""
    done = subprocess.run(
        [str(ROOT / "tools/web"), "clients", script, *arguments],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
