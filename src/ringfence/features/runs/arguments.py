"""A tool call's arguments: the model's words, believed only where they are JSON as the tool's declaration says."""

from typing import Any, Final

import msgspec

from ringfence.base import canonical_json, json_schema

from .declaration import ToolDeclaration

ARGUMENTS_CHARS: Final = 100_000


class ArgumentsRefused(Exception):  # noqa: N818 - what the model is told
    """The call is not made; the text is for the model, so that it can mend its arguments."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def parse(declaration: ToolDeclaration, arguments_json: str) -> dict[str, Any]:
    """The arguments, valid in the tool's schema and of one canonical form; ArgumentsRefused.

    No argument that the schema does not name gets through, whatever the schema says of others. A model that sends
    nothing at all means no arguments.
    """
    if len(arguments_json) > ARGUMENTS_CHARS:
        raise ArgumentsRefused("The arguments are too long.")
    arguments = _decoded(arguments_json)
    closed = declaration.parameters | {"additionalProperties": False}
    try:
        fault = json_schema.fault(closed, arguments)
    except json_schema.SchemaRefused:
        raise ArgumentsRefused("This tool cannot be used: its declaration is broken.") from None
    if fault is not None:
        raise ArgumentsRefused(f"The arguments are not as declared: {fault.pointer or '/'}: {fault.detail}")
    return arguments


def _decoded(arguments_json: str) -> dict[str, Any]:
    try:
        arguments = msgspec.json.decode(arguments_json.strip() or "{}", type=dict[str, Any])
        canonical_json.encode(arguments)  # What has no canonical form can be neither shown for approval nor hashed.
    except msgspec.ValidationError:
        raise ArgumentsRefused("The arguments are not a JSON object.") from None
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise ArgumentsRefused("The arguments are not JSON.") from None
    except (ValueError, RecursionError):
        raise ArgumentsRefused("The arguments hold a number that is too large, or lists too deep.") from None
    return arguments
