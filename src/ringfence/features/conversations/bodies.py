"""The bodies of conversations and their messages on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ringfence.features.edge import Input, Output

from .queries import ConversationRow


class ConversationNew(Input):
    """A conversation with an agent, still without words; a run's first message opens one too."""

    agent_id: UUID = Field(strict=False)


class ConversationOut(Output):
    """A conversation."""

    id: UUID
    user_id: UUID
    agent_id: UUID
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ConversationListed(ConversationOut):
    """A conversation as a list shows it."""

    preview: Annotated[str | None, Field(description="The first 80 characters of its first message, on one line.")]


class MessageFileOut(Output):
    """A file that came with a message."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int


class CitationOut(Output):
    """A passage of a file that an answer cites, proved by the run: it was read."""

    marker: Annotated[str, Field(description="How the text names it: `[1a2b3c4d:7]`, without the brackets.")]
    file_id: UUID
    name: str
    locator: Annotated[str, Field(description="Where in the file: `page 3`, `sheet Prices rows 1-50`, `slide 2`.")]


class MessageOut(Output):
    """Something that was said."""

    id: UUID
    run_id: UUID
    author: Literal["user", "assistant"]
    text: str
    created_at: AwareDatetime
    files: list[MessageFileOut]
    citations: list[CitationOut]


def conversation_out(row: ConversationRow) -> ConversationOut:
    """The conversation as callers see it."""
    return ConversationOut(
        id=row.id,
        user_id=row.user_id,
        agent_id=row.agent_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
