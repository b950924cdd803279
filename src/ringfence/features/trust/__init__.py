"""The Trust Center: every promise as it stands, for people and machines, and security.txt. Keeps TRU-01, TRU-04 (part).

The root includes `router` and leaves a Center in the application's `state.trust`.
Proved in tests/promises/test_trust.py and tests/browser/test_trust.py.
"""

from ringfence.features.trust.center import Center
from ringfence.features.trust.rendering import Site
from ringfence.features.trust.routes import router
from ringfence.features.trust.security_txt import Security

__all__ = ["Center", "Security", "Site", "router"]
