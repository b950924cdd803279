"""A partner's organizations and their users: made, read, rectified, restricted, erased.

The root includes `router`; the schedule calls `finish_destructions` and, as each start does, `repeat_destructions`.
"""

from ringfence.features.orgs.erasure import finish_destructions, repeat_destructions
from ringfence.features.orgs.routes import router

__all__ = ["finish_destructions", "repeat_destructions", "router"]
