"""The pages as HTML, in the language of whoever reads them."""

from datetime import datetime
from functools import partial
from typing import Final

from ringfence.features.audit_page.words import Language, number, page
from ringfence.features.embed.templates import Templates

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
}


def render(template: str, language: Language, *, speaks: bool = False, **values: object) -> str:
    """A template with what all of them know; `speaks` says that the address itself names the language."""
    return _TEMPLATES.render(
        template,
        language=language.value,
        lang=f"?lang={language.value}" if speaks else "",
        w=page(language),
        number=partial(number, language=language),
        **values,
    )


def policy() -> str:
    """The pages' content security policy: the one style sheet by hash, our own fonts and forms, and nothing else."""
    return _TEMPLATES.policy()


def stamp(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


_TEMPLATES: Final = Templates("ringfence.features.audit_page", style="audit.css", form_action="'self'", stamp=stamp)
