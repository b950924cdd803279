"""Messages, opened: each under the key of the user whose conversation it is."""

from typing import Literal, cast

from ringfence.base.principal import OrgId
from ringfence.controls.vault import KeyOwner, Vault, fields

from .bodies import MessageOut
from .queries import MessageRow


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
