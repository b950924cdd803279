"""The long tests, and then promises and attacks again on PostgreSQL 16, the oldest server that is supported.

With arguments, pytest's own, those tests alone: `python -m tools.long tests/long/test_kills.py`. How much each does can
be lowered for a try: RINGFENCE_LONG_KILLS, _SWAPS, _POOLED, _SOAK_SECONDS, _REFUSALS.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Gives the worse exit code of the two."""
    long = _pytest(["-m", "long", *sys.argv[1:]], {})
    if sys.argv[1:]:
        return long
    oldest = _oldest()
    if oldest is None:
        print("PostgreSQL 16: no wheel for this interpreter or system; use CPython 3.11 or 3.12 on Linux", flush=True)
        return long or 1
    print(f"promises and attacks on {oldest}", flush=True)
    return _pytest(["-m", "not long", "tests/promises", "tests/attacks"], {"RINGFENCE_PG_BIN": str(oldest)}) or long


def _oldest() -> Path | None:
    found = importlib.util.find_spec("pgserver")
    if found is None or found.origin is None:
        return None
    programs = Path(found.origin).parent / "pginstall" / "bin"
    return programs if (programs / "postgres").exists() else None


def _pytest(arguments: list[str], more: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, env=os.environ | more).returncode


if __name__ == "__main__":
    sys.exit(main())
