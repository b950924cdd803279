"""What was said before: the conversation's newest messages, bounded, as a model reads them, and their files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ringfence.controls.tenancy import Database
from ringfence.controls.vault import KeyOwner, Vault, fields

from . import attachments, queries
from .hold import Hold
from .models import AssistantTurn, Turn, UserTurn

MESSAGES = 50
CHARS = 64_000


@dataclass(frozen=True, slots=True)
class Past:
    """The turns before a run's own, and the files of the conversation, the run's own message among them."""

    turns: tuple[Turn, ...] = ()
    files: attachments.Attachments = attachments.NONE


async def past(database: Database, vault: Vault, hold: Hold) -> Past:
    """The turns before this run's, oldest first; the oldest fall away where they are too many or too long."""
    rows, attached = await database.read(
        hold.scope,
        queries.history(hold.conversation_id, but=hold.run_id, limit=MESSAGES),
        attachments.of_conversation(hold.conversation_id),
    )
    files = await attachments.opened(database, vault, hold, attached)
    kept: list[tuple[queries.SaidRow, str]] = []
    chars = 0
    for row, text in _opened(vault, hold, rows):
        chars += len(text)
        if chars > CHARS:
            break
        kept.append((row, text))
    # A queued message was stored before the answer to the one before it: the run tells the order, then the message.
    kept.sort(key=lambda one: (one[0].run_id, one[0].id))
    return Past(
        tuple(
            UserTurn(text, files.by_message.get(row.id, ())) if row.author == "user" else AssistantTurn(text)
            for row, text in kept
        ),
        files,
    )


def _opened(vault: Vault, hold: Hold, rows: Sequence[queries.SaidRow]) -> Iterator[tuple[queries.SaidRow, str]]:
    for user_id, group in groupby(rows, key=lambda row: row.user_id):
        said = list(group)
        sealed = ((row.id, row.text) for row in said)
        texts = vault.open_texts(KeyOwner.user(hold.scope.org_id, user_id), fields.MESSAGE_TEXT, sealed)
        yield from zip(said, texts, strict=True)
