"""How fast a customer checks an export with verify.py, beside a loop that only reads and hashes the same lines."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, column, interleave, ratio
from ringfence.base import merkle
from ringfence.evidence import verify
from tests.audit_logs import HOST, OURS, ROSE, entry
from tests.second_audit import checkpoint_text, end_line, line, sign, tile_line

_ENTRIES = 200_000
_TARGET = 100_000
_LOOP = """
import hashlib, sys
with open(sys.argv[1], "rb") as export:
    for line in export:
        hashlib.sha256(line).digest()
"""
_METHOD = f"""\
Entries in a second of CPU time on one core: `python3 -I -S verify.py` over an export of {_ENTRIES:,} entries, of about
600 bytes each, its start included; beside it a bare loop in Python that reads the lines and takes SHA-256 of each. That
loop is the machine's measure: what an entry costs beyond it is a ratio, which does not depend on how fast the machine
is. At four times the loop, the promise holds wherever the loop does 400,000 lines a second."""


def measure(plan: Plan) -> Section:
    """Entries a second, the loop's, and the memory that it took."""
    with tempfile.TemporaryDirectory() as directory:
        export = Path(directory) / "export.jsonl"
        write(export, _ENTRIES)
        rounds = interleave(
            plan,
            {
                "verify.py": _rate([verify.__file__, str(export), "--key", OURS.vkey]),
                "read and hash": _rate(["-c", _LOOP, str(export)]),
            },
        )
    figures = [Figure("Verifier", column(rounds, "verify.py"), Bound.AT_LEAST, _TARGET, "entries a second", 0)]
    told = [
        ("a loop that reads and hashes, entries a second", column(rounds, "read and hash").told(0)),
        ("times what that loop takes", ratio(rounds, "read and hash", "verify.py").told(1)),
    ]
    return Section("verifier", "Verifying an audit log", _METHOD, figures, told)


def write(path: Path, entries: int) -> None:
    """An honest export of so many entries, made in one pass; its first line comes last, and is put in front."""
    tree, block = merkle.CompactRange(), list[bytes]()
    body = path.with_suffix(".body")
    with body.open("wb") as file:
        for index in range(entries):
            data = entry(index)
            block.append(merkle.leaf_hash(data))
            file.write(data + b"\n")
            if len(block) == verify.BLOCK or index + 1 == entries:
                tree.extend(block)
                file.write(tile_line(index + 1 - len(block), block) + b"\n")
                block.clear()
        file.write(end_line(entries) + b"\n")
    with path.open("wb") as file, body.open("rb") as rest:
        file.write(line(head(entries, tree.root())) + b"\n")
        while chunk := rest.read(1 << 20):
            file.write(chunk)
    body.unlink()


def head(entries: int, root: bytes) -> dict[str, object]:
    """The first line of an export from 0."""
    origin = f"{HOST}/audit/{ROSE}"
    none: list[str] = []
    return {
        "format": "ringfence-audit-export/1",
        "log": ROSE,
        "origin": origin,
        "from": 0,
        "size": entries,
        "prefix": none,
        "keys": [OURS.vkey],
        "key_changes": none,
        "checkpoint": sign(checkpoint_text(origin, entries, root), OURS),
        "earlier": none,
        "instance": None,
    }


def _rate(arguments: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        child = subprocess.Popen([sys.executable, "-I", "-S", *arguments], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"{arguments[0]} ended with {child.returncode}")
        return _ENTRIES / (used.ru_utime + used.ru_stime)

    return run
