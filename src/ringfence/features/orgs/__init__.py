"""A partner's organizations and their users: made, read, rectified, restricted, erased.

The root includes `router` and has the schedule call `finish_destructions`.
"""

from ringfence.features.orgs.erasure import finish_destructions
from ringfence.features.orgs.routes import router

__all__ = ["finish_destructions", "router"]
