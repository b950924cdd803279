"""The house over real HTTP: kernel, slices and edge on one database, served by uvicorn within the test's own loop."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI

from ringfence.base import ids
from ringfence.base.crypto import RecordKey
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.controls.audit import AddressHasher, Depot, Pen, Publisher, Reads, Signers, host_of
from ringfence.controls.coordination import Invalidation, Kind
from ringfence.controls.coordination import invalidation as polling
from ringfence.controls.deliveries import Outbox, Refusals
from ringfence.controls.egress import Egress
from ringfence.controls.identity import ApiKeyKind, Identity, Means
from ringfence.controls.keystore import FileKeystore, KeyOwner, ServerKey
from ringfence.controls.limits import ClientAddress, Limits, parse_networks, parse_overrides
from ringfence.controls.objects import AuditObjects, ObjectStore, Place
from ringfence.controls.tenancy import Database, OrgScope
from ringfence.controls.vault import Vault
from ringfence.features import (
    agents,
    audit_log,
    audit_page,
    audit_streams,
    embed,
    files,
    knowledge,
    orgs,
    partners,
    secrets,
    trust,
)
from ringfence.features.edge import Kernel
from ringfence.features.edge.asgi import Edge
from ringfence.features.edge.errors import install
from ringfence.features.edge.openapi import describe
from ringfence.features.partners import operator
from tests.vectors import make_bad_tokens as tokens
from tests.world import Stage

AUDIENCE = "http://ringfence.test"
_RULES = ("auth", "default", "organization", "partner", "key_sets", "stream_tests", "key_rotations")
NO_LIMITS = ",".join(f"{rule}=100000/60" for rule in _RULES)


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's code."""
        return self.body["code"]


@dataclass(frozen=True)
class Client:
    """Speaks to one address with one credential."""

    http: aiohttp.ClientSession
    base_url: str
    bearer: str | None = None

    def as_(self, bearer: str | None) -> "Client":
        return Client(self.http, self.base_url, bearer)

    async def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.bearer is not None:
            names["Authorization"] = f"Bearer {self.bearer}"
        sent = body if isinstance(body, bytes) else None
        async with self.http.request(
            method, self.base_url + path, json=None if sent is not None else body, data=sent, headers=names
        ) as response:
            raw = await response.read()
            is_json = response.content_type.endswith("json")
            return Answer(response.status, json.loads(raw) if is_json and raw else raw, dict(response.headers))

    async def refused_soon(self, path: str) -> Answer:
        """The refusal that takes the place of a 200 within the five seconds that the promises give."""
        async with asyncio.timeout(30):
            answer = await self("GET", path)
            while answer.status == 200:
                await asyncio.sleep(0.05)
                answer = await self("GET", path)
        return answer


@dataclass(frozen=True)
class House:
    """A running house and its first partner."""

    kernel: Kernel
    client: Client
    partner_id: PartnerId
    issuer: str
    api: Client
    """Northwind, with its API key."""

    async def log_in(self, subject: str = "alice", org: str = "rose", **claims: Any) -> Answer:
        return await self.client("POST", "/api/v1/embed/auth", {"token": self.token(subject, org, **claims)})

    async def session(self, subject: str = "alice", org: str = "rose", **claims: Any) -> Client:
        answer = await self.log_in(subject, org, **claims)
        assert answer.status == 200, answer.body
        return self.client.as_(answer.body["session_token"])

    def token(
        self,
        subject: str = "alice",
        org: str = "rose",
        *,
        key: str = "ed25519",
        kid: str | None = None,
        **claims: object,
    ) -> str:
        now = int(time.time())
        said = {"iss": self.issuer, "aud": AUDIENCE, "sub": subject, "org": org, "iat": now, "exp": now + 300}
        algorithm = {"rsa": "RS256", "ec": "ES256", "ed25519": "EdDSA"}[key.split("-", maxsplit=1)[0]]
        body = {"jti": str(ids.new()), **said, **claims}
        return tokens.sign(
            {"alg": algorithm, "kid": kid or key}, {k: v for k, v in body.items() if v is not ...}, key=key
        )

    def scope(self, answer: Answer) -> OrgScope:
        """The organization that a log-in was into, as the operator may look at it."""
        return OrgScope(self.partner_id, OrgId(UUID(answer.body["organization"]["id"])), Role.OPERATOR)

    async def add_key(self, name: str = "ed25519") -> str:
        algorithm = {"rsa": "RS256", "ec": "ES256", "ed25519": "EdDSA"}[name]
        body = {"kid": name, "algorithm": algorithm, "public_key_pem": tokens.public_pem(name)}
        answer = await self.api("POST", "/api/v1/partner/signing-keys", body)
        assert answer.status == 201, answer.body
        return answer.body["id"]

    async def add_org(self, external_id: str, **more: object) -> str:
        body = {"external_id": external_id, "name": external_id.title(), **more}
        answer = await self.api("POST", "/api/v1/partner/organizations", body)
        assert answer.status == 201, answer.body
        return answer.body["id"]

    async def settle(self) -> None:
        """Waits for what every process would know within seconds."""
        await self.kernel.invalidation.poll()


def make_kernel(
    database: Database,
    keystore: FileKeystore,
    *,
    limits: str = NO_LIMITS,
    mode: str = "development",
    session_seconds: int = 3600,
    egress: Egress | None = None,
    objects: Place | None = None,
) -> Kernel:
    """The handles of one process; without a place for objects it takes no files."""
    ip_key = keystore.server_key(ServerKey.IP_HASH).reveal()
    refusals = Refusals()
    vault, invalidation, addresses = (
        Vault(keystore, refused=refusals.note),
        Invalidation(database),
        AddressHasher(ip_key),
    )
    invalidation.subscribe(Kind.KEY, keystore.forget_subject, forget_all=keystore.forget_all)
    limiter = Limits(database, key=ip_key, rules=parse_overrides(limits))
    egress = egress or Egress()
    means = Means.gather(
        database=database,
        vault=vault,
        keystore=keystore,
        invalidation=invalidation,
        limits=limiter,
        addresses=addresses,
        egress=egress,
        audience=AUDIENCE,
        is_development=mode == "development",
        access_life=timedelta(seconds=session_seconds),
    )
    return Kernel(
        database=database,
        keystore=keystore,
        vault=vault,
        identity=Identity(means),
        invalidation=invalidation,
        limits=limiter,
        addresses=addresses,
        reads=Reads(database, addresses),
        publisher=make_publisher(database, keystore, objects or Place(Path(os.devnull))),
        outbox=Outbox(vault),
        objects=ObjectStore(objects or Place(Path(os.devnull))),
        cursor_key=keystore.server_key(ServerKey.CURSOR_MAC).reveal(),
        audience=AUDIENCE,
        is_development=mode == "development",
        egress=egress,
        egress_named=egress.named,
        refusals=refusals,
    )


def make_publisher(database: Database, keystore: FileKeystore, place: Place) -> Publisher:
    """What publishes the audit log when it is asked to; nothing does so by itself here."""
    depot = Depot(AuditObjects(place), RecordKey(keystore.server_key(ServerKey.AUDIT_BUNDLES)))
    pen = Pen(host_of(AUDIENCE), Signers(keystore, host_of(AUDIENCE)))
    return Publisher(database, depot, pen, holder=ids.new())


def make_app(
    kernel: Kernel, center: trust.Center | None = None, *planted: APIRouter, trusted_proxies: str = ""
) -> Edge:
    """The slices of partners and their users behind the edge, and what a test plants beside them."""
    api = FastAPI(openapi_url="/openapi.json")
    for router in planted:
        api.include_router(router)
    for router in (embed.router, partners.router, orgs.router, secrets.router, agents.router, trust.router):
        api.include_router(router)
    for router in (
        audit_log.router,
        audit_log.partner_router,
        audit_log.public_router,
        audit_page.router,
        audit_page.pages,
        audit_streams.router,
    ):
        api.include_router(router)
    for router in (files.uploads_router, files.router, files.partner_router, knowledge.router):
        api.include_router(router)
    install(api)
    describe(api)
    api.state.kernel = kernel
    api.state.search = knowledge.Search(kernel.database, kernel.vault)
    api.state.trust = center or trust.Center(trust.Site(AUDIENCE), statements_file=Path(os.devnull))
    return Edge(api, client_address=ClientAddress(parse_networks(trusted_proxies)), is_https=False)


@asynccontextmanager
async def serving(
    kernel: Kernel, center: trust.Center | None = None, *planted: APIRouter, trusted_proxies: str = ""
) -> AsyncGenerator[Client]:
    """One process's server on a port of its own, with its poller, and a client."""
    await kernel.invalidation.poll()
    poller = asyncio.create_task(kernel.invalidation.run())
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        make_app(kernel, center, *planted, trusted_proxies=trusted_proxies),
        log_level="error",
        lifespan="off",
        access_log=False,
        server_header=False,
        # A client that waits on a slow machine would else find its connection closed.
        timeout_keep_alive=600,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    patience = pytest.MonkeyPatch()
    # A busy machine may keep this very loop from polling for five seconds; what a process refuses that did not poll in
    # time is proved in tests/controls/test_invalidation.py.
    patience.setattr(polling, "STALE_SECONDS", 60.0)
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as http:
            yield Client(http, f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        await running
        listener.close()
        poller.cancel()
        with suppress(asyncio.CancelledError):
            await poller
        patience.undo()


@asynccontextmanager
async def house(
    stage: Stage,
    data: Path,
    *,
    limits: str = NO_LIMITS,
    mode: str = "development",
    session_seconds: int = 3600,
    egress: Egress | None = None,
) -> AsyncGenerator[House]:
    """A house with partner Northwind: its Ed25519 key registered, organizations Rose and Thorn made."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(stage.open(size=16))
        keystore = FileKeystore.beside(data, encryption_key=None)
        stack.callback(keystore.close)
        kernel = make_kernel(
            database,
            keystore,
            limits=limits,
            mode=mode,
            session_seconds=session_seconds,
            egress=egress,
            objects=Place(data / "objects"),
        )
        keystore.create(KeyOwner.platform())
        client = await stack.enter_async_context(serving(kernel))
        issuer = f"https://{UUID(int=ids.new().int)}.northwind.example"
        made = await operator.create_partner(kernel, "Northwind", issuer=issuer, kind=ApiKeyKind.LIVE)
        northwind = House(kernel, client, made.id, issuer, client.as_(made.api_key.reveal().decode()))
        await northwind.add_key()
        for external_id in ("rose", "thorn"):
            await northwind.add_org(external_id)
        yield northwind
