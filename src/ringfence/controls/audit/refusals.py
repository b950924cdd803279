"""Log-ins refused before an issuer was proven, collapsed per minute, reason and address hash. Keeps EMB-06, AUD-03.

A flood of bad tokens neither fills a log nor writes into the named victim's. Proved in tests/promises/test_audit.py.
"""

from ringfence.controls.audit.origin import Origin
from ringfence.controls.audit.shapes import Unrecordable, a_code
from ringfence.controls.tenancy import PLATFORM_ID, Bound, Statement, nothing

_COUNT = Statement(
    "insert into app.refused_login as r (minute, reason, address_hash) values (date_trunc('minute', now()), $1, $2) "
    "on conflict (minute, reason, address_hash) do update set count = r.count + 1",
    nothing,
)


def refused_login(reason: str, *, origin: Origin) -> Bound[None]:
    """The statement that counts one refusal; it runs in a platform transaction of its own."""
    if not a_code(reason):
        raise Unrecordable("refused_login: a reason is a short code")
    return _COUNT(str(reason), origin.address_hash(PLATFORM_ID) or b"")
