"""The agent as a run works with it: its version's instructions, tools and limits, opened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from ringfence.base.principal import PartnerId
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import queries
from .declaration import ToolDeclaration
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

    def allows(self, name: str) -> ToolDeclaration | None:
        """The declaration of a tool that this agent has."""
        return next((tool for tool in self.tools if tool.name == name), None)


def opened(vault: Vault, partner_id: PartnerId, row: queries.AgentRow, *, find: Find = find_builtin) -> Agent:
    """The agent of this row; Tampered. A tool that this release does not know is left out: it cannot be called."""
    owner = KeyOwner.partner(partner_id)
    declared = vault.open_json(owner, fields.AGENT_VERSION_TOOLS, row.version_id, row.tools)
    names = [_name(one) for one in cast("list[Any]", declared)] if isinstance(declared, list) else []
    return Agent(
        model=row.model,
        instructions=vault.open_text(owner, fields.AGENT_VERSION_INSTRUCTIONS, row.version_id, row.instructions),
        tools=tuple(found for name in names if (found := find(name)) is not None),
        limits=msgspec.json.decode(row.limits, type=Limits),
    )


def _name(declaration: object) -> str:
    if isinstance(declaration, dict):
        return str(cast("dict[str, object]", declaration).get("name", ""))
    return str(declaration)
