"""JSON Schemas that somebody else wrote: checked before they are believed, compiled so that they cannot hold us up.

The one door to the validator. It fetches nothing (a reference stays inside its document), its patterns run in linear
time (no look-around, no back-reference), and what a schema unfolds to through its references is counted: twenty
definitions that each name the next one twice are a million steps. A schema that refers to itself is refused with them.
Linear is not yet short: patterns share a bound on their size, and how much value meets how much schema is bounded, for
a second spent here is a second in which the process does nothing else.
The library is imported on first use, because importing it costs a tenth of starting the server.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

if TYPE_CHECKING:
    import jsonschema_rs

DRAFTS: Final = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
)
SCHEMA_BYTES: Final = 32_768
_DEPTH: Final = 32
_UNFOLDED: Final = 2_000
_PATTERN_BYTES: Final = 131_072
"""What all patterns of a schema take together when they are compiled, each as often as it is met."""
_PATTERN_CHARS: Final = 20_000
"""The longest value that meets a schema with patterns."""
_STEPS: Final = 1_000_000
"""Parts of a value times parts of its schema."""
_CACHED: Final = 256
_DETAIL_CHARS: Final = 200
_TOO_DEEP: Final = f"A schema is at most {_DEPTH} levels deep, references unfolded."
# Names by which a document could be entered at another place than its root, or leave itself.
_ANCHORS: Final = frozenset({"$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef"})


class SchemaRefused(Exception):  # noqa: N818 - what its author is told
    """The schema cannot be used: where (a JSON pointer into it) and why, in words that quote no value."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a value is not as its schema says: where in the value, and what."""

    pointer: str
    detail: str


def check(schema: Mapping[str, Any]) -> None:
    """Returns where the schema is sound; SchemaRefused."""
    try:
        encoded = msgspec.json.encode(schema)
    except (TypeError, ValueError, RecursionError):
        raise SchemaRefused("", "This is not a JSON value.") from None
    if len(encoded) > SCHEMA_BYTES:
        raise SchemaRefused("", f"A schema has at most {SCHEMA_BYTES} bytes.")
    draft = schema.get("$schema")
    if draft is not None and (not isinstance(draft, str) or draft.removesuffix("#") not in DRAFTS):
        raise SchemaRefused("/$schema", f"Known drafts are: {', '.join(DRAFTS)}.")
    size = _Unfolding(schema).size(schema, "")
    if size.depth > _DEPTH:
        raise SchemaRefused("", _TOO_DEEP)
    if size.count > _UNFOLDED:
        raise SchemaRefused("", f"With its references unfolded a schema has at most {_UNFOLDED} parts.")
    try:
        _compiled(encoded)
    except ValueError as error:
        raise SchemaRefused(_place(error), "This is not valid in its draft of JSON Schema.") from None


def fault(schema: Mapping[str, Any], value: object) -> Fault | None:
    """The first fault of the value, None where it is valid; SchemaRefused for a schema that `check` would refuse.

    NOTE: never all faults: gathering them takes minutes where a thousand items meet a thousand alternatives.
    """
    try:
        validator, size = _compiled(msgspec.json.encode(schema))
        parts, chars = _weight(value)
    except (TypeError, ValueError, RecursionError):
        raise SchemaRefused("", "The schema cannot be used.") from None
    if parts * size.count > _STEPS or (size.patterns and chars > _PATTERN_CHARS):
        return Fault("", "The value is too large for its schema.")
    try:
        validator.validate(value)
    except ValueError as error:
        return Fault(_place(error), str(getattr(error, "message", ""))[:_DETAIL_CHARS])
    return None


def pointer(path: list[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join(f"/{_escaped(step)}" for step in path)


def _escaped(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _place(error: ValueError) -> str:
    return pointer(cast("list[str | int]", getattr(error, "instance_path", [])))


def _weight(value: object) -> tuple[int, int]:
    """How many values there are in a value, and how many characters in their names and texts."""
    if isinstance(value, str):
        return 1, len(value)
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        inner, names = [_weight(item) for item in named.values()], sum(map(len, named))
    elif isinstance(value, list):
        inner, names = [_weight(item) for item in cast("list[object]", value)], 0
    else:
        return 1, 0
    return 1 + sum(parts for parts, _ in inner), names + sum(chars for _, chars in inner)


@lru_cache(maxsize=_CACHED)
def _compiled(encoded: bytes) -> "tuple[jsonschema_rs.Validator, _Size]":
    """The validator of a schema and the schema's size, kept by its content."""
    import jsonschema_rs  # noqa: PLC0415 - costly: see the module's docstring

    schema = msgspec.json.decode(encoded, type=dict[str, Any])
    size = _Unfolding(schema).size(schema, "")
    share = _PATTERN_BYTES // max(1, size.patterns)
    validator = jsonschema_rs.validator_for(
        encoded.decode(),
        mask="the value",
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=share, dfa_size_limit=share),
        validate_formats=True,
    )
    return validator, size


@dataclass(slots=True)
class _Unfolding:
    """Counts the parts of a schema, each reference as often as it is followed, and their depth.

    NOTE: it looks for references everywhere, in examples and constants too. Whoever reads a schema otherwise than the
    validator does can be led past it; refusing a constant that looks like a reference costs nobody much.
    """

    document: Mapping[str, Any]
    _known: dict[int, "_Size"] = field(default_factory=dict[int, "_Size"])
    _open: set[int] = field(default_factory=set[int])

    def size(self, node: object, at: str) -> "_Size":
        if not isinstance(node, dict | list):
            return _Size(1, 0)
        key = id(cast("object", node))
        if key in self._open:
            raise SchemaRefused(at, "A schema must not refer to itself.")
        if len(self._open) > _DEPTH:
            raise SchemaRefused(at, _TOO_DEEP)
        if key not in self._known:
            self._open.add(key)
            parts = list(self._parts(cast("dict[str, Any] | list[Any]", node), at))
            self._open.discard(key)
            self._known[key] = _Size(
                1 + sum(part.count for part in parts),
                1 + max((part.depth for part in parts), default=0),
                sum(part.patterns for part in parts),
            )
        return self._known[key]

    def _parts(self, node: dict[str, Any] | list[Any], at: str) -> Iterator["_Size"]:
        if isinstance(node, list):
            yield from (self.size(item, f"{at}/{place}") for place, item in enumerate(node))
            return
        for name, item in node.items():
            here = f"{at}/{_escaped(name)}"
            if name == "patternProperties" and isinstance(item, dict):
                yield _Size(0, 0, len(cast("dict[str, object]", item)))
            yield self._named(name, item, here) if isinstance(item, str) else self.size(cast("object", item), here)

    def _named(self, name: str, text: str, at: str) -> "_Size":
        if name in _ANCHORS:
            raise SchemaRefused(at, f"{name} is not taken here; refer by #/ and a path inside the schema.")
        if name == "$schema" and at != "/$schema":
            raise SchemaRefused(at, "A schema has one draft, named at its root.")
        if name == "$ref":
            return self.size(self._target(text, at), at)
        return _Size(1, 0, 1 if name == "pattern" else 0)

    def _target(self, ref: str, at: str) -> object:
        if not ref.startswith("#/") or "%" in ref:
            raise SchemaRefused(at, "A reference begins with #/ and stays inside the schema.")
        node: object = self.document
        for step in ref[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            node = cast("dict[str, object]", node).get(name) if isinstance(node, dict) else None
        if not isinstance(node, dict | bool):
            raise SchemaRefused(at, "The reference leads to no part of the schema that has a name.")
        return cast("object", node)


@dataclass(frozen=True, slots=True)
class _Size:
    count: int
    depth: int
    patterns: int = 0
    """How often a pattern is met."""
