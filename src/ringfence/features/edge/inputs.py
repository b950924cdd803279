"""What a body may hold: strict models that refuse unknown fields, and texts without control characters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_KEPT = frozenset("\n\t\r")


class Input(BaseModel):
    """A request body: types are not coerced, unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=False)


class Output(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _clean(text: str, kept: frozenset[str]) -> str:
    for character in text:
        # Cc covers NUL, Cs lone surrogates: neither can be stored as UTF-8 text.
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in kept:
            raise ValueError("control characters and lone surrogates are not taken here")
    return text


def clean_line(text: str) -> str:
    """The text, if it has no control characters; ValueError otherwise."""
    return _clean(text, frozenset())


def _text(text: str) -> str:
    return _clean(text, _KEPT)


Line = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(clean_line)]
"""One line of 1 to 255 characters."""
Text = Annotated[str, Field(min_length=1, max_length=32_768), AfterValidator(_text)]
"""Text of up to 32,768 characters with line breaks and tabs."""
