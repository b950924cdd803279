"""A partner's agents: immutable versions of instructions, model, tools and limits.

The root includes `router`. Runs read the versions themselves, by id and number.
"""

from ringfence.features.agents.routes import router

__all__ = ["router"]
