"""The list of all probes. A name in the register's `probe` is one of these, and each names its promises back."""

from ringfence.evidence.probes import (
    append_only,
    approvals,
    authentication,
    canaries,
    context,
    encryption,
    erasure,
    headers,
    jobs,
    reconciliation,
    recovery,
    revocation,
    runs,
    tenancy,
    transport,
    trust,
)
from ringfence.evidence.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    *tenancy.PROBES,
    *context.PROBES,
    *append_only.PROBES,
    *reconciliation.PROBES,
    *approvals.PROBES,
    *encryption.PROBES,
    *erasure.PROBES,
    *runs.PROBES,
    *revocation.PROBES,
    *authentication.PROBES,
    *headers.PROBES,
    *transport.PROBES,
    *jobs.PROBES,
    *canaries.PROBES,
    *recovery.PROBES,
    *trust.PROBES,
)
BY_NAME = {probe.name: probe for probe in PROBES}
