"""Secrets of organizations, for tools and models: written, replaced, listed by name, deleted, and never read back.

The root includes `router`. Who needs a value takes it through `ringfence.controls.vault.secrets`.
"""

from ringfence.features.secrets.model import MODEL_KEYS
from ringfence.features.secrets.routes import router

__all__ = ["MODEL_KEYS", "router"]
