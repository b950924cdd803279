"""What is asked of a log and what it answers."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from ringfence.base.page import Page
from ringfence.controls.audit.leaf import details_of
from ringfence.features.edge import Output, PageOf

from .queries import EntryRow, Filter


def _rfc3339(text: object) -> object:
    # The framework would take a bare number for seconds of 1970.
    if isinstance(text, str) and ":" not in text:
        raise ValueError("a moment is written as 2026-11-22T15:00:00Z")
    return text


def _in_utc(moment: datetime) -> datetime:
    # Postgres takes no offset beyond 15:59, and Python none that leads out of the years 1 to 9999.
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_in_utc)]
ActorKind = Literal["user", "api_key", "operator", "system", "unknown"]
Form = Literal["jsonl", "csv", "verifiable"]
Outcome = Literal["success", "refused", "failure"]


class ActorOut(Output):
    """Who acted: a user, a partner's key, the operator, the deployment itself, or somebody who proved nothing."""

    kind: str
    id: UUID | None


class TargetOut(Output):
    """What was acted on."""

    kind: str | None
    id: UUID | None


class EntryOut(Output):
    """One entry, with the members that its sealed form has (docs/audit-format.md)."""

    index: int | None = Field(description="Its place in the tree; null for the second or two until it is sealed.")
    id: UUID
    at: AwareDatetime
    actor: ActorOut
    action: str = Field(examples=["run.started"])
    target: TargetOut | None
    outcome: str = Field(examples=["success"])
    reason: str | None = Field(description="A code, where something was refused or failed.")
    permission: str | None = Field(examples=["runs:create"])
    request_id: str | None
    address_hash: str | None = Field(
        description="A keyed hash of the network address, in hexadecimal; its key changes with log and month."
    )
    network: str | None = Field(description="Which kind of network the address belongs to.")
    details: dict[str, Any] = Field(description="Ids, counts and closed words, by the action.")


EXPORTED: Final = {
    "description": "The file, as a stream. An answer that was cut ends without its last chunk.",
    "content": {
        "application/jsonl": {
            "schema": {"type": "string", "description": "An entry a line: its leaf data (docs/audit-format.md)."}
        },
        "text/csv": {"schema": {"type": "string", "description": "A head, then an entry a line."}},
    },
}
_NOTE_EXAMPLE: Final = (
    "ringfence.example/audit/org/01920000-0000-7000-8000-000000000001\n1042\n"
    "Zm9ydHktdHdvIGVudHJpZXMgYW5kIHRoZWlyIHJvb3Q=\ntime 2026-11-22T15:00:00Z\n\n"
    "\u2014 ringfence.example/audit 9mF3X2tlZXAgdGhpcyBub3RlIHNvbWV3aGVyZSBlbHNl\n"
)
_RECEIPT_EXAMPLE: Final = "c2sp.org/tlog-proof@v1\nextra eyJhY3Rpb24iOiJydW4uc3RhcnRlZCJ9\nindex 7\n\n" + _NOTE_EXAMPLE
NOTE: Final = {
    "description": "A signed note (c2sp.org/tlog-checkpoint).",
    "content": {"text/plain": {"schema": {"type": "string", "examples": [_NOTE_EXAMPLE]}}},
}
RECEIPT: Final = {
    "description": "A proof of inclusion (c2sp.org/tlog-proof@v1); its extra data is the entry's leaf data.",
    "content": {
        "text/plain": {
            "schema": {
                "type": "string",
                "examples": [_RECEIPT_EXAMPLE],
            }
        }
    },
}


class ConsistencyOut(Output):
    """The hashes of RFC 6962 section 2.1.2, in base64; none between a size and itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    from_: int = Field(alias="from", examples=[1000])
    to: int = Field(examples=[1042])
    hashes: list[str] = Field(examples=[["Zm9ydHktdHdvIGVudHJpZXMgYW5kIHRoZWlyIHJvb3Q="]])


class Asked(NamedTuple):
    """Which export: its form, and for a verifiable one the first index."""

    form: Form
    from_index: int


class Sizes(NamedTuple):
    """Two sizes of a log."""

    old: int
    new: int


async def _asked(
    form: Annotated[
        Form,
        Query(
            alias="format",
            description="`jsonl`: an entry a line, newest first; `csv`: the same for spreadsheets; `verifiable`: the "
            "whole log in its order, with all that verify.py needs. A verifiable export takes no filter.",
        ),
    ] = "jsonl",
    from_index: Annotated[
        int,
        Query(ge=0, le=2**53 - 1, description="Of a verifiable export: the first entry, where the last one ended."),
    ] = 0,
) -> Asked:
    return Asked(form, from_index)


async def _sizes(
    old: Annotated[int, Query(alias="from", ge=1, le=2**53 - 1, description="The size of the older checkpoint.")],
    new: Annotated[int, Query(alias="to", ge=1, le=2**53 - 1, description="The size of the newer one.")],
) -> Sizes:
    return Sizes(old, new)


ExportDep = Annotated[Asked, Depends(_asked)]
"""What to export."""
SizesDep = Annotated[Sizes, Depends(_sizes)]
"""Between which sizes."""


def listed(page: Page[EntryRow]) -> PageOf[EntryOut]:
    """A page of entries."""
    return PageOf(items=[entry_out(row) for row in page.items], next_cursor=page.next_cursor)


def text(content: str) -> Response:
    """A note or a receipt, as it is signed."""
    return Response(content.encode(), media_type="text/plain; charset=utf-8")


def entry_out(row: EntryRow) -> EntryOut:
    """The entry's public shape."""
    has_target = row.target_kind is not None or row.target_id is not None
    return EntryOut.model_validate(
        {
            "index": row.number,
            "id": row.id,
            "at": row.at,
            "actor": {"kind": row.actor_kind, "id": row.actor_id},
            "action": row.action,
            "target": {"kind": row.target_kind, "id": row.target_id} if has_target else None,
            "outcome": row.outcome,
            "reason": row.reason,
            "permission": row.permission,
            "request_id": row.request_id,
            "address_hash": row.address_hash,
            "network": row.network,
            "details": details_of(row.details),
        }
    )


async def _filter(  # noqa: PLR0913 - what a log is asked by
    actor: Annotated[UUID | None, Query(description="Only acts of this user or key, erased or not.")] = None,
    actor_kind: Annotated[ActorKind | None, Query(description="Only acts of this kind of actor.")] = None,
    action: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z][a-z_]{0,39}\.([a-z][a-z_]{0,39}|\*)$",
            description="Only this action, or with `.*` all of its kind: `run.started`, `run.*`.",
        ),
    ] = None,
    target: Annotated[UUID | None, Query(description="Only acts on this thing.")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only acts that ended so.")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Not before this moment.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Before this moment.")] = None,
) -> Filter:
    return Filter(actor, actor_kind, action, target, outcome, since, until)


FilterDep = Annotated[Filter, Depends(_filter)]
"""What to leave out, from the query."""
