"""HTML to the text that a person would see: no scripts, nothing hidden, nothing fetched. Keeps AIS-02 (in part).

By the tolerant parser of the standard library, which knows no entity but characters and loads nothing. Where markup is
broken, rather more is taken for hidden than less. Proved in tests/controls/test_extraction.py.
"""

import re
from html.parser import HTMLParser
from typing import Final

from . import plain
from .segments import Run, Sink

_UNSEEN: Final = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "canvas", "audio", "video"}
    | {"datalist", "select", "textarea"}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_BLOCKS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p"}
    | {"pre", "section", "summary", "table", "tr", "ul"}
)
_CELLS: Final = frozenset({"td", "th"})
_CLOSED_BY_THE_NEXT: Final = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option"})
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"\s+")


def read(data: bytes, sink: Sink) -> None:
    """Hands on the visible text by paragraphs."""
    run = Run(sink, noun="paragraph")
    page = _Page(run)
    page.feed(plain.decoded(data))
    page.close()
    page.end_paragraph()
    run.flush()


class _Page(HTMLParser):
    """Keeps which elements are open, and whether one of them hides what is in it."""

    def __init__(self, run: Run) -> None:
        super().__init__(convert_charrefs=True)
        self._run = run
        self._line: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._hiding = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element, and closes the one before where its end may be left out."""
        if self._open and self._open[-1][0] in _CLOSED_BY_THE_NEXT:
            last = self._open[-1][0]
            if tag == last or (last == "p" and tag in _BLOCKS):
                self._close_last()
        if tag in _BLOCKS:
            self.end_paragraph()
        if tag in _VOID:
            return
        hides = tag in _UNSEEN or _is_hidden(dict(attrs))
        self._open.append((tag, hides))
        self._hiding += hides

    def handle_endtag(self, tag: str) -> None:
        """Closes the element and what is open in it; an end of nothing is nothing."""
        if not any(name == tag for name, _ in self._open):
            return
        while self._close_last() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Takes the text, where a person would see it."""
        if not self._hiding:
            self._line.append(data)

    def end_paragraph(self) -> None:
        """Hands on what was said since the last block."""
        text = _SPACES.sub(" ", "".join(self._line)).strip()
        self._line.clear()
        if text:
            self._run.add(text)

    def _close_last(self) -> str:
        tag, hides = self._open.pop()
        if tag in _BLOCKS:
            self.end_paragraph()
        elif tag in _CELLS and not self._hiding:
            self._line.append(" | ")
        self._hiding -= hides
        return tag


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") or "").strip().lower() == "true"
        or _HIDING.search(attributes.get("style") or "") is not None
    )
