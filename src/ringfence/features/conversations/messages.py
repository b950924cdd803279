"""Messages, opened: each under the key of the user whose conversation it is."""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal, cast

import msgspec

from ringfence.base.principal import OrgId
from ringfence.controls.vault import KeyOwner, Vault, fields
from ringfence.features.files.indexing import owner_of

from .bodies import CitationOut, ConversationListed, MessageFileOut, MessageOut
from .queries import ListedRow, MessageFileRow, MessageRow

_PREVIEW_CHARACTERS = 80


def listed(vault: Vault, org_id: OrgId, row: ListedRow) -> ConversationListed:
    """The conversation of this row with its first words; Tampered."""
    preview = None
    if row.message_id is not None and row.text is not None:
        owner = KeyOwner.user(org_id, row.user_id)
        text = vault.open_text(owner, fields.MESSAGE_TEXT, row.message_id, row.text)
        preview = " ".join(text.split())[:_PREVIEW_CHARACTERS]
    return ConversationListed(
        id=row.id,
        user_id=row.user_id,
        agent_id=row.agent_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        preview=preview,
    )


def opened(
    vault: Vault, org_id: OrgId, rows: Sequence[MessageRow], files: Sequence[MessageFileRow] = ()
) -> list[MessageOut]:
    """The messages of these rows, each with those of these files that came with it; Tampered."""
    messages: list[MessageOut] = []
    for user_id, group in groupby(rows, key=lambda row: row.user_id):
        owner, said = KeyOwner.user(org_id, user_id), list(group)
        texts = vault.open_texts(owner, fields.MESSAGE_TEXT, ((row.id, row.text) for row in said))
        messages.extend(
            MessageOut(
                id=row.id,
                run_id=row.run_id,
                author=cast("Literal['user', 'assistant']", row.author),
                text=text,
                created_at=row.created_at,
                files=[_file(vault, org_id, one) for one in files if one.message_id == row.id],
                citations=_citations(vault, owner, row),
            )
            for row, text in zip(said, texts, strict=True)
        )
    return messages


def _citations(vault: Vault, owner: KeyOwner, row: MessageRow) -> list[CitationOut]:
    if row.citations is None:
        return []
    data = vault.open(owner, fields.MESSAGE_CITATIONS, row.id, row.citations)
    return [CitationOut.model_validate(one) for one in msgspec.json.decode(data, type=list[dict[str, str]])]


def _file(vault: Vault, org_id: OrgId, row: MessageFileRow) -> MessageFileOut:
    name = vault.open_text(owner_of(org_id, row.user_id), fields.FILE_NAME, row.id, row.name)
    return MessageFileOut(id=row.id, name=name, media_type=row.media_type, size_bytes=row.size_bytes)
