"""A partner's own house: settings, signing keys and API keys by its API, and what only the operator may do.

The root includes `router`; the command line calls `operator`.
"""

from ringfence.features.partners import operator
from ringfence.features.partners.routes import router

__all__ = ["operator", "router"]
