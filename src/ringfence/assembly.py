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
from ringfence.base.crypto import RecordKey
from ringfence.base.outbound import Outbound
from ringfence.controls.audit import (
    AddressHasher,
    Depot,
    Pen,
    Pruner,
    Publisher,
    Reads,
    Sealer,
    Signers,
    Witnesses,
    host_of,
    parse_witnesses,
)
from ringfence.controls.coordination import Invalidation, Job, Kind, Schedule, expiry
from ringfence.controls.deliveries import Courier, MailSettings, Outbox, Post, Refusals, forget_refusals, post_of
from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.extraction import Extractor
from ringfence.controls.identity import Identity, Means
from ringfence.controls.keystore import FileKeystore, KeyOwner, Keystore, ServerKey
from ringfence.controls.limits import Limits, parse_overrides
from ringfence.controls.objects import TURN_SECONDS, AuditObjects, FileBounds, ObjectStore, Ownership, Place
from ringfence.controls.streams import Follower
from ringfence.controls.streams import Means as StreamMeans
from ringfence.controls.tenancy import ContextKey, Database, refuse_dangerous
from ringfence.controls.vault import PLACES, Rotations, Vault
from ringfence.evidence.caller import Caller
from ringfence.evidence.canaries import Canaries
from ringfence.evidence.probes import Ground
from ringfence.evidence.runner import EVERY as PROBES_EVERY
from ringfence.evidence.runner import Runner
from ringfence.features import audit_streams, files, knowledge, orgs, runs
from ringfence.features.edge import Kernel
from ringfence.features.files.reading import Reading
from ringfence.features.ops import Told
from ringfence.features.runs.models import Access, ModelConfig, Models
from ringfence.settings import Settings

_KEY_CHECK = timedelta(seconds=60)
_CANARIES_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the root of a process hands to the application."""

    settings: Settings
    keystore: Keystore
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


async def open_process(
    parts: Parts, stack: AsyncExitStack, works: Works | None = None
) -> tuple[Kernel, runs.Engine, knowledge.Search]:
    """Opens handles in the order of their need, and leaves their closing on the stack in reverse."""
    settings, keystore = parts.settings, parts.keystore
    database = Database(parts.database_url, keys=parts.context_key, size=settings.database_connections)
    stack.push_async_callback(database.close)
    await refuse_dangerous(database)
    egress = Egress(parse_named(settings.egress_allow))
    stack.push_async_callback(egress.close)
    kernel = make_kernel(parts, database, egress)
    stack.push_async_callback(kernel.reads.flush)  # once nobody asks any more
    stack.push_async_callback(kernel.identity.attempts.flush)
    await _catch_up(kernel)
    outbound = Outbound()
    stack.push_async_callback(outbound.close)
    access = model_access(settings)
    known = knowledge.open_knowledge(kernel, outbound, embedding_model(settings), holder=ids.new())
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
        search=known.search,
        most=works.runs,
        look_s=works.look_s,
        share=runs.Share(settings.organization_runs, settings.organization_waiting_runs),
    )
    courier = Courier(database, kernel.vault, post_for(settings), holder=engine.holder)
    schedule = _schedule(kernel, engine, courier)
    runner = make_runner(parts.settings, kernel, outbound, holder=engine.holder, schedule=schedule)
    schedule.register(Job("probes", PROBES_EVERY, runner.round))
    schedule.register(Job("probe_results", timedelta(hours=1), runner.thin))
    _rotate_by_themselves(settings, schedule, make_rotations(settings, kernel, holder=engine.holder), keystore)
    for name, task in {
        "invalidation": kernel.invalidation.run,
        "schedule": schedule.run,
        "keystore": keystore.keep,
        "deliveries": courier.run,
        "reading": make_reading(settings, kernel, known, holder=engine.holder).run,
        "files": files.Attendant(kernel, holder=engine.holder).run,
        "refusals": partial(kernel.refusals.run, database, kernel.outbox, holder=engine.holder),
        "context_key": lambda: _follow_context_key(database, parts.context_root),
    }.items():
        _keep_running(stack, name, task)
    if known.work is not None:
        _keep_running(stack, "embeddings", known.work.run)
    stack.push_async_callback(partial(courier.drain, within_s=settings.drain_seconds))
    _keep_log(stack, kernel, settings, holder=engine.holder)
    parts.on_stop.append(engine.begin_drain)
    await engine.start()
    stack.push_async_callback(partial(engine.drain, within_s=settings.drain_seconds))
    return kernel, engine, known.search


async def _catch_up(kernel: Kernel) -> None:
    """What became of keys while this process did not run; before anything is served."""
    await kernel.invalidation.poll()
    await orgs.repeat_destructions(kernel)
    await asyncio.to_thread(kernel.keystore.create, KeyOwner.platform())


def make_follower(kernel: Kernel, *, holder: UUID) -> Follower:
    """What carries the audit log to its streams in this process."""
    return Follower(StreamMeans(kernel.database, kernel.outbox, audit_streams.carrier_of(kernel), holder))


def make_reading(settings: Settings, kernel: Kernel, known: knowledge.Knowledge, *, holder: UUID) -> Reading:
    """What takes the text out of files in this process, and enters it for the search."""
    extractor, indexers = Extractor(settings.extraction), (known.indexer,)
    return Reading(kernel.database, kernel.vault, kernel.objects, extractor, holder=holder, indexers=indexers)


def model_access(settings: Settings) -> ModelConfig:
    """What the operator configured for each vendor of models."""
    return ModelConfig(
        openai=Access(settings.openai_api_key, settings.openai_base_url),
        anthropic=Access(settings.anthropic_api_key, settings.anthropic_base_url),
        google=Access(settings.google_api_key, settings.google_base_url),
        xai=Access(settings.xai_api_key, settings.xai_base_url),
    )


def embedding_model(settings: Settings) -> knowledge.EmbeddingModel | None:
    """The model of search by meaning, where the operator named one."""
    if settings.embedding_model is None:
        return None
    return knowledge.EmbeddingModel(settings.embedding_model, settings.openai_api_key, settings.openai_base_url)


def make_kernel(parts: Parts, database: Database, egress: Egress | None = None) -> Kernel:
    """The handles over one database; nothing runs in the background yet. A command needs no `egress` to share."""
    settings, keystore = parts.settings, parts.keystore
    is_development = settings.mode == "development"
    ip_key = keystore.server_key(ServerKey.IP_HASH).reveal()
    keystore.server_key(ServerKey.REQUEST_HASH)  # made or read now, not in somebody's request
    refusals = Refusals()
    vault = Vault(keystore, refused=refusals.note, version=settings.record_version)
    invalidation = Invalidation(database)
    addresses = AddressHasher(ip_key)
    invalidation.subscribe(Kind.KEY, keystore.forget_subject, forget_all=keystore.forget_all)
    limits = Limits(database, key=ip_key, rules=parse_overrides(settings.limits), is_development=is_development)
    egress = egress or Egress(parse_named(settings.egress_allow))
    # Nobody else's database has the store in our data directory.
    adopts = settings.objects_url is None
    ownership = Ownership(database, _place(settings), host=host_of(settings.audience), adopts=adopts)
    means = Means.gather(
        database=database,
        vault=vault,
        keystore=keystore,
        invalidation=invalidation,
        limits=limits,
        addresses=addresses,
        egress=egress,
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
        reads=Reads(database, addresses),
        publisher=make_publisher(settings, keystore, database, ownership),
        outbox=Outbox(vault),
        objects=ObjectStore(_place(settings), ownership.hold),
        cursor_key=keystore.server_key(ServerKey.CURSOR_MAC).reveal(),
        audience=settings.audience,
        is_development=is_development,
        egress=egress,
        egress_named=parse_named(settings.egress_allow),
        key_kept_days=settings.key_kept_days,
        refusals=refusals,
        file_bounds=FileBounds(
            settings.file_bytes,
            settings.organization_file_bytes,
            settings.user_files,
            settings.clamav,
            settings.unsent_file_days,
        ),
        ownership=ownership,
    )


def make_publisher(settings: Settings, keystore: Keystore, database: Database, ownership: Ownership) -> Publisher:
    """What publishes the audit log: for whoever asks for what is newest, and in the background where it runs."""
    host = host_of(settings.audience)
    objects = AuditObjects(_place(settings), ownership.hold)
    depot = Depot(objects, RecordKey(keystore.server_key(ServerKey.AUDIT_BUNDLES)))
    named = parse_witnesses(settings.audit_witnesses)
    witnesses = Witnesses(named, Outbound()) if named else None
    return Publisher(
        database,
        depot,
        Pen(host, Signers(keystore, host), witnesses),
        holder=ids.new(),
        idle_seconds=settings.audit_publish_seconds,
    )


def _place(settings: Settings) -> Place:
    return Place.parse(settings.objects_url, default=settings.data / "objects", endpoint=settings.objects_endpoint)


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
        # Probes open wrong records on purpose.
        vault=kernel.vault.untold(),
        limits=kernel.limits,
        invalidation=kernel.invalidation,
        outbox=kernel.outbox,
        objects=kernel.objects,
        publisher=kernel.publisher,
        http=canaries.http,
        public_url=settings.audience,
        canaries=canaries,
        jobs=schedule.cadences if schedule is not None else {},
        key_max_age=timedelta(days=settings.key_max_age_days) if settings.key_max_age_days is not None else None,
    )
    return Runner(ground, holder)


def post_for(settings: Settings) -> Post:
    """Who carries our mail; BadMailServer says what is missing or wrong in the settings."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url is not None else None
    return post_of(MailSettings(url, settings.mail_from, settings.alerts_to), directory=settings.data / "mail")


def make_rotations(settings: Settings, kernel: Kernel, *, holder: UUID) -> Rotations:
    """The rotation of keys, over every place that holds sealed values."""
    return Rotations(
        kernel.database,
        kernel.keystore,
        kernel.vault,
        kernel.invalidation,
        holder=holder,
        places=(*PLACES, files.Objects(kernel.objects)),
        kept_days=settings.key_kept_days,
    )


def _rotate_by_themselves(settings: Settings, schedule: Schedule, rotations: Rotations, keystore: Keystore) -> None:
    schedule.register(Job("key_rotation", timedelta(minutes=1), rotations.work))
    if settings.key_max_age_days is not None:
        age = timedelta(days=settings.key_max_age_days)
        schedule.register(Job("key_age", timedelta(hours=1), partial(rotations.keep_young, age)))
    if isinstance(keystore, FileKeystore):
        finish = keystore.finish_root

        async def end_old_root() -> int:
            return int(await asyncio.to_thread(finish))

        schedule.register(Job("root_rotation", timedelta(minutes=1), end_old_root))


def _schedule(kernel: Kernel, engine: runs.Engine, courier: Courier) -> Schedule:
    schedule = Schedule(kernel.database, engine.holder)
    schedule.register(expiry(kernel.database))
    schedule.register(Job("audit_retention", timedelta(days=1), Pruner(kernel.database, kernel.publisher.depot).prune))
    schedule.register(Job("enter_counts", timedelta(seconds=20), kernel.reads.enter))
    schedule.register(Job("forget_refusals", timedelta(days=1), partial(forget_refusals, kernel.database)))
    schedule.register(Job("expire_deliveries", timedelta(hours=1), courier.expire))
    unsent = partial(files.drop_unsent, kernel, holder=engine.holder)
    schedule.register(Job("unsent_files", timedelta(hours=1), unsent))
    schedule.register(Job("bury_objects", timedelta(minutes=1), lambda: files.bury(kernel)))
    if kernel.ownership is not None:
        schedule.register(Job("turn_store", timedelta(seconds=TURN_SECONDS), kernel.ownership.turn))
    schedule.register(Job("sweep_objects", timedelta(hours=1), files.Orphans(kernel).sweep))
    schedule.register(Job("sweep_rate_limits", timedelta(minutes=5), kernel.limits.sweep))
    schedule.register(Job("destroy_keys", timedelta(minutes=1), lambda: orgs.finish_destructions(kernel)))
    schedule.register(Job("destroy_again", timedelta(hours=1), lambda: orgs.repeat_destructions(kernel)))
    return schedule


def _keep_log(stack: AsyncExitStack, kernel: Kernel, settings: Settings, *, holder: UUID) -> None:
    """Reads are counted into the log, its entries sealed, its trees published and carried to who asked for it."""
    if kernel.publisher.pen.witnesses is not None:
        stack.push_async_callback(kernel.publisher.pen.witnesses.close)
    _keep_running(stack, "reads", kernel.reads.run)
    _keep_running(stack, "attempts", kernel.identity.attempts.run)
    _keep_running(stack, "sealing", Sealer(kernel.database, holder=holder, check=kernel.publisher.watch).run)
    _keep_running(stack, "publication", kernel.publisher.run)
    follower = make_follower(kernel, holder=holder)
    _keep_running(stack, "audit_streams", follower.run)
    stack.push_async_callback(partial(follower.drain, within_s=settings.drain_seconds))


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
        # Again, for wait_for of Python 3.11 loses a cancellation that comes as what it waits for does.
        while not running.done():
            running.cancel()
            await asyncio.wait([running], timeout=1)

    stack.push_async_callback(stop)
