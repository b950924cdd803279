"""`make demo` as its first user meets it: seeded, toured, killed, started again. One demo serves all tests here."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.served import Answer, parse_events, request
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
        deadline = time.monotonic() + 180  # A busy machine starts slowly; one that does not start has ended.
        while time.monotonic() < deadline:
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
        return self.popen.wait(60)

    def command(self, *arguments: str) -> list[str]:
        return [*PROGRAM, "demo", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=240,
            check=False,
        )  # fmt: skip

    @property
    def state(self) -> dict:
        return json.loads((self.data / "demo.json").read_text())


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    with scratch_directory() as directory:
        environment = kept | {"RINGFENCE_DATA": str(directory / "data"), "RINGFENCE_PORT": "0", "DEMO_PORT": "0"}
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
    assert state["demo_url"].startswith("http://127.0.0.1:")
    assert state["trust_url"] == f"{state['base_url']}/trust"
    assert request(state["base_url"], "GET", "/trust").status == 200
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


@pytest.mark.promise("OPS-01")
def test_each_organizations_agent_cites_its_own_handbook(demo: Demo):
    for speaker, terms in (("alice@rose", "within 14 days"), ("mallory@thorn", "within 30 days")):
        asked = ("chat", "What are our payment terms?", "--as", speaker)
        told = demo.run(*asked)
        for _ in range(40):  # it was handed in when the demo began, and is read beside it
            if "The handbook says" in told.stdout:
                break
            told = demo.run(*asked)
        assert terms in told.stdout, told.stdout + told.stderr
        assert re.search(r"\[[0-9a-f]{8}:\d+\]", told.stdout)


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
    demo.environment["DEMO_PORT"] = demo.state["demo_url"].rsplit(":", 1)[1]
    demo.end(signal.SIGKILL)
    assert "adopted" in demo.start()
    said, told = chat.communicate(timeout=240)
    assert chat.returncode == 0, told
    assert "the server is back" in told
    assert said.rstrip().endswith("you have just seen it happen.")


@dataclass
class Visitor:
    """A browser in the demo's product, as far as HTTP goes, and its session here."""

    demo: Demo
    cookie: str

    @classmethod
    def log_in(cls, demo: Demo, user: str) -> "Visitor":
        asked = urllib.request.Request(f"{demo.state['demo_url']}/login", data=f"user={user}".encode())
        opener = urllib.request.build_opener(Stay)
        with pytest.raises(urllib.error.HTTPError) as moved:
            opener.open(asked)
        with moved.value as answer:
            assert (answer.code, answer.headers["Location"]) == (303, "/")
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly; SameSite=Lax" in cookie
        return cls(demo, cookie.partition(";")[0])

    def see(self, path: str, method: str = "GET") -> Answer:
        return request(self.demo.state["demo_url"], method, path, headers={"Cookie": self.cookie})

    def session(self) -> str:
        token = self.see("/agent-token", "POST").json["token"]
        answer = request(self.demo.state["base_url"], "POST", "/api/v1/embed/auth", body={"token": token})
        return answer.json["session_token"]

    def ask(self, session: str, text: str) -> list[tuple[str, str, Any]]:
        state = self.demo.state
        body = {"agent_id": next(iter(state["agents"].values())), "input": {"text": text}}
        headers = {"Accept": "text/event-stream"}
        stream = request(state["base_url"], "POST", "/api/v1/runs", bearer=session, body=body, headers=headers)
        return parse_events(stream.raw.decode())


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_arguments: object, **_more: object) -> None:
        return None


def said(events: list[tuple[str, str, Any]]) -> str:
    return "".join(data["text"] for _, event, data in events if event == "message.completed")


@pytest.mark.promise("OPS-01", "EMB-08", "AIS-04")
def test_the_product_shows_the_whole_scene(demo: Demo):
    alice = Visitor.log_in(demo, "alice")
    session = alice.session()
    assert "**Nordlys ApS** owes 4,200 DKK" in said(alice.ask(session, "Which customers are late?"))
    events = alice.ask(session, "Remind Nordlys about the invoice")
    assert [event for _, event, _ in events][-1] == "run.waiting"
    asked = next(data for _, event, data in events if event == "approval.requested")
    assert asked["titles"]["en"] == "Send Nordlys ApS a reminder about 4200 DKK?"
    assert alice.see("/activity").json == []
    base_url, run = demo.state["base_url"], events[0][2]["run_id"]
    decision = {"decision": "approve", "args_sha256": asked["args_sha256"]}
    path = f"/api/v1/approvals/{asked['approval_id']}"
    assert request(base_url, "POST", path, bearer=session, body=decision).status == 200
    headers = {"Accept": "text/event-stream", "Last-Event-ID": events[-1][0]}
    rest = request(base_url, "GET", f"/api/v1/runs/{run}/events", bearer=session, headers=headers)
    assert "mette@nordlys.example" in said(parse_events(rest.raw.decode()))
    done = alice.see("/activity").json
    assert [entry["text"] for entry in done] == ["Reminder about 4,200 DKK sent to Nordlys ApS"]


@pytest.mark.promise("OPS-01", "TEN-05")
def test_in_the_product_mallory_finds_no_customer_of_rose(demo: Demo):
    mallory = Visitor.log_in(demo, "mallory")
    assert [customer["name"] for customer in mallory.see("/customers").json] == ["Bramble Foods", "Larch Studio"]
    answered = said(mallory.ask(mallory.session(), "Remind Nordlys about the invoice"))
    assert answered == "I find no customer called Nordlys in your list, so I sent nothing."
    assert mallory.see("/activity").json == []


@pytest.mark.promise("EMB-07")
def test_the_products_policy_is_strict_and_lets_the_widget_in(demo: Demo):
    page = request(demo.state["demo_url"], "GET", "/")
    base_url, policy = demo.state["base_url"], page.headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert (directives["frame-src"], directives["connect-src"]) == (base_url, "'self'")
    assert "unsafe" not in policy
    agent = next(iter(demo.state["agents"].values()))
    frame = request(base_url, "GET", f"/embed/{agent}?origin={demo.state['demo_url']}")
    assert frame.status == 200, frame.raw
    refused = request(base_url, "GET", f"/embed/{agent}?origin=https://evil.example")
    assert (refused.status, b"<script" in refused.raw) == (403, False)


def test_without_a_log_in_the_product_gives_nothing(demo: Demo):
    for cookie in ("", "northwind=alice.0000", "northwind=nobody."):
        stranger = Visitor(demo, cookie)
        assert [stranger.see("/customers").status, stranger.see("/agent-token", "POST").status] == [401, 401]
    assert Visitor(demo, "").see("/api/customers").status == 401


@pytest.mark.promise("OPS-01")
def test_the_product_dies_with_its_demo_and_comes_back_with_its_data(demo: Demo):
    alice = Visitor.log_in(demo, "alice")
    before, url = alice.see("/activity").json, demo.state["demo_url"]
    demo.environment["RINGFENCE_PORT"] = demo.state["base_url"].rsplit(":", 1)[1]
    demo.environment["DEMO_PORT"] = url.rsplit(":", 1)[1]
    demo.end(signal.SIGKILL)
    for _ in range(600):
        try:
            request(url, "GET", "/")
        except OSError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the product outlived its demo")
    assert f"Open {url} in a browser." in demo.start()
    assert alice.see("/activity").json == before


@pytest.mark.promise("OPS-01")
def test_a_taken_port_of_the_product_is_said_with_its_mend(demo: Demo):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = demo.environment | {"DEMO_PORT": port, "RINGFENCE_PORT": "0"}
        failed = subprocess.run(
            [*PROGRAM, "demo"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    assert failed.returncode == 1
    assert f"DEMO_PORT={int(port) + 1}" in failed.stderr
    assert "Traceback" not in failed.stderr


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
    assert f'<a href="{demo.state["demo_url"]}">' in text
    assert "<script" not in text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.promise("OPS-01")
def test_what_the_tour_tells_to_paste_takes_the_log_home_and_names_the_changed_entry(demo: Demo):
    output = (demo.data.parent / "output").read_text()
    pasted = output[output.index("LOG=$(mktemp -d)") :].partition("\n\n")[0]
    command = f"{PROGRAM[0]} -c '{PROGRAM[2]}' demo token"
    pasted = re.sub(r"\$\([^()]* demo token", lambda _: f"$({command}", pasted)
    told = subprocess.run(["bash", "-c", pasted], env=demo.environment, capture_output=True, text=True, check=False)
    assert told.stdout.count("VERIFIED\n") == 1, told
    assert told.stdout.rstrip().endswith("(edited). First bad index: 2."), told
