"""Keeps AUD-05. Carries a batch, or a checkpoint, to where its stream goes.

Proved in tests/promises/test_audit_streams.py.
"""

from dataclasses import dataclass
from typing import final

from ringfence.base import log as process_log
from ringfence.base.problem import Problem
from ringfence.controls.audit import Log
from ringfence.controls.egress import Egress
from ringfence.controls.keystore import KeystoreUnavailable
from ringfence.controls.streams import kept, syslog, webhooks
from ringfence.controls.streams.batch import Batch, Published
from ringfence.controls.streams.kept import Secrets, Target
from ringfence.controls.streams.rows import Stream
from ringfence.controls.streams.unsent import Unsent
from ringfence.controls.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream whose target and secrets are open."""

    row: Stream
    target: Target
    secrets: Secrets | None


@final
class Carrier:
    """One process's way out; `hostname` is how syslog names us."""

    def __init__(self, egress: Egress, vault: Vault, *, hostname: str) -> None:
        self._egress = egress
        self._vault = vault
        self._hostname = hostname

    async def open(self, of: Log, row: Stream) -> Opened:
        """Opens what lies sealed; Unsent."""
        try:
            return await self.opened(of, row)
        except KeystoreUnavailable as failure:
            raise Unsent(failure.code) from failure
        except Problem as failure:
            process_log.error("audit_stream_unreadable", failure, row_id=row.id)
            raise Unsent("unreadable") from failure

    async def opened(self, of: Log, row: Stream) -> Opened:
        """Opens what lies sealed, for whoever shows it; Tampered, or what the keystore refuses."""
        scope = of.reader
        await self._vault.warm(kept.key_owner(scope))
        target = kept.open_target(self._vault, scope, row.id, row.target)
        secrets = None if row.secret is None else kept.open_secrets(self._vault, scope, row.id, row.secret)
        return Opened(row, target, secrets)

    async def carry(self, stream: Opened, batch: Batch) -> None:
        """Sends entries; Unsent."""
        if stream.row.kind == "syslog":
            await syslog.send(self._egress, stream.target, batch, hostname=self._hostname)
        elif stream.secrets is not None:
            form = stream.row.form or "standard"
            await webhooks.send(self._egress, stream.target, stream.secrets, batch, form=form)

    async def carry_checkpoint(self, stream: Opened, published: Published) -> None:
        """Sends a checkpoint by webhook; Unsent."""
        if stream.secrets is not None:
            await webhooks.send_checkpoint(self._egress, stream.target, stream.secrets, published)
