"""The request of a tool call: the declaration's own, with the model's arguments and the user's identity put in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec

from ringfence.base.crypto import sha256
from ringfence.features.agents import template

from .declaration import HttpSpec

BODYLESS: Final = frozenset({"GET", "DELETE"})
_ACCEPT: Final = "application/json, text/*;q=0.9, application/xml;q=0.8"
_HEADER_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?")
_KEY: Final = re.compile(r"[!-~]{1,200}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DOTS: Final = frozenset({"", ".", ".."})


class CannotSend(Exception):  # noqa: N818 - what the model is told
    """The arguments or the identity do not fit into the request; the text is for the model."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What goes to controls.egress."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def identity_names(spec: HttpSpec) -> set[str]:
    """Which of the principal's names the request needs."""
    parts = (spec.url, dict(spec.headers), dict(spec.body))
    return set[str]().union(*(template.names(part) for part in parts)) & template.IDENTITY


def secret_names(spec: HttpSpec) -> set[str]:
    """Which stored secrets the request needs; an address carries none."""
    return template.secret_names(dict(spec.headers)) | template.secret_names(dict(spec.body))


def build(
    spec: HttpSpec,
    arguments: Mapping[str, Any],
    identity: Mapping[str, str],
    *,
    key: str,
    secrets: Mapping[str, str] | None = None,
) -> HttpRequest:
    """The request; CannotSend. What the principal says wins over what the model says, whatever is declared.

    `secrets` are values by name, for headers and body.
    """
    known = {**identity, **{f"secret:{name}": value for name, value in (secrets or {}).items()}}
    path, mark, query = spec.url.partition("?")
    used = template.names(path) - template.IDENTITY
    values = {**{name: arguments.get(name) for name in used}, **identity}
    url = str(template.filled(path, lambda name: _segment(name, values)))
    fixed_query = str(template.filled(query, lambda name: quote(_text(name, identity), safe="")))
    rest = {name: value for name, value in arguments.items() if name not in used and name not in spec.body}
    headers = {name: _header(name, value, known) for name, value in spec.headers.items()}
    headers |= {"User-Agent": "Ringfence", "Idempotency-Key": _sendable(key)}
    if not any(name.lower() == "accept" for name in headers):
        headers["Accept"] = _ACCEPT
    if spec.method in BODYLESS:
        pairs = [fixed_query] if mark and fixed_query else []
        joined = "&".join([*pairs, *(pair for name, value in rest.items() for pair in _pairs(name, value))])
        return HttpRequest(spec.method, f"{url}?{joined}" if joined else url, headers, None)
    fixed = cast("dict[str, Any]", template.filled(dict(spec.body), lambda name: _text(name, known)))
    headers["Content-Type"] = "application/json"
    body = msgspec.json.encode(rest | fixed)
    return HttpRequest(spec.method, f"{url}?{fixed_query}" if fixed_query else url, headers, body)


def _segment(name: str, values: Mapping[str, Any]) -> str:
    """A value as part of a path, every special character encoded; CannotSend for one that could climb out of it."""
    text = _scalar(values.get(name))
    steps = text.replace("\\", "/").split("/")
    if _CONTROL.search(text) or any(step in _DOTS for step in steps):
        raise CannotSend(f"{name} cannot be part of an address: it is empty, or it would change the path.")
    return quote(text, safe="")


def _text(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise CannotSend("This tool cannot be used: its declaration is broken.")
    return known[name]


def _header(header: str, value: str, known: Mapping[str, str]) -> str:
    text = str(template.filled(value, lambda name: _text(name, known)))
    if _HEADER_VALUE.fullmatch(text) is None:
        what = "a secret of this organization" if template.secret_names(value) else "who this user is"
        raise CannotSend(f"The header {header} cannot carry {what}: it is not plain ASCII text on one line.")
    return text


def _pairs(name: str, value: object) -> list[str]:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return [f"{quote(name, safe='')}={quote(_scalar(item), safe='')}" for item in items if item is not None]


def _scalar(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _sendable(key: str) -> str:
    """The key as a header can carry it: a provider chooses the ids of calls."""
    if _KEY.fullmatch(key) is not None:
        return key
    run_id, _, call = key.partition(":")
    return f"{run_id}:{sha256(call.encode('utf-8', 'surrogatepass')).hex()}"
