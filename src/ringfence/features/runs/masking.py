"""Strikes out of a tool's answer what the call took along, in whatever spelling a server gives it back. Keeps SEC-01.

A server that means to give a secret away can do so in a hundred ways; this is for the many that repeat a request in
their errors and debug output. Proved in tests/features/test_runs_masking.py.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "[secret]"
_LINE_CHARS: Final = 16
_LEAST_CHARS: Final = 8
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")
_CODE: Final = re.compile(r"\\u[0-9a-f]{4}")
# What servers escape in JSON beyond need, so that it is harmless in a page: Go, Jinja, .NET.
_FOR_PAGES: Final = ("<>&", "<>&'", "<>&'\"+`")


class Mask:
    """Strikes these values out of texts."""

    def __init__(self, *values: str) -> None:
        spelled = {one for value in values for part in _parts(value) for one in _spellings(part)}
        # The longest first, so that no end of one stays behind a shorter one.
        wanted = sorted((one for one in spelled if len(one) >= _LEAST_CHARS), key=lambda one: (-len(one), one))
        self._found = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        return text if self._found is None else self._found.sub(MASK, text)


def _parts(value: str) -> set[str]:
    """The value, as it is and trimmed, and its longer lines: a key of many lines is often shown line by line."""
    lines = {line.strip() for line in value.splitlines()}
    return {value, value.strip(), *(line for line in lines if len(line) >= _LINE_CHARS)}


def _spellings(part: str) -> Iterator[str]:
    raw = part.encode("utf-8", "surrogatepass")
    escaped = json.dumps(part)[1:-1]
    for text in (part, escaped, json.dumps(part, ensure_ascii=False)[1:-1]):
        yield from (text, text.replace("/", "\\/"), json.dumps(text)[1:-1])
    yield from _for_pages(escaped, json.dumps(part, ensure_ascii=False)[1:-1])
    yield from (raw.hex(), raw.hex().upper())
    for text in (
        quote(part, safe="", errors="replace"),
        quote(part, errors="replace"),
        quote_plus(part, errors="replace"),
    ):
        yield from (text, _ESCAPE.sub(lambda found: found[0].lower(), text))
    page = html.escape(part)
    yield from (page, html.escape(part, quote=False), page.replace("&#x27;", "&apos;"))
    yield from (page.replace("&#x27;", "&#39;"), page.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))
    for spelled in _in_base64(raw):
        yield from (spelled, spelled.replace("+", "-").replace("/", "_"))


def _for_pages(*escaped: str) -> Iterator[str]:
    for text in escaped:
        for harmful in _FOR_PAGES:
            bare = text.replace('\\"', '"') if '"' in harmful else text
            codes = bare.translate({ord(one): f"\\u{ord(one):04x}" for one in harmful})
            yield from (codes, _CODE.sub(lambda found: f"\\u{found[0][2:].upper()}", codes))


def _in_base64(raw: bytes) -> Iterator[str]:
    """What base64 makes of it, alone and at each of the three places where it can begin inside of something longer."""
    alone = b64encode(raw).decode()
    yield from (alone, alone.rstrip("="))
    for shift, first in ((0, 0), (1, 2), (2, 3)):
        whole_chars = (shift + len(raw)) * 8 // 6
        yield b64encode(bytes(shift) + raw).decode()[first:whole_chars]
