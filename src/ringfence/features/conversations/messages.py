"""Messages, opened: each under the key of the user whose conversation it is."""

from typing import Literal, cast

from ringfence.base.principal import OrgId
from ringfence.controls.vault import KeyOwner, Vault, fields

from .bodies import ConversationListed, MessageOut
from .queries import ListedRow, MessageRow

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


def opened(vault: Vault, org_id: OrgId, row: MessageRow) -> MessageOut:
    """The message of this row; Tampered."""
    owner = KeyOwner.user(org_id, row.user_id)
    return MessageOut(
        id=row.id,
        run_id=row.run_id,
        author=cast("Literal['user', 'assistant']", row.author),
        text=vault.open_text(owner, fields.MESSAGE_TEXT, row.id, row.text),
        created_at=row.created_at,
    )
