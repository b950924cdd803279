"""`make demo` as its first user meets it: seeded, toured, killed, started again. One demo serves all tests here."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served import request
from tests.world_postgres import scratch_directory

PROGRAM = [sys.executable, "-c", "from ringfence.cli import main; main()"]


@dataclass
class Demo:
    """A running demo and its data."""

    data: Path
    environment: dict[str, str]
    popen: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> str:
        """Starts it; gives what it printed up to the end of the tour."""
        output = self.data.parent / "output"
        with output.open("wb") as file:
            self.popen = subprocess.Popen(
                [*PROGRAM, "demo", *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=file,
                stderr=file, start_new_session=True,
            )  # fmt: skip
        for _ in range(600):
            text = output.read_text()
            if "Keys and ids for scripts" in text:
                return text
            if self.popen.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(output.read_text()[-2000:])

    def end(self, how: signal.Signals) -> int:
        assert self.popen is not None
        self.popen.send_signal(how)
        return self.popen.wait(30)

    def command(self, *arguments: str) -> list[str]:
        return [*PROGRAM, "demo", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60,
            check=False,
        )  # fmt: skip

    @property
    def state(self) -> dict:
        return json.loads((self.data / "demo.json").read_text())


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    with scratch_directory() as directory:
        environment = kept | {"RINGFENCE_DATA": str(directory / "data"), "RINGFENCE_PORT": "0"}
        running = Demo(directory / "data", environment)
        running.start()
        yield running
        if running.popen is not None and running.popen.poll() is None:
            running.end(signal.SIGTERM)


@pytest.mark.promise("OPS-01")
def test_the_demo_leaves_what_scripts_need_and_nobody_else_may_read_it(demo: Demo):
    assert stat.S_IMODE((demo.data / "demo.json").stat().st_mode) == 0o600
    state = demo.state
    assert {o["external_id"] for o in state["organizations"]} == {"rose", "thorn"}
    assert state["demo_url"] is None
    assert Path(state["private_key_path"]).exists()
    answer = request(state["base_url"], "GET", "/api/v1/partner/settings", bearer=state["partner_api_key"])
    assert answer.status == 200


@pytest.mark.promise("OPS-01")
def test_a_demo_token_buys_a_session_once(demo: Demo):
    token = demo.run("token", "alice", "rose").stdout.strip()
    base_url = demo.state["base_url"]
    first = request(base_url, "POST", "/api/v1/embed/auth", body={"token": token})
    assert first.status == 200
    assert request(base_url, "POST", "/api/v1/embed/auth", body={"token": token}).status == 401


@pytest.mark.promise("OPS-01", "TEN-05")
def test_alice_is_answered_in_the_terminal_and_mallory_gets_the_404(demo: Demo):
    done = demo.run("chat", "What time is it in Copenhagen?", "--as", "alice@rose")
    assert done.returncode == 0, done.stderr
    assert "In Copenhagen it is" in done.stdout
    run = next(line for line in done.stderr.splitlines() if line.startswith("run ")).split()[1]
    refused = demo.run("chat", "--as", "mallory@thorn", "--run", run)
    assert "404" in refused.stderr
    assert "Copenhagen" not in refused.stdout + refused.stderr


@pytest.mark.promise("AGT-03", "OPS-01")
def test_a_killed_demo_goes_on_in_the_same_terminal(demo: Demo):
    chat = subprocess.Popen(
        demo.command("chat", "Tell me a long story", "--as", "alice@rose"), env=demo.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert chat.stderr is not None
    assert chat.stderr.readline().startswith("run ")
    time.sleep(1.5)
    demo.environment["RINGFENCE_PORT"] = demo.state["base_url"].rsplit(":", 1)[1]
    demo.end(signal.SIGKILL)
    assert "adopted" in demo.start()
    said, told = chat.communicate(timeout=90)
    assert chat.returncode == 0, told
    assert "the server is back" in told
    assert said.rstrip().endswith("you have just seen it happen.")


@pytest.mark.promise("OPS-01")
def test_a_lost_demo_file_brings_a_new_key_and_revokes_the_old(demo: Demo):
    old = demo.state["partner_api_key"]
    assert demo.end(signal.SIGINT) == 0
    (demo.data / "demo.json").unlink()
    demo.start()
    base_url, new = demo.state["base_url"], demo.state["partner_api_key"]
    assert request(base_url, "GET", "/api/v1/partner/settings", bearer=new).status == 200
    assert request(base_url, "GET", "/api/v1/partner/settings", bearer=old).status == 401


@pytest.mark.promise("OPS-01")
def test_ctrl_c_ends_everything_and_reset_begins_anew(demo: Demo):
    before = demo.state["partner_id"]
    assert demo.end(signal.SIGINT) == 0
    assert not (demo.data / "postgres" / "cluster" / "postmaster.pid").exists()
    demo.start("--reset")
    assert demo.state["partner_id"] != before


def test_the_page_at_the_root_tells_the_tour_without_scripts(demo: Demo):
    page = request(demo.state["base_url"], "GET", "/")
    text = page.raw.decode()
    assert "Talk to the agent as Alice" in text
    assert "<script" not in text
    assert "default-src 'none'" in page.headers["content-security-policy"]
