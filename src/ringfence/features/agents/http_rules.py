"""What a tool of kind http must not declare: a request that the model could bend, or that nobody could make.

The model sets arguments. Where the request goes, as whom, and what it carries besides is the partner's, and no argument
may share a name with any of it: a receiver that reads the last of two values would read the model's.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from ringfence.base import json_schema
from ringfence.base.canonical_json import encode
from ringfence.base.problem import FieldError, Problem, unprocessable
from ringfence.controls import egress
from ringfence.features.agents import credentials, template
from ringfence.features.agents.tool import HttpTool

BODYLESS: Final = frozenset({"GET", "DELETE"})
_BODY_BYTES: Final = 16_384
_ARGUMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_SCALARS: Final = frozenset({"string", "integer"})
# Ours to set, the connection's, or the browser's: a tool that sets one would speak for somebody else.
_CLOSED_HEADERS: Final = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie", "date",
        "expect", "host", "idempotency-key", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "via",
    }
)  # fmt: skip


def check(tool: HttpTool, at: str, *, named: egress.Named) -> None:
    """Returns where the declaration can be used; Problem 422 `literal_secret` or `invalid_tool` with all faults."""
    literals = [FieldError(f"{at}{pointer(name)}", credentials.MEND) for name in credentials.literal(tool.headers)]
    if literals:
        raise _refused("literal_secret", literals)
    parts = (_parameters(tool), _url(tool, named), _headers(tool), _body(tool), _words(tool))
    faults = [FieldError(f"{at}{fault.pointer}", fault.detail) for part in parts for fault in part]
    if faults:
        raise _refused("invalid_tool", faults)


def _refused(code: str, errors: list[FieldError]) -> Problem:
    return unprocessable(code, errors[0].detail, errors)


def _properties(tool: HttpTool) -> dict[str, Any]:
    found = tool.parameters.get("properties", {})
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _parameters(tool: HttpTool) -> Iterator[FieldError]:
    schema = tool.parameters
    if schema.get("type", "object") != "object":
        yield FieldError("/parameters/type", "The arguments are an object.")
    if schema.get("additionalProperties", False) is not False:
        yield FieldError("/parameters/additionalProperties", "Every argument is named; this can only be false.")
    for keyword in ("$ref", "patternProperties"):
        if keyword in schema:
            yield FieldError(f"/parameters/{keyword}", "Every argument is named under properties.")
    for name in _properties(tool):
        if _ARGUMENT.fullmatch(name) is None:
            yield FieldError("/parameters/properties", "An argument is named by letters, digits, _ and -.")
    try:
        json_schema.check(schema)
        encode(schema)
    except json_schema.SchemaRefused as refused:
        yield FieldError(f"/parameters{refused.pointer}", refused.detail)
    except ValueError:
        yield FieldError("/parameters", "A number is too large.")


def _url(tool: HttpTool, named: egress.Named) -> Iterator[FieldError]:
    path, _, query = tool.url.partition("?")
    properties, required = _properties(tool), tool.parameters.get("required", [])
    if "{" in "".join(path.split("/", 3)[:3]):
        yield FieldError("/url", "Scheme, host and port are fixed.")
    if template.secret_names(tool.url):
        yield FieldError("/url", "Addresses end in logs: a secret is for a header or a member of the body.")
        return
    for name in sorted(template.names(path) - template.IDENTITY):
        declared = properties.get(name)
        kind = cast("dict[str, Any]", declared).get("type") if isinstance(declared, dict) else None
        if kind not in _SCALARS or not isinstance(required, list) or name not in required:
            yield FieldError("/url", f"{{{_short(name)}}} must be a required argument of type string or integer.")
    for name in sorted(template.names(query) - template.IDENTITY):
        detail = (
            f"{{{_short(name)}}} is not for the query: arguments that the path does not use are sent by themselves."
        )
        yield FieldError("/url", detail)
    yield from _clashes("/url", [name for name, _ in parse_qsl(query, keep_blank_values=True)], tool)
    try:
        egress.parse(str(template.filled(tool.url, lambda _name: "x")), named=named)
    except egress.EgressError as refused:
        yield FieldError("/url", f"{refused.text} ({refused.cause})")


def _headers(tool: HttpTool) -> Iterator[FieldError]:
    seen: set[str] = set()
    for name, value in tool.headers.items():
        where, lowered = pointer(name), name.lower()
        if lowered in _CLOSED_HEADERS:
            yield FieldError(where, "This header is not a tool's to set.")
        if lowered in seen:
            yield FieldError(where, "A header is named once.")
        seen.add(lowered)
        yield from _only_known(where, value)


def _body(tool: HttpTool) -> Iterator[FieldError]:
    if tool.body and tool.method in BODYLESS:
        yield FieldError("/body", f"{tool.method} sends no body.")
    try:
        if len(encode(tool.body)) > _BODY_BYTES:
            yield FieldError("/body", f"The fixed members have at most {_BODY_BYTES} bytes.")
    except (ValueError, RecursionError):
        yield FieldError("/body", "A number is too large, or a list too deep.")
        return
    yield from _clashes("/body", list(tool.body), tool)
    yield from _only_known("/body", tool.body)


def _words(tool: HttpTool) -> Iterator[FieldError]:
    properties = _properties(tool)
    if template.names(tool.title) - properties.keys():
        yield FieldError("/title", "A title holds {arguments} of the tool and nothing else.")
    for name in sorted(tool.args.keys() - properties.keys()):
        yield FieldError("/args", f"{_short(name)} is no argument of the tool.")


def _clashes(where: str, fixed: list[str], tool: HttpTool) -> Iterator[FieldError]:
    """Names without regard to case: some receivers have none."""
    arguments = {name.casefold() for name in _properties(tool)}
    for name in fixed:
        if name.casefold() in arguments:
            yield FieldError(where, f"{_short(name)} is fixed here and cannot be an argument, too.")


def _only_known(where: str, value: object) -> Iterator[FieldError]:
    others = template.names(value) - template.IDENTITY
    if any(not template.is_secret(name) for name in others):
        known = ", ".join(f"{{{name}}}" for name in sorted(template.IDENTITY))
        yield FieldError(where, f"Only {known} and {{secret:NAME}} can stand here.")
    if not all(template.is_for_tools(name) for name in template.secret_names(value)):
        yield FieldError(where, "A secret is named in capitals, digits and _; names with MODEL_ are for models' keys.")


def pointer(header: str) -> str:
    """Where a header stands in its tool."""
    return f"/headers/{header.replace('~', '~0')}"


def _short(name: str) -> str:
    return name[:40]
