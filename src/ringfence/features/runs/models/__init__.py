"""Gives answers of language models through one protocol, whoever serves them.

`Models(config, outbound).get("provider:model").stream(request)` is all that a run needs; failures are ModelError.
"""

from . import prices
from .protocol import (
    AssistantTurn,
    Attached,
    Carried,
    Finish,
    FinishReason,
    Model,
    ModelDelta,
    ModelError,
    ModelErrorCode,
    ModelRequest,
    Passage,
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
    "Attached",
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
    "Passage",
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
