"""Credentials that stand in a declaration as they are, where whoever may read the agent reads them. Keeps SEC-01.

New ones are refused. Versions from before go on as they are, and are shown without the value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from ringfence.features.agents import template

MEND: Final = (
    "A credential does not stand in a declaration: keep it with POST /partner/secrets and write {secret:NAME}."
)
HIDDEN: Final = "[hidden]"
_NAMED: Final = re.compile(
    r"authori[sz]ation|api-?key|access-?key|auth-?key|subscription-?key|functions-key|token|secret|passw|credential",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"(?:basic|bearer|token|apikey|digest|key)\b", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")


def literal(headers: Mapping[str, str]) -> Iterator[str]:
    """The headers that carry a credential of their own; one made of placeholders carries none."""
    for name, value in headers.items():
        if _NAMED.search(name) is None or template.secret_names(value):
            continue
        rest = _SCHEME.sub("", _PLACEHOLDER.sub("", value), count=1)
        if any(one.isalnum() for one in rest):
            yield name


def without(tool: dict[str, Any]) -> dict[str, Any]:
    """A stored declaration as it may be shown."""
    headers = cast("dict[str, str]", tool.get("headers", {}))
    hidden = dict.fromkeys(literal(headers), HIDDEN)
    return tool | {"headers": headers | hidden} if hidden else tool
