"""Keeps CRY-02. What wraps a keystore: the current root key and, while it is being replaced, the one before it.

Proved in tests/controls/test_keystore_refusals.py and tests/controls/test_keystore_roots.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from ringfence.controls.keystore.keys import KeystoreRefusal


class UnknownRoot(KeystoreRefusal):
    """The keystore is sealed under a root key that this process was not given."""


class RootKey(Protocol):
    """A key that wraps other keys, here or in a key service: each call may go over the network and wait for seconds.

    `wrap` and `unwrap` raise KeystoreUnavailable when the service does not answer, and KeystoreRefusal when it says no.
    """

    @property
    def source(self) -> str:
        """Where it comes from, for messages: `ENCRYPTION_KEY`, a path, `aws-kms:arn:...`."""
        ...

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that name it in messages and in the keystore, and give nothing away."""
        ...

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, wrapped and bound to `context`, which must be given again to unwrap it."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key; InvalidSeal when anything differs from what was wrapped."""
        ...


@dataclass(frozen=True, slots=True)
class Roots:
    """The root keys that a process was given: what is sealed under either opens, and rotation seals under `current`."""

    current: RootKey
    previous: RootKey | None = None

    def find(self, fingerprint: str | None) -> RootKey | None:
        """The one of this fingerprint, if it was given."""
        return next((root for root in self._given() if root.fingerprint == fingerprint), None)

    def of(self, fingerprint: str) -> RootKey:
        """The one that the keystore is sealed under; KeystoreRefusal names every fingerprint."""
        found = self.find(fingerprint)
        if found is not None:
            return found
        given = " and ".join(f"{root.source} is root key {root.fingerprint}" for root in self._given())
        raise UnknownRoot(
            f"the keystore is sealed under root key {fingerprint}, but {given}: give the root key that it was made with"
        )

    def check(self, sealed_under: str, *, retired: Collection[str]) -> None:
        """KeystoreRefusal for a pair that cannot be meant: the same key twice, or old and new swapped.

        `retired` are the fingerprints of the roots that this keystore was sealed under before.
        """
        previous = self.previous
        if previous is None:
            return
        names = f"{self.current.source} and {previous.source}"
        if previous.fingerprint == self.current.fingerprint:
            raise KeystoreRefusal(f"{names} are the same root key {previous.fingerprint}: take the second one away")
        if sealed_under == previous.fingerprint and self.current.fingerprint in retired:
            raise KeystoreRefusal(
                f"{names} are swapped: the keystore was rotated away from root key {self.current.fingerprint} "
                f"and is sealed under {previous.fingerprint} now; a root key that was replaced never comes back"
            )
        if sealed_under == self.current.fingerprint and previous.fingerprint not in retired:
            raise KeystoreRefusal(
                f"{names} may be swapped: nothing was ever sealed under {previous.fingerprint}, the keystore is under "
                f"{sealed_under}; the previous one is the root key that it was made with"
            )

    def _given(self) -> list[RootKey]:
        return [root for root in (self.current, self.previous) if root is not None]
