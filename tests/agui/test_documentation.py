"""docs/protocols.md shows what the clients of these tests run, word for word."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"```jsx? ([\w-]+)\n(.*?)```", re.DOTALL)
RUN = re.compile(r"( *)// docs:([\w-]+)\n(.*?) *// docs:end", re.DOTALL)


@pytest.mark.promise("EMB-08")
def test_every_piece_of_code_in_the_page_on_protocols_is_run_by_a_client():
    shown = dict(SHOWN.findall((ROOT / "docs/protocols.md").read_text()))
    scripts = [path for path in (ROOT / "tests/agui/clients").iterdir() if path.suffix in {".mjs", ".jsx"}]
    run = {name: textwrap.dedent(text) for path in scripts for _, name, text in RUN.findall(path.read_text())}
    assert set(shown) == {"agent", "assistant-ui", "resume", "chat", "approve"}
    assert shown == run
