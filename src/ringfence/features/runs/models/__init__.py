"""Gives answers of language models through one protocol, whoever serves them.

`Models(config, outbound).get("provider:model").stream(request)` is all that a run needs; failures are ModelError.
"""

from . import prices
from .protocol import (
    AssistantTurn,
    Carried,
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
from .provider import AnswerLimits
from .registry import Access, ModelConfig, Models
from .retry import RetryPolicy

__all__ = [
    "Access",
    "AnswerLimits",
    "AssistantTurn",
    "Carried",
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
