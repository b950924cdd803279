"""The agent as a run works with it: its version's instructions, tools and limits, opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

import msgspec

from ringfence.base.principal import PartnerId
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import queries
from .declaration import APPROVAL_TTL, Approval, Approvers, Effect, HttpSpec, ToolDeclaration
from .tools import find as find_builtin

Find = Callable[[str], ToolDeclaration | None]


class Limits(msgspec.Struct, frozen=True):
    """What an agent's version allows a run; other keys are for other parts."""

    max_steps: int = 12
    max_tokens: int | None = None
    max_output_tokens: int | None = None
    max_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Agent:
    """One immutable version."""

    model: str
    instructions: str
    tools: tuple[ToolDeclaration, ...]
    limits: Limits
    fallback: tuple[str, ...] = ()
    """Models that are asked in this order where the one before fails."""
    has_budget: bool = False
    model_keys: frozenset[str] = frozenset()
    """The names of the organization's own keys for models."""

    @property
    def models(self) -> tuple[str, ...]:
        """Every model, the preferred one first."""
        return (self.model, *self.fallback)

    def allows(self, name: str) -> ToolDeclaration | None:
        """The declaration of a tool that this agent has."""
        return next((tool for tool in self.tools if tool.name == name), None)


def opened(vault: Vault, partner_id: PartnerId, row: queries.AgentRow, *, find: Find = find_builtin) -> Agent:
    """The agent of this row; Tampered. A tool that this release does not know is left out: it cannot be called."""
    owner = KeyOwner.partner(partner_id)
    stored = vault.open_json(owner, fields.AGENT_VERSION_TOOLS, row.version_id, row.tools)
    declared = cast("list[object]", stored) if isinstance(stored, list) else []
    return Agent(
        model=row.model,
        instructions=vault.open_text(owner, fields.AGENT_VERSION_INSTRUCTIONS, row.version_id, row.instructions),
        tools=tuple(found for one in declared if (found := _declared(one, find)) is not None),
        limits=msgspec.json.decode(row.limits, type=Limits),
        fallback=tuple(row.fallback),
        has_budget=row.has_budget,
        model_keys=frozenset(row.model_keys),
    )


def _declared(stored: object, find: Find) -> ToolDeclaration | None:
    """The declaration of a stored tool: one of ours by its name, or a request of the partner's."""
    if not isinstance(stored, dict):
        return find(str(stored))
    members = cast("dict[str, Any]", stored)
    if members.get("kind") == "http":
        return _http(msgspec.convert(members, _Stored))
    return find(str(members.get("name", "")))


class _StoredLimits(msgspec.Struct, frozen=True):
    timeout_seconds: int = 30
    body_bytes: int = 1_000_000


class _Stored(msgspec.Struct, frozen=True):
    """A tool of kind http as features.agents stores it; members that this release does not know are skipped."""

    name: str
    description: str
    method: str
    url: str
    effect: Effect
    parameters: dict[str, Any]
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    output_trust: Literal["first_party", "third_party"] = "third_party"
    args: dict[str, str] = {}
    approval: Approval = "policy"
    approvers: Approvers = "user"
    approval_ttl_seconds: int = int(APPROVAL_TTL.total_seconds())
    title: str | dict[str, str] | None = None
    idempotent: bool = False
    limits: _StoredLimits = _StoredLimits()


def _http(stored: _Stored) -> ToolDeclaration:
    titles = {"en": stored.title} if isinstance(stored.title, str) else stored.title or {}
    return ToolDeclaration(
        name=stored.name,
        description=stored.description,
        parameters=stored.parameters,
        kind="http",
        effect=stored.effect,
        idempotent=stored.idempotent,
        approval=stored.approval,
        approvers=stored.approvers,
        approval_ttl=timedelta(seconds=stored.approval_ttl_seconds),
        title=titles,
        output_trust=stored.output_trust,
        roles=stored.args,
        http=HttpSpec(
            method=stored.method,
            url=stored.url,
            headers=stored.headers,
            body=stored.body,
            timeout_s=stored.limits.timeout_seconds,
            body_bytes=stored.limits.body_bytes,
        ),
    )
