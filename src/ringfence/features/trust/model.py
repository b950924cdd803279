"""The board as JSON."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from ringfence.evidence.history import Day
from ringfence.evidence.statements import Exemption, Statement
from ringfence.features.edge import Output
from ringfence.features.trust.board import Board, Chosen, Control, Look
from ringfence.features.trust.queries import Change

StandingName = Literal[
    "passing", "enforced", "attested", "in_part", "attention", "unknown", "expired", "failing", "open"
]


class DayOut(Output):
    """How often a live check came to each outcome on one day (UTC); a day without a look is left out."""

    day: date
    ok: int
    failing: int
    unknown: int

    @classmethod
    def of(cls, day: Day) -> Self:
        """The day's public shape."""
        return cls(day=day.day, ok=day.ok, failing=day.failing, unknown=day.unknown)


class ChangeOut(Output):
    """A moment at which a live check became something else."""

    at: datetime
    outcome: Literal["ok", "failing", "unknown"]
    summary: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """The change's public shape."""
        return cls(at=change.at, outcome=change.outcome.value, summary=change.summary)


class ProbeOut(Output):
    """A live check: what it last found on the running system, and its last ninety days."""

    name: str
    title: str
    outcome: Literal["ok", "failing", "unknown"]
    summary: str | None
    facts: Mapping[str, int | str]
    checked_at: datetime | None
    since: Annotated[datetime | None, Field(description="When the outcome became what it is.")]
    stale: Annotated[bool, Field(description="Overdue, so that nobody knows; the outcome is unknown then.")]
    cadence_seconds: int | None
    days: Sequence[DayOut]
    changes: Annotated[Sequence[ChangeOut], Field(description="Newest first.")]

    @classmethod
    def of(cls, look: Look) -> Self:
        """The check's public shape."""
        state = look.state
        return cls(
            name=look.name,
            title=look.title,
            outcome=look.outcome.value,
            summary=None if state is None else state.summary,
            facts={} if state is None else state.facts,
            checked_at=None if state is None else state.checked_at,
            since=None if state is None else state.since,
            stale=state is not None and state.stale,
            cadence_seconds=None if look.cadence is None else round(look.cadence.total_seconds()),
            days=[DayOut.of(day) for day in look.days],
            changes=[ChangeOut.of(change) for change in look.changes],
        )


class ControlEvidenceOut(Output):
    """Where it is kept and proved: paths from the top of the source tree."""

    code: Sequence[str]
    tests: Sequence[str]


class StatementOut(Output):
    """What people signed."""

    statement: str
    owner: str
    signed: date
    expires: date
    review: date | None
    evidence: str | None

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """The statement's public shape."""
        return cls(
            statement=statement.statement,
            owner=statement.owner,
            signed=statement.signed,
            expires=statement.expires,
            review=statement.review,
            evidence=statement.evidence or None,
        )


class ExceptionOut(Output):
    """A gap that was accepted for a while."""

    promise: str
    reason: str
    accepted_by: str
    until: date

    @classmethod
    def of(cls, exemption: Exemption) -> Self:
        """The exception's public shape."""
        return cls(
            promise=exemption.promise,
            reason=exemption.reason,
            accepted_by=exemption.accepted_by,
            until=exemption.until,
        )


class ControlOut(Output):
    """A promise as it stands."""

    id: str
    area: str
    wording: str
    how: Sequence[Literal["enforced", "probed", "served", "attested"]]
    state: Annotated[
        StandingName,
        Field(description="Green are `passing` and `enforced` alone; a control with open parts is neither."),
    ]
    reason: Annotated[str, Field(description="Why it stands so, in one sentence.")]
    open: Annotated[Sequence[str], Field(description="The parts that are not kept yet.")]
    frameworks: Annotated[Sequence[str], Field(description="Requirements that it speaks to; no certificate.")]
    checked_at: datetime | None
    probe: Annotated[ProbeOut | None, Field(description="The live check that decides: the worst of them.")]
    other_probes: Sequence[ProbeOut]
    evidence: ControlEvidenceOut
    statement: StatementOut | None
    exceptions: Sequence[ExceptionOut]

    @classmethod
    def of(cls, control: Control) -> Self:
        """The control's public shape."""
        promise, deciding = control.promise, control.look
        return cls(
            id=promise.id,
            area=control.area.name,
            wording=promise.wording,
            how=[how.value for how in promise.how],
            state=control.verdict.standing.value,
            reason=control.verdict.reason,
            open=promise.open,
            frameworks=promise.frameworks,
            checked_at=control.checked_at,
            probe=None if deciding is None else ProbeOut.of(deciding),
            other_probes=[ProbeOut.of(look) for look in control.looks if look is not deciding],
            evidence=ControlEvidenceOut(code=promise.code, tests=promise.tests),
            statement=None if control.statement is None else StatementOut.of(control.statement),
            exceptions=[ExceptionOut.of(one) for one in control.exemptions],
        )


class TrustOut(Output):
    """The Trust Center at one moment."""

    generated_at: datetime
    state: Annotated[
        Literal["passing", "attention", "failing"],
        Field(description="`passing` only where every promise is kept in full; `failing` where anything is red."),
    ]
    summary: str
    counts: Annotated[Mapping[StandingName, int], Field(description="Over all controls, whatever was filtered.")]
    checked_at: datetime | None
    controls: Sequence[ControlOut]
    exceptions: Sequence[ExceptionOut]

    @classmethod
    def of(cls, board: Board, chosen: Chosen) -> Self:
        """The board's public shape, with the controls that were asked for."""
        return cls(
            generated_at=board.at,
            state=board.overall.value,
            summary=f"{board.headline()} {board.lead()}".strip(),
            counts={standing.value: count for standing, count in board.counts().items()},
            checked_at=board.checked_at,
            controls=[ControlOut.of(one) for one in board.controls.values() if chosen.takes(one)],
            exceptions=[ExceptionOut.of(one) for one in board.exemptions],
        )
