"""What every process is made of: its handles, opened in the order of their need and closed in reverse.

The server (app.py) and the worker (worker.py) open the same; they differ in what they answer and what they execute.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from ringfence.base import ids, log
from ringfence.base.outbound import Outbound
from ringfence.controls.audit import AddressHasher
from ringfence.controls.coordination import Invalidation, Job, Kind, Schedule, expiry
from ringfence.controls.deliveries import Courier, MailSettings, Outbox, Post, post_of
from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.identity import Identity, Means
from ringfence.controls.keystore import FileKeystore, KeyOwner, ServerKey
from ringfence.controls.limits import Limits, parse_overrides
from ringfence.controls.tenancy import ContextKey, Database, refuse_dangerous
from ringfence.controls.vault import Vault
from ringfence.evidence.caller import Caller
from ringfence.evidence.canaries import Canaries
from ringfence.evidence.probes import Ground
from ringfence.evidence.runner import EVERY as PROBES_EVERY
from ringfence.evidence.runner import Runner
from ringfence.features import orgs, runs
from ringfence.features.edge import Kernel
from ringfence.features.ops import Told
from ringfence.features.runs.models import Access, ModelConfig, Models
from ringfence.settings import Settings

_KEY_CHECK = timedelta(seconds=60)
_CANARIES_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the root of a process hands to the application."""

    settings: Settings
    keystore: FileKeystore
    database_url: str
    context_key: ContextKey
    context_root: bytes
    tour: Told = field(default_factory=Told)
    on_stop: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def stop(self) -> None:
        """Tells whoever asked that the process was told to stop; connections are still open."""
        for told in self.on_stop:
            told()


@dataclass(frozen=True, slots=True)
class Works:
    """What one process executes of runs, and how often it looks for more, in seconds."""

    runs: int = 256
    """At most so many at once; 0 leaves every run to other processes."""
    look_s: float = 1.0


async def open_process(parts: Parts, stack: AsyncExitStack, works: Works | None = None) -> tuple[Kernel, runs.Engine]:
    """Opens handles in the order of their need, and leaves their closing on the stack in reverse."""
    settings, keystore = parts.settings, parts.keystore
    database = Database(parts.database_url, keys=parts.context_key, size=settings.database_connections)
    stack.push_async_callback(database.close)
    await refuse_dangerous(database)
    egress = Egress(parse_named(settings.egress_allow))
    stack.push_async_callback(egress.close)
    kernel = make_kernel(parts, database, egress)
    await kernel.invalidation.poll()
    outbound = Outbound()
    stack.push_async_callback(outbound.close)
    access = model_access(settings)
    if access.has_any:
        # Its first import blocks for a while: better now than in somebody's first run.
        outbound.prepare()
    models = Models(access, outbound)
    http = runs.HttpToolbox(database, kernel.vault, egress)
    works = works or Works()
    engine = runs.open_engine(
        kernel,
        models,
        holder=ids.new(),
        lease_seconds=settings.lease_seconds,
        http=http,
        most=works.runs,
        look_s=works.look_s,
        share=runs.Share(settings.organization_runs, settings.organization_waiting_runs),
    )
    courier = Courier(database, kernel.vault, post_for(settings), holder=engine.holder)
    schedule = _schedule(kernel, engine, courier)
    runner = make_runner(parts.settings, kernel, outbound, holder=engine.holder, schedule=schedule)
    schedule.register(Job("probes", PROBES_EVERY, runner.round))
    schedule.register(Job("probe_results", timedelta(hours=1), runner.thin))
    await asyncio.to_thread(keystore.create, KeyOwner.platform())
    for name, task in {
        "invalidation": kernel.invalidation.run,
        "schedule": schedule.run,
        "deliveries": courier.run,
        "context_key": lambda: _follow_context_key(database, parts.context_root),
    }.items():
        _keep_running(stack, name, task)
    stack.push_async_callback(partial(courier.drain, within_s=settings.drain_seconds))
    parts.on_stop.append(engine.begin_drain)
    await engine.start()
    stack.push_async_callback(partial(engine.drain, within_s=settings.drain_seconds))
    return kernel, engine


def model_access(settings: Settings) -> ModelConfig:
    """What the operator configured for each vendor of models."""
    return ModelConfig(
        openai=Access(settings.openai_api_key, settings.openai_base_url),
        anthropic=Access(settings.anthropic_api_key, settings.anthropic_base_url),
        google=Access(settings.google_api_key, settings.google_base_url),
        xai=Access(settings.xai_api_key, settings.xai_base_url),
    )


def make_kernel(parts: Parts, database: Database, egress: Egress | None = None) -> Kernel:
    """The handles over one database; nothing runs in the background yet. A command needs no `egress` to share."""
    settings, keystore = parts.settings, parts.keystore
    is_development = settings.mode == "development"
    ip_key = keystore.server_key(ServerKey.IP_HASH).reveal()
    vault, invalidation, addresses = Vault(keystore), Invalidation(database), AddressHasher(ip_key)
    invalidation.subscribe(Kind.KEY, lambda _subject: keystore.forget_all(), forget_all=keystore.forget_all)
    limits = Limits(database, key=ip_key, rules=parse_overrides(settings.limits), is_development=is_development)
    means = Means.gather(
        database=database,
        vault=vault,
        keystore=keystore,
        invalidation=invalidation,
        limits=limits,
        addresses=addresses,
        egress=egress or Egress(parse_named(settings.egress_allow)),
        audience=settings.audience,
        is_development=is_development,
        access_life=timedelta(seconds=settings.session_seconds),
    )
    return Kernel(
        database=database,
        keystore=keystore,
        vault=vault,
        identity=Identity(means),
        invalidation=invalidation,
        limits=limits,
        addresses=addresses,
        outbox=Outbox(vault),
        cursor_key=keystore.server_key(ServerKey.CURSOR_MAC).reveal(),
        audience=settings.audience,
        is_development=is_development,
        egress_named=parse_named(settings.egress_allow),
    )


def make_canaries(settings: Settings, kernel: Kernel, outbound: Outbound) -> Canaries:
    """The canary organizations of this deployment, asked at its own public address."""
    http = Caller((settings.probe_url or settings.audience).rstrip("/"), outbound)
    return Canaries(
        kernel.database,
        kernel.keystore,
        kernel.vault,
        kernel.identity,
        http,
        kernel.audience,
        patience_s=_CANARIES_WAIT_S,
    )


def make_runner(
    settings: Settings, kernel: Kernel, outbound: Outbound, *, holder: UUID, schedule: Schedule | None = None
) -> Runner:
    """What runs the probes; without a schedule (a command) whatever the database knows of jobs is looked at."""
    canaries = make_canaries(settings, kernel, outbound)
    if schedule is not None:
        schedule.register(Job("canaries", timedelta(minutes=10), canaries.plant))
    ground = Ground(
        database=kernel.database,
        keystore=kernel.keystore,
        vault=kernel.vault,
        limits=kernel.limits,
        invalidation=kernel.invalidation,
        outbox=kernel.outbox,
        http=canaries.http,
        public_url=settings.audience,
        canaries=canaries,
        jobs=schedule.cadences if schedule is not None else {},
    )
    return Runner(ground, holder)


def post_for(settings: Settings) -> Post:
    """Who carries our mail; BadMailServer says what is missing or wrong in the settings."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url is not None else None
    return post_of(MailSettings(url, settings.mail_from, settings.alerts_to), directory=settings.data / "mail")


def _schedule(kernel: Kernel, engine: runs.Engine, courier: Courier) -> Schedule:
    schedule = Schedule(kernel.database, engine.holder)
    schedule.register(expiry(kernel.database))
    schedule.register(Job("expire_deliveries", timedelta(hours=1), courier.expire))
    schedule.register(Job("sweep_rate_limits", timedelta(minutes=5), kernel.limits.sweep))
    schedule.register(Job("destroy_keys", timedelta(minutes=1), lambda: orgs.finish_destructions(kernel)))
    return schedule


async def _follow_context_key(database: Database, root: bytes) -> None:
    while True:
        await asyncio.sleep(_KEY_CHECK.total_seconds())
        await database.follow_context_key(root)


def _keep_running(stack: AsyncExitStack, name: str, task: Callable[[], Awaitable[None]]) -> None:
    """Runs a background task until the stack closes; one that fails is logged and begins again."""

    async def forever() -> None:
        while True:
            try:
                await task()
            except Exception as failure:  # noqa: BLE001 - a root: the process goes on and says so
                log.error("background_task_failed", failure, job=name)
            await asyncio.sleep(1)

    running = asyncio.create_task(forever(), name=name)

    async def stop() -> None:
        running.cancel()
        await asyncio.wait([running])

    stack.push_async_callback(stop)
