#!/usr/bin/env python3
"""Checks an audit log of Ringfence without Ringfence: this one file, Python 3.9 or later, no network, nothing else.

Keeps AUD-02; proved in tests/promises/test_audit_verifier.py. The formats are told in docs/audit-format.md.

    python3 verify.py EXPORT                    an export: every entry, against the root that the log signed
    python3 verify.py EXPORT --since OLD        ... and that nothing changed since a checkpoint that you kept
    python3 verify.py EXPORT --key KEY          ... signed by a key that you know from elsewhere
    python3 verify.py RECEIPT --key KEY         that one entry is in the log (c2sp.org/tlog-proof@v1)
    python3 verify.py NEW --since OLD --proof P that the log of one checkpoint goes on from another
    python3 verify.py DIRECTORY --key KEY       the tiles of a log, as they lie in the store

A receipt and a directory take --since and --proof, too: a checkpoint that you kept is never passed over.

Exit code: 0 everything holds, 1 something was changed (it says what, and from which index on), 2 could not be checked.
It uses memory for some hundred entries, however long the log is.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple, cast

BLOCK = 256
HASH_BYTES = 32
HEADER_BYTES = 4 << 20
LINE_BYTES = 65_535
_SMALL = 1 << 20
_CHUNK = 1 << 18  # some blocks: few are copied because a chunk ends in them, and a processor's own memory holds it
_SIGHT = 1 << 20
_PENDING = 8 * BLOCK
_TOLD = 20
_RECEIPT = b"c2sp.org/tlog-proof@v1\n"
_FORMAT = "ringfence-audit-export/1"
_KEY_CHANGE = "ringfence-audit-key/v1"
_KEY_LOST = "ringfence-audit-key-lost/v1"
_HEADER = {"format", "log", "origin", "from", "size", "prefix", "keys", "key_changes", "checkpoint", "earlier"}
_INSTANCE = {"checkpoint", "index", "proof", "leaf"}
_EARLIER = 2_000
_KEPT = timedelta(days=363)  # an entry is kept for a year; it can wait for some time until it is sealed
_LOG = re.compile(r"(?:org|partner|platform)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# ---- What is asked, and what was found -------------------------------------------------------------------------------

TAMPERINGS = {
    "edited": "its body was edited",
    "removed": "it was removed",
    "reordered": "the order was changed",
    "inserted": "an entry was inserted that the log never held",
    "duplicated": "an entry stands here a second time",
    "time_changed": "its time was changed",
    "moved": "an entry of another log was moved here",
    "rebuilt": "the tree was rebuilt: another root for what was signed already",
    "truncated": "the tail was cut off and a new checkpoint made",
    "wrong_key": "the signature is not by a key that is trusted",
    "tile_altered": "hashes were altered",
    "index_gap": "the log was signed with a gap in its numbers",
    "malformed": "an entry is not in the one form that the log may write",
    "other_log": "a checkpoint of another log or deployment",
    "not_cosigned": "a witness did not cosign",
}


class Unchecked(Exception):  # noqa: N818 - what it names is the state
    """It could not be checked: cut, unreadable, or of another kind."""


class Finding:
    """Something that does not hold."""

    def __init__(self, kind: str, index: int | None, text: str) -> None:
        """The kind of tampering, the first index that it touches, and how it was seen."""
        self.kind, self.index, self.text = kind, index, text


class Report:
    """What was looked at, what holds, what does not, and what nobody could check."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.kind = "nothing"
        self.facts: dict[str, object] = {}
        self.holds: list[str] = []
        self.notes: list[str] = []
        self.findings: list[Finding] = []
        self.unchecked: list[str] = []

    def bad(self, kind: str, index: int | None, text: str) -> None:
        """Notes what does not hold."""
        self.findings.append(Finding(kind, index, text))

    @property
    def exit_code(self) -> int:
        """0 everything holds, 1 something was changed, 2 something could not be checked."""
        return 1 if self.findings else 2 if self.unchecked or not self.holds else 0

    @property
    def worst(self) -> Finding | None:
        """The finding with the lowest index; those without one come after, and what says least comes last."""
        return min(
            self.findings, key=lambda one: (one.kind == "rebuilt", one.index is None, one.index or 0), default=None
        )

    def as_json(self) -> str:
        """Everything for a machine."""
        worst = self.worst
        return json.dumps(
            {
                "result": ("verified", "tampered", "unchecked")[self.exit_code],
                "kind": self.kind,
                "tampering": worst.kind if worst else None,
                "first_bad_index": worst.index if worst else None,
                **self.facts,
                "holds": self.holds,
                "notes": self.notes,
                "findings": [vars(one) for one in self.findings[:_TOLD]],
                "findings_in_all": len(self.findings),
                "unchecked": self.unchecked,
            },
            indent=2,
        )

    def told(self) -> str:
        """Everything for a person."""
        lines = [f"{name.replace('_', ' '):<11} {value}" for name, value in self.facts.items() if value is not None]
        lines += [f"OK    {one}" for one in self.holds]
        lines += [f"NOTE  {one}" for one in self.notes]
        lines += [
            f"BAD   {'' if one.index is None else f'index {one.index}: '}{one.text}" for one in self.findings[:_TOLD]
        ]
        if len(self.findings) > _TOLD:
            lines.append(f"BAD   ... and {len(self.findings) - _TOLD} more")
        lines += [f"?     {one}" for one in self.unchecked]
        worst = self.worst
        if worst is not None:
            where = "" if worst.index is None else f" First bad index: {worst.index}."
            lines.append(f"TAMPERED: {TAMPERINGS[worst.kind]} ({worst.kind}).{where}")
        else:
            lines.append("VERIFIED" if self.exit_code == 0 else "NOT VERIFIED: it could not be checked.")
        # What an export says of itself is untrusted: nothing of it may steer a terminal.
        return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in "\n".join(lines)) + "\n"


class Asked(NamedTuple):
    """What the customer holds against the log: pinned keys, witnesses, a kept checkpoint, a consistency proof."""

    pins: Sequence[Key]
    witnesses: Sequence[Key]
    since: Checkpoint | None
    proof: tuple[int, int, list[bytes]] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, prints the report, and gives the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Checks an audit log of Ringfence, off-line.")
    parser.add_argument(
        "what", help="an export, a receipt, a checkpoint, a directory of tiles, or - for standard input"
    )
    parser.add_argument("--since", metavar="CHECKPOINT", help="a checkpoint that you kept: nothing changed since then?")
    parser.add_argument("--proof", metavar="FILE", help="a consistency proof from the checkpoint that you kept")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="a key that you trust (repeatable)")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness that must have cosigned"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    chosen = parser.parse_args(arguments)
    report = Report()
    try:
        asked = Asked(
            [Key.parse(one, types=(1,)) for one in chosen.key],
            [Key.parse(one, types=(4,)) for one in chosen.witness],
            Checkpoint.parse(_small(chosen.since)) if chosen.since is not None else None,
            _consistency_file(_small(chosen.proof)) if chosen.proof is not None else None,
        )
        verify(chosen.what, asked, report)
    except Unchecked as failure:
        report.unchecked.append(str(failure))
    except OSError as failure:
        report.unchecked.append(f"{failure.filename or chosen.what} cannot be read: {failure.strerror}")
    sys.stdout.write(report.as_json() + "\n" if chosen.json else report.told())
    return report.exit_code


def verify(what: str, asked: Asked, report: Report) -> None:
    """Looks at what lies at a path, or comes through standard input (`-`), by what its first bytes say that it is."""
    if asked.proof is not None and asked.since is None:
        raise Unchecked("--proof goes on from a checkpoint that you kept: give that one with --since")
    if what == "-":
        _read(sys.stdin.buffer, asked, report)
    elif Path(what).is_dir():
        _Tiles(Path(what), asked, report).run()
    else:
        with Path(what).open("rb") as stream:
            _read(stream, asked, report)


def _read(stream: IO[bytes], asked: Asked, report: Report) -> None:
    head = stream.read(_SMALL)
    if head.startswith(b"{"):
        check_export(Lines(head, stream), asked, report)
    elif len(head) == _SMALL:
        raise Unchecked("this is no export, and too large for a receipt or a checkpoint")
    elif head.replace(b"\r\n", b"\n").startswith(_RECEIPT):
        _receipt(_normal(head), asked, report)
    else:
        _checkpoint(Checkpoint.parse(_normal(head)), asked, report)


def _small(path: str) -> str:
    with Path(path).open("rb") as stream:
        content = stream.read(_SMALL)
    if len(content) == _SMALL:
        raise Unchecked(f"{path} is too large for what it should be")
    return _normal(content)


def _normal(content: bytes) -> str:
    """Text that may have come through a mail program: line ends and the last newline are mended, nothing else."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise Unchecked("this is not UTF-8 text") from failure
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


class Lines:
    """The lines of a stream without their newlines, in bounded memory; Unchecked for one that is too long."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        """Goes on in the stream behind what was read of it."""
        self._text, self._at, self._stream, self._limit = head, 0, stream, HEADER_BYTES

    def __iter__(self) -> Iterator[bytes]:
        """Itself."""
        return self

    def __next__(self) -> bytes:
        """The next line."""
        end = self._text.find(b"\n", self._at)
        while end < 0:
            if len(self._text) - self._at > self._limit:
                raise Unchecked(_TOO_LONG)
            if not self._more():
                rest, self._text, self._at = self._text[self._at :], b"", 0
                # Half a line behind the last newline: either the export was cut there, and the walk says where, or it
                # stands behind the export's end, where nothing may stand.
                if rest:
                    raise _HalfLine
                raise StopIteration
            end = self._text.find(b"\n")
        line = self._text[self._at : end]
        if len(line) > self._limit:
            raise Unchecked(_TOO_LONG)
        self._at, self._limit = end + 1, LINE_BYTES
        return line

    def block(self, count: int) -> tuple[bytes, bytes]:
        """The next lines, so many of them, and the line after them; nothing where that is not in sight. Takes none."""
        while True:
            last, end = self._at, self._at - 1
            for _ in range(count + 1):
                last, end = end, self._text.find(b"\n", end + 1)
                if end < 0:
                    break
            else:
                return self._text[self._at : last], self._text[last + 1 : end]
            if len(self._text) - self._at >= _SIGHT or not self._more():
                return b"", b""

    def skip(self, length: int) -> None:
        """Takes so many bytes of what `block` showed."""
        self._at += length

    def _more(self) -> bool:
        more = self._stream.read(_CHUNK)
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)


class _HalfLine(Exception):  # noqa: N818 - what it names is the line
    """The stream ends within a line."""


_TOO_LONG = f"a line is longer than any that an export may have ({LINE_BYTES:,} bytes)"


# ---- An export: its first line -------------------------------------------------------------------------------------


class Instance:
    """The log's checkpoint as a leaf of the deployment's own tree."""

    def __init__(self, checkpoint: Checkpoint, index: int, proof: list[bytes], leaf_text: str) -> None:
        """The tree's own checkpoint, the leaf's place and proof in it, and the leaf; Unchecked for what is none."""
        self.checkpoint, self.index, self.proof = checkpoint, index, proof
        self.leaf, self.leaf_text = Head.parse(leaf_text), leaf_text


class Header(NamedTuple):
    """An export's first line."""

    log: str
    origin: str
    first: int
    size: int
    prefix: list[bytes]
    keys: list[Key]
    changes: list[Note]
    checkpoint: Checkpoint
    earlier: list[Checkpoint]
    instance: Instance | None

    @classmethod
    def parse(cls, line: bytes) -> Header:
        """Unchecked for what is no first line of an export, or one that contradicts itself."""
        data = _Object(_json(line), _HEADER | {"instance"}, "the first line")
        if data.text("format") != _FORMAT:
            raise Unchecked(f"this is not an export of the form {_FORMAT}: get a newer verify.py")
        made = cls(
            data.text("log"),
            data.text("origin"),
            data.number("from"),
            data.number("size"),
            [_hash(one) for one in data.texts("prefix", 64)],
            [Key.parse(one, types=(1,)) for one in data.texts("keys", 1_000)],
            [Note.parse(one) for one in data.texts("key_changes", 1_000)],
            Checkpoint.parse(data.text("checkpoint")),
            [Checkpoint.parse(one) for one in data.texts("earlier", _EARLIER)],
            _instance(data.get("instance")),
        )
        if not _LOG.fullmatch(made.log) or made.origin.partition("/audit/")[2] != made.log:
            raise Unchecked("the first line names no log, or another one than its origin")
        if made.size < made.first or len(made.prefix) != bin(made.first).count("1"):
            raise Unchecked("the first line contradicts itself: from, size and prefix do not fit")
        return made


def _instance(value: object) -> Instance | None:
    if value is None:
        return None
    data = _Object(value, _INSTANCE, "instance")
    proof = [_hash(one) for one in data.texts("proof", 64)]
    return Instance(Checkpoint.parse(data.text("checkpoint")), data.number("index"), proof, data.text("leaf"))


def check_export(lines: Iterator[bytes], asked: Asked, report: Report) -> None:
    """Checks an export by its lines; Unchecked where its first line cannot be read."""
    report.kind = "export"
    header = Header.parse(_first(lines))
    report.facts = {
        "log": header.log,
        "origin": header.origin,
        "from": header.first,
        "size": header.size,
        "signed_at": header.checkpoint.head.time,
    }
    trust = Trust.of(header, asked, report)
    checkpoint = header.checkpoint
    if checkpoint.head.origin != header.origin:
        report.bad("other_log", None, f"the checkpoint is of {checkpoint.head.origin}, the export of {header.origin}")
    if checkpoint.head.size > header.size:
        text = f"the checkpoint signs {checkpoint.head.size:,} entries, and the export ends before {header.size}"
        report.bad("removed", header.size, f"{text}: the tail is missing")
    elif checkpoint.head.size < header.size:
        said = f"the checkpoint signs {checkpoint.head.size:,} entries and no more"
        report.bad("inserted", checkpoint.head.size, f"{said}: what comes after it was never signed")
    if trust.accepts(checkpoint, "the checkpoint"):
        report.holds.append(
            f"the checkpoint of {checkpoint.head.size:,} entries is signed by {trust.signer(checkpoint)}"
        )
    watches = _watches(header, trust, asked, report)
    _witnessed(header, asked, report)
    heads = [watch.head for watch in watches] + ([asked.since.head] if asked.since else [])
    Walk(header, report, watches, _young_from(heads, checkpoint.head)).run(lines)


def _young_from(heads: list[Head], newest: Head) -> int | None:
    """From which index on nothing can have been pruned: what was no part of the log a year ago is younger than that."""
    now = max(filter(None, (_moment(newest), datetime.now(timezone.utc))))
    times = [(head.size, _moment(head)) for head in heads]
    return min((size for size, time in times if time is not None and time > now - _KEPT), default=None)


def _moment(head: Head) -> datetime | None:
    try:
        return datetime.strptime(head.time or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _first(lines: Iterator[bytes]) -> bytes:
    try:
        return next(lines, b"")
    except _HalfLine as failure:
        raise Unchecked("the export was cut in its first line") from failure


class Watch(NamedTuple):
    """A root that the tree must have at a size, and where that is known from."""

    head: Head
    source: str


def _watches(header: Header, trust: Trust, asked: Asked, report: Report) -> list[Watch]:
    """The signed sizes that the walk comes past; those that it cannot see are held against each other or told."""
    found: list[Watch] = []
    sizes = [one.head.size for one in header.earlier]
    if sizes != sorted(set(sizes)) or (sizes and sizes[-1] > header.size):
        raise Unchecked("the first line contradicts itself: the earlier checkpoints do not ascend")
    older = 0
    for one in header.earlier:
        if one.head.origin != header.origin:
            report.bad("other_log", None, f"an earlier checkpoint is of {one.head.origin}")
        elif one.note.signed_by(trust.elders):
            older += 1
        elif trust.accepts(one, f"the earlier checkpoint of size {one.head.size}") and one.head.size >= header.first:
            found.append(Watch(one.head, "earlier"))
    if older:
        report.notes.append(
            f"{older:,} earlier checkpoints are by a key before the one that is trusted, and were not used"
        )
    if header.instance is not None:
        _in_instance(header, header.instance, trust, report)
        if header.first <= header.instance.leaf.size <= header.size:
            found.append(Watch(header.instance.leaf, "instance"))
    if asked.since is not None:
        found += _since(header, asked.since, trust, asked, report)
    return sorted(found, key=lambda one: one.head.size)


def _since(header: Header, kept: Checkpoint, trust: Trust, asked: Asked, report: Report) -> list[Watch]:
    if kept.head.origin != header.origin:
        raise Unchecked(f"the checkpoint that you kept is of {kept.head.origin}, and this export of {header.origin}")
    if not trust.accepts(kept, "the checkpoint that you kept"):
        return []
    if kept.head.size > header.size:
        text = f"you kept a checkpoint of {kept.head.size:,} entries; this export and its checkpoint have"
        report.bad("truncated", header.size, f"{text} {header.size:,}: the tail was cut off")
        return []
    if kept.head.size >= header.first:
        return [Watch(kept.head, "since")]
    if asked.proof is None:
        text = f"your checkpoint has {kept.head.size:,} entries, and this export begins after them, at {header.first}"
        report.unchecked.append(f"{text}: export from {kept.head.size} or before, or add --proof")
        return []
    _consistent(kept.head, header.checkpoint.head, asked.proof, report)
    return []


def _in_instance(header: Header, instance: Instance, trust: Trust, report: Report) -> None:
    host = header.origin.partition("/audit/")[0]
    head = instance.checkpoint.head
    if head.origin != f"{host}/audit/instance" or instance.leaf.origin != header.origin:
        report.bad("other_log", None, "the proof in the deployment's own tree is of another log or deployment")
        return
    if not trust.accepts(instance.checkpoint, "the checkpoint of the deployment's own tree"):
        return
    leaf = leaf_hash(instance.leaf_text.encode())
    if root_of_inclusion(leaf, instance.index, head.size, instance.proof) != head.root:
        report.bad("tile_altered", None, "the proof in the deployment's own tree does not lead to its signed root")
    elif instance.leaf.size > header.size:
        text = f"the deployment's own tree holds this log with {instance.leaf.size:,} entries; this export has"
        report.bad("truncated", header.size, f"{text} {header.size:,}: the tail was cut off")
    elif instance.leaf.size < header.first:
        text = (
            f"the deployment's own tree holds a root of this log at {instance.leaf.size:,} entries, before this export"
        )
        report.notes.append(f"{text} begins: whether it is this log's was not checked")
    else:
        text = f"the log's root at {instance.leaf.size:,} entries is in the deployment's own tree"
        report.holds.append(f"{text}, of {head.size:,} leaves")


def _witnessed(header: Header, asked: Asked, report: Report) -> None:
    instance = header.instance
    for witness in asked.witnesses:
        if header.checkpoint.note.signed_by([witness]):
            report.holds.append(f"the witness {witness.name} cosigned this checkpoint")
        elif instance and instance.leaf.size >= header.first and instance.checkpoint.note.signed_by([witness]):
            text = f"the witness {witness.name} cosigned the deployment's own tree, with this log"
            report.holds.append(f"{text} at {instance.leaf.size:,} entries, and nothing after them")
        else:
            report.bad(
                "not_cosigned", None, f"the witness {witness.name} cosigned neither this checkpoint nor the instance's"
            )


# ---- An export: its entries ----------------------------------------------------------------------------------------

_CLEAN = bytes(one for one in range(0x20, 0x80) if one != ord("\\"))
# In text that is clean. What goes on to a quotation mark needs no second try: Python 3.11 and later are told so.
_LETTERS = rb'[^"]*+' if sys.version_info >= (3, 11) else rb'[^"]*'
_WORD = rb'"' + _LETTERS + rb'"'
_WORD_OR_NULL = rb"(?:null|" + _WORD + rb")"
_NUMBER = rb"0|-?[1-9][0-9]{0,14}"
_WORDS = rb"\[(?:" + _WORD + rb"(?:," + _WORD + rb")*)?\]"
_VALUE = rb"(?:" + _WORD + rb"|" + _NUMBER + rb"|null|true|false|" + _WORDS + rb")"
_DETAIL = _WORD + rb":" + _VALUE
# Up to nine details written out, for a group that repeats costs more than all else here: each goes on, or ends it all.
_DETAILS = rb"\{(?:\}|" + _DETAIL + (rb"(?:\}|," + _DETAIL) * 8 + rb"\}" + rb")" * 9
_NAMES = re.compile(rb'"([^"]*)":' + _VALUE).findall
_WHO = rb'\{"id":' + _WORD_OR_NULL + rb',"kind":' + _WORD + rb"\}"
_PLAIN_START = b'{"action":'
_PRUNED = re.compile(rb'\{"index":(0|[1-9][0-9]{0,14}),"pruned":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"\}').fullmatch
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_MEMBERS = (
    (b"action", _WORD),
    (b"actor", _WHO),
    (b"address_hash", _WORD_OR_NULL),
    (b"at", rb'"(' + _LETTERS + rb')"'),  # held against _TIME
    (b"details", rb"(" + _DETAILS + rb")"),
    (b"id", _WORD),
    (b"index", rb"(0|[1-9][0-9]{0,14})"),
    (b"log", b"%s"),
    (b"network", _WORD_OR_NULL),
    (b"outcome", _WORD),
    (b"permission", _WORD_OR_NULL),
    (b"reason", _WORD_OR_NULL),
    (b"request_id", _WORD_OR_NULL),
    (b"target", rb"(?:null|" + _WHO + rb")"),
    (b"v", rb"1"),
)
_TIME, _ZEROS = b'0000-00-00T00:00:00.000000Z"', bytes.maketrans(b"123456789", b"000000000")
_TEXTS = ("action", "outcome", "log", "at", "id")
_TEXTS_OR_NULL = ("address_hash", "network", "permission", "reason", "request_id")


class Plain:
    """Knows nearly every entry of a log at a glance, many at once: two thirds of the time would else go into reading.

    What it passes, `_entry` finds sound, too (a test holds the two against each other). What it does not pass may be
    sound all the same: an entry with an escape, a letter beyond ASCII, or details within details.
    """

    def __init__(self, log: str) -> None:
        """For the entries of one log, by its name."""
        forms = {**dict(_MEMBERS), b"log": b'"' + log.encode() + b'"'}
        body = b",".join(b'"%b":%b' % one for one in forms.items())
        self._find = re.compile(rb"^(\{" + body + rb"\})$", re.MULTILINE).findall

    def read(self, text: bytes, index: int) -> tuple[Sequence[bytes], str, str] | None:
        """The lines, and when the first and the last was made; None unless all are entries, numbered from `index`."""
        breaks = text.translate(None, _CLEAN)  # what is left of clean text
        if breaks.strip(b"\n"):
            return None
        # One match begins at most at each line's start. Where there are as many as lines, none spans two of them.
        rows = self._find(text)
        if len(rows) != len(breaks) + 1:
            return None
        lines, times, details, numbers = zip(*rows)
        if (
            b",".join(numbers) + b"," != b"%d," * len(rows) % tuple(range(index, index + len(rows)))
            or b'"'.join(times).translate(_ZEROS) + b'"' != _TIME * len(rows)
            or not all(map(_is_sorted, set(details)))
        ):
            return None
        return lines, times[0].decode(), times[-1].decode()


def _is_sorted(details: bytes) -> bool:
    """Whether the names in plain details ascend, and so none stands twice."""
    if b"," not in details:
        return True
    names = _NAMES(details)
    return all(one < other for one, other in zip(names, names[1:]))


class Entry:
    """What an entry says of itself; `fault` says why it is none."""

    def __init__(self, index: int = -1, *, is_pruned: bool = False, fault: str = "") -> None:
        """What it does not say is empty, and its index -1."""
        self.index, self.is_pruned, self.fault = index, is_pruned, fault
        self.log = self.at = self.id = ""


def _entry(line: bytes) -> Entry:
    """Reads any line as an entry; slower than `Plain`, and for all that it does not know."""
    try:
        value = _json(line)
        fault = "" if canonical(value) == line else "it is not in canonical form"
    except (Unchecked, ValueError, RecursionError) as failure:
        return Entry(fault=f"it is no JSON: {failure}")
    if not isinstance(value, dict):
        return Entry(fault="it is no object")
    data = cast("dict[str, object]", value)
    index = data.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        return Entry(fault="it has no index")
    if set(data) == {"index", "pruned"}:
        return Entry(index, is_pruned=True, fault=fault)
    said = Entry(index, fault=fault)
    said.log, said.at, said.id = (str(data.get(name)) for name in ("log", "at", "id"))
    if set(data) != {name.decode() for name, _ in _MEMBERS} or not _is_formed(data):
        said.fault = fault or "it has not the members of an entry, or a version that this verify.py does not know"
    elif not _AT.fullmatch(said.at):
        said.fault = fault or "its time is in another form"
    return said


def _is_formed(data: dict[str, object]) -> bool:
    """Whether each member is of its kind."""
    actor, target = data["actor"], data["target"]
    return (
        data["v"] == 1
        and data["v"] is not True
        and all(isinstance(data[name], str) for name in _TEXTS)
        and all(data[name] is None or isinstance(data[name], str) for name in _TEXTS_OR_NULL)
        and isinstance(data["details"], dict)
        and _is_who(actor)
        and (target is None or _is_who(target))
    )


def _is_who(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    named = cast("dict[str, object]", value)
    return set(named) == {"id", "kind"} and all(one is None or isinstance(one, str) for one in named.values())


class Walk:
    """One pass over the entries: each block against its tile, and the tree of all against every signed root."""

    def __init__(self, header: Header, report: Report, watches: list[Watch], young_from: int | None = None) -> None:
        """Begins at the export's first index, with the hashes of what lies before it."""
        self.header, self.report, self.watches, self.young_from = header, report, watches, young_from
        self.tiles = Tree(header.first, list(header.prefix))
        self.entries: Tree | None = None  # its own tree only from the first block on that differs from its tile
        self.first, self.next = header.first, header.first
        self.block: list[bytes] = []
        self.plain = Plain(header.log)
        self.times: list[str] = []
        self.whole = self.pruned = 0
        self.is_plain = True  # no line of this block but those that look like entries
        self.is_broken = False  # a tile is lost, and with it the root of the tiles
        self.differing: list[Finding] = []
        self.forms: list[Finding] = []
        self.gaps: list[tuple[int, int]] = []
        self.gone: dict[int, bytes] = {}
        self.early: dict[int, tuple[bytes, Finding]] = {}
        self.seen: list[tuple[Watch, bool, bool]] = []  # whether the tiles have its root, and the entries
        self.fits: list[tuple[Watch, bool]] = []
        self.tries = _TOLD

    def run(self, lines: Iterator[bytes]) -> None:
        """Reads to the end and tells what was found."""
        self._watch([], [])
        is_whole = False
        try:
            with suppress(_HalfLine):
                is_whole = self._read(lines)
        except Unchecked as failure:
            self.report.unchecked.append(f"{failure}, after index {self.last_whole}")
        self.report.facts.update(
            entries=self.whole + self.pruned,
            pruned=self.pruned,
            oldest=self.times[0] if self.times else None,
            newest=self.times[-1] if self.times else None,
        )
        if is_whole:
            self._judge()
        elif not self.report.unchecked:
            text = "the export was cut: it has no last line"
            self.report.unchecked.append(f"{text}. The last whole entry is index {self.last_whole}")
        if not is_whole:
            self._tell_parts()

    @property
    def last_whole(self) -> int:
        """The index of the last entry that was read."""
        return self.first + len(self.block) - 1

    def _read(self, lines: Iterator[bytes]) -> bool:
        self._glance(lines)
        block = self.block
        for line in lines:
            if line.startswith(_PLAIN_START):
                block.append(line)
                if len(block) < _PENDING:
                    continue
            elif line.startswith(b'{"index":') and b'"tile":"' in line[:40]:
                self._close(line)
                self._glance(lines)
                block = self.block
                continue
            elif line.startswith(b'{"end":'):
                self._end(line)
                if not _is_over(lines):
                    self.report.bad("inserted", self.header.size, "something stands behind the last line")
                return True
            else:
                self.is_plain = False
                block.append(line)
            if len(block) >= _PENDING:
                self._lost("so many entries without their hashes")
                return True
        return False

    def _end(self, line: bytes) -> None:
        if line != b'{"end":true,"size":%d}' % self.header.size:
            self.report.bad("removed", None, "the last line is of an export of another size")
        if self.block:
            self._lost("the last entries")
        if self.first < self.header.size and not self.is_broken:
            self.removed(self.first, self.header.size, {})
            self.is_broken = True

    def _lost(self, what: str) -> None:
        self.differing.append(
            Finding("tile_altered", self.first, f"{what} from index {self.first} on: a line of hashes is missing")
        )
        self.is_broken = True

    def _glance(self, lines: Iterator[bytes]) -> None:
        """Takes block after block while all is as it should be; leaves the first other one to be read line by line."""
        if not isinstance(lines, Lines):
            return
        while not self.block and self.next == self.first:
            if self.first % BLOCK and self.first != self.header.first:
                return
            end = min((self.first // BLOCK + 1) * BLOCK, self.header.size)
            text, tile = lines.block(end - self.first)
            plain = self.plain.read(text, self.first)
            if plain is None:
                return
            entries, oldest, newest = plain
            if max(map(len, entries)) > LINE_BYTES:
                return
            hashes = self._hashes(entries)
            written = binascii.b2a_base64(b"".join(hashes), newline=False)
            if tile != b'{"index":%d,"tile":"%b"}' % (self.first, written):
                return
            lines.skip(len(text) + len(tile) + 2)
            self._confirm(self.first, hashes)
            self._count(len(entries), oldest, newest)
            self._grow(hashes, hashes)

    def _close(self, line: bytes) -> None:
        """Ends a block with its tile."""
        at, hashes = self._tile(line)
        lines, self.block = self.block, []
        if at > self.first:
            lines = self._skip(at, len(hashes), lines)
        elif at < self.first:
            kind = "reordered" if at in self.gone else "duplicated"
            self.differing.append(Finding(kind, at, f"the entries from {at} on stand behind {self.first - 1}"))
            return
        is_misplaced = bool(at % BLOCK) and at != self.header.first
        if is_misplaced or at + len(hashes) > min((at // BLOCK + 1) * BLOCK, self.header.size):
            self.differing.append(
                Finding("tile_altered", at, f"the block at index {at} has another size than it may have")
            )
        own = self._hashes(lines)
        self._confirm(at, hashes)
        if own == hashes:
            self._forms(lines)
        else:
            _Diagnosis(self, at, lines, own, hashes).run()
            self.next = at + len(hashes)
        if self.entries is None and own != hashes:
            self.entries = Tree(self.tiles.size, list(self.tiles.hashes))
        self.first = at
        self._grow(hashes, own)

    def _grow(self, hashes: list[bytes], own: list[bytes]) -> None:
        """Takes a block into the trees: the hashes of its tile, and those of its lines."""
        self._watch(hashes, own)
        self.tiles.extend(hashes)
        if self.entries is not None:
            self.entries.extend(own)
        self.is_plain = True
        self.first += len(hashes)

    def _confirm(self, at: int, hashes: list[bytes]) -> None:
        """Was an entry that stood too early the one that belongs here? If not, it was made up."""
        for index in [one for one in self.early if at <= one < at + len(hashes)]:
            hashed, finding = self.early[index]
            if hashed != hashes[index - at]:
                del self.early[index]
                made_up = Finding("inserted", finding.index, f"{finding.text}, and is not the true one")
                self.differing = [made_up if one is finding else one for one in self.differing]

    def _tile(self, line: bytes) -> tuple[int, list[bytes]]:
        try:
            data = _Object(_json(line), {"index", "tile"}, "a line of hashes")
            content = _base64(data.text("tile"))
            at = data.number("index")
        except Unchecked as failure:
            self.report.bad("tile_altered", self.first, f"a line of hashes is unreadable: {failure}")
            raise Unchecked("a line of hashes is unreadable") from failure
        if len(content) % HASH_BYTES or not 0 < len(content) <= BLOCK * HASH_BYTES:
            self.report.bad("tile_altered", at, "a line of hashes has another length than it may have")
            raise Unchecked("a line of hashes has another length than it may have")
        return at, [content[one : one + HASH_BYTES] for one in range(0, len(content), HASH_BYTES)]

    def _skip(self, at: int, count: int, lines: list[bytes]) -> list[bytes]:
        """The lines of the block at `at`, where the one that should come now has no tile."""
        if len(lines) == at - self.first + count:
            self._lost("entries")
            if self.entries is None:
                self.entries = Tree(self.tiles.size, list(self.tiles.hashes))
            lost, lines = lines[: at - self.first], lines[at - self.first :]
            self.entries.extend(self._hashes(lost))
        else:
            self.removed(self.first, at, {})
            self.gone.update(dict.fromkeys(range(self.first, min(at, self.first + _PENDING)), b""))
            self.is_broken = True
        self.next = at
        return lines

    def removed(self, start: int, end: int, hashes: dict[int, bytes]) -> None:
        """Notes that entries are missing; those that stood too early were told already."""
        missing = [one for one in range(start, end) if one not in self.early] if hashes else [start]
        if not missing:
            return
        self.gone.update({one: hashes[one] for one in missing if one in hashes and len(self.gone) < 100 * BLOCK})
        where = "at its tail" if end == self.header.size else "in its middle"
        where = "at its head" if start == self.header.first else where
        several = f"the entries {start} to {end - 1} are" if end - start > 1 else f"entry {start} is"
        self.differing.append(Finding("removed", start, f"{several} missing {where}"))

    def _hashes(self, lines: Sequence[bytes]) -> list[bytes]:
        digest = hashlib.sha256
        hashes = [digest(b"\0" + one).digest() for one in lines]
        if not self.is_plain:
            hashes = [self._pruned(one) or hashed for one, hashed in zip(lines, hashes)]
        return hashes

    def _pruned(self, line: bytes) -> bytes | None:
        found = _PRUNED(line)
        return binascii.a2b_base64(found[2]) if found else None

    def _forms(self, lines: list[bytes], width: int = BLOCK) -> None:
        """Looks whether entries whose hashes are right say what an entry in their place may say."""
        for start in range(0, len(lines), width):
            part = lines[start : start + width]
            plain = self.plain.read(b"\n".join(part), self.next)
            if plain is not None:
                self._count(len(part), *plain[1:])
            elif width > 1:
                self._forms(part, width // 16)
            else:
                self.whole += 1
                self._unusual(part[0])

    def _count(self, entries: int, oldest: str, newest: str) -> None:
        """Notes whole entries, each in its place."""
        self.times = [*(self.times or [oldest])[:1], newest]
        self.whole += entries
        self.next += entries

    def _unusual(self, line: bytes) -> None:
        found = _PRUNED(line)
        said = Entry(int(found[1]), is_pruned=True) if found else _entry(line)
        if said.fault:
            self.forms.append(Finding("malformed", self.next, f"entry {self.next}: {said.fault}"))
            self.next += 1
            return
        if said.is_pruned:
            self.whole -= 1
            self.pruned += 1
            if self.times:
                self.forms.append(
                    Finding("removed", said.index, f"entry {said.index} is withheld as if it were pruned")
                )
            elif self.young_from is not None and said.index >= self.young_from:
                text = f"entry {said.index} is withheld as if it were pruned, and is younger than the year it is kept"
                self.forms.append(Finding("removed", said.index, text))
        elif said.log != self.header.log:
            self.forms.append(Finding("moved", self.next, f"entry {self.next} says that it belongs to {said.log}"))
            self.next += 1
            return
        else:
            self.times = [*(self.times or [said.at])[:1], said.at]
        self._numbered(said.index)

    def _numbered(self, index: int) -> None:
        """Holds the number that an entry gives itself against the one that should come now."""
        if index > self.next:
            self.gaps.append((self.next, index))
        elif index < self.next:
            inside = [gap for gap in self.gaps if gap[0] <= index < gap[1]]
            self.gaps = [gap for gap in self.gaps if gap not in inside]
            kind = "reordered" if inside else "duplicated"
            where = inside[0][0] if inside else index
            self.forms.append(Finding(kind, where, f"entry {index} stands where {self.next} should"))
            return
        self.next = index + 1

    def _watch(self, hashes: list[bytes], own: list[bytes]) -> None:
        """Holds the trees against the signed roots of sizes within this block."""
        while self.watches and self.watches[0].head.size <= self.first + len(hashes):
            watch = self.watches.pop(0)
            count = watch.head.size - self.first
            is_tiles = self.tiles.goes_to(watch.head, hashes[:count])
            is_own = is_tiles if self.entries is None else self.entries.goes_to(watch.head, own[:count])
            self.seen.append((watch, is_tiles, is_own))

    def _judge(self) -> None:
        """Says what the roots prove, at the end."""
        signed, report = self.header.checkpoint.head.root, self.report
        is_tiles = not self.is_broken and self.tiles.root() == signed
        own = self.entries or self.tiles
        is_entries = (
            own.size == self.header.size and own.root() == signed and (not self.is_broken or self.entries is not None)
        )
        self.fits = [(watch, own if is_entries else tiles) for watch, tiles, own in self.seen]
        if self.differing and is_entries and not is_tiles:
            index = min(one.index or 0 for one in self.differing)
            report.bad(
                "tile_altered", index, f"the hashes at index {index} were altered; the entries give the signed root"
            )
        else:
            report.findings += self.differing
        report.findings += self.forms
        for start, end in self.gaps:
            numbers = f"{start} to {end - 1}" if end - start > 1 else f"{start}"
            if is_entries:
                report.bad(
                    "index_gap",
                    start,
                    f"the log goes from {start - 1} to {end}, and was signed so: {numbers} never was",
                )
            else:
                report.bad("removed", start, f"the entries go from {start - 1} to {end}: {numbers} missing")
        if not is_tiles and not is_entries and not self.is_broken:
            self._rebuilt()
        if (is_tiles or is_entries) and not report.findings:
            count = f"{self.whole:,} entries" + (
                f" and {self.pruned:,} pruned ones, of which the hashes are left," if self.pruned else ""
            )
            report.holds.append(f"{count} give the signed root: none was changed, added, removed or moved")
        self._tell_fits(is_signed=is_tiles or is_entries)

    def _rebuilt(self) -> None:
        """Says between which signed sizes the change lies, where the root is neither the entries' nor the tiles'."""
        low = max([self.header.first, *(watch.head.size for watch, fits in self.fits if fits)])
        high = min([self.header.size, *(watch.head.size for watch, fits in self.fits if not fits)])
        if low == self.header.size:
            self.report.bad(
                "rebuilt", None, "the entries fit an older signed root of this size, and not this checkpoint's"
            )
            return
        text = f"entries and hashes were changed together and do not give the signed root. Up to {low} they fit"
        if not any(fits for _, fits in self.fits):
            text = "entries and hashes were changed together, or the prefix was, and they do not give the signed root"
        self.report.bad("rebuilt", low, f"{text}; the first change lies between index {low} and {high - 1}")

    def _tell_fits(self, *, is_signed: bool) -> None:
        low = self.header.first
        earlier = 0
        for watch, fits in self.fits:
            size, signed = (
                watch.head.size,
                f"of size {watch.head.size:,}, signed {watch.head.time or 'at an unknown time'}",
            )
            if fits:
                low = size
                earlier += watch.source == "earlier"
                if watch.source == "since":
                    self.report.holds.append(
                        f"nothing changed before index {size}: the log goes on from the checkpoint that you kept"
                    )
            elif watch.source == "since":
                text = f"the checkpoint that you kept, {signed}, has another root: what it signed was changed"
                self.report.bad("rebuilt", low, f"{text}, between index {low} and {size - 1}")
            elif is_signed:
                text = f"the checkpoint {signed} has another root: two histories were signed"
                self.report.bad("rebuilt", low, f"{text}. They part between index {low} and {size - 1}")
        if earlier:
            self.report.holds.append(f"{earlier:,} earlier checkpoints have the roots that the entries give")

    def _tell_parts(self) -> None:
        """An export that was not read to its end: what its blocks showed all the same."""
        self.report.findings += [*self.differing, *self.forms]
        sizes = [watch.head.size for watch, fits, _ in self.seen if fits and watch.head.size > self.header.first]
        if sizes and not self.differing:
            self.report.notes.append(f"up to index {max(sizes) - 1} the entries give a root that was signed earlier")


def _is_over(lines: Iterator[bytes]) -> bool:
    try:
        return next(lines, None) is None
    except (_HalfLine, Unchecked):
        return False


class _Diagnosis:
    """A block whose lines are not those of its tile: which line is the one that was changed, and how."""

    def __init__(self, walk: Walk, at: int, lines: list[bytes], own: list[bytes], hashes: list[bytes]) -> None:
        """The lines with their hashes, and the hashes that the tile has, from index `at` on."""
        self.walk, self.at, self.lines, self.own, self.hashes = walk, at, lines, own, hashes
        seats = {one: seat for seat, one in enumerate(hashes)}
        self.seats = [seats.get(one) for one in own]
        self.missing = set(range(len(hashes))) - {seat for seat in self.seats if seat is not None}
        self.highest = -1

    def run(self) -> None:
        """Adds the findings to the walk's."""
        seen: set[int] = set()
        behind: list[int] = []
        for line, hashed, seat in zip(self.lines, self.own, self.seats):
            if seat is None:
                self._unknown(line, hashed)
                continue
            if seat in seen:
                self._found("duplicated", seat, f"entry {self.at + seat} stands here a second time")
            elif seat < self.highest:
                behind.append(seat)
            seen.add(seat)
            self.highest = max(self.highest, seat)
        if behind:
            text = f"entry {self.at + min(behind)} and {len(behind) - 1:,} others stand behind later ones"
            self._found("reordered", min(behind), text)
        hashes = {self.at + seat: self.hashes[seat] for seat in self.missing}
        for start, end in _runs(sorted(self.missing)):
            self.walk.removed(self.at + start, self.at + end, hashes)

    def _found(self, kind: str, seat: int, text: str) -> None:
        self.walk.differing.append(Finding(kind, self.at + seat, text))

    def _unknown(self, line: bytes, hashed: bytes) -> None:
        """A line that the tile does not know: in the place of one that it knows, or beside them."""
        said = _entry(line)
        seat, following = said.index - self.at, self.highest + 1
        if self._is_elsewhere(said, hashed):
            return
        if seat not in self.missing:
            seat = following
        if seat in self.missing:
            self.missing.discard(seat)
            self.highest = max(self.highest, seat)
            self._changed(line, said, seat)
        else:
            self._extra(said)

    def _is_elsewhere(self, said: Entry, hashed: bytes) -> bool:
        """Whether it is an entry of another block: one that was missing there, or one that may be missing later."""
        walk, here = self.walk, self.at + self.highest + 1
        if said.log != walk.header.log or said.fault:
            return False
        text = f"entry {said.index} stands where {here} should"
        if walk.gone.get(said.index) == hashed:
            walk.differing = [one for one in walk.differing if (one.kind, one.index) != ("removed", said.index)]
            walk.differing.append(Finding("reordered", said.index, text))
            return True
        if not self.at + len(self.hashes) <= said.index < walk.header.size or said.index in walk.early:
            return False
        finding = Finding("reordered", here, text)
        walk.early[said.index] = hashed, finding
        walk.differing.append(finding)
        return True

    def _changed(self, line: bytes, said: Entry, seat: int) -> None:
        index = self.at + seat
        if said.is_pruned:
            self._found("tile_altered", seat, f"the hash of the pruned entry {index} was altered")
        elif said.log and said.log != self.walk.header.log:
            self._found("moved", seat, f"entry {index} was replaced by one of {said.log}")
        elif (time := self._true_time(line, said, seat)) is not None:
            self._found(
                "time_changed", seat, f"entry {index} says {said.at}; the log holds {time}, and all else is as it was"
            )
        elif not said.fault and _is_far(said):
            self._found("time_changed", seat, f"entry {index} says {said.at}, far from the time in its own id")
        else:
            self._found("edited", seat, f"entry {index} was edited" + (f": {said.fault}" if said.fault else ""))

    def _true_time(self, line: bytes, said: Entry, seat: int) -> str | None:
        # Bounded, for a forger may edit a million entries.
        self.walk.tries -= 1
        return _true_time(line, said, self.hashes[seat]) if self.walk.tries >= 0 else None

    def _extra(self, said: Entry) -> None:
        seat, walk = self.highest + 1, self.walk
        if said.log and said.log != walk.header.log:
            self._found("moved", seat, f"an entry of {said.log} stands before entry {self.at + seat}")
        elif said.log and walk.header.first <= said.index < self.at:
            text = f"an entry that says it is {said.index} stands before entry {self.at + seat} again"
            self._found("duplicated", seat, text)
        else:
            self._found("inserted", seat, f"an entry that the log never held stands before entry {self.at + seat}")


def _runs(sorted_numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for one in sorted_numbers:
        if start is None or previous is None:
            start = one
        elif one != previous + 1:
            yield start, previous + 1
            start = one
        previous = one
    if start is not None and previous is not None:
        yield start, previous + 1


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_BEFORE_US, _AFTER_US = 30_000, 3_000
_FAR = timedelta(seconds=60)


def _made_at(identifier: str) -> datetime | None:
    """The time in a UUIDv7, to the millisecond (RFC 9562 section 5.7)."""
    if not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", identifier):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(identifier.replace("-", "")[:12], 16))
    except OverflowError:
        return None  # Behind the year 9999.


def _is_far(said: Entry) -> bool:
    made = _made_at(said.id)
    try:
        at = datetime.strptime(said.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return True
    return made is not None and abs(at - made) > _FAR


def _true_time(line: bytes, said: Entry, hashed: bytes) -> str | None:
    """The time that the entry had, where nothing but that was changed.

    An id is made within moments of its entry's time, so the few times that it can have been are tried out.
    """
    made = _made_at(said.id)
    before, mark, after = line.partition(b'"at":"' + said.at.encode() + b'"')
    if made is None or not mark:
        return None
    start = hashlib.sha256(b"\0" + before + b'"at":"')
    for shift in range(-_BEFORE_US, _AFTER_US):
        time = (made + timedelta(microseconds=shift)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        tried = start.copy()
        tried.update(time.encode() + b'"' + after)
        if tried.digest() == hashed:
            return time
    return None


# ---- Receipts, checkpoints, tiles ----------------------------------------------------------------------------------


def _receipt(text: str, asked: Asked, report: Report) -> None:
    """One entry with its proof (c2sp.org/tlog-proof@v1)."""
    report.kind = "receipt"
    head, blank, note = text.partition("\n\n")
    parts = head.split("\n")
    if not blank or len(parts) < 3 or not parts[1].startswith("extra ") or not parts[2].startswith("index "):  # noqa: PLR2004 - its first lines
        raise Unchecked("this is no receipt of an entry: it lacks its entry, its index or its checkpoint")
    leaf, index = _base64(parts[1][6:]), _decimal(parts[2][6:])
    checkpoint = Checkpoint.parse(note)
    said = _entry(leaf)
    report.facts = {"log": said.log, "origin": checkpoint.head.origin, "index": index, "size": checkpoint.head.size}
    report.facts["signed_at"] = checkpoint.head.time
    root = root_of_inclusion(leaf_hash(leaf), index, checkpoint.head.size, [_hash(one) for one in parts[3:]])
    if root != checkpoint.head.root:
        report.bad("edited", index, f"the entry is not at index {index} of the log that was signed, or not as it says")
    elif said.fault:
        report.bad("malformed", index, f"entry {index}: {said.fault}")
    elif said.index != index:
        report.bad("index_gap", index, f"entry {index} says that it is {said.index}")
    elif checkpoint.head.origin.partition("/audit/")[2] != said.log:
        report.bad("moved", index, f"the entry is of {said.log}, and the log is {checkpoint.head.origin}")
    else:
        report.facts["entry"] = leaf.decode()
        report.holds.append(f"the entry is in the tree of {checkpoint.head.size:,} entries, at index {index}")
    _signed(checkpoint, asked, report)
    _goes_on(checkpoint, asked, report)


def _checkpoint(checkpoint: Checkpoint, asked: Asked, report: Report) -> None:
    """A checkpoint alone, or that it goes on from the one that was kept."""
    report.kind = "checkpoint"
    report.facts = {"origin": checkpoint.head.origin, "size": checkpoint.head.size, "signed_at": checkpoint.head.time}
    _signed(checkpoint, asked, report)
    _goes_on(checkpoint, asked, report)


def _goes_on(checkpoint: Checkpoint, asked: Asked, report: Report) -> None:
    """Whether it goes on from the checkpoint that was kept, if one was; Unchecked where nothing shows it."""
    if asked.since is None:
        return
    kept = asked.since
    if kept.head.origin != checkpoint.head.origin:
        raise Unchecked(
            f"the checkpoint that you kept is of {kept.head.origin}, and this one of {checkpoint.head.origin}"
        )
    _signed(kept, asked, report)
    if kept.head.size > checkpoint.head.size:
        text = f"you kept a checkpoint of {kept.head.size:,} entries, and this one has {checkpoint.head.size:,}"
        report.bad("truncated", checkpoint.head.size, text)
    elif asked.proof is None and kept.head.size != checkpoint.head.size:
        raise Unchecked("add --proof with the consistency proof between the two, or check an export")
    else:
        _consistent(kept.head, checkpoint.head, asked.proof or (kept.head.size, kept.head.size, []), report)


def _consistent(old: Head, new: Head, proof: tuple[int, int, list[bytes]], report: Report) -> None:
    if (old.size, new.size) != proof[:2]:
        raise Unchecked(f"the proof is from {proof[0]} to {proof[1]}, not from {old.size} to {new.size}")
    if is_consistent(old, new, proof[2]):
        report.holds.append(
            f"the log of {new.size:,} entries goes on from that of {old.size:,}: none of those was changed"
        )
    else:
        text = f"the log of {new.size:,} entries does not go on from that of {old.size:,}, or the proof is not theirs"
        report.bad("rebuilt", 0, f"{text}; the first change lies between index 0 and {old.size - 1}")


def _signed(checkpoint: Checkpoint, asked: Asked, report: Report) -> None:
    """The signature, where there is a key to check it with."""
    trust = Trust(list(asked.pins), report)
    if not asked.pins:
        report.unchecked.append("nobody's signature was checked: give the log's key with --key")
    elif trust.accepts(checkpoint, f"the checkpoint of size {checkpoint.head.size}"):
        report.holds.append(
            f"the checkpoint of {checkpoint.head.size:,} entries is signed by {trust.signer(checkpoint)}"
        )
    for witness in asked.witnesses:
        if checkpoint.note.signed_by([witness]):
            report.holds.append(f"the witness {witness.name} cosigned it")
        else:
            report.bad("not_cosigned", None, f"the witness {witness.name} did not cosign it")


def _consistency_file(text: str) -> tuple[int, int, list[bytes]]:
    data = _Object(_json(text.encode()), {"from", "to", "hashes"}, "the proof")
    return data.number("from"), data.number("to"), [_hash(one) for one in data.texts("hashes", 128)]


class _Tiles:
    """A log's hash tiles in a directory (c2sp.org/tlog-tiles): each level against the one below, the signed root."""

    def __init__(self, directory: Path, asked: Asked, report: Report) -> None:
        """The directory holds `checkpoint` and `tile`."""
        self.directory, self.asked, self.report = directory, asked, report

    def run(self) -> None:
        """Checks every hash tile that a tree of the signed size has."""
        self.report.kind = "tiles"
        checkpoint = Checkpoint.parse(_small(str(self.directory / "checkpoint")))
        head = checkpoint.head
        self.report.facts = {"origin": head.origin, "size": head.size, "signed_at": head.time}
        _signed(checkpoint, self.asked, self.report)
        tree, altered = Tree(0, []), self.report.findings
        above: dict[int, list[bytes]] = {0: []}
        for number in range((head.size + BLOCK - 1) // BLOCK):
            hashes = self._tile(0, number, min(BLOCK, head.size - number * BLOCK))
            tree.extend(hashes)
            if len(hashes) == BLOCK:
                self._carry(above, 1, number, _fold(hashes))
        for level, hashes in sorted(above.items()):
            if level and hashes:
                number = (head.size >> 8 * level) // BLOCK
                self._compare(level, number, hashes, self._tile(level, number, len(hashes)))
        if tree.root() != head.root:
            index = min((one.index for one in altered if one.index is not None), default=0)
            self.report.bad("tile_altered", index, "the hashes of the lowest level do not give the signed root")
        elif not altered:
            self.report.holds.append(f"every hash tile of {head.size:,} entries is as it was signed")
        _goes_on(checkpoint, self.asked, self.report)

    def _carry(self, above: dict[int, list[bytes]], level: int, number: int, root: bytes) -> None:
        hashes = above.setdefault(level, [])
        hashes.append(root)
        if len(hashes) == BLOCK:
            above[level] = []
            self._compare(level, number // BLOCK, hashes, self._tile(level, number // BLOCK, BLOCK))
            self._carry(above, level + 1, number // BLOCK, _fold(hashes))

    def _compare(self, level: int, number: int, below: list[bytes], hashes: list[bytes]) -> None:
        for seat, (one, other) in enumerate(zip(below, hashes)):
            if one != other:
                index = (number * BLOCK + seat) << 8 * level
                text = f"tile {number} of level {level} and the level below it differ, over the entries from {index} on"
                self.report.bad("tile_altered", index, text)

    def _tile(self, level: int, number: int, width: int) -> list[bytes]:
        digits = f"{number:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[one : one + 3] for one in range(0, len(digits), 3)]
        name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        path = self.directory / "tile" / str(level) / name
        if width < BLOCK and not path.is_file():
            path = self.directory / "tile" / str(level) / f"{name}.p" / str(width)
        with path.open("rb") as stream:
            content = stream.read(BLOCK * HASH_BYTES + 1)
        if len(content) < width * HASH_BYTES or len(content) > BLOCK * HASH_BYTES:
            raise Unchecked(f"{path} has not the length of a tile")
        return [content[one : one + HASH_BYTES] for one in range(0, width * HASH_BYTES, HASH_BYTES)]


# ---- Signed notes, keys and trust (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) ---------------------------------


class Key(NamedTuple):
    """A verifier key: a name, the type of its signatures (1 notes, 4 cosignatures) and an Ed25519 public key."""

    name: str
    id: bytes
    type: int
    public: bytes

    @classmethod
    def parse(cls, text: str, *, types: tuple[int, ...]) -> Key:
        """Unchecked for what is no verifier key, or one whose id is not its own."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):  # noqa: PLR2004 - name, id, key
            raise Unchecked(f"this is no verifier key: {text!r}")
        name, written, content = parts[0], parts[1], _base64(parts[2])
        if len(content) != 1 + HASH_BYTES or content[0] not in types:
            raise Unchecked(f"the verifier key {name} is of another type than is wanted here")
        identifier = hashlib.sha256(name.encode() + b"\n" + content).digest()[:4]
        if identifier.hex() != written:
            raise Unchecked(f"the verifier key {name} was miscopied: its id should be {identifier.hex()}")
        return cls(name, identifier, content[0], content[1:])

    @property
    def line(self) -> str:
        """The verifier key as it is written."""
        return f"{self}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    def __str__(self) -> str:
        """As people tell keys apart."""
        return f"{self.name}+{self.id.hex()}"


class Note(NamedTuple):
    """A text and the signatures under it."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def parse(cls, text: str) -> Note:
        """Unchecked for what is no signed note."""
        body, blank, tail = text.rpartition("\n\n")
        if not blank or not tail.endswith("\n") or len(text) > LINE_BYTES or re.search("[\0-\x09\x0b-\x1f]", text):
            raise Unchecked("this is no signed note: it has no text, a blank line and signatures")
        signatures: list[tuple[str, bytes, bytes]] = []
        for line in tail[:-1].split("\n"):
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1]:  # noqa: PLR2004 - dash, name, signature
                raise Unchecked("this is no signed note: a signature's line is misshapen")
            content = _base64(parts[2])
            signatures.append((parts[1], content[:4], content[4:]))
        return cls(body + "\n", signatures)

    def signed_by(self, keys: Iterable[Key]) -> list[Key]:
        """Those of the keys that signed it; none at all where one's signature does not fit."""
        found: list[Key] = []
        for key in keys:
            for name, identifier, signature in self.signatures:
                if (name, identifier) == (key.name, key.id):
                    if not self._fits(key, signature):
                        return []
                    found.append(key)
        return found

    def _fits(self, key: Key, signature: bytes) -> bool:
        if key.type == 1:
            return verify_ed25519(key.public, self.text.encode(), signature)
        message = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n{self.text}"
        return verify_ed25519(key.public, message.encode(), signature[8:])


class Head(NamedTuple):
    """A checkpoint's text: which log, how large, which root, and when it was signed."""

    origin: str
    size: int
    root: bytes
    time: str | None

    @classmethod
    def parse(cls, text: str) -> Head:
        """Unchecked for what is no checkpoint, and for one of size 0: nothing is proved of an empty tree."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three lines and what follows the last newline
            raise Unchecked("this is no checkpoint: it needs an origin, a size and a root")
        times = [line[5:] for line in lines[3:-1] if line.startswith("time ")]
        head = cls(lines[0], _decimal(lines[1]), _hash(lines[2]), times[0] if times else None)
        if head.size == 0:
            raise Unchecked("a checkpoint of size 0 proves nothing, and is never signed")
        return head


class Checkpoint(NamedTuple):
    """A signed tree head."""

    head: Head
    note: Note

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Unchecked for what is no checkpoint."""
        note = Note.parse(text)
        return cls(Head.parse(note.text), note)


class Trust:
    """The keys that may sign this log: pinned ones, a kept checkpoint's, or what the export says; and their heirs."""

    def __init__(self, keys: list[Key], report: Report) -> None:
        """Begins with keys that are trusted for a reason of the caller's."""
        self.keys, self.report = keys, report
        self.elders: list[Key] = []
        self.unannounced: list[Key] = []

    @classmethod
    def of(cls, header: Header, asked: Asked, report: Report) -> Trust:
        """The keys for an export; notes what they rest on."""
        keys, kept = list(asked.pins), asked.since
        if keys:
            report.facts["keys"] = "pinned: " + ", ".join(map(str, keys))
        elif kept is not None and (keys := kept.note.signed_by(header.keys)):
            report.facts["keys"] = "as in the checkpoint that you kept: " + ", ".join(map(str, keys))
        elif kept is None:
            keys = list(header.keys)
            report.facts["keys"] = "from the export itself: " + ", ".join(map(str, keys))
            text = "the keys come from the export itself. That proves that nothing was changed since it was signed, but"
            report.notes.append(
                f"{text} not by whom: compare the key with one that you got elsewhere, and give it as --key"
            )
        trust = cls(keys, report)
        trust.inherit(header)
        return trust

    def inherit(self, header: Header) -> None:
        """Trusts each key that a trusted one announces, and so on."""
        waiting, count = list(header.changes), -1
        while count != len(self.keys):
            count = len(self.keys)
            for note in list(waiting):
                if note.text.startswith(f"{_KEY_CHANGE}\n") and note.signed_by(self.keys):
                    waiting.remove(note)
                    key = Key.parse(note.text.split("\n")[1], types=(1,))
                    if key not in self.keys:
                        self.keys.append(key)
                        self.report.notes.append(f"an older key announces {key}")
        self._look_back(header, waiting)
        self._without_announcement(header)

    def _look_back(self, header: Header, changes: list[Note]) -> None:
        """Finds the keys before the trusted ones: what they signed long ago is no fraud, and is no proof either."""
        count = -1
        while count != len(self.elders):
            count = len(self.elders)
            known = {key.line for key in (*self.keys, *self.elders)}
            for note in changes:
                if note.text.startswith(f"{_KEY_CHANGE}\n") and note.text.split("\n")[1] in known:
                    older = [key for key in header.keys if key not in self.keys and key not in self.elders]
                    self.elders += note.signed_by(older)

    def _without_announcement(self, header: Header) -> None:
        """Names each key that only says of itself that it follows a lost one: that is no proof that it does."""
        for note in header.changes:
            named = note.text.split("\n")[1:3] if note.text.startswith(f"{_KEY_LOST}\n") else []
            if len(named) != 2:  # noqa: PLR2004 - the new key and the lost one
                continue
            new, lost = (Key.parse(one, types=(1,)) for one in named)
            if not note.signed_by([new]):
                continue
            text = f"an unannounced key: {new} says itself that {lost} was lost and that it follows"
            self.report.notes.append(f"{text}. No earlier key says so: ask whoever runs the log whether it is theirs")
            if new in self.keys and lost not in self.keys:
                self.elders.append(lost)
            elif new not in self.keys:
                self.unannounced.append(new)

    def signer(self, checkpoint: Checkpoint) -> str:
        """Who signed it."""
        return ", ".join(map(str, checkpoint.note.signed_by(self.keys)))

    def accepts(self, checkpoint: Checkpoint, what: str) -> bool:
        """Whether a trusted key signed it; if not, that is a finding."""
        if checkpoint.note.signed_by(self.keys):
            return True
        names = {(key.name, key.id) for key in self.keys}
        named = [f"{name}+{identifier.hex()}" for name, identifier, _ in checkpoint.note.signatures]
        if any((name, identifier) in names for name, identifier, _ in checkpoint.note.signatures):
            text = (
                f"{what} bears the name of {', '.join(named)}, and the signature is not that key's, or not of this text"
            )
        else:
            text = f"{what} is signed by {', '.join(named)}, and by no key that is trusted"
        if checkpoint.note.signed_by(self.unannounced):
            text += ": a key that follows a lost one by its own word alone (trust it with --key once you know it)"
        self.report.bad("wrong_key", None, text)
        return False


# ---- Merkle trees (RFC 6962 section 2.1, RFC 9162 section 2.1) -----------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two sub-trees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The roots of the perfect sub-trees that the first `size` leaves consist of, the largest first."""

    def __init__(self, size: int, hashes: list[bytes]) -> None:
        """Goes on from a compact range."""
        self.size, self.hashes = size, hashes

    def extend(self, leaves: list[bytes]) -> None:
        """Adds leaf hashes."""
        if self.size % BLOCK == 0 and len(leaves) == BLOCK:
            self._push(_fold(leaves), BLOCK)
            return
        for leaf in leaves:
            self._push(leaf, 1)

    def root(self) -> bytes:
        """The root of all leaves."""
        if not self.hashes:
            return hashlib.sha256().digest()
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = node_hash(left, root)
        return root

    def goes_to(self, head: Head, leaves: list[bytes]) -> bool:
        """Whether with these leaves it would have a head's size and root."""
        tree = Tree(self.size, list(self.hashes))
        tree.extend(leaves)
        return tree.size == head.size and tree.root() == head.root

    def _push(self, hashed: bytes, width: int) -> None:
        higher = self.size // width
        while higher & 1:
            hashed = node_hash(self.hashes.pop(), hashed)
            higher >>= 1
        self.hashes.append(hashed)
        self.size += width


def _fold(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    digest, level = hashlib.sha256, hashes
    while len(level) > 1:
        nodes = iter(level)
        level = [digest(b"\x01" + left + right).digest() for left, right in zip(nodes, nodes)]
    return level[0]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2); None where its length is wrong."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(one, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, one)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: Head, new: Head, proof: Sequence[bytes]) -> bool:
    """Whether the newer tree goes on from the older (RFC 9162 section 2.1.4.2); never from an empty one."""
    if not 0 < old.size <= new.size:
        return False
    if old.size == new.size:
        return not proof and old.root == new.root
    path = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        return False
    older = newer = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(one, older), node_hash(one, newer)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, one)
        place, last = place >> 1, last >> 1
    return last == 0 and older == old.root and newer == new.root


# ---- Ed25519 (RFC 8032 section 5.1), strict ------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_I = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]
_ZERO: Point = (0, 1, 1, 0)


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message.

    Stricter than it must be: one encoding of each point and scalar alone, and no point of small order, with which one
    signature could fit many messages. Nothing here is secret, so nothing takes care of time.
    """
    if len(signature) != 2 * HASH_BYTES or len(public) != HASH_BYTES:
        return False
    scalar = int.from_bytes(signature[HASH_BYTES:], "little")
    key, commitment = _point(public), _point(signature[:HASH_BYTES])
    if scalar >= _L or key is None or commitment is None or _is_small(key) or _is_small(commitment):
        return False
    hashed = hashlib.sha512(signature[:HASH_BYTES] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % _L
    left = _times(_base_multiples(), scalar)
    right = _add(commitment, _times(_multiples(public), challenge))
    return _is_equal(left, right)


def _point(encoded: bytes) -> Point | None:
    """RFC 8032 section 5.1.3; None for what is no point, or another encoding of one."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _I % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(one: Point, other: Point) -> Point:
    """RFC 8032 section 5.1.4, in extended coordinates; right for two equal points, too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _is_equal(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % _P == 0 and (one[1] * other[2] - other[1] * one[2]) % _P == 0


def _is_small(point: Point) -> bool:
    for _ in range(3):
        point = _add(point, point)
    return _is_equal(point, _ZERO)


Multiples = list[list[Point]]


def _rows(point: Point) -> Multiples:
    """0 to 3 times 4**row times the point: with them a multiplication is 128 additions."""
    rows: Multiples = []
    for _ in range(128):
        twice = _add(point, point)
        rows.append([_ZERO, point, twice, _add(twice, point)])
        point = _add(twice, twice)
    return rows


@lru_cache(maxsize=16)
def _multiples(public: bytes) -> Multiples:
    point = _point(public)
    return _rows(point or _ZERO)


@lru_cache(maxsize=1)
def _base_multiples() -> Multiples:
    point = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(HASH_BYTES, "little"))
    return _rows(point or _ZERO)


def _times(rows: Multiples, scalar: int) -> Point:
    result = _ZERO
    for row in rows:
        result = _add(result, row[scalar & 3])
        scalar >>= 2
    return result


# ---- JSON, base64 and numbers in their one form --------------------------------------------------------------------

_LARGEST = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]").search  # half a character, which no UTF-8 can write
_DIGITS = 17


def _json(line: bytes) -> object:
    """A JSON value; Unchecked for what is none, for a name that stands twice, and for what only burdens a reader."""
    try:
        return json.loads(
            line.decode("utf-8"), object_pairs_hook=_members, parse_int=_integer, parse_constant=_constant
        )
    except (ValueError, RecursionError) as failure:
        raise Unchecked(f"this is no JSON of ours: {failure}"[:200]) from failure


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return members


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or abs(int(digits)) > _LARGEST:
        raise ValueError("a number is too large")
    return int(digits)


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def canonical(value: object) -> bytes:
    """The value's one form (RFC 8785); ValueError where it has none."""
    return _written(value).encode("utf-8")


def _written(value: object) -> str:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        names = sorted(members, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(name)}:{_written(members[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(one) for one in cast("list[object]", value)) + "]"
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value, ensure_ascii=False)


def _float(value: float) -> str:
    """As ECMAScript writes a number (RFC 8785 section 3.2.2.3)."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - what is not a number is not itself
        raise ValueError("no number")
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or "0")
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if 0 < point <= 21:  # noqa: PLR2004 - as the standard says
        return sign + digits[:point].ljust(point, "0") + ("." + digits[point:] if digits[point:] else "")
    if -6 < point <= 0:  # noqa: PLR2004 - as the standard says
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{point - 1:+d}"


class _Object:
    """A JSON object with known members."""

    def __init__(self, value: object, names: set[str], what: str) -> None:
        """Unchecked unless it has these members and no others."""
        if not isinstance(value, dict) or set(cast("dict[str, object]", value)) != names:
            raise Unchecked(f"{what} has not the members that it should have")
        self._members, self._what = cast("dict[str, object]", value), what

    def get(self, name: str) -> object:
        """Any value."""
        return self._members[name]

    def text(self, name: str) -> str:
        """A string."""
        value = self._members[name]
        if not isinstance(value, str) or _SURROGATE(value):
            raise Unchecked(f"{name} in {self._what} is no text")
        return value

    def number(self, name: str) -> int:
        """A whole number from 0 on."""
        value = self._members[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Unchecked(f"{name} in {self._what} is no number")
        return value

    def texts(self, name: str, most: int) -> list[str]:
        """A list of at most so many strings."""
        value = self._members[name]
        if not isinstance(value, list) or len(cast("list[object]", value)) > most:
            raise Unchecked(f"{name} in {self._what} is no list, or too long")
        found = cast("list[object]", value)
        if not all(isinstance(one, str) and not _SURROGATE(one) for one in found):
            raise Unchecked(f"{name} in {self._what} is no list of texts")
        return cast("list[str]", found)


def _base64(text: str) -> bytes:
    """RFC 4648 section 4, padded and canonical: one way to write each value."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as failure:
        raise Unchecked("this is not base64") from failure
    if base64.b64encode(content).decode() != text:
        raise Unchecked("this is base64 that could be written otherwise")
    return content


def _hash(text: str) -> bytes:
    content = _base64(text)
    if len(content) != HASH_BYTES:
        raise Unchecked("a hash has 32 bytes")
    return content


def _decimal(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,14}", text, re.ASCII):
        raise Unchecked(f"this is no number: {text[:40]!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
