"""How a promise stands now: one function, whose rules are tried from the worst to the best.

So nothing is green by omission. Proved in tests/evidence/test_verdict.py, a case a rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ringfence.evidence.history import ProbeState
from ringfence.evidence.probes import Outcome
from ringfence.evidence.register import How, Promise, State
from ringfence.evidence.statements import Exemption, Ledger, Statement

NOTICE = timedelta(days=30)
"""How long before its expiry a statement is amber, and how long after it, until it is red."""


class Standing(StrEnum):
    """The states of a control, as the Trust Center names them."""

    PASSING = "passing"
    ENFORCED = "enforced"
    ATTESTED = "attested"
    IN_PART = "in_part"
    ATTENTION = "attention"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    FAILING = "failing"
    OPEN = "open"


class Tone(StrEnum):
    """The colour of a state; never without its word."""

    OK = "ok"
    PLAIN = "plain"
    AMBER = "amber"
    RED = "red"
    QUIET = "quiet"


GREEN = frozenset({Standing.PASSING, Standing.ENFORCED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state, its colour, and the reason in one sentence for the public."""

    standing: Standing
    tone: Tone
    reason: str


def names(promise: Promise) -> tuple[str, ...]:
    """The probes that the row names."""
    return tuple(name for part in promise.probe.split(",") if (name := part.strip()))


def judge(promise: Promise, probes: Mapping[str, ProbeState], ledger: Ledger, *, today: date) -> Verdict:
    """How the promise stands; `probes` holds the newest results by name, as `history` reads them."""
    looked = [probes.get(name) for name in names(promise)]
    statement, exemptions = ledger.statements.get(promise.id), ledger.exemptions_of(promise.id)
    is_attested = How.ATTESTED in promise.how
    found = _broken(looked, exemptions, statement, is_attested=is_attested, is_readable=ledger.is_readable, today=today)
    if found is not None:
        return found
    if promise.state is State.OPEN and statement is None:
        said = "Nobody has signed a statement yet." if is_attested else "Nothing keeps this yet."
        return Verdict(Standing.OPEN, Tone.QUIET, said)
    return (
        _unseen(looked)
        or _limited(promise, exemptions, is_readable=ledger.is_readable)
        or (_stated(statement, today) if is_attested else _kept(promise, looked))
    )


def _broken(  # noqa: PLR0913 - what can be broken
    looked: Sequence[ProbeState | None],
    exemptions: Sequence[Exemption],
    statement: Statement | None,
    *,
    is_attested: bool,
    is_readable: bool,
    today: date,
) -> Verdict | None:
    """The first rule: what fails or has run out shows, whatever else is well."""
    failing = next((state for state in looked if state is not None and state.outcome is Outcome.FAILING), None)
    if failing is not None:
        return Verdict(Standing.FAILING, Tone.RED, failing.summary)
    if is_attested and not is_readable:
        return Verdict(Standing.FAILING, Tone.RED, "The statement is unreadable.")
    if over := [one for one in exemptions if one.until < today]:
        return Verdict(Standing.EXPIRED, Tone.RED, f"An accepted exception ran out on {told(over[0].until)}.")
    if is_attested and statement is not None and statement.expires < today:
        tone = Tone.AMBER if today - statement.expires <= NOTICE else Tone.RED
        return Verdict(Standing.EXPIRED, tone, f"The statement expired on {told(statement.expires)}.")
    return None


def _unseen(looked: Sequence[ProbeState | None]) -> Verdict | None:
    """A probe that did not run, could not look, or looked too long ago: nobody knows."""
    for state in looked:
        if state is None:
            return Verdict(Standing.UNKNOWN, Tone.AMBER, "The live check has not run yet.")
        if state.stale:
            return Verdict(Standing.UNKNOWN, Tone.AMBER, "The live check is overdue.")
        if state.outcome is not Outcome.OK:
            return Verdict(Standing.UNKNOWN, Tone.AMBER, f"The live check could not tell: {state.summary}")
    return None


def _limited(promise: Promise, exemptions: Sequence[Exemption], *, is_readable: bool) -> Verdict | None:
    """Exceptions and open parts: works, and is not whole."""
    if exemptions:
        return Verdict(Standing.ATTENTION, Tone.AMBER, f"An exception is accepted until {told(exemptions[0].until)}.")
    if promise.open:
        count = len(promise.open)
        said = "1 part is not kept yet." if count == 1 else f"{count} parts are not kept yet."
        if promise.state is State.OPEN:
            said = "There is a statement; the product does not keep its part yet."
        return Verdict(Standing.IN_PART, Tone.AMBER, said)
    if not is_readable:
        return Verdict(Standing.ATTENTION, Tone.AMBER, "Whether an exception was accepted cannot be read.")
    return None


def _stated(statement: Statement | None, today: date) -> Verdict:
    if statement is None:
        return Verdict(Standing.OPEN, Tone.QUIET, "Nobody has signed a statement yet.")
    if statement.review is not None and statement.review < today:
        return Verdict(Standing.ATTENTION, Tone.AMBER, f"The review of {told(statement.review)} is overdue.")
    if statement.expires - today <= NOTICE:
        return Verdict(Standing.ATTENTION, Tone.AMBER, f"The statement expires on {told(statement.expires)}.")
    return Verdict(
        Standing.ATTESTED, Tone.PLAIN, f"Signed by {statement.owner}; valid until {told(statement.expires)}."
    )


def _kept(promise: Promise, looked: Sequence[ProbeState | None]) -> Verdict:
    """Nothing speaks against it: what speaks for it."""
    if looked:
        return Verdict(Standing.PASSING, Tone.OK, " ".join(state.summary for state in looked if state is not None))
    if How.PROBED in promise.how:
        return Verdict(Standing.UNKNOWN, Tone.AMBER, "No live check looks at it.")
    if not promise.tests:
        return Verdict(Standing.UNKNOWN, Tone.AMBER, "No test proves it.")
    count = len(promise.tests)
    return Verdict(
        Standing.ENFORCED, Tone.OK, f"Proved by {count} test {'file' if count == 1 else 'files'} at each build."
    )


def told(day: date) -> str:
    """A date as people write it: 1 March 2027."""
    return f"{day.day} {day:%B} {day.year}"
