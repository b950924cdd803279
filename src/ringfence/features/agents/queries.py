"""Agents and their versions: one statement each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.controls.tenancy import Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version; instructions and tools sealed under `id`."""

    version: int
    id: UUID
    digest: bytes
    model: str
    instructions: bytes
    tools: bytes
    limits: dict[str, Any]
    policy: dict[str, Any]
    fallback: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent with its newest version."""

    agent_id: UUID
    name: str
    status: str
    agent_created_at: datetime
    version: int
    id: UUID
    digest: bytes
    model: str
    instructions: bytes
    tools: bytes
    limits: dict[str, Any]
    policy: dict[str, Any]
    fallback: list[str]
    created_at: datetime

    @property
    def newest(self) -> VersionRow:
        """The version part of the row."""
        return VersionRow(
            self.version,
            self.id,
            self.digest,
            self.model,
            self.instructions,
            self.tools,
            self.limits,
            self.policy,
            self.fallback,
            self.created_at,
        )


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """An agent as a user may see it."""

    id: UUID
    name: str


ADD = Statement("insert into app.agent (id, name, version) values ($1, $2, 1)", nothing)
ADD_VERSION = Statement(
    "insert into app.agent_version (agent_id, version, id, digest, model, instructions, tools, limits, policy,"
    " fallback) values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb, $10::text[])",
    nothing,
)
LOCK = Statement("select id from app.agent where id = $1 and status = 'active' for no key update", scalar)
CHANGE = Statement("update app.agent set name = $2, version = $3 where id = $1", nothing)
RETIRE = Statement(
    "update app.agent set status = 'retired' where id = $1 and status = 'active' returning version", scalar
)
AGENT = Statement(
    "select a.id, a.name, a.status, a.created_at, v.version, v.id, v.digest, v.model, v.instructions, v.tools,"
    " v.limits, v.policy, v.fallback, v.created_at from app.agent a"
    " join app.agent_version v on v.agent_id = a.id and v.version = a.version"
    " where a.id = $1",
    AgentRow,
)
AGENTS = Statement(
    "select a.id, a.name, a.status, a.created_at, v.version, v.id, v.digest, v.model, v.instructions, v.tools,"
    " v.limits, v.policy, v.fallback, v.created_at from app.agent a"
    " join app.agent_version v on v.agent_id = a.id and v.version = a.version"
    " where a.status = 'active' and ($1::uuid is null or a.id < $1) order by a.id desc limit $2",
    AgentRow,
)
EXISTS = Statement("select id from app.agent where id = $1", scalar)
VERSION = Statement(
    "select version, id, digest, model, instructions, tools, limits, policy, fallback, created_at"
    " from app.agent_version where agent_id = $1 and version = $2",
    VersionRow,
)
VERSIONS = Statement(
    "select version, id, digest, model, instructions, tools, limits, policy, fallback, created_at"
    " from app.agent_version where agent_id = $1 and ($2::uuid is null or id < $2) order by version desc limit $3",
    VersionRow,
)
CHOICES = Statement(
    "select id, name from app.agent where status = 'active' and ($1::uuid is null or id < $1)"
    " order by id desc limit $2",
    ChoiceRow,
)
