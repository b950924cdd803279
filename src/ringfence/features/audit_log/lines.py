"""Entries as lines: JSON in the form in which they are sealed, and CSV that no spreadsheet takes for a formula."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, cast

from ringfence.controls.audit import Log
from ringfence.controls.audit.leaf import leaf_data

from .queries import EntryRow

COLUMNS: Final = ("index", *EntryRow._fields[1:])
HEAD: Final = (",".join(COLUMNS) + "\r\n").encode()
# A cell that begins so is a formula to a spreadsheet, in full-width letters, too; a quote in front of it makes it text
# (OWASP, CSV injection).
_FORMULA: Final = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
# Actions, kinds, outcomes, reasons, permissions. Raw SQL can write others: short ones push the oldest out.
_WORDS: Final = 1_024
_WORD_CHARS: Final = 64


def json_lines(log: Log, rows: Sequence[EntryRow]) -> bytes:
    """The leaf data of each entry, from its row as it stands now; `index` is null for one that is not sealed."""
    name = log.name
    lines = [leaf_data(name, cast("int", row.number), row[1:]) for row in rows]
    return b"\n".join([*lines, b""])


def csv_lines(rows: Sequence[EntryRow]) -> bytes:
    """The entries' values in the order of COLUMNS, texts quoted (RFC 4180); null is an empty cell."""
    return "".join(map(_line, rows)).encode()


def _line(row: EntryRow) -> str:
    # Spelled out, with the few words that logs are made of remembered: a loop over cells takes three times as long, and
    # an export is promised 50,000 lines a second. Ids, times and digests are written by the database from columns that
    # hold nothing else, and need no look.
    (
        number, entry_id, at, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission,
        request_id, address_hash, network, details,
    ) = row  # fmt: skip
    return (
        f'{"" if number is None else number},"{entry_id}","{at}",{_word(actor_kind)},{_plain(actor_id)},'
        f"{_word(action)},{_word(target_kind)},{_plain(target_id)},{_word(outcome)},{_word(reason)},"
        f"{_word(permission)},{_cell(request_id)},{_plain(address_hash)},{_word(network)},{_details(details)}\r\n"
    )


def _plain(text: str | None) -> str:
    return "" if text is None else f'"{text}"'


def _details(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if text.startswith("{") else _cell(text)


def _cell(text: str | None) -> str:
    if text is None:
        return ""
    if _FORMULA.match(text) is not None:
        text = "'" + text
    return '"' + text.replace('"', '""') + '"'


_known = lru_cache(maxsize=_WORDS)(_cell)


def _word(text: str | None) -> str:
    return _known(text) if text is None or len(text) <= _WORD_CHARS else _cell(text)
