"""Built-in tools over files: `read_file` in parts, and `search_files`. What they give was written by others.

Keeps AGT-07, AIS-02 (in part). A run reads the files of its own user and the organization's knowledge, whoever else's
the user's role would see; whatever else a model names is not there.
Proved in tests/promises/test_files_in_runs.py.
"""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import msgspec

from ringfence.base.principal import UserId
from ringfence.base.problem import Problem
from ringfence.controls.tenancy import Bound, Database, Statement
from ringfence.controls.vault import Vault, fields
from ringfence.features.files import passage_rows, passages
from ringfence.features.files.indexing import Chunk, owner_of
from ringfence.features.knowledge import tool
from ringfence.features.knowledge.search import Asked, Search

from . import citing
from .attachments import PART_CHUNKS
from .declaration import ToolDeclaration
from .hold import Hold
from .tools import Perform, ToolResult

_PART: Final = 100_000
READ_FILE: Final = ToolDeclaration(
    name="read_file",
    description="Reads a file that was sent in this conversation, or that a search named, part by part.",
    parameters={
        "type": "object",
        "properties": {
            "file_id": {"type": "string", "format": "uuid", "description": "The file's id"},
            "part": {"type": "integer", "minimum": 1, "maximum": _PART, "description": "Which part; 1 unless told"},
        },
        "required": ["file_id"],
        "additionalProperties": False,
    },
)
SEARCH_FILES: Final = ToolDeclaration(name=tool.NAME, description=tool.DESCRIPTION, parameters=tool.PARAMETERS)
_NOT_THERE: Final = ToolResult("There is no such file.", is_error=True)
_NOTHING: Final = "No passage of any file fits these words. Try other words, or fewer."
_NO_SEARCH: Final = ToolResult("Files cannot be searched here.", is_error=True)


class ReadFileArguments(msgspec.Struct, forbid_unknown_fields=True):
    """The arguments of `read_file`, as its JSON Schema declares them."""

    file_id: UUID
    part: Annotated[int, msgspec.Meta(ge=1, le=_PART)] = 1


@dataclass(frozen=True, slots=True)
class ReadableRow:
    """A file that a run may read; its name is sealed."""

    id: UUID
    user_id: UserId | None
    name: bytes
    status: str
    chunks: int


_READABLE = Statement(
    "select f.id, f.user_id, f.name, f.status, (select count(*) from app.file_chunk c where c.file_id = f.id) "
    "from app.file f where f.id = $1 and (f.user_id is null or f.user_id = $2)",
    ReadableRow,
)


def readable(file_id: UUID, user_id: UserId) -> Bound[ReadableRow]:
    """The file, where it is this user's own or the organization's knowledge."""
    return _READABLE(file_id, user_id)


def find(name: str) -> ToolDeclaration | None:
    """Gives the declaration of a built-in tool over files."""
    return next((one for one in (READ_FILE, SEARCH_FILES) if one.name == name), None)


@dataclass(frozen=True, slots=True)
class FileTools:
    """Reads and searches for the runs of this process."""

    database: Database
    vault: Vault
    search: Search | None = None

    def of(self, name: str, hold: Hold) -> Perform | None:
        """What performs this tool for this run."""
        match name:
            case READ_FILE.name:
                return lambda arguments, _key: self._read(arguments, hold)
            case SEARCH_FILES.name:
                return lambda arguments, _key: self._search(arguments, hold)
            case _:
                return None

    async def _read(self, arguments_json: str, hold: Hold) -> ToolResult:
        wanted = msgspec.json.decode(arguments_json, type=ReadFileArguments)
        first = (wanted.part - 1) * PART_CHUNKS + 1
        found, rows = await self.database.read(
            hold.scope,
            readable(wanted.file_id, hold.user_id),
            passage_rows.read(wanted.file_id, since=first, limit=PART_CHUNKS),
        )
        if not found:
            return _NOT_THERE
        file: ReadableRow = found[0]
        owner = owner_of(hold.scope.org_id, file.user_id)
        name = self.vault.open_text(owner, fields.FILE_NAME, file.id, file.name)
        if not rows:
            return ToolResult(_nothing(file, wanted.part), is_error=bool(file.chunks))
        parts = -(-file.chunks // PART_CHUNKS)
        chunks = [passages.opened(self.vault, owner, row) for row in rows]
        return _told(f"{name}, part {wanted.part} of {parts}", [(file.id, name, chunk) for chunk in chunks])

    async def _search(self, arguments_json: str, hold: Hold) -> ToolResult:
        wanted = msgspec.json.decode(arguments_json, type=tool.SearchFilesArguments)
        if self.search is None:
            return _NO_SEARCH
        try:
            found = await self.search.find(hold.scope, Asked(wanted.query, hold.user_id, wanted.limit))
        except Problem as refused:
            return ToolResult(refused.detail, is_error=True)
        if not found:
            return ToolResult(_NOTHING, is_error=False)
        chunks = [(one.file_id, one.name, Chunk(one.seq, one.locator, one.text)) for one in found]
        return _told("\n".join(dict.fromkeys(f"{one.name}: file_id {one.file_id}" for one in found)), chunks)


def _told(head: str, found: list[tuple[UUID, str, Chunk]]) -> ToolResult:
    sources = [citing.source(file_id, name, chunk) for file_id, name, chunk in found]
    texts = [citing.passage(one, chunk.text) for one, (_, _, chunk) in zip(sources, found, strict=True)]
    return ToolResult("\n\n".join((head, *texts)), is_error=False, sources=tuple(sources))


def _nothing(file: ReadableRow, part: int) -> str:
    if file.chunks:
        return f"The file has {-(-file.chunks // PART_CHUNKS)} parts; there is no part {part}."
    return "There is no text in this file." if file.status == "ready" else f"The file is {file.status}."
