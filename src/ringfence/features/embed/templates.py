"""Pages as HTML: templates with autoescape, and one style sheet in the page, known to the policy by its hash.

No script, nothing from elsewhere: a page that was saved or printed is whole.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, Final, cast, final

from ringfence.base.problem import Problem
from ringfence.features.embed.assets import Assets

if TYPE_CHECKING:
    from jinja2 import Environment

_ASSETS: Final = Assets()
_FONTS: Final = {"inter.woff2": "Inter Variable", "mono.woff2": "JetBrains Mono Variable"}
_SHARED: Final = resources.files("ringfence.features.embed") / "pages"


@final
class Templates:
    """The templates in a package's `pages/`, with the tokens, the fonts and the mark that all of our faces share."""

    def __init__(self, package: str, *, style: str, form_action: str = "'none'", **known: object) -> None:
        """`style` is the package's own sheet; `known` are names that every template knows."""
        self._pages = resources.files(package) / "pages"
        self._own_style = style
        self._form_action = form_action
        self._known = known

    def render(self, template: str, **values: object) -> str:
        """A template with its values."""
        return self._environment.get_template(template).render(
            style=self._style(), mark=_mark(), icon=_icon(), **values
        )  # fmt: skip

    def policy(self) -> str:
        """The content security policy: the one style sheet by hash, our own fonts, and nothing else."""
        digest = base64.b64encode(hashlib.sha256(self._style().encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; font-src 'self'; img-src data:; "
            f"base-uri 'none'; form-action {self._form_action}; frame-ancestors 'none'"
        )

    def file(self, name: str) -> str:
        """A file of the package's `pages/`, as it was written."""
        return _text(self._pages / name)

    @cached_property
    def _environment(self) -> "Environment":
        # NOTE: imported when the first page is asked for, so that a process that serves none does not pay for it.
        from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - as above

        environment = Environment(
            loader=FunctionLoader(self.file),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        cast("dict[str, Any]", environment.globals).update(self._known)
        return environment

    def _style(self) -> str:
        """The tokens, the fonts where the web was built, and the page's own rules."""
        try:
            named: Mapping[str, Any] = _ASSETS.build().named
        except Problem:
            named = {}
        fonts = tuple((face, named[name].file) for name, face in _FONTS.items() if name in named)
        return _faces(fonts) + self.file(self._own_style)


@cache
def _faces(fonts: tuple[tuple[str, str], ...]) -> str:
    faces = "".join(
        f'@font-face{{font-family:"{face}";src:url(/embed/{file}) format("woff2");'
        "font-weight:100 900;font-display:swap}\n"
        for face, file in fonts
    )
    return faces + _text(_SHARED / "tokens.css")


def _mark() -> str:
    return _text(_SHARED / "mark.svg")


@cache
def _icon() -> str:
    svg = _mark().replace("currentColor", "#0b6e4f")
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@cache
def _text(file: Traversable) -> str:
    return file.read_text("utf-8")
