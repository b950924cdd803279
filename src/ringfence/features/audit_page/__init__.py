"""The page of an organization's log for its administrators: read, filtered, verified, without a script. Keeps AUD-05.

The root includes `router` (links, by API) and `pages`. Proved in tests/promises/test_audit_page.py and
tests/browser/test_audit_page.py.
"""

from ringfence.features.audit_page.routes import pages, router

__all__ = ["pages", "router"]
