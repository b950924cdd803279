"""Keeps AIS-02 (in part): what goes into a model is visible text of bounded size.

Proved in tests/controls/test_guard.py.
"""

from enum import StrEnum

from ringfence.base import problem

from . import hidden

USER_CHARS = 100_000
UNTRUSTED_CHARS = 200_000
_CUT = "\n[cut here: the text was too long]"


class Origin(StrEnum):
    """Where a text comes from, which decides what happens to one that is too long."""

    USER = "user"
    TOOL = "tool"


def inbound(text: str, *, origin: Origin) -> str:
    """Gives the text as a model may see it.

    A user's message that is too long is refused (413 message_too_large), never shortened behind the user's back;
    a tool's answer is cut, and says so.
    """
    clean = hidden.strip(text)
    if origin is Origin.USER:
        if len(clean) > USER_CHARS:
            raise problem.too_large("message_too_large", f"A message has at most {USER_CHARS} characters.")
        return clean
    if len(clean) > UNTRUSTED_CHARS:
        return hidden.strip(clean[: UNTRUSTED_CHARS - len(_CUT)]) + _CUT  # The cut may have bared a joiner.
    return clean
