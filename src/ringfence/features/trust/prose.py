"""Our own short texts as HTML: headings, paragraphs, lists, fenced code; inside a line bold, code and links.

Only files of this package are read by it. Everything is escaped first, so that a text can hold no markup of its own.
"""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

_INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\[([^\]]+)\]\(((?:https://|mailto:|/)[^)\s]*)\)"), r'<a href="\2">\1</a>'),
)


def html_of(text: str) -> str:
    """The text as HTML; its `# title` is left to the page."""
    blocks = [block for block in re.split(r"\n{2,}", text.strip()) if not block.startswith("# ")]
    return "\n".join(_block(block) for block in blocks)


def _block(block: str) -> str:
    if block.startswith("```"):
        lines = "\n".join(block.splitlines()[1:-1])
        return f'<pre tabindex="0"><code>{escape(lines)}</code></pre>'
    if block.startswith("## "):
        title = block.removeprefix("## ")
        anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        return f'<h2 id="{anchor}">{_inline(title)}</h2>'
    if block.startswith("- "):
        return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in _items(block)) + "</ul>"
    return f"<p>{_inline(' '.join(block.splitlines()))}</p>"


def _items(block: str) -> Iterator[str]:
    """The items of a list, whose lines may go on below them."""
    count = 0
    numbered: list[tuple[int, str]] = []
    for line in block.splitlines():
        count += line.startswith("- ")
        numbered.append((count, line.removeprefix("- ").strip()))
    for _, lines in groupby(numbered, key=lambda pair: pair[0]):
        yield " ".join(line for _, line in lines)


def _inline(text: str) -> str:
    found = escape(text)
    for pattern, markup in _INLINE:
        found = pattern.sub(markup, found)
    return found
