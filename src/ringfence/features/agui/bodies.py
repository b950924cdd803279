"""What AG-UI clients and the Vercel AI SDK send: tolerant of what is not known, and read for very little.

Fields that clients fill and that are not believed are named here, so that the document says so.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ringfence.features.edge import clean_line

_MESSAGES = 5000
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(clean_line)]
_Unread = Annotated[Any, Field(description="Accepted for the protocol's sake, and not believed.")]


class Claims(BaseModel):
    """Something from outside in somebody else's shape: camelCase, unknown members ignored."""

    model_config = ConfigDict(
        extra="ignore", strict=True, frozen=True, alias_generator=AliasGenerator(validation_alias=to_camel)
    )


class AguiMessage(Claims):
    """A message as the client claims it. Of the last one, if it is the user's, the text is taken."""

    id: str
    role: str
    content: Any = None


class ResumeEntry(Claims):
    """The answer to one interrupt; `cancelled` says no."""

    interrupt_id: Name
    status: Literal["resolved", "cancelled"]
    payload: Any = Field(
        default=None,
        description="{approved: boolean}, or {decision: approve|deny|stop|wait}; stop cancels the run, wait decides "
        "nothing and goes on with the stream.",
    )


class RunAgentInput(Claims):
    """AG-UI 1.0's RunAgentInput: a message to the agent in a thread, or the answer to what it asked there."""

    thread_id: Name = Field(description="The client's own name of a conversation, or the id of one.")
    run_id: Name = Field(description="The same one gives the same run again, for 24 hours.")
    messages: list[AguiMessage] = Field(max_length=_MESSAGES)
    resume: list[ResumeEntry] | None = Field(default=None, max_length=1)
    protocol_version: str | None = None
    parent_run_id: str | None = None
    state: _Unread = None
    tools: _Unread = None
    context: _Unread = None
    forwarded_props: _Unread = None


class Approval(Claims):
    """What a tool part says of its approval."""

    id: Name
    approved: bool | None = None


class UiPart(Claims):
    """A part of a UI message: text, or a tool call with what the client says of it."""

    type: str
    text: str | None = None
    state: str | None = None
    approval: Approval | None = None


class UiMessage(Claims):
    """A UI message as the client claims it."""

    id: str
    role: str
    parts: list[UiPart] = Field(max_length=_MESSAGES)


class UiChat(Claims):
    """What the SDK's DefaultChatTransport sends."""

    id: Name = Field(description="The client's own name of a conversation, or the id of one.")
    messages: list[UiMessage] = Field(max_length=_MESSAGES)
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    message_id: str | None = None
