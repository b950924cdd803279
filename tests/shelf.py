"""Files with their text, put into the index as the product does it, without the way through upload and extraction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.tenancy import Database, OrgScope, Statement, nothing
from ringfence.controls.vault import Vault, fields
from ringfence.features.files import passages
from ringfence.features.files.indexing import Chunk, ReadFile
from ringfence.features.knowledge.indexing import WordIndexer
from ringfence.features.knowledge.search import Asked, Found, Search
from ringfence.features.knowledge.vectors import Vectors
from tests.world import Cast, Stage, plant_cast

_FILE = Statement(
    "insert into app.file (id, user_id, purpose, name, media_type, size_bytes, status) "
    "values ($1, $2, $3, $4, 'text/plain', 1, 'ready')",
    nothing,
)
_DELETE = Statement("delete from app.file where id = $1", nothing)


@dataclass
class Shelf:
    """The files of Rose, Thorn and Briar, and who searches them."""

    database: Database
    keystore: FileKeystore
    vault: Vault
    cast: Cast
    vectors: Vectors | None = None
    embeds: bool = False

    def scope(self, org: OrgId) -> OrgScope:
        return self.cast.as_user(UserId(ids.new()), org, Role.OPERATOR)

    async def put(self, org: OrgId, *texts: str, name: str = "notes.txt", user: UserId | None = None) -> UUID:
        """A file whose chunks are these texts, of the organization's knowledge or of a user's message."""
        return await enter(self.database, self.vault, self.scope(org), texts, name=name, user=user, embeds=self.embeds)

    async def delete(self, org: OrgId, file_id: UUID) -> None:
        await self.database.write(self.scope(org), _DELETE(file_id))

    async def find(
        self, user: UserId, org: OrgId, query: str, *, limit: int = 10, file_ids: Sequence[UUID] | None = None
    ) -> Sequence[Found]:
        search = Search(self.database, self.vault, vectors=self.vectors)
        return await search.find(self.cast.as_user(user, org), Asked(query, user, limit, file_ids))


async def enter(
    database: Database,
    vault: Vault,
    scope: OrgScope,
    texts: Sequence[str],
    *,
    name: str,
    user: UserId | None = None,
    embeds: bool = False,
) -> UUID:
    """A ready file whose chunks are these texts, entered into the index."""
    file = ReadFile(scope, ids.new(), user, "message" if user else "knowledge", name, "text/plain")
    chunks = [Chunk(seq, f"page {seq}", text) for seq, text in enumerate(texts, start=1)]
    sealed = vault.seal_text(file.owner, fields.FILE_NAME, file.id, name)
    indexed = await WordIndexer(vault, embeds=embeds).index(file, chunks)
    async with database.org(scope) as tx:
        await tx.run(
            _FILE(file.id, user, file.purpose, sealed),
            *passages.rows(vault, file.owner, file.id, user, chunks),
            *indexed,
        )
    return file.id


@asynccontextmanager
async def shelf(stage: Stage, data: Path) -> AsyncIterator[Shelf]:
    """The cast with keys of their own, and no file yet."""
    keystore = FileKeystore.beside(data, encryption_key=None)
    try:
        async with stage.open() as database:
            cast = await plant_cast(database)
            for org in (cast.rose, cast.thorn, cast.briar):
                keystore.create(KeyOwner.organization(org))
            for org, user in ((cast.rose, cast.alice), (cast.rose, cast.bob), (cast.thorn, cast.mallory)):
                keystore.create(KeyOwner.user(org, user))
            yield Shelf(database, keystore, Vault(keystore), cast)
    finally:
        keystore.close()
