"""How a proof of isolation reads: for a security reviewer who has never seen the product."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.controls.tenancy import attempts
from ringfence.controls.tenancy.attempts import Attempt, Tried
from ringfence.evidence.isolation import Crossing, Result
from ringfence.evidence.matrix import Asked, Outcome
from ringfence.evidence.operations import Operation

_WIDTH = 100
_SIGNS = {
    Outcome.ADMITTED: "in",
    Outcome.FORBIDDEN: "403",
    Outcome.UNKNOWN: "401",
    Outcome.UNCLEAR: "?",
}
_BY_TABLE = ("read app.", "change app.", "delete from app.", "write into app.")
_LEAD = """\
Every deployment has three canary organizations of its own: a and b are customers of one partner, c is a customer of
another. Each has users, a conversation, a run and a question for approval, with a secret word in them. What follows was
tried on the running system just now, with real credentials of theirs. No customer's data was touched."""
_MATRIX = """\
Who may call what. Each operation of this deployment's own API description was called by every kind of caller of
organization a. in: let in, as its permission says; 401: the credential counts for nothing; 403: known, but may not.
A cell that differs from what the operation declares is marked !."""
_CROSSED = """\
Reading and changing what is somebody else's. Whoever carries the permission names the ids of another organization. Each
answer was searched, headers too, for the secret words of the other. Anything but a denial is marked !."""
_SQL = """\
Past the API: SQL on the database itself, with the role that the server uses and a valid, signed context of organization
a, against the rows of b and of c's partner, in every table. All of it is rolled back."""


@dataclass(frozen=True, slots=True)
class Proof:
    """All that was tried; `controls` says of each canary whether the same look found its own secret word."""

    url: str
    operations: Sequence[Operation]
    asked: Sequence[Asked]
    crossed: Sequence[Crossing]
    tried: Tried
    controls: dict[str, bool]
    seconds: float

    @property
    def undeclared(self) -> list[str]:
        """Operations that declare no permission."""
        return [one.name for one in self.operations if one.permission is None]

    @property
    def broken_cells(self) -> list[Asked]:
        """Cells of the matrix that are not as declared."""
        return [one for one in self.asked if not one.is_kept]

    @property
    def broken_crossings(self) -> list[Crossing]:
        """Requests for somebody else's things that were not denied."""
        return [one for one in self.crossed if one.result is not Result.DENIED]

    @property
    def broken_attempts(self) -> list[Attempt]:
        """Attempts by SQL that were not denied."""
        return [one for one in self.tried.attempts if one.result is not attempts.Result.DENIED]

    @property
    def sees(self) -> bool:
        """The positive control: the same eyes found what is their own, so that finding nothing means something."""
        return all(self.controls.values()) and self.tried.own_rows == self.tried.foreign_rows > 0

    @property
    def holds(self) -> bool:
        """Everything was denied or let in as declared, by eyes that see."""
        broken = [*self.undeclared, *self.broken_cells, *self.broken_crossings, *self.broken_attempts]
        return self.sees and not broken

    def as_json(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "url": self.url,
            "holds": self.holds,
            "control": self.sees,
            "seconds": round(self.seconds, 1),
            "undeclared": self.undeclared,
            "matrix": [
                {
                    "operation": one.cell.operation.name,
                    "permission": one.cell.operation.permission,
                    "caller": one.cell.visitor.who,
                    "expected": one.cell.expected,
                    "found": one.found,
                    "status": one.status,
                    "holds": one.is_kept,
                }
                for one in self.asked
            ],
            "crossings": [
                {
                    "operation": one.operation.name,
                    "caller": one.reader,
                    "target": one.target,
                    "status": one.status,
                    "result": one.result,
                }
                for one in self.crossed
            ],
            "sql": [
                {"context": one.context, "aim": one.aim, "result": one.result, "detail": one.detail}
                for one in self.tried.attempts
            ],
        }


def text(proof: Proof) -> str:
    """The whole proof."""
    parts = [
        f"Isolation on {proof.url}",
        _LEAD,
        "1. " + _MATRIX,
        "\n".join(_matrix(proof)),
        "2. " + _CROSSED,
        "\n".join(_crossings(proof)),
        "3. " + _SQL,
        "\n".join(_attempts(proof)),
        "\n".join(_summary(proof)),
    ]
    return "\n\n".join(parts)


def _matrix(proof: Proof) -> Iterator[str]:
    callers = list(dict.fromkeys(one.cell.visitor.who for one in proof.asked))
    found = {(one.cell.operation.name, one.cell.visitor.who): one for one in proof.asked}
    names = [textwrap.wrap(caller, 11) for caller in callers]
    for line in range(max(map(len, names))):
        yield f"   {'':<58}" + "".join(f"{(name[line] if line < len(name) else ''):<12}" for name in names).rstrip()
    for operation in proof.operations:
        cells = (found.get((operation.name, caller)) for caller in callers)
        shown = "".join(f"{_cell(one):<12}" for one in cells).rstrip()
        yield f"   {operation.method:<6} {operation.path.removeprefix('/api/v1'):<51}{shown}"


def _cell(one: Asked | None) -> str:
    if one is None:
        return "-"
    return _SIGNS[one.found] if one.is_kept else f"! {one.status}"


def _crossings(proof: Proof) -> Iterator[str]:
    """One line an operation and target: who asked, and what all of them got."""
    groups: dict[tuple[str, str], list[Crossing]] = {}
    for one in proof.crossed:
        groups.setdefault((one.operation.name, f"{one.reader.rpartition(' of ')[2][:1]} > {one.target}"), []).append(
            one
        )
    for (operation, way), group in sorted(groups.items()):
        bad = [one for one in group if one.result is not Result.DENIED]
        statuses = ", ".join(f"{count} x {status}" for status, count in Counter(one.status for one in group).items())
        verdict = "denied" if not bad else f"! {bad[0].result} to {bad[0].reader}"
        yield f"   {verdict:<8} {way}  {operation.replace('/api/v1', ''):<62} {statuses}"


def _attempts(proof: Proof) -> Iterator[str]:
    """One line a way; reads and changes by table are told as one where all were denied."""
    by_table = [one for one in proof.tried.attempts if one.context == "own" and one.aim.startswith(_BY_TABLE)]
    for verb in dict.fromkeys(one.aim.partition(" app.")[0] for one in by_table):
        group = [one for one in by_table if one.aim.partition(" app.")[0] == verb]
        bad = [one for one in group if one.result is not attempts.Result.DENIED]
        yield f"   {'denied' if not bad else '! NOT':<8} {verb} rows of another organization, in {len(group)} tables"
        yield from (f"            ! {one.aim}: {one.detail}" for one in bad)
    contexts = {
        "none": "without any context",
        "empty": "with an empty context",
        "forged": "with another organization's id written into an own context",
        "unsigned": "with a context of its own making, unsigned",
        "later": "with an own context whose end is put off",
    }
    for context, told in contexts.items():
        group = [one for one in proof.tried.attempts if one.context == context]
        bad = [one for one in group if one.result is not attempts.Result.DENIED]
        yield f"   {'denied' if not bad else '! NOT':<8} read rows {told}"
    for one in proof.tried.attempts:
        if one.context == "own" and one not in by_table:
            is_denied = one.result is attempts.Result.DENIED
            yield f"   {'denied' if is_denied else '! NOT':<8} {one.aim} ({one.detail})"


def _summary(proof: Proof) -> Iterator[str]:
    control = "found" if proof.sees else "NOT FOUND: this proof is blind"
    yield f"Control: the secret word of each organization, looked for in the same way by its own user: {control}."
    yield from (f"! {name} declares no permission" for name in proof.undeclared)
    broken = len(proof.broken_cells) + len(proof.broken_crossings) + len(proof.broken_attempts)
    counts = (
        f"{len(proof.asked)} cells of the matrix, {len(proof.crossed)} requests for somebody else's things, "
        f"{len(proof.tried.attempts)} attempts by SQL on {proof.tried.tables} tables, {proof.seconds:.0f} s"
    )
    verdict = "ISOLATION HOLDS" if proof.holds else "ISOLATION DOES NOT HOLD"
    yield f"{verdict}: {counts}; {broken} not as they should be."
