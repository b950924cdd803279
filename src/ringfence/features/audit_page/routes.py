"""The page of an organization's log for its administrators, and the API that makes links to it.

Server-rendered, without a script. A link is a ticket that buys a cookie; the cookie only reads. See controls.identity.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from html import escape
from typing import Annotated, Any, Final, final
from uuid import UUID

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ringfence.base import clock
from ringfence.base.problem import Problem, not_found
from ringfence.controls.identity import Opened, Visit
from ringfence.controls.tenancy import PartnerScope, scope_of
from ringfence.features import audit_log
from ringfence.features.audit_log import Filter
from ringfence.features.audit_page import actions, links, rendering, telling, views
from ringfence.features.audit_page.asked import language_of, read
from ringfence.features.audit_page.model import AuditLinkNew, AuditLinkOut
from ringfence.features.audit_page.shown import Place
from ringfence.features.audit_page.verifying import Findings, Turns
from ringfence.features.audit_page.words import Language
from ringfence.features.edge import Call, CallDep, WriteDep, once, parameters, path_id, problems, visiting
from ringfence.features.edge.access import AuditDoor, AuditLeaver, AuditRead, AuditSender, AuditVisitor, Authentication

_HTML: Final = "text/html; charset=utf-8"
_BOTH: Final = ["GET", "HEAD"]
_FORMS: Final[dict[str, audit_log.Form]] = {"verifiable": "verifiable", "jsonl": "jsonl", "csv": "csv"}
_turns: Final = Turns()
_LINES: Final = 40
"""Of progress, at most."""
_DIGITS: Final = 15

EntryPath = Annotated[UUID, path_id("entry_id")]


@final
class _Page(APIRoute):
    """A route whose refusals are pages, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with refusals as pages."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                answer = _page(views.refused(request, problem), status=problem.status)
                answer.headers.update({name: text for name, text in problem.headers.items() if name == "Retry-After"})
                return answer

        return handled


router = APIRouter(tags=["Audit log"])
pages = APIRouter(route_class=_Page, include_in_schema=False)


@router.post(
    "/api/v1/audit-log/links",
    status_code=201,
    response_model=AuditLinkOut,
    responses=problems(401, 403, 404, 409, 422, 429, 503),
)
async def make_link(body: AuditLinkNew, caller: AuditRead, call: WriteDep) -> Response:
    """Makes a link that opens the page of an organization's log for one of its administrators, once, within a minute.

    The page only reads, for half an hour, and is closed when the session, the user or the key that made it is cut off.
    """
    org_id, user_id = links.whose(caller, body)
    if caller.org_id is not None:
        async with call.kernel.database.org(scope_of(caller)) as tx:
            return await once(call, tx, caller, lambda: links.link(call, tx, caller, user_id))
    async with call.kernel.database.partner(PartnerScope(caller.partner_id)) as tx, tx.narrow(org_id) as org_tx:
        return await once(call, org_tx, caller, lambda: links.link(call, org_tx, caller, user_id))


@pages.api_route("/audit", methods=_BOTH)
async def log(visit: AuditDoor, call: CallDep) -> Response:
    """The log as its address filters it; with a ticket, the way in."""
    if visit is None:
        return await _enter(call)
    asked = read(call.request.query_params, await _language(call, visit))
    seen = await actions.see(call, visit, asked)
    place = await actions.place(call.kernel, scope_of(visit.principal))
    return _page(views.log(call.kernel, visit, asked, seen, place))


@pages.post("/audit/open")
async def enter(_tries: Authentication, call: CallDep) -> Response:
    """Uses a ticket that somebody confirmed."""
    visiting.check_page(call)
    fields = await visiting.form_of(call.request)
    opened = await call.kernel.identity.visits.open(fields.get("ticket", ""), call.origin)
    return _kept(call, opened, RedirectResponse("/audit" + _speaks(fields.get("lang")), 303, rendering.HEADERS))


@pages.post("/audit/verify")
async def verify(visit: AuditSender, call: CallDep) -> Response:
    """Verifies the log, and tells how far it is while it does."""
    fields = await visiting.form_of(call.request)
    language = _spoken(fields.get("lang")) or Language.ENGLISH
    place = await actions.place(call.kernel, scope_of(visit.principal))
    org_id = visit.principal.org_id or visit.id
    give_back = _turns.take(org_id)
    chunks = _verification(call, visit, language, place, before=_index(fields.get("before")), done=give_back)
    return StreamingResponse(chunks, media_type=_HTML, headers=_headers())


@pages.post("/audit/close")
async def close(visit: AuditLeaver, call: CallDep) -> Response:
    """Ends the visit."""
    fields = await visiting.form_of(call.request)
    await call.kernel.identity.visits.leave(visit, call.origin)
    answer = _page(views.closed(_spoken(fields.get("lang")) or Language.ENGLISH))
    visiting.forget(call, answer)
    return answer


@pages.api_route("/audit/export", methods=_BOTH)
async def export(visit: AuditVisitor, call: CallDep) -> Response:
    """The log as a file, always the whole of it; that it was taken is an entry."""
    parameters.only(call.request, {"format", "lang"})
    form = call.request.query_params.get("format", "verifiable")
    if form not in _FORMS:
        raise not_found()
    reading = audit_log.own_organization(visit.principal)
    return await audit_log.export(call, reading, Filter(), _FORMS[form])


@pages.api_route("/audit/checkpoint", methods=_BOTH)
async def checkpoint(visit: AuditVisitor, call: CallDep) -> Response:
    """The newest signed checkpoint, to be kept."""
    text = await audit_log.checkpoint(call, audit_log.own_organization(visit.principal))
    return _text(text, "checkpoint.txt")


@pages.api_route("/audit/entries/{entry_id}/receipt", methods=_BOTH)
async def receipt(entry_id: EntryPath, visit: AuditVisitor, call: CallDep) -> Response:
    """What proves that an entry is in the log."""
    text = await audit_log.receipt(call, audit_log.own_organization(visit.principal), entry_id)
    return _text(text, f"receipt-{entry_id}.txt")


async def _enter(call: Call) -> Response:
    """A ticket: used at once where a person clicked on it, asked about where anything else follows links."""
    query = call.request.query_params
    language = language_of(query, call.request.headers.get("accept-language", ""), None)
    if not visiting.is_click(call.request):
        return _page(views.door(query.get("ticket", ""), language, speaks="lang" in query))
    opened = await call.kernel.identity.visits.open(query.get("ticket", ""), call.origin)
    onward = "/audit" + _speaks(query.get("lang"))
    return _kept(call, opened, _page(views.opening(onward, language)))


def _kept(call: Call, opened: Opened, response: Response) -> Response:
    visiting.keep(call, response, opened.cookie)
    return response


async def _verification(  # noqa: PLR0913 - what the page is made of, and where it begins and ends
    call: Call, visit: Visit, language: Language, place: Place, *, before: int | None, done: Callable[[], None]
) -> AsyncGenerator[str]:
    """The page as it grows. What ends early leaves a page without a result."""
    try:
        begin, _, end = views.verification(call.kernel, visit, language, place, None).partition(views.HERE)
        yield begin
        found, told = Findings(), -1
        async with aclosing(actions.verify(call, visit, before=before)) as pieces:
            async for found in pieces:
                # A line for each part of the log, however many pieces there are.
                if (part := found.done * _LINES // max(1, found.until)) != told:
                    told = part
                    yield f"<li>{escape(telling.progress(found, language))}</li>\n"
        if not call.kernel.identity.still_valid(visit.principal):
            yield end
            return
        result = telling.told(found, language, at=clock.now())
        yield views.verification(call.kernel, visit, language, place, result).partition(views.HERE)[2]
    finally:
        done()


async def _language(call: Call, visit: Visit) -> Language:
    query, accepted = call.request.query_params, call.request.headers.get("accept-language", "")
    return language_of(query, accepted, await actions.locale(call.kernel, visit.principal))


def _index(text: str | None) -> int | None:
    """Where an earlier verification ended; None for anything else."""
    is_index = text is not None and text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return (int(text) or None) if is_index and text is not None else None


def _spoken(text: str | None) -> Language | None:
    return Language(text) if text in set(Language) else None


def _speaks(text: str | None) -> str:
    """The language as an address carries it, where one was named."""
    language = _spoken(text)
    return "" if language is None else f"?lang={language}"


def _headers() -> dict[str, str]:
    return {**rendering.HEADERS, "Content-Security-Policy": rendering.policy()}


def _page(text: str, *, status: int = 200) -> Response:
    return Response(text, status, media_type=_HTML, headers=_headers())


def _text(text: str, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)
