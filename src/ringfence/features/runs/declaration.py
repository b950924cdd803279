"""What a tool is, as an agent's version declares it: frozen data that the model cannot change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from .models import ToolSpec

Effect = Literal[
    "read", "fetch", "private", "internal_send", "send", "modify", "grant", "pay", "destroy", "credential", "exec"
]
Approval = Literal["policy", "always", "never"]
Approvers = Literal["user", "admin", "four_eyes"]
"""Who may decide: the run's user or an administrator; an administrator; an administrator other than the run's user."""
APPROVAL_TTL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HttpSpec:
    """The request that a tool of kind http makes; placeholders are filled from arguments and from the principal."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Members that the model cannot set, sent beside its arguments."""
    timeout_s: float = 30.0
    body_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class ToolDeclaration:
    """What a tool is: for the model its name and JSON Schema, for the run what it does and who must agree."""

    name: str
    description: str
    parameters: dict[str, Any]
    kind: Literal["builtin", "http"] = "builtin"
    effect: Effect = "read"
    idempotent: bool = True
    """A call whose answer was lost may be made again: it reads only, or its receiver honours the Idempotency-Key."""
    approval: Approval = "policy"
    approvers: Approvers = "user"
    approval_ttl: timedelta = APPROVAL_TTL
    title: Mapping[str, str] = field(default_factory=dict[str, str])
    """By language: verb and object, with {argument} placeholders, such as `Refund {amount} kr to {customer}`."""
    output_trust: Literal["first_party", "third_party"] = "third_party"
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    http: HttpSpec | None = None

    @property
    def asks(self) -> bool:
        """Whether a person must agree to each call. The policy of this release asks for whatever is not a read."""
        return self.approval == "always" or (self.approval == "policy" and self.effect != "read")

    def as_spec(self) -> ToolSpec:
        """The tool as a model sees it."""
        return ToolSpec(name=self.name, description=self.description, parameters=self.parameters)
