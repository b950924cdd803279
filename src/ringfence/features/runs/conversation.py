"""What was said before: the conversation's newest messages, bounded, as a model reads them."""

from ringfence.controls.tenancy import Database
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import queries
from .hold import Hold
from .models import AssistantTurn, Turn, UserTurn

MESSAGES = 50
CHARS = 64_000


async def past(database: Database, vault: Vault, hold: Hold) -> tuple[Turn, ...]:
    """The turns before this run's, oldest first; the oldest fall away where they are too many or too long."""
    rows = (await database.read(hold.scope, queries.history(hold.conversation_id, but=hold.run_id, limit=MESSAGES)))[0]
    kept: list[tuple[queries.SaidRow, str]] = []
    chars = 0
    for row in rows:
        text = _open(vault, hold, row)
        chars += len(text)
        if chars > CHARS:
            break
        kept.append((row, text))
    # A queued message was stored before the answer to the one before it: the run tells the order, then the message.
    kept.sort(key=lambda one: (one[0].run_id, one[0].id))
    return tuple(UserTurn(text) if row.author == "user" else AssistantTurn(text) for row, text in kept)


def _open(vault: Vault, hold: Hold, row: queries.SaidRow) -> str:
    owner = KeyOwner.user(hold.scope.org_id, row.user_id)
    return vault.open_text(owner, fields.MESSAGE_TEXT, row.id, row.text)
