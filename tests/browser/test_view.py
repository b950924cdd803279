"""The widget's own view does what Preact does, whose place it takes in the build.

Types and unit tests have Preact itself, so nothing else would tell. Trees that a seed makes are drawn and changed by
both in one page: states, effects, refs, keys, moves, clicks. What differs on purpose is told in widget/view/preact.ts.
"""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node") or str(ROOT / ".venv-node" / "bin" / "node")
SEEDS = range(1, 21)
STEPS = 100


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("view") / "page.js"
    bundle = ["node_modules/esbuild/bin/esbuild", "tests/view/page.ts", "--bundle", f"--outfile={out}"]
    subprocess.run([NODE, *bundle, "--log-level=warning"], cwd=ROOT / "web", check=True)
    return out


@pytest.fixture
def page(browser: Browser, script: Path) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<!doctype html><title>Two views</title>")
    page.add_script_tag(path=script)
    yield page
    context.close()


def compare(page: Page, seed: int, flaw: str = "") -> dict[str, Any]:
    """How many acts of each kind there were, and the first difference that they made, if any."""
    return page.evaluate("([seed, steps, flaw]) => compare(seed, steps, flaw)", [seed, STEPS, flaw])


def test_two_thousand_changes_leave_the_same_page_as_preact(page: Page):
    acts = Counter[str]()
    for seed in SEEDS:
        found = compare(page, seed)
        assert "difference" not in found, json.dumps(found["difference"], indent=1).replace("\\n", "\n")
        acts.update(found["acts"])
    assert acts.total() == len(SEEDS) * STEPS
    assert min(acts.values()) > STEPS, acts


def test_a_browser_that_cannot_move_what_has_the_focus_shows_the_same_page(page: Page):
    page.evaluate("delete Element.prototype.moveBefore")
    assert [compare(page, seed).get("difference") for seed in SEEDS[:4]] == [None] * 4


@pytest.mark.parametrize(
    "flaw", ["no keys", "no clean-ups", "only first handlers", "no refs", "stale memos", "fewer reasons"]
)
def test_the_comparison_sees_a_view_with(page: Page, flaw: str):
    assert any("difference" in compare(page, seed, flaw) for seed in SEEDS)
