"""Probes that the limit of authentication holds in the store that all processes share. Keeps RAT-01.

Proved in tests/evidence/test_probes_state.py.
"""

from datetime import timedelta

from ringfence.base import ids
from ringfence.base.problem import Problem
from ringfence.controls.limits import Limits
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

_RULE = "auth_account"
_PROMISED_A_MINUTE = 10
_MOST = 60
_TOO_MANY = 429
_HEADERS = ("RateLimit", "RateLimit-Policy", "Retry-After")


async def _authentication(ground: Ground) -> Finding:
    """A bucket of the probe's own: as many as the limit says are the plant, and must be let through; one more is not.

    The one more is asked by eyes that remember nothing, as those of another process: the store alone can refuse it.
    """
    rule = ground.limits.rule(_RULE)
    a_minute = rule.limit * 60 / rule.window.total_seconds()
    if rule.limit > _MOST:
        summary = f"Authentication takes {a_minute:g} requests a minute, not {_PROMISED_A_MINUTE}."
        return Finding(Outcome.FAILING, summary, 1, control=True, facts={"requests_a_minute": round(a_minute)})
    account = f"probe {ids.new()}"
    let_through = [await _refusal(ground.limits, account) is None for _ in range(rule.limit)]
    refusal = await _refusal(ground.limits.afresh(), account)
    faults = [f"takes {a_minute:g} requests a minute"] if a_minute > _PROMISED_A_MINUTE else []
    faults += ["another process lets one more through"] if refusal is None else []
    faults += [f"refuses without {name}" for name in _HEADERS if refusal is not None and name not in refusal.headers]
    return weighed(
        faults,
        well=f"After {rule.limit} log-ins in a minute one more is refused, by whichever process is asked.",
        faulty="The limit of authentication does not hold in {} ways.",
        looked_at=rule.limit + 1,
        control=all(let_through),
        facts={"requests_a_minute": round(a_minute)},
    )


async def _refusal(limits: Limits, account: str) -> Problem | None:
    try:
        await limits.check(_RULE, account)
    except Problem as refusal:
        if refusal.status != _TOO_MANY:
            raise
        return refusal
    return None


PROBES = (
    Probe(
        "limits.authentication",
        ("RAT-01",),
        "Log-ins are limited across processes",
        timedelta(minutes=15),
        _authentication,
    ),
)
