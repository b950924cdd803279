"""`ringfence prove isolation`: the permission matrix, the crossings and the raw SQL, tried on a running deployment."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ringfence.assembly import make_canaries, make_kernel
from ringfence.base import clock
from ringfence.base.outbound import Outbound, OutboundError
from ringfence.cli import demo_state, proof_text
from ringfence.cli.deployment import Deployment, NoDatabase, beside, parts_of
from ringfence.cli.proof_text import Proof
from ringfence.controls.tenancy import Database, attempts
from ringfence.evidence import isolation, matrix
from ringfence.evidence.canaries import Canaries, Canary, NotPlanted
from ringfence.evidence.operations import Operation, operations
from ringfence.evidence.probes import canaries as probes
from ringfence.settings import Settings


def isolation_of(url: str | None, *, is_json: bool) -> int:
    """Tries everything and prints what came of it; gives 0 when all of it was denied as declared, else 1."""
    settings = Settings()
    state = demo_state.read(settings.data) if settings.public_url is None else None
    if state is not None:
        # The demo chose its own port: its tokens are for that address.
        settings = settings.model_copy(update={"public_url": state.audience})
    where = (url or (state.base_url if state else settings.probe_url or settings.audience)).rstrip("/")
    settings = settings.model_copy(update={"probe_url": where})
    with beside(settings, command="prove") as deployment:
        proof = asyncio.run(_prove(deployment, where))
    print(msgspec.json.format(msgspec.json.encode(proof.as_json())).decode() if is_json else proof_text.text(proof))
    return 0 if proof.holds else 1


async def _prove(deployment: Deployment, where: str) -> Proof:
    began = clock.monotonic()
    database = Database(deployment.database_url, keys=deployment.context_key, size=4)
    outbound = Outbound()
    try:
        # The audience is the server's own, so that it takes our tokens; the address is where we reach it.
        canaries = make_canaries(deployment.settings, make_kernel(parts_of(deployment), database), outbound)
        listed = await _described(canaries, where)
        found = await _found(canaries)
        crossed = await isolation.cross(canaries.http, isolation.crossings(listed, found, isolation.ALL))
        asked = await _asked(canaries, listed, found)
        tried = await attempts.attempt_all(database, found["a"].scope, found["b"].scope, stranger=found["c"].partner.id)
        controls = {name: await isolation.finds_its_own(canaries.http, canary) for name, canary in found.items()}
        return Proof(where, listed, asked, crossed, tried, controls, clock.monotonic() - began)
    finally:
        await outbound.close()
        await database.close()


async def _described(canaries: Canaries, where: str) -> list[Operation]:
    try:
        reply = await canaries.http.get("/openapi.json")
        return operations(cast("Mapping[str, Any]", reply.json()))
    except (OutboundError, msgspec.DecodeError, KeyError):
        raise NoDatabase(
            f"No deployment answers at {where}. Start it (make demo), or say where it is: "
            "ringfence prove isolation --url http://127.0.0.1:8080"
        ) from None


async def _found(canaries: Canaries) -> dict[str, Canary]:
    """The canaries, planted now where the server has not come to it yet."""
    try:
        return await canaries.find()
    except NotPlanted:
        await canaries.plant()
    try:
        return await canaries.find()
    except NotPlanted as missing:
        raise NoDatabase(f"The canary organizations are not whole: {missing}. See the server's log.") from None


async def _asked(canaries: Canaries, listed: list[Operation], found: dict[str, Canary]) -> list[matrix.Asked]:
    home = found["a"]
    refused = await probes.refused_credentials(canaries, home)
    async with canaries.restricted_session(home) as restricted:
        callers = matrix.visitors(home, refused={**refused, "restricted user": restricted})
        return await matrix.ask(canaries.http, matrix.cells(listed, callers), found["c"])
