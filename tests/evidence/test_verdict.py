"""No false green: a case a rule, each built from what is whole by taking one thing away."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ringfence.evidence.history import ProbeState
from ringfence.evidence.probes import Outcome
from ringfence.evidence.register import How, Promise
from ringfence.evidence.statements import Exemption, Ledger, Statement
from ringfence.evidence.verdict import GREEN, Standing, Tone, judge

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
READABLE, UNREADABLE = Ledger({}, ()), Ledger({}, (), ("statements.toml:3: broken",))
OK, FAILING, UNKNOWN = Outcome.OK, Outcome.FAILING, Outcome.UNKNOWN


def promise(how: tuple[How, ...] = (How.ENFORCED, How.PROBED), **changes: object) -> Promise:
    """A promise that is kept whole and has two probes."""
    whole: dict[str, object] = {
        "id": "TEN-01", "wording": "Kept.", "how": how, "frameworks": (), "code": ("src/a.py",),
        "tests": ("tests/test_a.py", "tests/test_b.py"), "probe": "tenancy.tables, tenancy.roles", "cadence": "5 min",
        "open": (),
    }  # fmt: skip
    return Promise(**{**whole, **changes})  # pyright: ignore[reportArgumentType] - a table of fields


def seen(first: Outcome = OK, second: Outcome = OK, *, stale: bool = False) -> dict[str, ProbeState]:
    return {
        name: ProbeState(name, UNKNOWN if stale else outcome, f"{name} said.", {}, 3, NOW, NOW, stale)
        for name, outcome in (("tenancy.tables", first), ("tenancy.roles", second))
    }


def exempt(days: int) -> Ledger:
    return Ledger({}, (Exemption("TEN-01", "Accepted.", "CISO", TODAY + timedelta(days)),))


STATED = {"how": (How.ATTESTED,), "probe": "", "code": ("src/a.py",)}


def stated(days: int, *, review: int | None = None, exemptions: tuple[Exemption, ...] = ()) -> Ledger:
    reviewed = None if review is None else TODAY + timedelta(review)
    signed = Statement("TEN-01", "We do.", "CISO", date(2025, 11, 1), TODAY + timedelta(days), "", reviewed)
    return Ledger({"TEN-01": signed}, exemptions)


ENFORCED = {"how": (How.ENFORCED,), "probe": ""}
NOTHING = {"code": (), "tests": (), "probe": "", "open": ("everything",)}
CASES = {
    "a whole promise passes": (promise(), seen(), READABLE, Standing.PASSING, Tone.OK),
    "one of two probes fails": (promise(), seen(OK, FAILING), READABLE, Standing.FAILING, Tone.RED),
    "a failure outranks what is unknown": (promise(), seen(UNKNOWN, FAILING), READABLE, Standing.FAILING, Tone.RED),
    "an exception hides no failure": (promise(), seen(FAILING), exempt(9), Standing.FAILING, Tone.RED),
    "open parts hide no failure": (promise(open=("x",)), seen(FAILING), READABLE, Standing.FAILING, Tone.RED),
    "one of two probes could not look": (promise(), seen(OK, UNKNOWN), READABLE, Standing.UNKNOWN, Tone.AMBER),
    "a result is stale": (promise(), seen(stale=True), READABLE, Standing.UNKNOWN, Tone.AMBER),
    "a probe never ran": (promise(), {"tenancy.tables": seen()["tenancy.tables"]}, READABLE, Standing.UNKNOWN,
                          Tone.AMBER),
    "a part is open": (promise(open=("x",)), seen(), READABLE, Standing.IN_PART, Tone.AMBER),
    "a part is open, without a probe": (promise(**ENFORCED, open=("x",)), {}, READABLE, Standing.IN_PART, Tone.AMBER),
    "an exception is accepted": (promise(), seen(), exempt(0), Standing.ATTENTION, Tone.AMBER),
    "an exception ran out": (promise(), seen(), exempt(-1), Standing.EXPIRED, Tone.RED),
    "the exceptions cannot be read": (promise(), seen(), UNREADABLE, Standing.ATTENTION, Tone.AMBER),
    "tests alone": (promise(**ENFORCED), {}, READABLE, Standing.ENFORCED, Tone.OK),
    "tests alone, and exceptions that cannot be read": (promise(**ENFORCED), {}, UNREADABLE, Standing.ATTENTION,
                                                        Tone.AMBER),
    "neither probe nor test": (promise(**{**ENFORCED, "tests": ()}), {}, READABLE, Standing.UNKNOWN, Tone.AMBER),
    "probed, it says, and names no probe": (promise(probe=""), {}, READABLE, Standing.UNKNOWN, Tone.AMBER),
    "nothing is built": (promise(**NOTHING), {}, READABLE, Standing.OPEN, Tone.QUIET),
    "a statement in force": (promise(**STATED), {}, stated(31), Standing.ATTESTED, Tone.PLAIN),
    "no statement": (promise(**STATED), {}, READABLE, Standing.OPEN, Tone.QUIET),
    "a statement with an open part": (promise(**STATED, open=("x",)), {}, stated(99), Standing.IN_PART, Tone.AMBER),
    "a statement, and nothing built": (promise(**{**STATED, **NOTHING}), {}, stated(99), Standing.IN_PART, Tone.AMBER),
    "a statement expires in 30 days": (promise(**STATED), {}, stated(30), Standing.ATTENTION, Tone.AMBER),
    "a statement on its last day": (promise(**STATED), {}, stated(0), Standing.ATTENTION, Tone.AMBER),
    "a statement expired yesterday": (promise(**STATED), {}, stated(-1), Standing.EXPIRED, Tone.AMBER),
    "a statement expired 30 days ago": (promise(**STATED), {}, stated(-30), Standing.EXPIRED, Tone.AMBER),
    "a statement expired 31 days ago": (promise(**STATED), {}, stated(-31), Standing.EXPIRED, Tone.RED),
    "a review is overdue": (promise(**STATED), {}, stated(99, review=-1), Standing.ATTENTION, Tone.AMBER),
    "a review is to come": (promise(**STATED), {}, stated(99, review=0), Standing.ATTESTED, Tone.PLAIN),
    "the statement is unreadable": (promise(**STATED), {}, UNREADABLE, Standing.FAILING, Tone.RED),
    "a statement with an exception": (promise(**STATED), {}, stated(99, exemptions=exempt(9).exemptions),
                                      Standing.ATTENTION, Tone.AMBER),
}  # fmt: skip


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize("case", CASES)
def test_a_control_stands_as_the_worst_of_what_is_known(case: str):
    row, probes, ledger, standing, tone = CASES[case]
    found = judge(row, probes, ledger, today=TODAY)
    assert (found.standing, found.tone) == (standing, tone)
    assert found.reason.endswith(".")


@pytest.mark.promise("TRU-01")
def test_green_is_only_what_passes_or_is_enforced():
    greens = {name for name, (row, probes, ledger, *_) in CASES.items()
              if judge(row, probes, ledger, today=TODAY).tone is Tone.OK}  # fmt: skip
    assert greens == {"a whole promise passes", "tests alone"}
    assert {judge(*CASES[name][:3], today=TODAY).standing for name in greens} == GREEN
