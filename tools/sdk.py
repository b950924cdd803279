"""Makes what nobody writes by hand in the Python SDK; `--check` compares instead of writing.

Its shapes come from the API's description, its blocking clients from those with await.
"""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sdk/python/src/ringfence_client"
_SHAPES_HEAD = (
    '"""The shapes of the HTTP API, made from its description by `python -m tools.sdk`; not to be edited by hand."""\n'
)
_BLOCKING_HEAD = '"""The same, blocking. Made from {} by `python -m tools.sdk`; not to be edited by hand."""\n'
_SOURCES = ("aio_calling.py", "aio_partner.py", "aio.py")
# In this order: each is a whole word of the sources and what a thread says instead.
_WORDS = (
    (r"import asyncio\nimport inspect\nimport time", "import threading\nimport time"),
    (r"import asyncio\nimport time", "import time"),
    (r"\baio_(?=calling|partner)", "blocking_"),
    (r"AsyncGenerator, Awaitable, Callable", "Callable, Generator"),
    (r"Awaitable\[shapes\.FileOut\]", "shapes.FileOut"),
    (r"Token = str \| Awaitable\[str\]\n", ""),
    (r"Callable\[\[\], Token\]", "Callable[[], str]"),
    (r"        token = self\._token\(\)\n        signed = await token if .*\n", "        signed = self._token()\n"),
    (r"from contextlib import aclosing", "from contextlib import closing"),
    (r"async (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\bAsyncGenerator\b", "Generator"),
    (r"asyncio\.Lock", "threading.Lock"),
    (r"asyncio\.sleep", "time.sleep"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"\baclosing\b", "closing"),
    (r"\baclose\b", "close"),
    (r"\baread\b", "read"),
    (r"aiter_bytes", "iter_bytes"),
    (r"( +)for item in page\[\"items\"\]:\n +yield item\n", '\\1yield from page["items"]\n'),
    (r"( +)for piece in (.+):\n +yield piece\n", "\\1yield from \\2\n"),
    (r"( +)for event in events:\n +yield event\n(?! )", "\\1yield from events\n"),
    (r"\bAsync(Caller|Client|Partner|Session)\b", r"\1"),
)


def blocking(sources: Mapping[str, str]) -> dict[str, str]:
    """The texts of the clients with await, each without it, by the names of their files."""
    made = {name: text.partition("\n")[2] for name, text in sources.items()}
    for pattern, word in _WORDS:
        changed = {name: re.subn(pattern, word, text) for name, text in made.items()}
        if not any(count for _, count in changed.values()):
            raise ValueError(f"no client holds {pattern}: mend tools/sdk.py")
        made = {name: text for name, (text, _) in changed.items()}
    for name, text in made.items():
        if left := re.search(r"\b(async|await|asyncio)\b", text):
            raise ValueError(f"{name} holds {left[0]} in a form that tools/sdk.py does not know")
    return {
        name.replace("aio", "blocking"): _formatted(_BLOCKING_HEAD.format(name) + text) for name, text in made.items()
    }


def shapes(description: str) -> str:
    """The API's shapes as TypedDicts."""
    with tempfile.TemporaryDirectory() as directory:
        made, source = Path(directory, "shapes.py"), Path(directory, "openapi.json")
        source.write_text(description)
        command = [sys.executable, "-m", "datamodel_code_generator", "--input", str(source), "--output", str(made)]
        options = ["--input-file-type=openapi", "--output-model-type=typing.TypedDict", "--target-python-version=3.11"]
        style = [
            "--disable-timestamp",
            "--use-schema-description",
            "--formatters",
            "builtin",
            "--disable-future-imports",
        ]
        subprocess.run([*command, *options, *style], check=True, cwd=directory, capture_output=True, text=True)
        text = made.read_text()
    text = re.sub(r"\A(#.*\n)+", "", text)
    # A client takes members that a later server adds.
    text = re.sub(r",\s*closed=True,?(?=\s*\))", "", text).replace("from typing_extensions import TypedDict\n", "")
    return _formatted(
        _SHAPES_HEAD + re.sub(r"from typing import (.*)", r"from typing import \1, TypedDict", text, count=1)
    )


def _formatted(text: str) -> str:
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    name = ["--stdin-filename", str(PACKAGE / "made.py")]
    for arguments in (
        ["check", "--fix-only", "--quiet", "--select", "I,F401,UP028", *name, "-"],
        ["format", *name, "-"],
    ):
        done = subprocess.run([*ruff, *arguments], input=text, capture_output=True, text=True, check=True, cwd=ROOT)
        text = done.stdout
    return text


def _description() -> str:
    from ringfence.cli.document import openapi_json  # noqa: PLC0415 - needed here alone

    with contextlib.redirect_stdout(io.StringIO()):
        return openapi_json()


def main() -> int:
    """Gives 1 where --check finds a difference."""
    sources = {name: (PACKAGE / name).read_text() for name in _SOURCES}
    made = {"shapes.py": shapes(_description()), **blocking(sources)}
    code = 0
    for name, text in made.items():
        file = PACKAGE / name
        if "--check" not in sys.argv[1:]:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{file.relative_to(ROOT)} is not what its source makes: run python -m tools.sdk")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
