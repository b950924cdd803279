"""Files: handed in whole or in pieces, sealed as they come, scanned, fetched as attachments, deleted with their rows.

What is read out of them is the slice's other half (`reading`); agents use it by their tools.
"""

from ringfence.features.files.attending import Attendant, Pace
from ringfence.features.files.resealing import Objects
from ringfence.features.files.resumable import router as uploads_router
from ringfence.features.files.routes import partner_router, router
from ringfence.features.files.sweeping import Orphans, bury, drop_unsent

__all__ = [
    "Attendant",
    "Objects",
    "Orphans",
    "Pace",
    "bury",
    "drop_unsent",
    "partner_router",
    "router",
    "uploads_router",
]
