"""Writes RESULTS.md: a section for each measurement, made anew; what people wrote about a section stays."""

import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.figures import Section
from ringfence.base import clock

PATH = Path(__file__).with_name("RESULTS.md")
_LIBRARIES = ("psycopg", "fastapi", "uvicorn", "uvloop", "aiohttp", "msgspec", "cryptography")
_SECTION = re.compile(r"<!-- section (\w+) -->\n(.*?)<!-- end \1 -->\n", re.DOTALL)
_BY_HAND = re.compile(r"<!-- by hand -->\n(.*?)<!-- until here -->\n", re.DOTALL)
_HEAD = """\
# Figures

Written by `make bench`; only the text under *Where the time goes* is by hand. Every contender is measured in every
round and each ratio is taken within its round, because the machine's own speed drifts by more than the differences.
"""
_EMPTY = "Nothing to explain.\n"


def write(sections: Sequence[Section], *, command: str, postgres: str, path: Path = PATH) -> None:
    """Replaces the sections that were measured and keeps the others."""
    known = dict(_SECTION.findall(path.read_text())) if path.exists() else {}
    for section in sections:
        known[section.name] = _body(section, command=command, postgres=postgres, before=known.get(section.name, ""))
    parts = [f"<!-- section {name} -->\n{body}<!-- end {name} -->\n" for name, body in known.items()]
    path.write_text("\n".join([_HEAD, *parts]))


def _body(section: Section, *, command: str, postgres: str, before: str) -> str:
    kept = _BY_HAND.search(before)
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"## {section.title}\n\n"
        f"`{command}`, {clock.now():%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, PostgreSQL {postgres}, {libraries}.\n\n"
        f"{section.text()}\n"
        f"### Where the time goes\n\n<!-- by hand -->\n{kept[1] if kept else _EMPTY}<!-- until here -->\n"
    )
