"""Audit logs to check and to tamper with: exports written by the second implementation, checked as a customer does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from ringfence.base import canonical_json, merkle
from tests.second_audit import Log, Signer, checkpoint_text, end_line, line, sign, tile_line

VERIFY = Path(__file__).parents[1] / "src/ringfence/evidence/verify.py"
HOST = "ringfence.example"
ROSE = "org/01920000-0000-7000-8000-00000000000a"
THORN = "org/01920000-0000-7000-8000-00000000000b"
OURS = Signer(f"{HOST}/audit", b"\x01" * 32)
THEIRS = Signer(f"{HOST}/audit", b"\x02" * 32)
WITNESS = Signer("witness.example/w1", b"\x03" * 32, type=4)
MADE_MS = 0x0199_0000_0000
"""When the entries were made, in milliseconds: each a second after the one before."""


def entry(index: int, log: str = ROSE, **changes: object) -> bytes:
    """Leaf data, as the sealer writes it."""
    made = MADE_MS + index * 1000
    seconds, milliseconds = divmod(made, 1000)
    value: dict[str, object] = {
        "v": 1,
        "log": log,
        "index": index,
        "id": str(UUID(int=made << 80 | 0x7000 << 64 | 0x8000 << 48 | index)),
        "at": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}877Z",
        "actor": {"kind": "user", "id": "01920000-0000-7000-8000-0000000000aa"},
        "action": "conversation.created",
        "target": {"kind": "conversation", "id": f"01920000-0000-7000-8000-{index:012x}"},
        "outcome": "success",
        "reason": None,
        "permission": "conversation:create",
        "request_id": f"01920000000070008000{index:012x}",
        "address_hash": "ab" * 32,
        "network": "public",
        "details": {"count": index % 7, "kind": "first"} if index % 3 else {},
    }
    return canonical_json.encode({**value, **changes})


def log_of(size: int, name: str = ROSE, signer: Signer = OURS, host: str = HOST) -> Log:
    """An honest log of so many entries."""
    return Log(name, host, [entry(index, name) for index in range(size)], signer)


def checked(
    export: list[bytes] | bytes, folder: Path, *options: str, python: tuple[str, ...] = (sys.executable, "-I", "-S")
) -> dict[str, Any]:
    """What verify.py says of an export, in a process of its own without anything of ours; adds `exit_code`."""
    file = folder / "export.jsonl"
    file.write_bytes(export if isinstance(export, bytes) else b"".join(one + b"\n" for one in export))
    return asked(file, *options, python=python)


def asked(
    file: Path, *options: str, python: tuple[str, ...] = (sys.executable, "-I", "-S"), stdin: bytes | None = None
) -> dict[str, Any]:
    """As `checked`, for anything else that it can look at."""
    command = [*python, str(VERIFY), str(file), "--json", *options]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120, input=stdin)
    assert done.stderr == b"", done.stderr.decode()
    said = json.loads(done.stdout)
    return {**said, "exit_code": done.returncode}


def stream(count: int) -> Iterator[bytes]:
    """The lines of an honest export of so many entries, made one by one and twice: for the root, and for the reader."""
    tree = merkle.CompactRange()
    for index in range(count):
        tree.append(merkle.leaf_hash(_quick(index)))
    checkpoint = sign(checkpoint_text(log_of(1).origin, count, tree.root()), OURS)
    yield line({**log_of(1).header(), "size": count, "checkpoint": checkpoint}) + b"\n"
    block: list[bytes] = []
    for index in range(count):
        data = _quick(index)
        block.append(merkle.leaf_hash(data))
        yield data + b"\n"
        if (index + 1) % 256 == 0 or index + 1 == count:
            yield tile_line(index + 1 - len(block), block) + b"\n"
            block.clear()
    yield end_line(count) + b"\n"


_FRONT, _, _BACK = entry(0).partition(b'"index":0')


def _quick(index: int) -> bytes:
    return b'%b"index":%d%b' % (_FRONT, index, _BACK)


_MEASURED = """
import runpy, sys
sys.argv = [sys.argv[1], "-", "--json"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    with open("/proc/self/status") as status:
        print(*[line.split()[1] for line in status if line.startswith("VmHWM")], file=sys.stderr)
"""


def streamed(count: int) -> tuple[dict[str, Any], int]:
    """What verify.py says of a stream through its standard input, and the most memory that it had, in kB (Linux)."""
    command = [sys.executable, "-I", "-S", "-c", _MEASURED, str(VERIFY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        for one in stream(count):
            child.stdin.write(one)
        said, measured = child.communicate(timeout=120 + count / 10_000)
    return json.loads(said), int(measured)
