"""Gives answers of language models through one protocol, whoever serves them.

`Models(config, outbound).get("provider:model").stream(request)` is all that a run needs; failures are ModelError.
"""

from . import prices
from .openai_chat import ChatLimits
from .protocol import (
    AssistantTurn,
    Finish,
    FinishReason,
    Model,
    ModelDelta,
    ModelError,
    ModelErrorCode,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolTurn,
    Turn,
    Usage,
    UserTurn,
)
from .registry import ModelConfig, Models
from .retry import RetryPolicy

__all__ = [
    "AssistantTurn",
    "ChatLimits",
    "Finish",
    "FinishReason",
    "Model",
    "ModelConfig",
    "ModelDelta",
    "ModelError",
    "ModelErrorCode",
    "ModelRequest",
    "Models",
    "RetryPolicy",
    "TextDelta",
    "ToolCall",
    "ToolSpec",
    "ToolTurn",
    "Turn",
    "Usage",
    "UserTurn",
    "prices",
]
