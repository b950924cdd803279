"""The deployment's own keys for checkpoints, and how one hands over to the next. Keeps AUD-04.

Each is random and lies in the keystore; older ones stay there, so that what they signed keeps verifying and each can
name its successor. Proved in tests/controls/test_audit_checkpoints.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, final

from ringfence.base import clock
from ringfence.controls.audit.checkpoints import rfc3339_seconds
from ringfence.controls.audit.notes import Signer, Verifier, signed
from ringfence.controls.keystore import Keystore, ServerKey

_FRESH_SECONDS: Final = 5.0
Past = Callable[[], Awaitable[tuple[list[Verifier], list[str]]]]
"""Keys of ours that the keystore lost, oldest first, and the notes by which they were followed."""
FORM: Final = "ringfence-audit-key/v1"


@final
class Signers:
    """The keys of one deployment, oldest first; looked up anew every five seconds, so that a rotation needs no start.

    Raises KeystoreUnavailable where the keystore does not answer.
    """

    def __init__(self, keystore: Keystore, host: str) -> None:
        self._keystore = keystore
        self._name = f"{host}/audit"
        self._keys: Sequence[tuple[Signer, datetime]] = ()
        self._until = 0.0
        self.past: Past = _nothing

    async def current(self) -> Signer:
        """The one that signs."""
        return (await self.keys())[-1][0]

    async def verifiers(self) -> list[Verifier]:
        """The public halves of every one that ever signed, oldest first."""
        past, _ = await self.past()
        return [*past, *(signer.verifier for signer, _ in await self.keys())]

    async def changes(self) -> list[str]:
        """For each key but the first: the note by which the one before it, and it itself, say that it follows.

        Where that one was lost: the note by which it alone says so.
        """
        _, past = await self.past()
        keys = await self.keys()
        return past + [announcement(old, new, made_at) for (old, _), (new, made_at) in pairwise(keys)]

    async def rotate(self) -> Verifier:
        """Makes another key, which signs from now on in this process and within five seconds in every other."""
        await asyncio.to_thread(self._keystore.rotate_server_key, ServerKey.AUDIT_SIGNER)
        self._until = 0.0
        return (await self.current()).verifier

    async def keys(self) -> Sequence[tuple[Signer, datetime]]:
        """Those that the keystore has, each with the time at which it was made."""
        if not self._keys or clock.monotonic() >= self._until:
            found = await asyncio.to_thread(self._keystore.server_keys, ServerKey.AUDIT_SIGNER)
            self._keys = [(Signer.of(self._name, seed), made_at) for seed, made_at in found]
            self._until = clock.monotonic() + _FRESH_SECONDS
        return self._keys


async def _nothing() -> tuple[list[Verifier], list[str]]:
    return [], []


def announcement(old: Signer, new: Signer, made_at: datetime) -> str:
    """The note in which a key names the next one, signed by both (docs/audit-format.md).

    It names itself, too: to a note that it signed, anybody who writes to the store can add a signature.
    """
    follows = f"follows {old.verifier.line}\n" if old is not new else ""
    text = f"{FORM}\n{new.verifier.line}\ntime {rfc3339_seconds(made_at)}\n{follows}"
    return signed(text, *dict.fromkeys((old, new)))
