"""Keeps CRY-02, CRY-03. A keystore on OpenBao as one end of a move.

Proved in tests/controls/test_keystore_moving.py.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, final

from ringfence.base.crypto import InvalidSeal, Secret
from ringfence.controls.keystore.carried import Carried, CarriedKey, Mark, MoveState
from ringfence.controls.keystore.keys import Damaged, KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.openbao.client import Bao
from ringfence.controls.keystore.openbao.entries import Entries, Kept, Wrapped
from ringfence.controls.keystore.openbao.naming import key_of, refuse_prefix
from ringfence.controls.keystore.openbao.transit import NoKey, Transit
from ringfence.controls.keystore.owner import KeyOwner

SETTLE_SECONDS: Final = 6.0
"""Longer than a call may last: a writer that began before the mark has ended, or finds it behind what it wrote."""
_THREADS: Final = 8


@final
class BaoEnd:
    """Keeps the End protocol with the entries and transit keys of one prefix."""

    def __init__(
        self,
        bao: Bao,
        *,
        transit: str = "transit",
        kv: str = "secret",
        prefix: str = "ringfence",
        settle_s: float = SETTLE_SECONDS,
    ) -> None:
        refuse_prefix(prefix)
        self.name = f"openbao:{bao.address}"
        self._prefix = prefix
        self._transit, self._entries = Transit(bao, transit), Entries(bao, kv, prefix)
        self._settle_s = settle_s

    def mark(self) -> Mark | None:
        """What stands at `server/move`."""
        self._entries.check_engine()
        return self._entries.mark()

    def put_mark(self, mark: Mark | None, *, after: Mark | None) -> None:
        """Writes it, then lets those who write or read end."""
        self._entries.put_mark(mark, after=after)
        if mark is not None and mark.state in {MoveState.LEAVING, MoveState.LEFT}:
            time.sleep(self._settle_s)

    def is_empty(self) -> bool:
        """Whether nothing but a mark stands below the prefix."""
        return not self._paths()

    def owners(self) -> Iterator[Carried]:
        """Every entry, its keys opened by the transit engine, several owners at a time."""
        with ThreadPoolExecutor(_THREADS) as pool:
            yield from (found for found in pool.map(self._read, self._paths()) if found is not None)

    def keep(self, carried: Sequence[Carried]) -> None:
        """Wraps and stores each, several at a time; an organization before its users."""
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self._make_transit_key, {self._key_of(each.path) for each in carried if each.keys}))
            list(pool.map(self._keep, carried))

    def wipe(self) -> None:
        """Destroys the transit keys, then removes what they wrapped; the mark stays."""
        paths = self._paths()
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self._transit.destroy, sorted({self._key_of(path) for path in paths})))
            list(pool.map(self._entries.remove, paths))
        self._transit.destroy(f"{self._prefix}.server")
        if left := self._paths():
            raise KeystoreUnavailable(f"{self.name} did not remove {left[0]}")

    def _paths(self) -> list[str]:
        return list(self._entries.survey())

    def _read(self, path: str) -> Carried | None:
        kept, owner = self._entries.read(path), KeyOwner(path)
        if kept.destroyed is not None:
            return Carried(path, destroyed=kept.destroyed)
        if owner.scope != owner and self._entries.is_tombstone(owner.scope.path):
            return None  # What a destruction that was cut short left: its transit key is gone, or will be.
        if not kept.versions:
            return None
        sealed = [(each.ciphertext, each.context(self._prefix, path)) for each in kept.versions]
        try:
            opened = self._transit.decrypt(self._key_of(path), sealed)
        except (InvalidSeal, NoKey):
            raise Damaged(f"OpenBao's keys of {path} do not open") from None
        keys = zip(kept.versions, opened, strict=True)
        return Carried(path, tuple(CarriedKey(each.number, each.key_id, each.at, Secret(raw)) for each, raw in keys))

    def _keep(self, carried: Carried) -> None:
        stored = self._entries.read(carried.path).stored
        if stored:
            if not carried.is_same(self._read(carried.path)):
                raise KeystoreRefusal(f"{self.name} holds other keys of {carried.path} already")
            return
        kept = Kept(0, tuple(self._wrapped(carried.path, each) for each in carried.keys), carried.destroyed)
        if not self._entries.write(carried.path, kept):
            raise KeystoreRefusal(f"somebody else writes to {self.name}")

    def _wrapped(self, path: str, key: CarriedKey) -> Wrapped:
        bare = Wrapped(key.number, key.key_id, key.at, "")
        try:
            ciphertext = self._transit.encrypt(
                self._key_of(path), key.secret.reveal(), bare.context(self._prefix, path)
            )
        except NoKey:
            raise KeystoreUnavailable(f"{self.name} lost the transit key {self._key_of(path)}") from None
        return replace(bare, ciphertext=ciphertext)

    def _make_transit_key(self, name: str) -> None:
        self._transit.make(name)

    def _key_of(self, path: str) -> str:
        return key_of(self._prefix, KeyOwner(path))
