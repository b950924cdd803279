"""One request, as the slices see it: who asked from where, under which id, with which idempotency key."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Query
from starlette.requests import Request

from ringfence.base import ids
from ringfence.base.page import MAX_LIMIT, Cursors, Window
from ringfence.base.problem import bad_request, not_found
from ringfence.controls.audit import Origin
from ringfence.features.edge.kernel import Kernel, kernel_of


@dataclass(frozen=True, slots=True)
class Call:
    """The request behind a handler."""

    kernel: Kernel
    request: Request
    request_id: str
    address: str
    origin: Origin
    idempotency_key: str | None = None

    @property
    def page(self) -> str | None:
        """The origin of the foreign page that calls; None for our own pages and for what is no browser."""
        headers = self.request.headers
        origin = headers.get("origin")
        if origin is None or self.kernel.identity.origins.is_own(origin, headers.get("host")):
            return None
        return origin

    def let_read(self, page: str | None) -> None:
        """Lets a page read the answer: it was found among those that the caller's partner allows."""
        self.request.scope["state"]["page"] = page

    def let_frame(self) -> None:
        """Lets other pages hold the answer in a frame: its own policy says which."""
        self.request.scope["state"]["is_framed"] = True

    def reads_of(self, org_id: UUID) -> None:
        """Says whose data a partner's key reads here, where the path does not: it is in that log, too."""
        self.request.scope["state"]["read_org_id"] = org_id


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page of a list was asked for."""

    limit: int | None
    cursor: str | None

    def window(self, cursors: Cursors) -> Window:
        """The rows to read; raises 400 for a cursor of another list, organization or partner."""
        return cursors.window(self.limit, self.cursor)


# NOTE: every dependency is `async def`: the framework sends a plain function to a thread, which costs a millisecond.
def _made(request: Request) -> Call:
    kernel = kernel_of(request)
    request_id: str = request.scope["state"]["request_id"]
    address: str = request.scope["state"]["address"]
    return Call(kernel, request, request_id, address, Origin(request_id, address, kernel.addresses))


async def _call(request: Request) -> Call:
    return _made(request)


async def _write(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="The same key with the same body gives the same answer for 24 hours.",
            min_length=1,
            max_length=255,
        ),
    ] = None,
) -> Call:
    call = _made(request)
    if idempotency_key is not None and not (idempotency_key.isascii() and idempotency_key.isprintable()):
        raise bad_request("invalid_idempotency_key", "Idempotency-Key takes 1 to 255 printable ASCII characters.")
    return Call(call.kernel, request, call.request_id, call.address, call.origin, idempotency_key)


async def _listing(
    limit: Annotated[int | None, Query(ge=1, le=MAX_LIMIT, description="Items a page; 50 unless told.")] = None,
    cursor: Annotated[str | None, Query(max_length=200, description="next_cursor of the page before.")] = None,
) -> Listing:
    return Listing(limit, cursor)


def _parsed(text: str) -> UUID:
    value = ids.parse(text)
    if value is None:
        raise not_found()
    return value


def path_id(name: str) -> object:
    """A dependency that reads an id from the path; whatever is no id is the 404 of an unknown one."""

    async def read(value: Annotated[str, Path(alias=name, json_schema_extra={"format": "uuid"})]) -> UUID:
        return _parsed(value)

    return Depends(read)


CallDep = Annotated[Call, Depends(_call)]
"""The request of a handler that reads."""
WriteDep = Annotated[Call, Depends(_write)]
"""The request of a handler that writes: documents and carries Idempotency-Key."""
ListingDep = Annotated[Listing, Depends(_listing)]
