"""What the Trust Center shows at one moment: each promise with its verdict, and what is counted over all of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from ringfence.evidence.history import DAYS, Day, ProbeState
from ringfence.evidence.probes import Outcome
from ringfence.evidence.probes.catalogue import BY_NAME
from ringfence.evidence.register import Promise, Register
from ringfence.evidence.statements import Exemption, Ledger, Statement
from ringfence.evidence.verdict import GREEN, Standing, Tone, Verdict, judge, names
from ringfence.features.trust.queries import Change
from ringfence.features.trust.words import AREAS, Area, Family, family_of


class Overall(StrEnum):
    """The whole in one word: `passing` only where every promise is kept in full."""

    PASSING = "passing"
    ATTENTION = "attention"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Look:
    """One live check of a control: its probe, what that last found, and its days, oldest first."""

    name: str
    title: str
    cadence: timedelta | None
    state: ProbeState | None
    days: tuple[Day, ...]
    changes: tuple[Change, ...] = ()
    """When it became something else, newest first."""

    @property
    def outcome(self) -> Outcome:
        """What it came to; unknown where it never ran."""
        return Outcome.UNKNOWN if self.state is None else self.state.outcome


@dataclass(frozen=True, slots=True)
class Control:
    """A promise as it stands."""

    promise: Promise
    area: Area
    verdict: Verdict
    looks: tuple[Look, ...]
    statement: Statement | None
    exemptions: tuple[Exemption, ...]
    families: frozenset[Family]

    @property
    def id(self) -> str:
        """The promise's id."""
        return self.promise.id

    @property
    def look(self) -> Look | None:
        """The check that decides: the worst of them."""
        worst = (Outcome.FAILING, Outcome.UNKNOWN, Outcome.OK)
        return min(self.looks, key=lambda look: worst.index(look.outcome), default=None)

    @property
    def checked_at(self) -> datetime | None:
        """When the check that decides last looked."""
        return self.look.state.checked_at if self.look is not None and self.look.state is not None else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for; None takes all."""

    framework: Family | None = None
    state: Standing | None = None

    def takes(self, control: Control) -> bool:
        """The control is of this framework and state."""
        return (self.framework is None or self.framework in control.families) and (
            self.state is None or self.state is control.verdict.standing
        )


@dataclass(frozen=True, slots=True)
class Board:
    """All controls at one moment, in the order of the register."""

    at: datetime
    controls: Mapping[str, Control]
    ledger: Ledger

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.at.date()

    @property
    def looks(self) -> Sequence[Look]:
        """Every live check once."""
        return list({look.name: look for control in self.controls.values() for look in control.looks}.values())

    @property
    def checked_at(self) -> datetime | None:
        """When anything was last looked at."""
        return max((look.state.checked_at for look in self.looks if look.state is not None), default=None)

    @property
    def overall(self) -> Overall:
        """The worst of all."""
        if any(control.verdict.tone is Tone.RED for control in self.controls.values()):
            return Overall.FAILING
        whole = GREEN | {Standing.ATTESTED}
        if self.ledger.is_readable and all(one.verdict.standing in whole for one in self.controls.values()):
            return Overall.PASSING
        return Overall.ATTENTION

    @property
    def mood(self) -> Tone:
        """The colour of the headline: of the live checks, and red for anything red."""
        if self.overall is Overall.FAILING:
            return Tone.RED
        outcomes = {look.outcome for look in self.looks}
        return Tone.OK if outcomes == {Outcome.OK} and self.ledger.is_readable else Tone.AMBER

    def counts(self, chosen: Chosen | None = None) -> Counter[Standing]:
        """How many controls stand how, of those that were chosen."""
        taken = self.controls.values() if chosen is None else filter(chosen.takes, self.controls.values())
        return Counter(control.verdict.standing for control in taken)

    def headline(self) -> str:
        """The live checks in one sentence."""
        outcomes = Counter(look.outcome for look in self.looks)
        total, failing, unknown = outcomes.total(), outcomes[Outcome.FAILING], outcomes[Outcome.UNKNOWN]
        checks = "live check" if total == 1 else "live checks"
        if total == 0:
            return "No control is checked live yet."
        if failing:
            return f"{failing} of {total} {checks} {'fails' if failing == 1 else 'fail'}."
        if unknown == total:
            return f"What {total} {checks} would find is not known just now."
        if unknown:
            return f"{total - unknown} of {total} {checks} pass; {unknown} could not tell."
        return f"The only {checks} passes." if total == 1 else f"All {total} {checks} pass."

    def lead(self) -> str:
        """What the headline leaves out: how many promises are kept, in part, and not at all."""
        counts = self.counts()
        said = [
            _said(counts[Standing.PASSING], "passes its live check", "pass their live checks"),
            _said(counts[Standing.ENFORCED], "is proved by tests at each build", "are proved by tests at each build"),
            _said(counts[Standing.ATTESTED], "is signed for by people", "are signed for by people"),
            _said(counts[Standing.IN_PART], "is kept in part", "are kept in part"),
            _said(counts[Standing.ATTENTION], "needs attention", "need attention"),
            _said(counts[Standing.UNKNOWN], "is not known just now", "are not known just now"),
            _said(counts[Standing.EXPIRED], "has expired", "have expired"),
            _said(counts[Standing.FAILING], "fails", "fail"),
            _said(counts[Standing.OPEN], "is not built or signed yet", "are not built or signed yet"),
        ]
        parts = [part for part in said if part]
        return f"Of {len(self.controls)} promises, {', '.join(parts[:-1])} and {parts[-1]}." if parts[1:] else ""

    @property
    def exemptions(self) -> Sequence[Exemption]:
        """All exceptions, of every control."""
        return [one for control in self.controls.values() for one in control.exemptions]


def make(  # noqa: PLR0913 - what a moment is made of
    register: Register,
    states: Mapping[str, ProbeState],
    days: Mapping[str, Sequence[Day]],
    ledger: Ledger,
    *,
    at: datetime,
    changes: Mapping[str, Sequence[Change]] = MappingProxyType({}),
) -> Board:
    """The board of a moment, from what the probes found and what people signed."""
    areas = {area.id: area for area in AREAS}

    def control(promise: Promise) -> Control:
        return Control(
            promise,
            areas[promise.id[:3]],
            judge(promise, states, ledger, today=at.date()),
            tuple(_look(name, states, days, changes) for name in names(promise)),
            ledger.statements.get(promise.id),
            ledger.exemptions_of(promise.id),
            frozenset(family for one in promise.frameworks if (family := family_of(one)) is not None),
        )

    return Board(at, {promise.id: control(promise) for promise in register.promises.values()}, ledger)


def _look(
    name: str,
    states: Mapping[str, ProbeState],
    days: Mapping[str, Sequence[Day]],
    changes: Mapping[str, Sequence[Change]],
) -> Look:
    probe = BY_NAME.get(name)
    title, cadence = (name, None) if probe is None else (probe.title, probe.cadence)
    return Look(name, title, cadence, states.get(name), tuple(days.get(name, ())[-DAYS:]), tuple(changes.get(name, ())))


def _said(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}" if count else ""
