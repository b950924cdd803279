"""The bodies of files on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ringfence.base.principal import OrgId
from ringfence.controls.vault import Vault, fields
from ringfence.features.edge import Output

from .holding import owner_of
from .queries import FileRow

Status = Literal["uploading", "scanning", "processing", "ready", "refused", "failed"]


class FileOut(Output):
    """A file."""

    id: UUID
    name: str
    media_type: Annotated[str, Field(description="What its content is, whatever was said of it.")]
    size_bytes: int
    status: Annotated[Status, Field(description="Agents read a file once it is ready.")]
    code: Annotated[str | None, Field(description="Why it was refused, or could not be read.")]
    user_id: Annotated[UUID | None, Field(description="Whose it is; null for the organization's knowledge.")]
    created_at: AwareDatetime
    ready_at: AwareDatetime | None


def file_out(vault: Vault, org_id: OrgId, row: FileRow) -> FileOut:
    """The file as callers see it; Tampered."""
    return FileOut(
        id=row.id,
        name=vault.open_text(owner_of(org_id, row.user_id), fields.FILE_NAME, row.id, row.name),
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        status=row.status,  # pyright: ignore[reportArgumentType] - checked by the column's own constraint
        code=row.refused_code,
        user_id=row.user_id,
        created_at=row.created_at,
        ready_at=row.ready_at,
    )
