"""What an operator and a first visitor ask of a running server: health, readiness, and a plain page at the root.

The root makes the router with `router(told)`.
"""

from ringfence.features.ops.page import Step, Told, Tour
from ringfence.features.ops.routes import router

__all__ = ["Step", "Told", "Tour", "router"]
