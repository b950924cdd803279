"""Files on the stage of runs: put into the store as an upload leaves them, and read by as many processes as wanted."""

from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import Principal
from ringfence.controls.extraction import Extractor
from ringfence.controls.objects import ObjectKey, ObjectStore
from ringfence.controls.tenancy import Database, Statement, nothing, scope_of
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.features.files import queries
from ringfence.features.files.indexing import Chunk, Indexer, owner_of
from ringfence.features.files.passage_rows import read
from ringfence.features.files.passages import opened
from ringfence.features.files.queries import FileRow
from ringfence.features.files.reading import Reading, ReadingPace
from tests import paperwork

_FILE = Statement(
    "insert into app.file (id, user_id, purpose, name, media_type, size_bytes, object_id, status) "
    "values ($1, $2::uuid, $3, $4, $5, $6, $7, 'processing')",
    nothing,
)
_WORK = Statement("insert into app.file_work (file_id, stage) values ($1, 'read')", nothing)


class Cabinet:
    """The files of a deployment: `put` what was uploaded, `read` it by a process."""

    def __init__(self, database: Database, vault: Vault, objects: ObjectStore) -> None:
        self.database = database
        self.vault = vault
        self.objects = objects

    async def put(
        self,
        caller: Principal,
        data: bytes,
        *,
        name: str = "terms.txt",
        media_type: str = "text/plain",
        is_knowledge: bool = False,
    ) -> UUID:
        """A file that waits to be read."""
        scope, file_id = scope_of(caller), ids.new()
        user_id = None if is_knowledge else caller.user_id
        owner, key = owner_of(scope.org_id, user_id), ObjectKey.new(scope.org_id)
        sealed = self.vault.seal_stream(owner, fields.FILE_CONTENT, file_id, paperwork.stream(data))
        await self.objects.put(key, sealed)
        row = _FILE(
            file_id,
            user_id,
            "knowledge" if is_knowledge else "message",
            self.vault.seal_text(owner, fields.FILE_NAME, file_id, name),
            media_type,
            len(data),
            key.object_id,
        )
        await self.database.write(scope, row, _WORK(file_id))
        return file_id

    async def ready(
        self, caller: Principal, data: bytes, *, name: str = "terms.txt", media_type: str = "text/plain"
    ) -> UUID:
        """A file that was read."""
        file_id = await self.put(caller, data, name=name, media_type=media_type)
        await self.process().read_due()
        return file_id

    def process(self, *indexers: Indexer, pace: ReadingPace | None = None) -> Reading:
        """A process that reads when it is told to."""
        return Reading(
            self.database, self.vault, self.objects, Extractor(), holder=ids.new(), indexers=indexers, pace=pace
        )

    async def row(self, caller: Principal, file_id: UUID) -> FileRow:
        return (await self.database.read(scope_of(caller), queries.get(file_id)))[0][0]

    async def chunks(self, caller: Principal, file_id: UUID, *, owner: KeyOwner | None = None) -> list[Chunk]:
        """What is stored of its text, as this caller finds it."""
        scope = scope_of(caller)
        rows = (await self.database.read(scope, read(file_id, since=1, limit=10_000)))[0]
        held = owner or owner_of(scope.org_id, caller.user_id)
        return [opened(self.vault, held, row) for row in rows]
