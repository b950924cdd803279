"""Asks witnesses to cosign the checkpoint over all logs (c2sp.org/tlog-witness, tlog-cosignature). Keeps AUD-04.

A witness signs only what goes on from what it signed before, so who trusts one need not trust that we show everybody
the same. The operator names them; one that does not answer holds nothing up. Proved in
tests/controls/test_audit_witness.py.
"""

import asyncio
import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self, final

from ringfence.base import log as lines
from ringfence.base.outbound import Bounds, Outbound, OutboundError
from ringfence.controls.audit import heads, trees
from ringfence.controls.audit.checkpoints import Checkpoint
from ringfence.controls.audit.logs import Log
from ringfence.controls.audit.notes import COSIGNATURE, BadNote, Note, Signature, Verifier, cosigned_at, signatures_of
from ringfence.controls.tenancy import Database

_BOUNDS: Final = Bounds(connect_s=3, first_byte_s=5, idle_s=5, total_s=8, body_bytes=100_000)
_TRIES: Final = 2
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Witness:
    """Where one is asked, and the key that its cosignatures verify by."""

    url: str
    key: Verifier

    @classmethod
    def parse(cls, text: str) -> Self:
        """A witness as `https://witness.example/prefix name+id+key`; ValueError says what is wrong."""
        url, _, line = text.strip().partition(" ")
        if not re.fullmatch(r"https?://[^\s?#]+", url):
            raise ValueError("RINGFENCE_AUDIT_WITNESSES: each is an address, a space and the witness's key line")
        key = Verifier.parse(line)
        if key.kind != COSIGNATURE:
            raise ValueError("RINGFENCE_AUDIT_WITNESSES: that key is not one of a witness (type 4)")
        return cls(url.rstrip("/"), key)


def parse_witnesses(text: str) -> list[Witness]:
    """The witnesses of a setting, separated by commas; ValueError."""
    return [Witness.parse(each) for each in text.split(",") if each.strip()]


@final
class Witnesses:
    """Those of one deployment, asked at once; what each signed last is remembered, and asked for where it is not."""

    def __init__(self, witnesses: Sequence[Witness], outbound: Outbound) -> None:
        self._witnesses = witnesses
        self._outbound = outbound
        self._known: dict[str, int] = {}

    async def cosigned(self, database: Database, note: str) -> str:
        """The note of the instance tree, with a line of each witness that cosigned it."""
        checkpoint = Checkpoint.parse(Note.parse(note).text)
        found = await asyncio.gather(*(self._asked(each, database, note, checkpoint) for each in self._witnesses))
        return note + "".join(signature.line for each in found for signature in each)

    async def close(self) -> None:
        """Closes the connections."""
        await self._outbound.close()

    async def _asked(
        self, witness: Witness, database: Database, note: str, checkpoint: Checkpoint
    ) -> Sequence[Signature]:
        try:
            return await self._ask(witness, database, note, checkpoint)
        except (OutboundError, BadNote, TimeoutError, ValueError) as failure:
            lines.warning("audit_witness_silent", reason=witness.key.name, error_type=type(failure).__name__)
            return ()

    async def _ask(
        self, witness: Witness, database: Database, note: str, checkpoint: Checkpoint
    ) -> Sequence[Signature]:
        for _ in range(_TRIES):
            old = self._known.get(witness.url, 0)
            if old > checkpoint.size:
                raise ValueError("it has signed more than there is")
            body = await _request(database, old, note, checkpoint)
            status, answer = await self._post(witness, body)
            if status == HTTPStatus.OK:
                self._known[witness.url] = checkpoint.size
                return _verified(witness.key, Note.parse(note).text, answer)
            if status != HTTPStatus.CONFLICT or not _SIZE.fullmatch(answer.removesuffix("\n")):
                raise ValueError("it refuses the checkpoint")
            self._known[witness.url] = int(answer)
        raise ValueError("it goes on apart from what it says")

    async def _post(self, witness: Witness, body: bytes) -> tuple[int, str]:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        url = f"{witness.url}/add-checkpoint"
        async with self._outbound.post(url, body, headers=headers, bounds=_BOUNDS) as answer:
            return answer.status, (await answer.read()).decode("utf-8", "replace")


async def _request(database: Database, old: int, note: str, checkpoint: Checkpoint) -> bytes:
    """The old size, the proof from it, an empty line and the checkpoint."""
    proof: list[bytes] = []
    if 0 < old < checkpoint.size:
        async with heads.reading(database, Log.instance()) as tx:
            proof = await trees.consistency(tx, old, checkpoint.size)
    hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
    return f"old {old}\n{hashes}\n{note}".encode()


def _verified(key: Verifier, text: str, answer: str) -> list[Signature]:
    """The cosignatures of this witness; those of others are dropped. BadNote for one that does not verify."""
    own = [each for each in signatures_of(answer) if (each.name, each.key_id) == (key.name, key.id)]
    if not own or any(not cosigned_at(text, key, each) for each in own):
        raise BadNote("the witness's signature does not verify")
    return own
