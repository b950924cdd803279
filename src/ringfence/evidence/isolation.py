"""Reads and changes one canary organization from another, over the public API: nothing but a denial may come back.

Keeps TEN-05, TEN-06. Proved in tests/evidence/test_canaries.py, where a policy, a permission and a filter are switched
off in turn and each is noticed.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, cast
from urllib.parse import quote

import msgspec

from ringfence.base.principal import Role
from ringfence.controls import access
from ringfence.controls.access import CredentialKind, Permission
from ringfence.evidence.caller import Caller, Reply, patiently
from ringfence.evidence.canaries import ROLES, Canary
from ringfence.evidence.operations import Operation

_OF_PARTNER: Final = frozenset({"agent_id", "version", "key_id"})
_OF_ORGANIZATION: Final = ("org_id", "user_id", "conversation_id", "run_id", "approval_id", "file_id", "secret_id")
_AT_ONCE: Final = 4
_ID_CHARS: Final = 36
_PAGES: Final = 20
"""Of a list that goes on: a canary's things were planted at its beginning, and newer ones may stand before them."""
_DENIED: Final = frozenset({401, 403, 404})
_NOT_TRIED: Final = frozenset({400, 409, 415, 422, 429})


class Result(StrEnum):
    """What came of a request for something of somebody else's."""

    DENIED = "denied"
    ALLOWED = "allowed"
    LEAKED = "leaked"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a canary's user or a canary partner's key, and whose things it may not see."""

    who: str
    bearer: str
    role: Role
    kind: CredentialKind
    home: Canary

    def may(self, permission: str | None) -> bool:
        """Whether this caller carries a declared permission, such as `runs:read` or `agents:read by api_key`."""
        name, _, kind = (permission or "").partition(" by ")
        if name not in set(Permission) or (kind and kind != self.kind.value):
            return False
        return self.role in access.CARRIERS[Permission(name)].get(self.kind, frozenset())


@dataclass(frozen=True, slots=True)
class Crossing:
    """One request for something of another organization's or partner's, and what came of it."""

    operation: Operation
    reader: str
    target: str
    status: int
    result: Result


def readers_of(canary: Canary) -> list[Reader]:
    """Everybody who may come in at this canary: its users by role, and its partner's key."""
    users = [
        Reader(f"{role} of {canary.name}", canary.sessions[role], role, CredentialKind.SESSION, canary)
        for role in ROLES
    ]
    key = Reader(f"key of {canary.name}'s partner", canary.api_key, Role.PARTNER, CredentialKind.API_KEY, canary)
    return [*users, key]


SOME: Final = (("a", "b"), ("a", "c"), ("c", "a"))
"""From where to where: b is a's neighbour, c is of another partner."""
ALL: Final = (*SOME, ("b", "a"))


def crossings(
    operations: Sequence[Operation], canaries: Mapping[str, Canary], ways: Sequence[tuple[str, str]] = SOME
) -> Iterator[tuple[Operation, Reader, Canary]]:
    """Every request for something of another canary, by whoever may ask such a thing at all.

    Whoever lacks the permission is refused whatever it names: that is the matrix's to see, and each refusal is an
    entry of the audit log.
    """
    for home, target in ways:
        for reader in readers_of(canaries[home]):
            for operation in operations:
                if reader.may(operation.permission) and _is_foreign(operation, reader, canaries[target]):
                    yield operation, reader, canaries[target]


async def cross(http: Caller, wanted: Iterable[tuple[Operation, Reader, Canary]]) -> list[Crossing]:
    """What came of each, in their order; a few at a time."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(operation: Operation, reader: Reader, target: Canary) -> Crossing:
        async with turn:
            reply = await _ask(http, operation, reader, target)
        return Crossing(operation, reader.who, target.name, reply.status, _result(operation, reader, target, reply))

    return await asyncio.gather(*(one(*request) for request in wanted))


async def finds_its_own(http: Caller, canary: Canary) -> bool:
    """The positive control: the same look finds the canary's own mark, and its own things by their ids."""
    session, mine = canary.sessions[Role.MEMBER], canary.objects
    for path in (
        f"/api/v1/conversations/{mine['conversation_id']}/messages",
        f"/api/v1/runs/{mine['run_id']}/events",
        f"/api/v1/approvals/{mine['approval_id']}",
        f"/api/v1/files/{mine['file_id']}",
    ):
        reply = await patiently(http, "GET", path, bearer=session)
        if reply.status != 200 or canary.mark.encode() not in reply.body:  # noqa: PLR2004 - HTTP's own
            return False
    path = f"/api/v1/partner/organizations/{canary.org_id}"
    shown = await patiently(http, "GET", path, bearer=canary.api_key)
    return canary.mark.encode() in shown.body


def held_in_common(canaries: Iterable[Canary]) -> set[str]:
    """Ids that more than one canary was shown as its own: a list that leaks may show them to us first."""
    own = [{canary.objects[name] for name in _OF_ORGANIZATION} for canary in canaries]
    return {one for ids in own for one in ids if sum(one in others for others in own) > 1}


def objects_for(operation: Operation, target: Canary) -> dict[str, str]:
    """The target's ids as this operation names them."""
    key = "api_key_id" if "/api-keys/" in operation.path else "signing_key_id"
    return {**target.objects, "key_id": target.objects[key], "organization_id": target.objects["org_id"]}


def _is_foreign(operation: Operation, reader: Reader, target: Canary) -> bool:
    """Whether the operation names, or lists, anything that is the target's and not the reader's as well."""
    is_neighbour = reader.home.partner.label == target.partner.label
    if is_neighbour and reader.kind is CredentialKind.API_KEY:
        return False
    names = operation.names_something - (_OF_PARTNER if is_neighbour else frozenset())
    return bool(names) or operation.method == "GET"


async def _ask(http: Caller, operation: Operation, reader: Reader, target: Canary) -> Reply:
    objects = objects_for(operation, target)
    body, address = operation.good_body(objects), operation.address(objects)
    reply = await patiently(http, operation.method, address, body, bearer=reader.bearer, headers=operation.headers)
    return await _whole(http, reply, address, reader) if _is_list(operation) else reply


async def _whole(http: Caller, reply: Reply, address: str, reader: Reader) -> Reply:
    """The answer with the pages that follow it; the last one's status."""
    seen = [reply.body]
    for _ in range(_PAGES):
        cursor = _next_cursor(reply)
        if cursor is None:
            break
        following = f"{address}{'&' if '?' in address else '?'}limit=100&cursor={quote(cursor, safe='')}"
        reply = await patiently(http, "GET", following, bearer=reader.bearer)
        seen.append(reply.body)
    return replace(reply, body=b"\n".join(seen))


def _next_cursor(reply: Reply) -> str | None:
    try:
        page = reply.json()
    except msgspec.DecodeError:
        return None
    found = cast("Mapping[str, object]", page).get("next_cursor") if isinstance(page, dict) else None
    return found if isinstance(found, str) else None


def _result(operation: Operation, reader: Reader, target: Canary, reply: Reply) -> Result:
    if _leaks(reader, target, reply) or (_is_list(operation) and _lists(reader, target, reply)):
        return Result.LEAKED
    if reply.status in _DENIED:
        return Result.DENIED
    if reply.status in _NOT_TRIED or reply.status >= 500:  # noqa: PLR2004 - HTTP's own
        return Result.UNCLEAR
    # A list of one's own is no leak where nothing of the other stands in it; anything else that succeeds is.
    return Result.DENIED if _is_list(operation) else Result.ALLOWED


def _is_list(operation: Operation) -> bool:
    return operation.method == "GET" and not operation.named_in_path


def _lists(reader: Reader, target: Canary, reply: Reply) -> bool:
    """Whether anything of the other stands there by its id: a list of runs has no words that a mark could be in."""
    theirs = set(target.objects.values()) - set(reader.home.objects.values())
    return any(len(one) == _ID_CHARS and one.encode() in reply.body for one in theirs)


def _leaks(reader: Reader, target: Canary, reply: Reply) -> bool:
    marks = [target.mark]
    if reader.home.partner.label != target.partner.label:
        marks.append(target.partner.mark)
    seen = reply.body + repr(sorted(reply.headers.items())).encode()
    return any(mark.encode() in seen for mark in marks)
