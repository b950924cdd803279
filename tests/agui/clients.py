"""Other people's clients as their makers publish them: in tests/agui/clients, installed by tools/web as locked."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run_client(script: str, config: dict[str, Any]) -> dict[str, Any]:
    """What a script prints at its end: one JSON object."""
    done = subprocess.run(
        [str(ROOT / "tools/web"), "clients", script, json.dumps(config)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])
