"""Runs on a stage: one kernel, and as many engines as a test wants processes."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import sql

from ringfence.base import clock, ids
from ringfence.base.outbound import Outbound
from ringfence.base.page import Window
from ringfence.base.principal import ActorKind, AgentId, ConversationId, OrgId, Principal, Role, RunId, UserId
from ringfence.controls.audit import Origin
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.tenancy import Database, PartnerScope, Statement, nothing, scope_of
from ringfence.controls.vault import fields
from ringfence.features.conversations.actions import delete as delete_conversation
from ringfence.features.conversations.messages import opened
from ringfence.features.conversations.queries import messages as messages_of
from ringfence.features.edge import Kernel
from ringfence.features.runs import Engine, Share, actions, queries, tools
from ringfence.features.runs.events import START, Position, parse_last_event_id
from ringfence.features.runs.executor import Executor
from ringfence.features.runs.live import Live
from ringfence.features.runs.models import (
    Finish,
    FinishReason,
    ModelConfig,
    ModelDelta,
    ModelRequest,
    Models,
    TextDelta,
    ToolCall,
    Usage,
)
from ringfence.features.runs.records import Event, Records
from ringfence.features.runs.stream import Stream
from ringfence.features.runs.workflow import Workflow
from tests.house import make_kernel
from tests.world import GONE, Cast, Stage, plant_cast

_AGENT = Statement("insert into app.agent (id, name, version) values ($1, 'Concierge', 1)", nothing)
_VERSION = Statement(
    "insert into app.agent_version (agent_id, version, id, digest, model, instructions, tools, limits, fallback, "
    "policy) values ($1, 1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text[], $9::text::jsonb)",
    nothing,
)
# Far longer than a busy machine keeps a process from its heartbeat: a test that means a lease to end lapses it.
LEASE_S = 60.0
PATIENCE_S = 60.0


class Script:
    """A model that says what the test tells it to, piece by piece: text, a call, or a wait for the test's word."""

    def __init__(self, *answers: list[Any]) -> None:
        self.answers = list(answers)
        self.asked: list[ModelRequest] = []
        self.usage = Usage(10, 5)

    def get(self, _name: str) -> "Script":
        return self

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelDelta, None]:
        self.asked.append(request)
        reason = FinishReason.STOP
        for piece in self.answers.pop(0):
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            elif isinstance(piece, float):
                await asyncio.sleep(piece)
            elif isinstance(piece, Exception):
                raise piece
            else:
                reason = FinishReason.TOOL_CALLS if isinstance(piece, ToolCall) else reason
                yield TextDelta(piece) if isinstance(piece, str) else piece
        yield self.usage
        yield Finish(reason)


class Counted:
    """A tool that keeps the keys of its calls; a call whose key ends with `stuck_on` waits for ever, once."""

    def __init__(self, stuck_on: str | None = None) -> None:
        self.keys: list[str] = []
        self._stuck_on = stuck_on

    async def __call__(self, _arguments: str, key: str) -> tools.ToolResult:
        self.keys.append(key)
        if self._stuck_on is not None and key.endswith(self._stuck_on):
            self._stuck_on = None
            await asyncio.sleep(60)
        return tools.ToolResult("12:00", is_error=False)


@dataclass
class Process:
    """One process's kernel and engine."""

    kernel: Kernel
    engine: Engine

    @property
    def executor(self) -> Executor:
        return self.engine.executor


@dataclass
class Theatre:
    """The cast with keys and an agent; processes come and go."""

    stage: Stage
    keystore: FileKeystore
    database: Database
    cast: Cast
    kernel: Kernel
    agent: AgentId
    processes: list[Process] = field(default_factory=list)

    def caller(self, user: UserId | None = None, org: OrgId | None = None, role: Role = Role.MEMBER) -> Principal:
        return Principal(
            kind=ActorKind.USER,
            partner_id=self.cast.northwind,
            role=role,
            issued_at=clock.now(),
            org_id=org or self.cast.rose,
            user_id=user or self.cast.alice,
        )

    def process(
        self,
        models: Any = None,
        *,
        registry: dict[str, tools.Perform] | None = None,
        find: Callable[[str], tools.ToolDeclaration | None] = tools.find,
        lease_s: float = LEASE_S,
        most: int = 256,
        share: Share | None = None,
        http: tools.HttpTools | None = None,
    ) -> Process:
        """A process that does nothing by itself: tests beat and claim."""
        kernel = self.kernel
        live = Live()
        story = Workflow(
            self.database, kernel.vault, models or Models(ModelConfig(), Outbound()), live, find, registry, http
        )
        resume = kernel.identity.resume
        executor = Executor(
            self.database,
            live=live,
            story=story,
            resume=resume,
            holder=ids.new(),
            lease_s=lease_s,
            most=most,
            share=share,
        )
        process = Process(kernel, Engine(executor, live))
        self.processes.append(process)
        return process

    async def make_agent(
        self,
        model: str = "scripted:fast",
        *fallback: str,
        limits: dict[str, int] | None = None,
        policy: dict[str, str] | None = None,
    ) -> AgentId:
        agent_id, version_id, vault = AgentId(ids.new()), ids.new(), self.kernel.vault
        owner = KeyOwner.partner(self.cast.northwind)
        instructions = vault.seal_text(owner, fields.AGENT_VERSION_INSTRUCTIONS, version_id, "Be brief.")
        sealed = vault.seal_json(owner, fields.AGENT_VERSION_TOOLS, version_id, [{"name": "current_time"}])
        names = (model, instructions, sealed, json.dumps(limits or {}), list(fallback), json.dumps(policy or {}))
        version = _VERSION(agent_id, version_id, b"digest", *names)
        await self.database.write(PartnerScope(self.cast.northwind), _AGENT(agent_id), version)
        return agent_id

    async def start(
        self,
        process: Process,
        text: str,
        *,
        conversation: ConversationId | None = None,
        caller: Principal | None = None,
        agent: AgentId | None = None,
    ) -> actions.Started:
        caller = caller or self.caller()
        order = actions.Order(agent or self.agent, text, conversation)
        prepared = actions.prepare(self.kernel.vault, process.engine, caller, order, origin=Origin.internal())
        return await actions.start(self.database, process.engine, prepared)

    def stream(
        self, process: Process, run_id: RunId, position: Position = START, *, caller: Principal | None = None
    ) -> Stream:
        caller = caller or self.caller()
        return Stream(
            self.database,
            self.kernel.vault,
            process.engine.live,
            scope=scope_of(caller),
            run_id=run_id,
            user_id=caller.user_id or self.cast.alice,
            position=position,
            is_valid=lambda: True,
        )

    async def run(self, run_id: RunId, caller: Principal | None = None) -> queries.RunRow:
        return (await self.database.read(scope_of(caller or self.caller()), queries.run(run_id)))[0][0]

    async def cancel(self, process: Process, run_id: RunId, *, caller: Principal | None = None) -> queries.RunRow:
        caller = caller or self.caller()
        vault, origin = self.kernel.vault, Origin.internal()
        return await actions.cancel(self.database, vault, process.engine, caller, run_id, origin=origin)

    async def messages(self, conversation_id: ConversationId) -> list[tuple[str, str]]:
        window = Window(100, None)
        wanted = messages_of(conversation_id, window)
        rows = (await self.database.read(scope_of(self.caller()), wanted))[0]
        said = opened(self.kernel.vault, self.cast.rose, rows)
        return [(one.author, one.text) for one in reversed(said)]

    async def delete(self, conversation_id: ConversationId) -> None:
        caller = self.caller()
        async with self.database.org(scope_of(caller)) as tx:
            await delete_conversation(tx, caller, conversation_id, origin=Origin.internal())

    def count(self, table: str, column: str, value: object) -> int:
        wanted = sql.SQL("select count(*) from app.{} where {} = %s").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        with self.stage.admin() as admin:
            return (admin.execute(wanted, [value]).fetchone() or (0,))[0]

    @staticmethod
    def position(events: list[tuple[str, str, Any]]) -> Position:
        return parse_last_event_id(events[-1][0])

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cuts the application's role off from the database, as a server that is gone does."""
        with self.stage.admin() as admin:
            name = admin.info.dbname
            limit = sql.SQL("alter database {} connection limit {}")
            admin.execute(limit.format(sql.Identifier(name), sql.Literal(0)))
            admin.execute(GONE)
            try:
                yield
            finally:
                admin.execute(limit.format(sql.Identifier(name), sql.Literal(-1)))

    async def kill(self, process: Process) -> None:
        """Ends a process's tasks as kill -9 does, without a word to the database, and lets its leases run out."""
        for task in list(process.executor.tasks):
            task.cancel()
        await asyncio.gather(*process.executor.tasks, return_exceptions=True)
        self.lapse(process)

    def lapse(self, process: Process) -> None:
        """Lets a process's leases run out, as where it sent no heartbeat for a whole one."""
        with self.stage.admin() as admin:
            admin.execute("update app.run_lease set until = 'yesterday' where holder = %s", [process.engine.holder])

    async def said(self, process: Process, run_id: RunId, text: str) -> None:
        """Waits until a run of this process has said that much of its message, stored or not."""

        def is_said() -> bool:
            live = process.engine.live.find(self.cast.rose, run_id)
            return live is not None and text in "".join(entry.text for entry in live.entries)

        await until(is_said)

    async def heard(self, process: Process, run_id: RunId) -> None:
        """Waits until somebody reads a run of this process and has got all that it said so far."""
        await until(lambda: (live := process.engine.live.find(self.cast.rose, run_id)) and live._waiters)

    async def stored(self, run_id: RunId, caller: Principal | None = None) -> list[Event]:
        caller = caller or self.caller()
        rows = (await self.database.read(scope_of(caller), queries.events(run_id, since=0, limit=10_000)))[0]
        records = Records.of(
            self.kernel.vault, org_id=scope_of(caller).org_id, user_id=caller.user_id or self.cast.alice, run_id=run_id
        )
        return records.open(rows)

    async def kinds(self, run_id: RunId) -> list[str]:
        return [event.kind.value for event in await self.stored(run_id)]

    async def final(
        self, run_id: RunId, caller: Principal | None = None, *, claiming: Process | None = None
    ) -> queries.RunRow:
        async with asyncio.timeout(PATIENCE_S):
            while (row := await self.run(run_id, caller)).status not in {*queries.FINAL, queries.Status.WAITING}:
                if claiming is not None:
                    await claiming.executor.claim()
                await asyncio.sleep(0.02)
        return row


@asynccontextmanager
async def theatre(stage: Stage, data: Path) -> AsyncIterator[Theatre]:
    """The cast on this stage, with keys and one agent of the fast scripted model."""
    async with stage.open(size=8) as database:
        keystore = FileKeystore.beside(data, encryption_key=None)
        cast = await plant_cast(database)
        kernel = make_kernel(database, keystore)
        keystore.create(KeyOwner.platform())
        keystore.create(KeyOwner.partner(cast.northwind))
        for org, users in {cast.rose: [cast.alice, cast.bob], cast.thorn: [cast.mallory]}.items():
            keystore.create(KeyOwner.organization(org))
            for user in users:
                keystore.create(KeyOwner.user(org, user))
        made = Theatre(stage, keystore, database, cast, kernel, AgentId(ids.new()))
        made.agent = await made.make_agent()
        try:
            yield made
        finally:
            for process in made.processes:
                await process.engine.drain(within_s=1)
            with stage.admin() as admin:
                admin.execute("delete from app.run_lease")
            keystore.close()


async def until(is_so: Callable[[], object]) -> None:
    """Waits for what shall be and tells nobody, as long as a busy machine may take."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def frames(raw: bytes) -> list[tuple[str, str, Any]]:
    """(id, event, data) of each frame."""
    found = []
    for block in raw.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


async def read(stream: Stream) -> list[tuple[str, str, Any]]:
    """The whole stream's frames."""
    async with asyncio.timeout(PATIENCE_S):
        return frames(b"".join([chunk async for chunk in stream.chunks()]))


def shown(events: list[tuple[str, str, Any]]) -> str:
    """What a reader shows at the end: deltas joined, discarded at a restart, each message's end on its own."""
    done: list[str] = []
    open_text = ""
    for _, kind, data in events:
        if kind == "message.delta":
            open_text += data["text"]
        elif kind == "message.restarted":
            open_text = ""
        elif kind == "message.completed":
            assert data["text"].endswith(open_text) or not open_text
            done.append(data["text"])
            open_text = ""
    return "\n".join([*done, open_text] if open_text else done)
