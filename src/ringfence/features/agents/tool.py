"""What a tool's declaration may hold, by its kind, and what is stored of it."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, Field

from ringfence.features.edge import Input, Line, Text

ToolName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Effect = Literal[
    "read", "fetch", "private", "internal_send", "send", "modify", "grant", "pay", "destroy", "credential", "exec"
]
Role = Annotated[str, Field(pattern=r"^(destination|target_id(:[a-z][a-z0-9_]{0,31})?|amount|content|plain)$")]
Argument = Annotated[str, Field(min_length=1, max_length=64)]
HeaderName = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
HeaderValue = Annotated[str, Field(max_length=2_000, pattern=r"^[!-~]([ -~]*[!-~])?$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_READING: Final = frozenset({"read", "fetch"})


class BuiltinTool(Input):
    """A tool that every deployment has, by name."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    name: ToolName
    kind: Literal["builtin"]


class LaterTool(Input):
    """A tool of a kind that is not available yet: what it declares is read, and refused by name."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    name: ToolName
    kind: Literal["mcp", "openapi"]


class ToolLimits(Input):
    """What one call may take: seconds for everything, bytes of the answer."""

    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = 30
    body_bytes: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000_000


class HttpTool(Input):
    """A request to an address of the partner's.

    The path of `url` may hold `{argument}`; `url`, `headers` and `body` may hold `{org.external_id}` and
    `{user.external_id}`, which come from the run's own user and can never be set by the model; `headers` and `body` may
    hold `{secret:NAME}`, a secret of the run's organization, put in when the call is made. Arguments that the path
    does not use go to the query (GET, DELETE) or the JSON body, beside the fixed members of `body`. Each call carries
    an Idempotency-Key that stays the same when the call is repeated.
    """

    name: ToolName
    description: Annotated[Text, Field(max_length=4_000)]
    kind: Literal["http"]
    method: Method
    url: Annotated[str, Field(min_length=1, max_length=2_000)]
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=32, default_factory=dict[str, str])]
    body: Annotated[dict[Argument, Any], Field(max_length=64, default_factory=dict[str, Any])]
    parameters: Annotated[dict[str, Any], Field(default_factory=dict[str, Any])]
    effect: Effect
    output_trust: Literal["first_party", "third_party"] = "third_party"
    args: Annotated[dict[Argument, Role], Field(max_length=64, default_factory=dict[str, str])]
    approval: Literal["policy", "always", "never"] = "policy"
    approvers: Literal["user", "admin", "four_eyes"] = "user"
    approval_ttl_seconds: Annotated[int, Field(ge=900, le=86_400)] = 3_600
    title: Line | Annotated[dict[Language, Line], Field(min_length=1, max_length=20)] | None = None
    idempotent: bool | None = None
    """Whether a call may be made again that may have been made already; left out: where the effect is to read."""
    limits: Annotated[ToolLimits, Field(default_factory=ToolLimits)]

    def stored(self) -> dict[str, Any]:
        """The declaration with every default written out, so that a later release's defaults do not change it."""
        members = self.model_dump(mode="json", exclude_none=True)
        members["parameters"] = {"type": "object", "properties": {}} | self.parameters
        members["idempotent"] = self.effect in _READING if self.idempotent is None else self.idempotent
        return members


Tool = Annotated[BuiltinTool | HttpTool | LaterTool, Discriminator("kind")]
