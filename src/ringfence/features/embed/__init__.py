"""Log-in of a partner's users: token exchange, refresh, log-out, and who am I.

The root includes `router`.
"""

from ringfence.features.embed.routes import router

__all__ = ["router"]
