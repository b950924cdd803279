"""A version's definition: checked, digested, sealed under the partner's key, and opened again."""

from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from ringfence.base import canonical_json, ids
from ringfence.base.crypto import sha256
from ringfence.base.principal import PartnerId
from ringfence.base.problem import FieldError, Problem, unprocessable
from ringfence.controls.egress import Named
from ringfence.controls.tenancy import Bound
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.features.agents import credentials, http_rules, queries
from ringfence.features.agents.model import AgentNew, AgentOut, VersionOut
from ringfence.features.agents.model_names import unknown
from ringfence.features.agents.queries import AgentRow, VersionRow
from ringfence.features.agents.tool import BuiltinTool, HttpTool, LaterTool, Tool

BUILTINS: Final = frozenset({"current_time", "read_file", "search_files"})


@dataclass(frozen=True, slots=True)
class Definition:
    """What makes a version: change any of it, and it is another."""

    instructions: str
    model: str
    tools: list[dict[str, Any]]
    limits: dict[str, Any]
    policy: dict[str, Any]
    fallback: list[str]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON (RFC 8785)."""
        members: dict[str, Any] = {
            "instructions": self.instructions,
            "limits": self.limits,
            "model": self.model,
            "policy": self.policy,
            "tools": self.tools,
        }
        if self.fallback:  # Left out where there is none: versions from before it keep their digest.
            members["fallback"] = self.fallback
        return sha256(canonical_json.encode(members))


def define(new: AgentNew, *, named: Named) -> Definition:
    """The definition; Problem 422 as `check_model` and `check_tools` say."""
    return Definition(
        instructions=new.instructions,
        model=check_model(new.model),
        tools=check_tools(new.tools, named=named),
        limits=new.limits.model_dump(exclude_none=True),
        policy=new.policy.model_dump(exclude_none=True),
        fallback=check_fallback(new.fallback, model=new.model),
    )


def check_model(model: str) -> str:
    """The model's name, when this release knows its provider."""
    if (detail := unknown(model)) is not None:
        raise unprocessable("unknown_model", detail, [FieldError("/model", detail)])
    return model


def check_fallback(names: list[str], *, model: str) -> list[str]:
    """The models behind the first one, each named once; Problem 422 `unknown_model`."""
    for at, name in enumerate(names):
        detail = "A model is named once." if name in [model, *names[:at]] else unknown(name)
        if detail is not None:
            raise unprocessable("unknown_model", detail, [FieldError(f"/fallback/{at}", detail)])
    return names


def check_tools(tools: list[Tool], *, named: Named) -> list[dict[str, Any]]:
    """The declarations as they are stored.

    Problem 422 `unknown_tool`, `invalid_tool`, `literal_secret` or `not_available_yet`.
    """
    if len({tool.name for tool in tools}) != len(tools):
        raise _refused("unknown_tool", len(tools) - 1, "A tool is named once.")
    return [_checked(tool, at, named) for at, tool in enumerate(tools)]


def _checked(tool: Tool, at: int, named: Named) -> dict[str, Any]:
    match tool:
        case HttpTool():
            http_rules.check(tool, f"/tools/{at}", named=named)
            return tool.stored()
        case LaterTool():
            raise _refused("not_available_yet", at, f"Tools of kind {tool.kind} are not available yet.")
        case BuiltinTool():
            if tool.model_extra:
                raise _refused("unknown_tool", at, "A builtin tool is {name, kind} and nothing else.")
            if tool.name not in BUILTINS:
                raise _refused("unknown_tool", at, f"Builtin tools are: {', '.join(sorted(BUILTINS))}.")
            return {"name": tool.name, "kind": tool.kind}


def insertion(vault: Vault, partner_id: PartnerId, agent_id: UUID, version: int, made: Definition) -> Bound[None]:
    """The statement that stores a version."""
    owner, row_id = KeyOwner.partner(partner_id), ids.new()
    return queries.ADD_VERSION(
        agent_id,
        version,
        row_id,
        made.digest,
        made.model,
        vault.seal_text(owner, fields.AGENT_VERSION_INSTRUCTIONS, row_id, made.instructions),
        vault.seal_json(owner, fields.AGENT_VERSION_TOOLS, row_id, made.tools),
        msgspec.json.encode(made.limits).decode(),
        msgspec.json.encode(made.policy).decode(),
        made.fallback,
    )


def opened(vault: Vault, partner_id: PartnerId, row: VersionRow) -> Definition:
    """The definition of a stored version."""
    owner = KeyOwner.partner(partner_id)
    tools = cast("list[dict[str, Any]]", vault.open_json(owner, fields.AGENT_VERSION_TOOLS, row.id, row.tools))
    instructions = vault.open_text(owner, fields.AGENT_VERSION_INSTRUCTIONS, row.id, row.instructions)
    return Definition(instructions, row.model, tools, row.limits, row.policy, row.fallback)


def version_out(vault: Vault, partner_id: PartnerId, row: VersionRow) -> VersionOut:
    """The version's public shape."""
    found = opened(vault, partner_id, row)
    return VersionOut(
        version=row.version,
        digest=row.digest.hex(),
        model=found.model,
        fallback=found.fallback,
        instructions=found.instructions,
        tools=[credentials.without(tool) for tool in found.tools],
        limits=found.limits,
        policy=found.policy,
        created_at=row.created_at,
    )


def agent_out(vault: Vault, partner_id: PartnerId, row: AgentRow) -> AgentOut:
    """The agent's public shape."""
    found = opened(vault, partner_id, row.newest)
    return AgentOut(
        id=row.agent_id,
        name=row.name,
        status=row.status,
        version=row.version,
        digest=row.digest.hex(),
        model=found.model,
        fallback=found.fallback,
        instructions=found.instructions,
        tools=[credentials.without(tool) for tool in found.tools],
        limits=found.limits,
        policy=found.policy,
        created_at=row.agent_created_at,
        updated_at=row.created_at,
    )


def _refused(code: str, at: int, detail: str) -> Problem:
    return unprocessable(code, detail, [FieldError(f"/tools/{at}", detail)])
