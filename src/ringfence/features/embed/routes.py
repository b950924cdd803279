"""/embed/* for a partner's front end, and /me; the widget's loader, its frame and their files."""

import re
from typing import cast
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base import ids
from ringfence.base.problem import not_found
from ringfence.features.edge import CallDep, answer, problems
from ringfence.features.edge.access import Authentication, MeRead, Public
from ringfence.features.embed import actions, frame, oauth
from ringfence.features.embed.assets import Asset, Assets
from ringfence.features.embed.model import MeOut, RefreshIn, SessionOut, TokenIn
from ringfence.features.embed.oauth_model import OAuthErrorOut, TokenOut, request_body

router = APIRouter()
api = APIRouter(prefix="/api/v1", tags=["embed"])
_ASSETS = Assets()
_READS = ["GET", "HEAD"]
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_ORIGIN_CHARACTERS = 300
_FOR_ALL = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRAMED = {
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A page that isolates itself may hold only frames that do as well.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@api.post("/embed/auth", response_model=SessionOut, responses=problems(400, 401, 403, 413, 422, 429, 503))
async def log_in(body: TokenIn, _limit: Authentication, call: CallDep) -> Response:
    """Exchanges a token signed by the partner for a session, once."""
    grant = await call.kernel.identity.exchange(body.token, call.origin, page=call.page)
    call.let_read(call.page)
    return answer(200, SessionOut.of(grant))


@api.post("/embed/refresh", response_model=SessionOut, responses=problems(400, 401, 403, 413, 422, 429, 503))
async def refresh(body: RefreshIn, _limit: Authentication, call: CallDep) -> Response:
    """Renews a session. A refresh token is used once; one that comes back later ends the session."""
    grant = await call.kernel.identity.refresh(body.refresh_token, call.origin, page=call.page)
    call.let_read(call.page)
    return answer(200, SessionOut.of(grant))


@api.post("/embed/logout", status_code=204, responses=problems(400, 401, 403, 413, 422, 429, 503))
async def log_out(body: RefreshIn, _limit: Authentication, call: CallDep) -> Response:
    """Ends the session of a refresh token."""
    await call.kernel.identity.logout(body.refresh_token, call.origin, page=call.page)
    call.let_read(call.page)
    return answer(204)


@api.post(
    "/oauth/token",
    response_model=TokenOut,
    responses={
        **problems(413, 429, 503),
        400: {"model": OAuthErrorOut, "description": "The grant is refused (RFC 6749 section 5.2)."},
    },
    openapi_extra={"requestBody": request_body()},
)
async def exchange_by_oauth(_limit: Authentication, call: CallDep) -> Response:
    """Exchanges a partner's token, or renews a session, as OAuth says it (RFC 8693): /embed/auth by another name."""
    return await oauth.token(call)


@api.get("/me", response_model=MeOut, responses=problems(400, 401, 403, 429, 503))
async def me(caller: MeRead, call: CallDep) -> Response:
    """The caller: user, organization, permissions."""
    return answer(200, await actions.describe(call.kernel, caller))


@router.api_route("/embed.js", methods=_READS, include_in_schema=False)
async def loader(_public: Public, request: Request) -> Response:
    """The script of the two lines of HTML."""
    return _file(request, _ASSETS.build().named["embed.js"], _FOR_ALL)


@router.api_route("/embed/client.js", methods=_READS, include_in_schema=False)
async def client(_public: Public, request: Request) -> Response:
    """The client without a face, as a module."""
    return _file(request, _ASSETS.build().named["client.js"], _FOR_ALL)


@router.api_route("/embed/assets/{name}", methods=_READS, include_in_schema=False)
async def asset(name: str, _public: Public, request: Request) -> Response:
    """A file of the frame, whose name changes with its content."""
    found = _ASSETS.build().at(f"assets/{name}")
    if found is None:
        raise not_found()
    return _file(request, found, _FOR_EVER)


@router.api_route("/embed/{agent_id}", methods=_READS, include_in_schema=False)
async def framed(agent_id: str, _public: Public, call: CallDep) -> Response:
    """The widget for a page that the agent's partner allows; else a page that says why not and can do nothing."""
    call.let_frame()
    query, kernel = call.request.query_params, call.kernel
    locale = query.get("locale", "")
    locale = locale if _LOCALE.fullmatch(locale) else ""
    known = ids.parse(agent_id)
    partner = None if known is None else await kernel.identity.origins.of_agent(known)
    if partner is None:
        return _page(404, frame.unknown(locale), frame.refused_policy())
    origin = query.get("origin", "")[:_ORIGIN_CHARACTERS]
    if not origin:
        return _page(403, frame.direct(locale), frame.refused_policy())
    if not partner.allows(origin):
        mend = frame.mend_of(partner, origin, base_url=kernel.audience) if kernel.is_development else None
        return _page(403, frame.refused(locale, origin, mend=mend), frame.refused_policy())
    mode = "inline" if query.get("mode") == "inline" else "bubble"
    wanted = frame.Wanted(cast("UUID", known), origin, mode, locale)
    return _page(200, frame.page(wanted, _ASSETS.build()), frame.policy(partner.allowed))


def _page(status: int, html: str, policy: str) -> Response:
    headers = {**_FRAMED, "Content-Security-Policy": policy}
    return Response(html, status_code=status, media_type="text/html; charset=utf-8", headers=headers)


def _file(request: Request, found: Asset, headers: dict[str, str]) -> Response:
    """The file, compressed where the browser takes that; 304 for one that it has."""
    sent = {**headers, "ETag": found.etag, "Vary": "Accept-Encoding"}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=sent)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.zipped, media_type=found.media_type, headers={**sent, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=sent)


router.include_router(api)
