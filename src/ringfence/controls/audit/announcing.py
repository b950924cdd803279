"""How the keys that sign follow one another, as it lies in the store beside the tiles. Keeps AUD-04.

`audit/keys/<id>` is the note by which the key before it, and it itself, say that it follows; the first says that of
itself. `audit/keys/<id>.lost` is the operator's word that a key was lost and that this one goes on, which no key before
it vouches for: a verifier names it so. From these the keys that the keystore lost are known again, for what they signed
while they were ours; nothing that only the store says makes a key ours. Proved in
tests/controls/test_audit_announcing.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from ringfence.base import clock
from ringfence.base import log as lines
from ringfence.base.problem import Problem, conflict, unavailable
from ringfence.controls.audit.checkpoints import rfc3339_seconds
from ringfence.controls.audit.notes import BadNote, Note, Verifier, signed
from ringfence.controls.audit.signers import FORM, Signers, announcement
from ringfence.controls.audit.storing import Depot

LOST: Final = "ringfence-audit-key-lost/v1"
FOLDER: Final = "audit/keys/"
_FOLLOWS: Final = "follows "
_FRESH_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """A note of the store: that `key` follows `before`, in place of `lost` where the key before it is gone."""

    raw: str
    note: Note
    key: Verifier
    lost: Verifier | None = None
    before: Verifier | None = None

    @classmethod
    def parse(cls, raw: str) -> "Said | None":
        """None for what is none of ours."""
        try:
            note = Note.parse(raw)
            form, *named = note.text.split("\n")
            if form == FORM:
                follows = [one.removeprefix(_FOLLOWS) for one in named[1:] if one.startswith(_FOLLOWS)]
                return cls(raw, note, Verifier.parse(named[0]), before=Verifier.parse(follows[0]) if follows else None)
            return cls(raw, note, Verifier.parse(named[0]), Verifier.parse(named[1])) if form == LOST else None
        except (BadNote, ValueError, IndexError):
            return None

    def is_by(self, *keys: Verifier) -> bool:
        """Whether each of the keys signed it."""
        try:
            return set(keys) <= set(self.note.signers(keys))
        except BadNote:
            return False


class SignerLost(Problem):
    """The newest key that signed is not in the keystore: nothing is signed by another, until the operator says so."""

    def __init__(self, lost: Verifier) -> None:
        made = unavailable("audit_signer_lost", "The log cannot be published now.")
        self.lost = lost
        cause = f"the keystore lacks the key {lost.id.hex()}: put it back, or ringfence audit replace-signer"
        super().__init__(made.status, made.code, made.detail, headers=made.headers, cause=cause)


@final
class Announcements:
    """What the store says of the keys, held against those of the keystore."""

    def __init__(self, depot: Depot, signers: Signers) -> None:
        self._depot = depot
        self._signers = signers
        self._ready_for: bytes | None = None
        self._said: Sequence[Said] = ()
        self._until = 0.0

    async def ready(self) -> None:
        """Puts what the store lacks, before the newest key signs; SignerLost, and what the store raises."""
        keys = await self._signers.keys()
        newest = keys[-1][0].verifier
        if self._ready_for == newest.id:
            return
        said = await self._load()
        ours = [signer.verifier for signer, _ in keys]
        if (lost := _lost(said, ours)) is not None:
            lines.error("audit_signer_lost", key_id=lost.id.hex())
            raise SignerLost(lost)
        stored = {one.key.id for one in said}
        first, made_at = keys[0]
        notes = {first.verifier.id: announcement(first, first, made_at)} if not stored else {}
        notes |= {new.verifier.id: announcement(old, new, made_at) for (old, _), (new, made_at) in pairwise(keys)}
        for key_id, note in notes.items():
            if key_id not in stored:
                await self._depot.put(FOLDER + key_id.hex(), note.encode())
        self._ready_for, self._until = newest.id, 0.0

    async def replace(self, lost_id: str) -> Verifier:
        """Lets another key sign in the place of the lost one that is named, and says so in the store; gives it.

        Problem 409 `signer_not_lost` where that key is not the lost one, or none is.
        """
        await self._depot.hold()
        said, keys = await self._load(), await self._signers.keys()
        lost = _lost(said, [signer.verifier for signer, _ in keys])
        if lost is None or lost.id.hex() != lost_id:
            is_lost = "none is lost" if lost is None else f"the lost one is {lost.id.hex()}"
            raise conflict("signer_not_lost", f"The key {lost_id} is not lost: {is_lost}.")
        stored = {one.key.id for one in said}
        if any(signer.verifier.id in stored for signer, _ in keys):
            await self._signers.rotate()  # Those that are left signed what came before the lost one.
        new = await self._signers.current()
        text = f"{LOST}\n{new.verifier.line}\n{lost.line}\ntime {rfc3339_seconds(clock.now())}\n"
        await self._depot.put(f"{FOLDER}{new.verifier.id.hex()}.lost", signed(text, new).encode())
        self._until = 0.0
        return new.verifier

    async def past(self) -> tuple[list[Verifier], list[str]]:
        """The keys of ours that the keystore lost, and the notes that say how they were followed.

        What was known before, where the store does not answer.
        """
        if clock.monotonic() >= self._until:
            try:
                await self._load()
            except (Problem, OSError, TimeoutError):
                self._until = clock.monotonic() + 1
        return _past(self._said, [signer.verifier for signer, _ in await self._signers.keys()])

    async def _load(self) -> Sequence[Said]:
        found = [await self._depot.find(path) async for path in self._depot.objects.paths(FOLDER)]
        parsed = [Said.parse(raw.decode(errors="replace")) for raw in found if raw is not None]
        self._said = [one for one in parsed if one is not None]
        self._until = clock.monotonic() + _FRESH_SECONDS
        return self._said


def _lost(said: Iterable[Said], ours: Sequence[Verifier]) -> Verifier | None:
    """The key that should sign and that the keystore has not; None where the newest of ours is that."""
    said = list(said)
    replaced = {one.lost for one in said if one.lost is not None and one.key in ours and one.is_by(one.key)}
    followed = [one for one in said if one.lost is None and any(one.is_by(key) for key in ours)]
    for one in followed:
        if one.key not in ours and (last := _last(one.key, said)) not in replaced:
            return last
    if not said or followed or replaced:
        return None
    # Nothing there is by a key of ours: the last that no other follows is the one that signed.
    before = {one.before for one in said if one.before is not None and one.is_by(one.before)}
    last = [one.key for one in said if one.key not in before and one.lost is None and one.is_by(one.key)]
    return last[-1] if last else None


def _last(key: Verifier, said: Sequence[Said]) -> Verifier:
    """The key at the end of the line that goes on from this one."""
    seen = {key}
    while True:
        after = [one.key for one in said if one.lost is None and one.key not in seen and one.is_by(key)]
        if not after:
            return key
        key = after[0]
        seen.add(key)


def _past(said: Sequence[Said], ours: Sequence[Verifier]) -> tuple[list[Verifier], list[str]]:
    """The keys before ours, each vouched for by one that follows it and that we know; and the notes of that."""
    known, past, notes = list(ours), list[Verifier](), list[str]()
    count = -1
    while count != len(known):
        count = len(known)
        for one in said:
            if one.key not in known or not one.is_by(one.key) or one.raw in notes:
                continue
            # NOTE: only the text says which: who writes to the store can add a signature of theirs to any note.
            old = one.lost or one.before
            if old is None or (one.lost is None and not one.is_by(old)):
                continue
            if one.lost is not None or old not in ours:
                notes.append(one.raw)
            if old not in known:
                known.append(old)
                past.append(old)
    return past[::-1], notes[::-1]
