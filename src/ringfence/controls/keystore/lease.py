"""Keeps CRY-02. How long a key service's last word counts: keys that it opened are not used for longer than that.

A root key in this process needs none of this. One in a service is asked again each minute, so that who disables it
there ends reading within five minutes, and the making of new keys within ten seconds. Proved in
tests/controls/test_keystore_remote.py.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from ringfence.base import clock, log
from ringfence.controls.keystore.epoch import Epoch
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.remote import RemoteRoot, is_on_a_loop

READ_SECONDS: Final = 300.0
WRITE_SECONDS: Final = 10.0
_ASK_EVERY_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 5.0


@final
class Lease:
    """When the root key was last seen to open the epoch in use."""

    def __init__(self) -> None:
        self._proved_at = clock.monotonic()

    def begin(self) -> None:
        """The root key opened an epoch just now."""
        self._proved_at = clock.monotonic()

    def is_over(self, epoch: Epoch) -> bool:
        """Whether keys must not be used until the service has answered."""
        return isinstance(epoch.root, RemoteRoot) and self._age() > READ_SECONDS

    def check(self, epoch: Epoch) -> None:
        """KeystoreUnavailable once it is over, unless the service answers one who can wait."""
        if not self.is_over(epoch):
            return
        if is_on_a_loop():
            raise KeystoreUnavailable(f"{epoch.root.source} gave no answer for {READ_SECONDS:.0f} s")
        self.prove(epoch)

    def prove(self, epoch: Epoch, *, within_s: float = WRITE_SECONDS) -> None:
        """Asks the service unless it answered so lately; KeystoreUnavailable. Waits for the network."""
        if not isinstance(epoch.root, RemoteRoot) or self._age() <= within_s:
            return
        started = clock.monotonic()
        try:
            epoch.prove()
        except KeystoreRefusal as refusal:
            raise KeystoreUnavailable(str(refusal)) from None
        self._proved_at = started

    async def keep(self, epoch: Callable[[], Epoch]) -> None:
        """Asks each minute until cancelled, sooner while there is no answer."""
        while True:
            pause = _ASK_EVERY_SECONDS
            try:
                await asyncio.to_thread(self.prove, epoch(), within_s=_ASK_EVERY_SECONDS / 2)
            except KeystoreUnavailable as failure:
                log.error("keystore_unavailable", failure, reason=failure.cause)
                pause = _ASK_AGAIN_SECONDS
            await asyncio.sleep(pause)

    def _age(self) -> float:
        return clock.monotonic() - self._proved_at
