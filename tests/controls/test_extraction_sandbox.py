"""Hostile code where a parser would run: inside of the sandbox nothing works that works outside of it."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ringfence.controls.extraction import Extractor, Layer, is_enough
from tests.controls.test_extraction import READ
from tests.paper_process import is_gone, parser_below
from tests.paperwork import stream

HOSTILE = """
import errno, json, os, socket, subprocess, sys, threading, ctypes, mmap
inside, secret, port, spot = sys.argv[1:]
layers = ()
if inside == "inside":
    from ringfence.controls.extraction import sandbox
    layers = sandbox.confine()

def connects():
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        return True

def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[0] == child

def thread():
    one = threading.Thread(target=print, daemon=True)
    one.start()
    one.join()
    return True

def write():
    with open(spot, "w") as out:
        return out.write("x") == 1

def traces():
    # Of a process that is not there: who really let itself be traced would stand still at the next signal.
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.ptrace(16, 2**22 + 1, None, None) == -1 and ctypes.get_errno() == errno.ESRCH

ACTS = {
    "reads the root key": lambda: open(secret).read() == "root key",
    "lists a directory": lambda: bool(os.listdir(os.path.dirname(secret))),
    "writes a file": write,
    "connects": connects,
    "makes a socket of the machine": lambda: bool(socket.socketpair()),
    "forks": fork,
    "starts a thread": thread,
    "starts a program": lambda: subprocess.run(["/bin/true"]).returncode == 0,
    "signals its parent": lambda: os.kill(os.getppid(), 0) is None,
    "reads another's memory": lambda: open(f"/proc/{os.getppid()}/maps").read(1) != "",
    "traces": traces,
    "takes two gigabytes": lambda: len(mmap.mmap(-1, 2 << 30)) == 2 << 30,
    "makes an anonymous file": lambda: os.memfd_create("x") > 0,
    "raises its limits": lambda: __import__("resource").setrlimit(7, (1000, 1000)) is None,
}
found = {}
for name, act in ACTS.items():
    try:
        found[name] = bool(act())
    except BaseException:
        found[name] = False
print(json.dumps({"found": found, "layers": layers}))
"""


async def hostile(where: str, tmp_path: Path) -> dict[str, Any]:
    secret = tmp_path / "root.key"
    secret.write_text("root key")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-c", HOSTILE, where, str(secret), port, str(tmp_path / "made")),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
    return json.loads(out.splitlines()[-1])


@pytest.mark.promise("AGT-07", "AIS-02")
async def test_what_runs_where_a_parser_runs_reaches_nothing(tmp_path: Path):
    outside = await hostile("outside", tmp_path)
    assert all(outside["found"].values()), "the code does what it says, where it may"
    (tmp_path / "made").unlink()
    inside = await hostile("inside", tmp_path)
    assert not any(inside["found"].values()), inside
    assert is_enough(inside["layers"])
    assert not (tmp_path / "made").exists()


THREADED = """
import sys, threading
from ringfence.controls.extraction import sandbox
confined, read = threading.Event(), []
def wait():
    confined.wait()
    try:
        read.append(open(sys.argv[1]).read())
    except OSError:
        read.append("refused")
one = threading.Thread(target=wait)
one.start()
sandbox.confine()
confined.set()
one.join()
print(read[0])
"""


@pytest.mark.promise("AGT-07")
async def test_a_thread_from_before_is_confined_with_the_others(tmp_path: Path):
    secret = tmp_path / "root.key"
    secret.write_text("root key")
    child = await asyncio.create_subprocess_exec(
        sys.executable, *("-I", "-c", THREADED, str(secret)), stdout=asyncio.subprocess.PIPE
    )
    assert (await child.communicate())[0].strip() == b"refused"


@pytest.mark.promise("AGT-07")
async def test_no_parser_weakens_the_sandbox():
    held = await Extractor().layers()
    for kind in ("pdf", "docx", "xlsx", "pptx"):
        media_type, data, _ = READ[kind]
        assert (await Extractor().extract(media_type, stream(data))).layers == held, kind


async def test_the_layers_that_hold_are_told():
    assert is_enough(await Extractor().layers())
    assert not is_enough([Layer.LIMITS, Layer.NAMESPACE, Layer.LANDLOCK])


@pytest.mark.parametrize("layer", ["landlock.deny_all", "seccomp.allow_computing_alone"])
@pytest.mark.promise("AGT-07")
async def test_each_layer_alone_keeps_files_away(layer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    off = f"sandbox.{layer} = lambda *_: False\n    layers = sandbox.confine()"
    code = HOSTILE.replace("layers = sandbox.confine()", off)
    monkeypatch.setitem(globals(), "HOSTILE", code)
    found = (await hostile("inside", tmp_path))["found"]
    for act in ("reads the root key", "lists a directory", "writes a file", "connects", "takes two gigabytes"):
        assert not found[act], act


PARENT = """
import asyncio, sys
from ringfence.controls.extraction import Extractor
from tests.paper_process import SLOW_PAGE
from tests.paperwork import stream
asyncio.run(Extractor("best-effort").extract("text/html", stream(SLOW_PAGE)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else tells a process that its parent died")
@pytest.mark.parametrize("confined", [False, True], ids=["at its start", "in mid-parsing"])
async def test_a_parser_ends_with_the_process_that_started_it(confined: bool):
    """Also one that is stopped, which would never see that nobody reads what it writes."""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, cwd=Path(__file__).parents[2])
    parser = await asyncio.to_thread(parser_below, parent.pid, confined=confined)
    if confined:
        os.kill(parser, signal.SIGSTOP)
        assert not is_gone(parser, seconds=0.1)
    parent.kill()
    assert await parent.wait() == -signal.SIGKILL
    assert await asyncio.to_thread(is_gone, parser)
