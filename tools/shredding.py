"""Writes docs/shredding.md: what an erasure reaches in each store, and which tests prove it.

The proofs are the tests that carry the mark `shreds`; a store without one says what is open. `python -m
tools.shredding` writes the page, and tests/lint/test_shredding_page.py holds it against this list and the tests.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "shredding.md"
MARK = "shreds"


@dataclass(frozen=True)
class Store:
    """Where something of the erased may lie."""

    name: str
    holds: str
    how: str
    by: str
    open: str = ""
    """What is not proved, or not built."""


AT_ONCE: Final = "at once, 5 s in every process"
STORES: Final = {
    "rows": Store(
        "Rows and dead tuples",
        "every sealed column of the [data map](datamap.md)",
        "rows deleted in one transaction; what VACUUM has not reached yet is sealed under a key that is gone",
        AT_ONCE,
    ),
    "wal": Store(
        "Write-ahead log and its archive",
        "every row ever written, the erased ones too",
        "the key is destroyed, which never was in the database",
        AT_ONCE,
    ),
    "base": Store(
        "Base backups, point-in-time recovery",
        "the whole cluster as it was, and the log behind it",
        "the same: a restore brings rows back that nobody can open",
        AT_ONCE,
        "re-applying erasures made since, when a backup is restored for good (`ringfence restore`)",
    ),
    "dump": Store("Dumps", "the whole database as SQL", "the same", AT_ONCE),
    "replicas": Store(
        "Replicas",
        "what the write-ahead log brings",
        "as rows and log",
        AT_ONCE,
        "no test of its own with a standby: it is made of the two copies that are tested",
    ),
    "objects": Store(
        "Objects, their versions, and pieces of uploads",
        "files, sealed in chunks; names are random",
        "doomed in the transaction of the erasure and swept; copies and versions are sealed under a key that is gone",
        "content at once; objects within minutes",
        "deleting the versions that a bucket with versioning keeps: they stay unreadable",
    ),
    "jobs": Store(
        "Tables of jobs, leases and deliveries",
        "ids; messages that wait are sealed",
        "deleted with the rows; leases and work cascade",
        AT_ONCE,
    ),
    "idempotency": Store(
        "Idempotent answers",
        "answers of 24 hours, sealed; keyed hashes of keys and requests",
        "an organization's are deleted; an answer to the partner about an erased user is sealed under that user's key",
        "content at once; its row within 24 hours",
    ),
    "limits": Store(
        "Rate limits and caches", "keyed hashes and times", "nothing to shred: they name nobody", "one window"
    ),
    "search": Store(
        "Search: words and vectors",
        "keyed hashes of words, sealed segments of vectors",
        "cascade with their file; a copy's words are keyed by the owner's index key, which is gone; vectors in memory "
        "are dropped with the key",
        AT_ONCE,
    ),
    "logs": Store(
        "Logs", "events, ids, codes", "nothing to shred: no content, name or address is written", "never there"
    ),
    "statements": Store(
        "Statement logs of the database",
        "nothing: literals, parameters and failing statements are off",
        "the embedded server's settings; `ringfence doctor` says which of them an external server has on",
        "never there",
    ),
    "crash": Store(
        "A crash between rows and key",
        "a key whose rows are gone",
        "the request for its destruction is a row of the erasing transaction; a job finishes it",
        "a minute after the next start",
    ),
    "memory": Store(
        "Unwrapped keys in memory",
        "the keys that a process used in the last five minutes",
        "dropped when the destruction is published; a process that cannot hear of it for 5 s drops all",
        "5 s",
        "core dumps and swap of the machine: the operator's to switch off",
    ),
    "keystore": Store(
        "The keystore and its backups",
        "the keys themselves",
        "survivors are written under a new epoch, whose predecessor's key is destroyed",
        "at once; a copy of before brings keys back until a process starts on it beside the database: keep it 24 hours",
        "a copy of the keystore beside a database as old as itself: neither knows what was erased since",
    ),
    "exports": Store("Exports already made", "nothing: there are none yet", "", "", "exports are not built yet"),
    "traces": Store(
        "Traces and crash reports", "nothing: none are made", "", "", "to be looked at again when tracing is built"
    ),
}
_INTRODUCTION = """\
# What an erasure reaches

Made by `python -m tools.shredding` from the tests that prove it; a test holds this page against them. Erasing an
organization or a user deletes rows and destroys keys: what was copied before cannot be read any more, because the key
that sealed it never lay where the copies come from.

The proof plants canaries through every public input, takes a dump, a base backup, the write-ahead log and the objects,
erases, restores all of it into another server, and tries every key on every sealed value. With the keystore as it is
then, what belongs to those who stay opens, all of it, and of the erased nothing. With the keystore of before everything
opens, so the search finds what is there.

One thing no destruction reaches: **a copy of the keystore that was made before**. Keep its backups apart from the
database's, and for 24 hours at most: that is the true time of shredding.

What stays readable of the erased, in copies from before: random ids, times and states, and the names of things that the
[data map](datamap.md) lists with a reason (an organization's `external_id`, which the partner chose). Of a user erased
alone, the keyed hash of the subject stays in old copies under the organization's key, which lives: whoever has both can
test a guess, and learn nothing else. In the living database: audit entries (ids alone) for a year.
"""


def page() -> str:
    """The page as it should be."""
    proofs = proved()
    tests = sorted({test for found in proofs.values() for test in found})
    lines = [
        _INTRODUCTION,
        "| store | what lies there | how it is shredded | by when | proved by |",
        "|---|---|---|---|---|",
    ]
    for key, store in STORES.items():
        by = ", ".join(str(tests.index(test) + 1) for test in proofs.get(key, ())) or "not proved"
        lines.append(f"| {store.name} | {store.holds} | {store.how} | {store.by} | {by} |")
    lines += ["", "## Tests", ""]
    lines += [f"{number}. `{test}`" for number, test in enumerate(tests, 1)]
    lines += ["", "## Open", ""]
    lines += [f"- **{store.name}**: {store.open}." for store in STORES.values() if store.open]
    return "\n".join(lines) + "\n"


def proved() -> dict[str, list[str]]:
    """The tests that prove each store, as file::name."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").glob("*/test_*.py")):
        for name, stores in _marked(path):
            for store in stores:
                found.setdefault(store, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marked(path: Path) -> Iterator[tuple[str, list[str]]]:
    text = path.read_text(encoding="utf-8")
    if MARK not in text:
        return
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, [store for mark in node.decorator_list for store in _stores(mark)]


def _stores(mark: ast.expr) -> list[str]:
    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == MARK:
        return [str(argument.value) for argument in mark.args if isinstance(argument, ast.Constant)]
    return []


def main() -> None:
    """Writes the page."""
    DOCUMENT.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
