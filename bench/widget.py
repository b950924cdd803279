"""What the widget weighs, when it can be used, how soon words are painted, and whether anything moves or stutters."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, expect

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, Round, column, difference, interleave, spread
from tests.browser.chromium import launched
from tests.browser.host import Host, serving
from tests.browser.scripts import script
from tests.browser.widget import Widget
from tests.served import User, deployment_directory, make_partner, model_server, process

_SCRIPTS = Path(__file__).with_name("widget_scripts")
_STREAM = 300
_GAP_MS = 10
_MESSAGES = 2_000
_NOTCH_PX = 120
_PATIENCE_MS = 30_000
_SETTLE_MS = 700  # a shift within half a second of an input is put down to the input
_METHOD = f"""\
Chromium, headless and without a graphics processor, a new profile each time (nothing is cached), everything on this
machine. Interactive: from the first byte of the frame's HTML to its `ready`, less that of an empty frame that answers
a connect with `ready` (one small script), loaded by the same page in the same rounds. First words: from the chunk of
the stream that holds the first delta, as the frame's own reader gets it, to the task behind the animation frame that
first shows it. Shifts: the browser's layout-shift entries without input while {_STREAM} deltas come {_GAP_MS} ms apart.
Scrolling: a conversation of {_MESSAGES:,} messages, read back to its beginning, then scrolled by the
wheel, {_NOTCH_PX} px each 16 ms; a frame is late if it comes more than 33 ms after the one before. Beside it, a bare
page of as many paragraphs."""


@dataclass
class _Place:
    """Where it is measured: one browser, one server, a host page and a user with a long conversation."""

    browser: Browser
    host: Host
    quick: str
    """The agent with whom `reader` holds the long conversation."""

    def visit(self, url: str) -> Widget:
        """A new profile on the host's page, with probes in all frames."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(script("glass"))
        for probe in sorted(_SCRIPTS.glob("*.js")):
            context.add_init_script(probe.read_text())
        page = context.new_page()
        page.goto(url)
        return Widget(page)


def measure(plan: Plan) -> Section:
    """All of it; the plan's seconds are those of the scrolling."""
    with _place() as place:
        shifts: list[float] = []
        rounds = interleave(
            plan,
            {
                "widget": lambda: _ready(place, place.host.page("inline", widgets=place.host.widget('mode="inline"'))),
                "empty": lambda: _ready(place, _empty_page(place.host)),
                "typing": lambda: _typing(place),
                "paint": lambda: _paint(place, shifts),
                "late": lambda: _scroll(place, plan.seconds),
                "bare": lambda: _scroll_bare(place, plan.seconds),
            },
        )
        return _section(rounds, shifts, place.browser.version)


def _section(rounds: list[dict[str, float]], shifts: list[float], version: str) -> Section:
    sizes = _sizes()
    held: list[Round] = list(rounds)
    figures = [
        Figure("loader, gzip", spread([sizes["embed.js"]]), Bound.AT_MOST, 4_096, "bytes", digits=0),
        Figure(
            "frame, gzip", spread([sizes["frame.js"] + sizes["frame.css"]]), Bound.AT_MOST, 25_600, "bytes", digits=0
        ),
        Figure(
            "interactive over an empty frame", difference(held, "widget", "empty"), Bound.AT_MOST, 300, "ms", digits=0
        ),
        Figure("first delta's arrival to its paint", column(held, "paint"), Bound.AT_MOST, 50, "ms", digits=0),
        Figure(f"layout shift over {_STREAM} deltas", spread(shifts), Bound.AT_MOST, 0, digits=5),
        Figure(f"late frames in {_MESSAGES:,} messages", column(held, "late"), Bound.AT_MOST, 5, "%", digits=1),
    ]
    told = [
        ("frame's HTML to `ready`, ms", column(held, "widget").told(0)),
        ("an empty frame's, ms", column(held, "empty").told(0)),
        ("frame's HTML to a composer that takes text, token and session included, ms", column(held, "typing").told(0)),
        ("late frames in a bare page of as many paragraphs, %", column(held, "bare").told(1)),
        ("Chromium", version),
    ]
    return Section("widget", "The widget", _METHOD, figures, told)


@contextmanager
def _place() -> Iterator[_Place]:
    with ExitStack() as stack:
        host = stack.enter_context(serving())
        model_url = stack.enter_context(model_server())
        directory = stack.enter_context(deployment_directory())
        server = stack.enter_context(process(directory, openai_base_url=model_url))
        partner = make_partner(server, "northwind", ["rose"], model=f"openai:slow-{_STREAM}-{_GAP_MS}")
        partner.call("PATCH", "/settings", {"allowed_origins": [host.origin]})
        host.ringfence, host.partner = server.base_url, partner
        quick = partner.add_agent("openai:fake-20")
        _converse(partner.user("reader", "rose"), quick)
        yield _Place(stack.enter_context(launched()), host, quick)


def _converse(reader: User, agent: str) -> None:
    """A conversation of so many messages, half of them answers of twenty words."""
    first = reader.ask("message 0", agent=agent)
    reader.finish(first["id"])
    for number in range(1, _MESSAGES // 2):
        asked = reader.ask(f"message {number}", conversation=first["conversation_id"], agent=agent)
        reader.finish(asked["id"])


def _ready(place: _Place, url: str) -> float:
    widget = place.visit(url)
    value = _wait(_frame(widget), "window.readyAt")
    widget.page.context.close()
    return value


def _typing(place: _Place) -> float:
    place.host.tokens.sub = f"typist-{time.monotonic_ns()}"
    widget = place.visit(place.host.page("inline", widgets=place.host.widget('mode="inline"')))
    expect(widget.composer).to_be_editable()
    value = _wait(_frame(widget), "window.editableAt")
    widget.page.context.close()
    return value


def _paint(place: _Place, shifts: list[float]) -> float:
    place.host.tokens.sub = f"asker-{time.monotonic_ns()}"
    widget = place.visit(place.host.page())
    widget.open().composer.fill("Tell me.")
    frame = _frame(widget)
    frame.evaluate("window.shiftSum = 0")  # what the opening moved is none of the answer's
    widget.composer.press("Enter")
    expect(widget.answer).to_contain_text("zqend", timeout=30_000)
    widget.page.wait_for_timeout(_SETTLE_MS)
    shifts.append(frame.evaluate("window.shiftSum"))
    value = frame.evaluate("window.paintedAt - window.deltaAt")
    widget.page.context.close()
    return value


def _scroll(place: _Place, seconds: float) -> float:
    """The share of late frames, in per cent."""
    place.host.tokens.sub = "reader"
    widget = place.visit(place.host.page(widgets=place.host.widget(agent=place.quick)))
    widget.open()
    frame = _frame(widget)
    expect(widget.answers.first).to_be_attached()
    widget.page.mouse.move(*_middle(widget))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not widget.inside.get_by_text("message 0", exact=True).count():
        widget.page.mouse.wheel(0, -20_000)
        widget.page.wait_for_timeout(60)
    expect(widget.inside.get_by_text("message 0", exact=True)).to_be_attached()
    value = _late(widget, frame, seconds)
    widget.page.context.close()
    return value


def _scroll_bare(place: _Place, seconds: float) -> float:
    paragraphs = "".join(f"<p>message {number} {'word ' * 20}</p>" for number in range(_MESSAGES))
    widget = place.visit(place.host.page("bare", widgets=paragraphs))
    widget.page.mouse.move(640, 400)
    value = _late(widget, widget.page.main_frame, seconds)
    widget.page.context.close()
    return value


def _late(widget: Widget, frame: Frame, seconds: float) -> float:
    frame.evaluate("window.watchFrames()")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        widget.page.mouse.wheel(0, _NOTCH_PX)
        widget.page.wait_for_timeout(16)
    gaps: list[float] = frame.evaluate("window.frameGaps")
    return 100 * sum(gap > 33 for gap in gaps) / max(1, len(gaps))  # noqa: PLR2004 - two frames of sixty a second


def _middle(widget: Widget) -> tuple[float, float]:
    box = widget.element.locator("iframe").bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _frame(widget: Widget) -> Frame:
    """The first frame in the page, once it is there and has gone where it was sent."""
    deadline = time.monotonic() + _PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        if frame := next((one for one in widget.page.frames[1:] if one.url.startswith("http")), None):
            return frame
        widget.page.wait_for_timeout(5)
    raise TimeoutError("the page shows no frame")


def _wait(frame: Frame, expression: str) -> float:
    frame.wait_for_function(f"() => {expression} !== undefined")
    return frame.evaluate(f"{expression} - performance.getEntriesByType('navigation')[0].responseStart")


def _empty_page(host: Host) -> str:
    """A page that holds an empty frame of another origin, whose one script answers a connect with `ready`."""
    origin = f"http://{host.address}"
    answers = "addEventListener('message', (event) => event.ports[0].postMessage({ type: 'ready' }), { once: true });"
    host.page("nothing", widgets="", script=answers)
    connects = """addEventListener("load", () => {
      const frame = document.createElement("iframe");
      frame.src = "ORIGIN/nothing";
      frame.onload = () => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {};
        frame.contentWindow.postMessage({ ringfence: 1, type: "connect" }, "ORIGIN", [port2]);
      };
      document.body.append(frame);
    });""".replace("ORIGIN", origin)
    policy = f"default-src 'none'; script-src 'self'; style-src 'self'; frame-src {origin}"
    return host.page("empty", widgets="", script=connects, policy=policy)


def _sizes() -> dict[str, float]:
    built = resources.files("ringfence.features.embed") / "static" / "manifest.json"
    manifest: dict[str, dict[str, Any]] = json.loads(built.read_text())
    return {name: float(entry["gzip_bytes"]) for name, entry in manifest.items()}
