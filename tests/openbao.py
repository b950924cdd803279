"""A real OpenBao server in memory, for tests: its address, its root token, and a prefix of its own for each test."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.controls.keystore.openbao.client import Bao, BaoAccess
from ringfence.controls.keystore.openbao.store import OpenBaoKeystore

ROOT_TOKEN = "root-of-the-tests"
ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).parent / "bao"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class BaoServer:
    """Where it answers, and who may do everything there."""

    address: str
    pid: int

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, token: str = ROOT_TOKEN) -> Any:
        """What the server answers an administrator, outside of our own client."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.address}/v1/{path}", data, {"X-Vault-Token": token}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def keystore(self, prefix: str, *, token: str = ROOT_TOKEN, address: str | None = None) -> OpenBaoKeystore:
        """Our keystore below a prefix."""
        access = BaoAccess(token=Secret(token.encode()))
        return OpenBaoKeystore(Bao(address or self.address, access, variable="RINGFENCE_KEYSTORE"), prefix=prefix)


def new_prefix() -> str:
    """A prefix that no other test has."""
    return "t" + ids.new().hex[-20:]


def policy(prefix: str) -> str:
    """The policy of docs/operating.md, for another prefix."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    return text.partition("```hcl\n")[2].partition("```")[0].replace("ringfence", prefix)


@contextmanager
def running() -> Iterator[BaoServer]:
    """The server, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [PROGRAM, "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT_TOKEN}"]
        command.append(f"-dev-listen-address=127.0.0.1:{port}")
        environment = {"HOME": home, "PATH": os.environ["PATH"]}
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            found = BaoServer(f"http://127.0.0.1:{port}", server.pid)
            _wait(found, server)
            found.call("POST", "sys/mounts/transit", {"type": "transit"})
            yield found
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


def _wait(server: BaoServer, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            server.call("GET", "sys/health")
            server.call("GET", "sys/internal/ui/mounts/secret")
        except OSError:
            if time.monotonic() > until or process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
