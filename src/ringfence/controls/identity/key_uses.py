"""When each signing key was last used, to the hour. Keeps EMB-05: a key that nobody uses any more can be revoked.

A process writes it once an hour for each key, in the transaction of the exchange, so that no log-in waits for a count.
Proved in tests/promises/test_signing_keys.py.
"""

from typing import final

from ringfence.base import clock
from ringfence.base.principal import KeyId
from ringfence.controls.tenancy import Bound, Statement, nothing

_NOTE_USE = Statement(
    "insert into app.signing_key_use (key_id, used_at) values ($1, date_trunc('hour', now()))"
    " on conflict (partner_id, key_id) do update set used_at = excluded.used_at",
    nothing,
)
_HOUR_S = 3600


@final
class KeyUses:
    """Which keys this process has noted within the hour."""

    def __init__(self) -> None:
        self._hour = -1
        self._noted: set[KeyId] = set()

    def due(self, key_id: KeyId) -> list[Bound[None]]:
        """The statement that notes a use, where this hour has none yet."""
        hour = int(clock.now().timestamp()) // _HOUR_S
        if hour != self._hour:
            self._hour, self._noted = hour, set()
        return [] if key_id in self._noted else [_NOTE_USE(key_id)]

    def noted(self, key_id: KeyId) -> None:
        """The transaction of the use is committed."""
        self._noted.add(key_id)
