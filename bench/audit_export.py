"""How fast a log leaves: the three forms of an export, beside a bare copy of its rows by Postgres itself."""

import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, cast

import uvloop
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, column, interleave, ratio, spread
from ringfence.base import clock, ids
from ringfence.base.principal import ActorKind, OrgId, PartnerId, Principal, Role
from ringfence.controls.audit import Log, Origin, Sealer
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.objects import Place
from ringfence.controls.tenancy import Database
from ringfence.features import audit_log
from ringfence.features.audit_log import Filter, Form, Reading
from ringfence.features.audit_log.sending import Download
from ringfence.features.edge import Call, Kernel
from tests.house import make_kernel
from tests.world import Stage, make_template, stage
from tests.world_postgres import shared_cluster

_FORMS: Final[tuple[Form, ...]] = ("jsonl", "csv", "verifiable")
_ENTRIES = 60_000
_TICK_S = 0.001
_COPY = "copy"
_METHOD = f"""\
Entries a second of a log of {_ENTRIES:,}, from the table to the bytes that a client gets, through row security, in
pages of short transactions; HTTP's own framing is not in it. `copy` is Postgres alone: `copy (select ...) to stdout` of
the same columns as text, in one transaction, without row security, its bytes thrown away. A verifiable export reads the
sealed index and hash of each entry besides, and encodes each entry as it was hashed. The longest pause is what anything
else in the process had to wait for while an export ran. 50,000 entries a second are promised of a machine on which
`copy` gives 330,000: hence the share."""
_ACTS = """
insert into app.audit_queue (scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome,
  permission, request_id, address_hash, details)
select 'org', %s, app.time_ordered_id(), 'user', gen_random_uuid(), 'run.started', 'run', gen_random_uuid(), 'success',
  'runs:create', gen_random_uuid()::text, decode(md5(n::text), 'hex'),
  jsonb_build_object('conversation_id', gen_random_uuid(), 'agent_id', gen_random_uuid(), 'agent_version', n)
from generate_series(1, %s) n
"""
_ROWS = """
copy (select id, at, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission, request_id,
  address_hash, network, details from app.audit_queue where scope_id = '{}' order by id desc) to stdout
"""


@dataclass
class Exporter:
    """A kernel on a sealed log, and what was measured beside the rate."""

    staged: Stage
    kernel: Kernel
    reading: Reading
    pauses: list[float] = field(default_factory=list[float])

    @property
    def call(self) -> Call:
        """The request of an export, without what only HTTP needs."""
        return Call(self.kernel, cast("Request", None), str(ids.new()), "127.0.0.1", Origin.internal())


def measure(plan: Plan) -> Section:
    """Entries a second of each form, its share of a bare copy, and the longest pause."""
    with (
        shared_cluster() as server,
        tempfile.TemporaryDirectory() as scratch,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        make_template(server)
        with stage(server) as staged:
            here = runner.run(_opened(staged, Path(scratch)))
            forms = {form: partial(lambda form: runner.run(_taken(here, form)), form) for form in _FORMS}
            rounds = interleave(plan, {_COPY: partial(_copied, here), **forms})
            runner.run(here.kernel.database.close())
    figures = [
        Figure(f"{name}, share of a bare copy's speed", ratio(rounds, name, _COPY), Bound.AT_LEAST, target)
        for name, target in (("jsonl", 0.15), ("csv", 0.15), ("verifiable", 0.15))
    ]
    figures.append(
        Figure("longest pause beside an export", spread(here.pauses), Bound.AT_MOST, 50, unit="ms", digits=0)
    )
    told = [(f"{name}, entries a second", column(rounds, name).told(0)) for name in rounds[0]]
    return Section("audit_export", "Exports of the audit log", _METHOD, figures, told)


async def _opened(staged: Stage, data: Path) -> Exporter:
    org_id, partner_id = OrgId(ids.new()), PartnerId(ids.new())
    with staged.admin() as connection:
        connection.execute(_ACTS.encode(), [org_id, _ENTRIES])
        connection.execute(b"vacuum analyze app.audit_queue")
    keystore = FileKeystore.beside(data, encryption_key=None)
    keystore.create(KeyOwner.platform())
    database = Database(staged.app_url, keys=staged.key, size=4)
    kernel = make_kernel(database, keystore, objects=Place(data / "objects"))
    await kernel.invalidation.poll()
    sealer = Sealer(kernel.database, holder=ids.new())
    while await sealer.round():
        pass
    await kernel.publisher.publish(Log.organization(org_id))
    with staged.admin() as connection:
        connection.execute(b"vacuum analyze app.audit_sealed")
    ada = Principal(
        kind=ActorKind.USER,
        partner_id=partner_id,
        role=Role.ADMIN,
        issued_at=clock.now(),
        org_id=org_id,
    )
    return Exporter(staged, kernel, audit_log.own_organization(ada))


async def _taken(here: Exporter, form: Form) -> float:
    """Entries a second, and notes the longest pause of the loop meanwhile."""
    poller = asyncio.create_task(here.kernel.invalidation.run())
    ticker = asyncio.create_task(_tick(here.pauses))
    began = time.perf_counter()
    try:
        download = await audit_log.export(here.call, here.reading, Filter(), form)
        sent = await _serve(download)
    finally:
        took = time.perf_counter() - began
        for task in (poller, ticker):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    if sent < _ENTRIES:
        raise RuntimeError(f"{form}: {sent} lines of {_ENTRIES} entries")
    return _ENTRIES / took


async def _serve(download: Response) -> int:
    """The lines that a client would get."""
    lines = 0
    forever = asyncio.Event()

    async def send(message: Message) -> None:
        nonlocal lines
        lines += message.get("body", b"").count(b"\n")

    async def receive() -> Message:
        await forever.wait()
        return {"type": "http.disconnect"}

    await cast("Download", download).serve(receive, send)
    return lines


async def _tick(pauses: list[float]) -> None:
    longest, last = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    finally:
        pauses.append(longest * 1000)


def _copied(here: Exporter) -> float:
    """Rows a second that Postgres hands out by itself."""
    began = time.perf_counter()
    with (
        here.staged.admin() as connection,
        connection.cursor().copy(_ROWS.format(here.reading.log.id).encode()) as rows,
    ):
        count = sum(bytes(piece).count(b"\n") for piece in rows)
    if count < _ENTRIES:
        raise RuntimeError(f"copied {count} rows of {_ENTRIES}")
    return count / (time.perf_counter() - began)
