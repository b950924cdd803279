"""Composition root of the HTTP server: the routes in front of the handles that every process has (assembly.py)."""

from collections.abc import AsyncGenerator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import Lifespan

from ringfence import API_VERSION
from ringfence.assembly import Parts, Works, open_process
from ringfence.base import log
from ringfence.controls.limits import ClientAddress, parse_networks
from ringfence.features import (
    agents,
    agui,
    approvals,
    audit_log,
    audit_page,
    audit_streams,
    conversations,
    embed,
    files,
    knowledge,
    orgs,
    partners,
    runs,
    secrets,
    trust,
)
from ringfence.features.edge.asgi import App, Edge, Receive, Send
from ringfence.features.edge.errors import install
from ringfence.features.edge.openapi import describe
from ringfence.features.ops import Told
from ringfence.features.ops import router as ops_router
from ringfence.settings import Settings


def create_app(parts: Parts) -> App:
    """The whole application, from the edge inwards; its handles open with the server's lifespan."""
    settings = parts.settings
    works = Works() if settings.executes_runs else Works(runs=0)

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            api.state.kernel, api.state.runs, api.state.search = await open_process(parts, stack, works)
            yield

    api = routed(parts.tour, lifespan)
    api.state.trust = _center(settings)
    client_address = ClientAddress(parse_networks(settings.trusted_proxies))
    return _Caught(Edge(api, client_address=client_address, is_https=settings.audience.startswith("https:")))


class _Caught:
    """Logs what nobody foresaw by type and place; the caller has a problem+json with the request's id by then."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as failure:
            if scope["type"] != "http":
                raise
            log.error("unhandled", failure, request_id=scope["state"]["request_id"])


def _center(settings: Settings) -> trust.Center:
    """The Trust Center with what the operator publishes."""
    site = trust.Site(settings.audience, settings.security_contact)
    security = trust.Security(site, settings.security_txt, is_development=settings.mode == "development")
    return trust.Center(site, statements_file=settings.statements_file, security=security)


def routed(tour: Told, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The routes with their refusals and their description, without any handle."""
    api = FastAPI(title="Ringfence", version=API_VERSION, lifespan=lifespan, openapi_url=None)
    for slice_ in (embed, partners, orgs, secrets, agents, knowledge, conversations, runs, approvals, agui, trust):
        api.include_router(slice_.router)
    for router in (
        audit_log.router,
        audit_log.partner_router,
        audit_log.public_router,
        audit_page.router,
        audit_page.pages,
    ):
        api.include_router(router)
    for router in (files.uploads_router, files.router, files.partner_router):
        api.include_router(router)
    api.include_router(ops_router(tour))
    api.include_router(audit_streams.router)
    install(api)
    describe(api)
    return api
