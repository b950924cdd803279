"""What an agent is made of, and how it is shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from ringfence.features.agents.tool import Tool
from ringfence.features.edge import Input, Line, Output, Text

Name = Annotated[Line, Field(max_length=100)]
ModelName = Annotated[str, Field(max_length=200, pattern=r"^[a-z]+(?:-[a-z]+)?:[A-Za-z0-9][A-Za-z0-9._:/-]*$")]

Fallback = Annotated[
    list[ModelName],
    Field(max_length=3, description="Asked in this order where the model before fails before a word of its answer."),
]


class Limits(Input):
    """What one run may use; what is left out has the deployment's default."""

    max_steps: Annotated[int, Field(ge=1, le=50)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=200_000)] | None = None


class Policy(Input):
    """What a second message does while the first is being answered; what is left out has the default, `queue`."""

    concurrent_messages: Annotated[
        Literal["queue", "reject", "interrupt"] | None,
        Field(
            description="`queue` answers it afterwards, `reject` refuses it with 409 `conversation_busy_run`, "
            "`interrupt` stops the answer under way and keeps its words."
        ),
    ] = None


class AgentNew(Input):
    """An agent to make."""

    name: Name
    instructions: Text
    model: ModelName
    fallback: Annotated[Fallback, Field(default_factory=list[ModelName])]
    tools: Annotated[list[Tool], Field(max_length=64, default_factory=list[Tool])]
    limits: Annotated[Limits, Field(default_factory=Limits)]
    policy: Annotated[Policy, Field(default_factory=Policy)]


class AgentChange(Input):
    """What to change; each change is a new version."""

    name: Name | None = None
    instructions: Text | None = None
    model: ModelName | None = None
    fallback: Fallback | None = None
    tools: Annotated[list[Tool], Field(max_length=64)] | None = None
    limits: Limits | None = None
    policy: Policy | None = None


class VersionOut(Output):
    """One immutable version; `digest` is the SHA-256 of its canonical JSON."""

    version: int
    digest: str
    model: str
    fallback: list[str]
    instructions: str
    tools: list[dict[str, Any]]
    limits: dict[str, Any]
    policy: dict[str, Any]
    created_at: datetime


class AgentOut(Output):
    """An agent with its newest version."""

    id: UUID
    name: str
    status: str
    version: int
    digest: str
    model: str
    fallback: list[str]
    instructions: str
    tools: list[dict[str, Any]]
    limits: dict[str, Any]
    policy: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class AgentChoice(Output):
    """An agent that a user may talk to."""

    id: UUID
    name: str
