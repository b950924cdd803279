"""Texts with {placeholders}: which there are, and filling them in. What stands between braces is a name, never code."""

import re
from collections.abc import Callable
from typing import Final, cast

IDENTITY: Final = frozenset({"org.external_id", "user.external_id"})
"""What comes from the principal of the run: the partner's own names for the organization and the user."""
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_STORED: Final = "secret:"
_SECRET_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OF_MODELS: Final = "MODEL_"


def names(value: object) -> set[str]:
    """The names between braces in every text of a JSON value."""
    if isinstance(value, str):
        return set(_PLACEHOLDER.findall(value))
    if isinstance(value, list):
        return {name for item in cast("list[object]", value) for name in names(item)}
    if isinstance(value, dict):
        return {name for item in cast("dict[str, object]", value).values() for name in names(item)}
    return set()


def filled(value: object, give: Callable[[str], str]) -> object:
    """The value with each placeholder replaced, once: what is put in is not read again."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: give(found[1]), value)
    if isinstance(value, list):
        return [filled(item, give) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: filled(item, give) for name, item in cast("dict[str, object]", value).items()}
    return value


def secret_names(value: object) -> set[str]:
    """The names of the stored secrets that a value asks for by `{secret:NAME}`."""
    return {name.removeprefix(_STORED) for name in names(value) if is_secret(name)}


def is_secret(name: str) -> bool:
    """Says whether the name asks for a stored secret."""
    return name.startswith(_STORED)


def is_for_tools(secret_name: str) -> bool:
    """Says whether a tool may ask for a secret of this name: models' keys are for models alone."""
    return _SECRET_NAME.fullmatch(secret_name) is not None and not secret_name.startswith(_OF_MODELS)
