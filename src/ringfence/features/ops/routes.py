"""Liveness, readiness and the page at the root."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringfence.base.problem import unavailable
from ringfence.controls.tenancy import PlatformScope, Statement, scalar
from ringfence.features.edge import CallDep, Output, answer, problems
from ringfence.features.edge.access import Machine, Public
from ringfence.features.ops.page import Told, render, style_policy

_PING = Statement("select 1", scalar)


class Health(Output):
    """The state of this process."""

    status: str


def router(told: Told) -> APIRouter:
    """The routes, with what the page at the root tells."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", response_model=Health, summary="This process lives", responses=problems())
    async def health(_machine: Machine) -> Response:
        """Says that the process answers; nothing about what it needs."""
        return answer(200, Health(status="ok"))

    @routes.get("/readyz", response_model=Health, summary="This process can serve", responses=problems(503))
    async def ready(_machine: Machine, call: CallDep) -> Response:
        """Says that the database answers and that revocations are known; 503 names what is missing."""
        call.kernel.invalidation.check_fresh()
        if not (await call.kernel.database.read(PlatformScope(), _PING()))[0]:
            raise unavailable("database_unavailable", "The database does not answer.")
        return answer(200, Health(status="ready"))

    @routes.get("/openapi.json", include_in_schema=False)
    async def document(_public: Public, request: Request) -> Response:
        """The API's description; FastAPI's own route would be the one without a limit."""
        return JSONResponse(request.app.openapi())

    @routes.get("/", include_in_schema=False)
    async def root(_public: Public) -> Response:
        """The tour as a page."""
        return Response(
            render(told.tour),
            media_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": style_policy()},
        )

    return routes
