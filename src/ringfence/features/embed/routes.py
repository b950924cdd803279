"""/embed/* for a partner's front end, and /me."""

from fastapi import APIRouter
from starlette.responses import Response

from ringfence.features.edge import CallDep, answer, problems
from ringfence.features.edge.access import Authentication, MeRead
from ringfence.features.embed import actions
from ringfence.features.embed.model import MeOut, RefreshIn, SessionOut, TokenIn

router = APIRouter(prefix="/api/v1", tags=["embed"])


@router.post("/embed/auth", response_model=SessionOut, responses=problems(400, 401, 413, 422, 429, 503))
async def log_in(body: TokenIn, _limit: Authentication, call: CallDep) -> Response:
    """Exchanges a token signed by the partner for a session, once."""
    return answer(200, SessionOut.of(await call.kernel.identity.exchange(body.token, call.origin)))


@router.post("/embed/refresh", response_model=SessionOut, responses=problems(400, 401, 413, 422, 429, 503))
async def refresh(body: RefreshIn, _limit: Authentication, call: CallDep) -> Response:
    """Renews a session. A refresh token is used once; one that comes back later ends the session."""
    return answer(200, SessionOut.of(await call.kernel.identity.refresh(body.refresh_token, call.origin)))


@router.post("/embed/logout", status_code=204, responses=problems(400, 401, 413, 422, 429, 503))
async def log_out(body: RefreshIn, _limit: Authentication, call: CallDep) -> Response:
    """Ends the session of a refresh token."""
    await call.kernel.identity.logout(body.refresh_token, call.origin)
    return answer(204)


@router.get("/me", response_model=MeOut, responses=problems(400, 401, 403, 429, 503))
async def me(caller: MeRead, call: CallDep) -> Response:
    """The caller: user, organization, permissions."""
    return answer(200, await actions.describe(call.kernel, caller))
