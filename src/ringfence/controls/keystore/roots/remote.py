"""Keeps CRY-02. A root key that never leaves a key service: calls that end in time, bound to one deployment's keystore.

Proved in tests/controls/test_keystore_remote.py.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar, final

from ringfence.base import clock
from ringfence.base.crypto import sha256
from ringfence.controls.keystore.keys import KeystoreUnavailable

TOTAL_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 2.0
HURRY_SECONDS: Final = 1.0
_REST_SECONDS: Final = 2.0
_THREADS: Final = 4

T = TypeVar("T")


class KeyService(Protocol):
    """One key of a service, which encrypts and decrypts a few bytes.

    Both raise KeystoreUnavailable for whatever keeps the service from its work, a refusal included.
    """

    @property
    def identity(self) -> str:
        """What names the key for ever, whatever address it is asked at."""
        ...

    def encrypt(self, plaintext: bytes, keystore: str, context: bytes) -> bytes:
        """The ciphertext, bound to the keystore and the context by the service."""
        ...

    def decrypt(self, ciphertext: bytes, keystore: str, context: bytes) -> bytes:
        """The plaintext; InvalidSeal when the service says that anything differs."""
        ...


@final
class RemoteRoot:
    """Keeps the RootKey protocol with a key service: five seconds a call at most, one on an event loop.

    A service that gave no answer rests for two seconds, so that requests do not queue up for it one after another.
    """

    __slots__ = ("_down_until", "_keystore", "_pool", "_service", "fingerprint", "source")

    def __init__(self, service: KeyService, *, source: str, keystore: str) -> None:
        self.source = source
        self.fingerprint = sha256(b"ringfence root service 1 " + service.identity.encode())[:8].hex()
        self._service = service
        self._keystore = keystore
        self._down_until = 0.0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="root")

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key as the service encrypted it."""
        return self._patiently(lambda: self._service.encrypt(key, self._keystore, context))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key; InvalidSeal."""
        return self._patiently(lambda: self._service.decrypt(wrapped, self._keystore, context))

    def _patiently(self, call: Callable[[], T]) -> T:
        """What `call` gives, or KeystoreUnavailable in time: of names that do not resolve, too.

        NOTE: a call that does not end is left to its thread; calls behind it find no thread and end in time as well.
        """
        seconds = TOTAL_SECONDS
        if is_on_a_loop():
            if clock.monotonic() < self._down_until:
                raise KeystoreUnavailable(f"{self.source} gave no answer a moment ago")
            seconds = HURRY_SECONDS
        waiting = self._pool.submit(call)
        try:
            return waiting.result(seconds)
        except TimeoutError:
            waiting.cancel()
            self._down_until = clock.monotonic() + _REST_SECONDS
            raise KeystoreUnavailable(f"{self.source}: no answer within {seconds:.0f} s") from None
        except KeystoreUnavailable:
            self._down_until = clock.monotonic() + _REST_SECONDS
            raise


def is_on_a_loop() -> bool:
    """Whether this thread runs an event loop, which must not wait."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
