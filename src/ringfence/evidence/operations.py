"""The operations of a running deployment, read from its own OpenAPI document, and requests that are good but harmless.

What the probes, `ringfence prove isolation` and tests/attacks/matrix are generated from: nobody keeps a list by hand.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

_PARAMETER = re.compile(r"\{(\w+)\}")
_DEPTH = 12
_UNKNOWN_FIELD = "of_a_probe"
_PATTERNS = ("0" * 64, "a", "A", "0", "en", "x" * 43)
_FORMATS = {
    "uuid": "00000000-0000-8000-8000-000000000000",
    "date-time": "2100-01-01T00:00:00Z",
    "date": "2100-01-01",
    "uri": "https://canary.invalid/",
    "email": "canary@canary.invalid",
}

# What a message of a chat says, where its schema leaves that open.
_WORDS = {"role": "user", "type": "text", "content": "x", "text": "x"}

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes with a request that is no JSON: the type of its body, and the body."""

    media_type: str
    content: bytes


FORM = Sent(
    "multipart/form-data; boundary=canary",
    b'--canary\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\nx\r\n--canary--\r\n',
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `permission` is what it declares to demand, None where it declares nothing."""

    method: str
    path: str
    permission: str | None
    body: Schema | None = None
    queried: tuple[str, ...] = ()
    schemas: Mapping[str, Schema] = field(default_factory=dict[str, Schema], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Those that it gives an example of: without them it would be refused before it is looked at."""
    media_type: str | None = None
    """The type of a body that is no JSON."""
    needed: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What its query must hold, with the smallest value of each: likewise."""

    @property
    def name(self) -> str:
        """Method and path, as people name it."""
        return f"{self.method} {self.path}"

    @property
    def named_in_path(self) -> tuple[str, ...]:
        """The parameters of its path."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def names_something(self) -> frozenset[str]:
        """Every id that it takes: in its path, its query or its body."""
        inside = () if self.body is None else (name for name in _properties(self.body, self.schemas) if _is_id(name))
        return frozenset((*self.named_in_path, *filter(_is_id, self.queried), *inside))

    def address(self, objects: Mapping[str, str]) -> str:
        """Its path with these ids in it, those that its query takes, and what that needs."""
        path = self.path.format_map({name: objects.get(name, _FORMATS["uuid"]) for name in self.named_in_path})
        named = {name: objects[name] for name in self.queried if _is_id(name) and name in objects}
        asked = "&".join(f"{name}={value}" for name, value in {**self.needed, **named}.items())
        return f"{path}?{asked}" if asked and self.method == "GET" else path

    def good_body(self, objects: Mapping[str, str]) -> object:
        """The smallest body that it takes, with these ids in it; None where it takes none."""
        if self.media_type is not None:
            return FORM if self.media_type.startswith("multipart/") else Sent(self.media_type, b"x")
        return None if self.body is None else example(self.body, self.schemas, objects)

    def harmless_body(self) -> object:
        """A body that no operation takes: who may not come in is refused before it is read, and who may, after."""
        return None if self.body is None else {_UNKNOWN_FIELD: True}


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, by path and method."""
    schemas = document.get("components", {}).get("schemas", {})
    return sorted(_read(document, schemas), key=lambda one: (one.path, one.method))


def example(schema: Schema, schemas: Mapping[str, Schema], objects: Mapping[str, str], depth: int = _DEPTH) -> object:
    """The smallest value that a schema takes; an id by the name of its property, where `objects` knows it."""
    schema = _resolved(schema, schemas)
    if depth == 0:
        return None
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], schemas, objects, depth - 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _typed(schema, schemas, objects, depth - 1)


def _typed(schema: Schema, schemas: Mapping[str, Schema], objects: Mapping[str, str], depth: int) -> object:
    match schema.get("type"):
        case "object" | None:
            return _object(schema, schemas, objects, depth)
        case "array":
            item: Schema = schema.get("items", {})
            return [example(item, schemas, objects, depth)] * max(1, int(schema.get("minItems", 0)))
        case "string":
            return _text(schema)
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return False
        case _:
            return None


def _object(schema: Schema, schemas: Mapping[str, Schema], objects: Mapping[str, str], depth: int) -> dict[str, object]:
    properties = cast("dict[str, Schema]", schema.get("properties", {}))
    required = set(schema.get("required", ()))
    chosen = {
        name: one for name, one in properties.items() if name in required or name in objects or _is_said(name, one)
    }
    known = {**_WORDS, **objects}
    return {
        name: known[name] if name in objects or _is_said(name, one) else example(one, schemas, objects, depth)
        for name, one in chosen.items()
    }


def _is_said(name: str, schema: Schema) -> bool:
    meant: Schema = schema.get("anyOf", [schema])[0]
    return name in _WORDS and not {"enum", "const", "$ref"} & meant.keys()


def _text(schema: Schema) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        pattern = schema["pattern"]
        return next((text for text in _PATTERNS if re.search(pattern, text)), "x")
    return "x" * max(1, int(schema.get("minLength", 1)))


def _read(document: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            media = None if body is not None else next(iter(content), None)
            given: list[Schema] = operation.get("parameters", [])
            asked = tuple(one["name"] for one in given if one.get("in") == "query")
            headers = {one["name"]: one["schema"]["examples"][0] for one in given if _is_shown_header(one)}
            needed = {
                one["name"]: str(example(one["schema"], schemas, {}))
                for one in given
                if one.get("in") == "query" and one.get("required") and not _is_id(one["name"])
            }
            permission = operation.get("x-permission")
            yield Operation(method.upper(), path, permission, body, asked, schemas, headers, media, needed)


def _is_shown_header(parameter: Schema) -> bool:
    return parameter.get("in") == "header" and bool(parameter["schema"].get("examples"))


def _properties(schema: Schema, schemas: Mapping[str, Schema]) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", _resolved(schema, schemas).get("properties", {}))


def _resolved(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _is_id(name: str) -> bool:
    return name.endswith("_id") and name not in {"external_id", "request_id"}
