"""The shapes of probes: what one may use, what it gives, and how it is listed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from ringfence.controls.audit import Publisher
from ringfence.controls.coordination import Invalidation
from ringfence.controls.deliveries import Outbox
from ringfence.controls.keystore import Keystore
from ringfence.controls.limits import Limits
from ringfence.controls.objects import ObjectStore
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Vault
from ringfence.evidence.caller import Caller

LIMIT = timedelta(seconds=10)


class Outcome(StrEnum):
    """What a look came to."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found, all of it for the public: numbers and nouns, never an id, a name or an address.

    `looked_at` counts what was examined; a probe that is well with nothing to look at knows nothing. `control` says
    that the planted thing was found by the same look; a probe that missed it is blind, and never ok.
    """

    outcome: Outcome
    summary: str
    looked_at: int
    control: bool
    facts: Mapping[str, int | str] = field(default_factory=dict[str, "int | str"])
    faults: tuple[str, ...] = ()
    """What is wrong where, for the operator's screen and log alone: never kept, never public."""


def weighed(  # noqa: PLR0913 - the members of a finding
    faults: Sequence[str],
    *,
    well: str,
    faulty: str,
    looked_at: int,
    control: bool,
    facts: Mapping[str, int | str] | None = None,
) -> Finding:
    """A finding that is well without a fault; `{}` in `faulty` is how many there are."""
    outcome, summary = (Outcome.FAILING, faulty.format(len(faults))) if faults else (Outcome.OK, well)
    return Finding(outcome, summary, looked_at, control, facts or {}, tuple(faults))


@dataclass(frozen=True, slots=True)
class Ground:
    """The handles that a probe may use."""

    database: Database
    keystore: Keystore
    vault: Vault
    limits: Limits
    invalidation: Invalidation
    outbox: Outbox
    http: Caller
    """Asks this deployment's own public address, as anybody could; or another, where the operator named one."""
    objects: ObjectStore | None = None
    publisher: Publisher | None = None
    """What publishes the audit log, with its part of the store."""
    public_url: str = ""
    """The address that callers use, whatever `http` asks; empty where they are the same."""
    canaries: Any = None
    """The canary organizations, once they are there."""
    jobs: Mapping[str, timedelta] = field(default_factory=dict[str, timedelta])
    """The jobs on this deployment's schedule, and how often each is to run."""
    key_max_age: timedelta | None = None
    """How old the newest key of an owner may be (RINGFENCE_KEY_MAX_AGE_DAYS)."""
    memory: dict[str, Any] = field(default_factory=dict[str, Any])
    """What a probe keeps in this process from one look to the next, under its own name."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: its dotted name is in the register's rows, and its `promises` name those rows back."""

    name: str
    promises: tuple[str, ...]
    title: str
    cadence: timedelta
    run: Callable[[Ground], Awaitable[Finding]]
    limit: timedelta = LIMIT
