"""The bodies of search on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, Strict

from ringfence.features.edge import Input, Output, Text

from .search import MOST, QUERY_CHARS, Found

_MOST_FILES = 100


class SearchNew(Input):
    """What to look for, and where."""

    query: Annotated[
        Text,
        Field(max_length=QUERY_CHARS, description="Words or a question, in English, Danish or Spanish."),
    ]
    limit: Annotated[int, Field(ge=1, le=MOST, description="The most items of the answer.")] = 10
    file_ids: Annotated[
        list[Annotated[UUID, Strict(strict=False)]] | None,
        Field(min_length=1, max_length=_MOST_FILES, description="Looks into these files alone."),
    ] = None


class FoundOut(Output):
    """A passage of a file that fits."""

    file_id: UUID
    name: str
    locator: Annotated[str, Field(description="Where in the file: `page 3`, `slide 2`; empty where it has no places.")]
    part: Annotated[int, Field(description="The passage's number in the file, from 1 on.")]
    snippet: Annotated[str, Field(description="At most about 320 characters around what was found.")]
    text: Annotated[str, Field(description="The whole passage, about 1,200 characters.")]
    score: Annotated[float, Field(description="The greater the better; compares within one answer alone.")]


class SearchOut(Output):
    """What was found, the best first."""

    items: list[FoundOut]


def found_out(found: Found) -> FoundOut:
    """The passage as callers see it."""
    return FoundOut(
        file_id=found.file_id,
        name=found.name,
        locator=found.locator,
        part=found.seq,
        snippet=found.snippet,
        text=found.text,
        score=found.score,
    )
