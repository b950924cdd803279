"""AUD-02: a customer finds every tampering, off-line, by one file, and learns what was changed and where."""

import base64
import functools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.base import merkle
from ringfence.evidence import verify
from tests import second_audit as second
from tests.audit_logs import HOST, OURS, ROSE, THEIRS, THORN, VERIFY, WITNESS, asked, checked, entry, log_of, streamed

Export = list[bytes]
SIZE = 600
pytestmark = pytest.mark.promise("AUD-02")


@functools.cache
def honest() -> second.Log:
    log = log_of(SIZE)
    log.earlier = [100, 256, 400]
    return log


@functools.cache
def honest_export() -> tuple[bytes, ...]:
    return tuple(honest().export())


def line_of(index: int) -> int:
    """Where entry `index` stands in an export from 0: behind the first line and the tiles before it."""
    return 1 + index + index // 256


def rebuilt(data: list[bytes], signer: second.Signer = OURS, *, earlier: list[int] | None = None) -> second.Log:
    """A log that was made anew, with hashes and a checkpoint that fit."""
    return replace(honest(), data=data, signer=signer, earlier=earlier or [])


def covered(data: list[bytes]) -> Export:
    """Entries and hashes changed together, under the checkpoint that was signed over the true ones."""
    forged = replace(honest(), data=data)
    header = {**honest().header(), "size": len(data)}
    return [second.line(header), *forged.body(), second.end_line(len(data))]


def with_header(export: Export, **changes: object) -> Export:
    return [second.line({**json.loads(export[0]), **changes}), *export[1:]]


# ---- In the export's lines alone: what a clumsy forger does --------------------------------------------------------


def edited(index: int, **changes: Any) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        lines[line_of(index)] = entry(index, **changes)
        return lines

    return tamper


def changed(place: int, **changes: object) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        lines[line_of(place)] = second.line({**json.loads(lines[line_of(place)]), **changes})
        return lines

    return tamper


def removed(*indices: int) -> Callable[[Export], Export]:
    return lambda lines: [one for at, one in enumerate(lines) if at not in {line_of(index) for index in indices}]


def swapped(one: int, other: int) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        lines[line_of(one)], lines[line_of(other)] = lines[line_of(other)], lines[line_of(one)]
        return lines

    return tamper


def put(before: int, new: bytes) -> Callable[[Export], Export]:
    return lambda lines: [*lines[: line_of(before)], new, *lines[line_of(before) :]]


def reserialized(at: int) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        lines[line_of(at)] = json.dumps(json.loads(lines[line_of(at)])).encode()
        return lines

    return tamper


def twice_named(at: int) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        lines[line_of(at)] = lines[line_of(at)].replace(b'"outcome":', b'"outcome":"failure","outcome":')
        return lines

    return tamper


def tile_changed(block: int) -> Callable[[Export], Export]:
    def tamper(lines: Export) -> Export:
        where = min(line_of(block * 256 + 255) + 1, len(lines) - 2)
        row = json.loads(lines[where])
        hashes = bytearray(base64.b64decode(row["tile"]))
        hashes[32 * 7] ^= 1
        lines[where] = second.line({**row, "tile": second.b64(bytes(hashes))})
        return lines

    return tamper


def without_lines(start: int, end: int) -> Callable[[Export], Export]:
    return lambda lines: [*lines[:start], *lines[end:]]


FAR = "2031-01-01T00:00:00.000000Z"
TAMPERINGS: dict[str, tuple[Callable[[Export], Export], str, int | None]] = {
    "body edited": (edited(300, outcome="refused"), "edited", 300),
    "body edited, first": (edited(0, outcome="refused"), "edited", 0),
    "body edited, last": (edited(599, outcome="refused"), "edited", 599),
    "body edited, its index too": (changed(300, index=7, outcome="refused"), "edited", 300),
    "not in canonical form": (reserialized(300), "edited", 300),
    "a name that stands twice": (twice_named(300), "edited", 300),
    "two bodies edited": (lambda one: edited(20, outcome="x")(edited(10, outcome="x")(one)), "edited", 10),
    "removed at the head": (removed(0, 1, 2), "removed", 0),
    "removed in the middle": (removed(300), "removed", 300),
    "removed at the tail": (removed(598, 599), "removed", 598),
    "a whole block removed": (without_lines(258, 515), "removed", 256),
    "the first block removed": (without_lines(1, 258), "removed", 0),
    "the tail removed with its hashes": (without_lines(515, 604), "removed", 512),
    "two neighbours swapped": (swapped(300, 301), "reordered", 300),
    "two far ones swapped in a block": (swapped(270, 400), "reordered", 270),
    "two swapped across blocks": (swapped(10, 400), "reordered", 10),
    "moved to a later block": (lambda one: removed(10)(put(400, entry(10))(one)), "reordered", 10),
    "inserted": (put(300, entry(300, outcome="failure")), "inserted", 300),
    "inserted with an index of its own": (put(300, entry(9_999, outcome="failure")), "inserted", 300),
    "inserted at the end": (put(600, entry(600)), "inserted", 600),
    "duplicated": (put(301, entry(300)), "duplicated", 300),
    "duplicated later": (put(310, entry(300)), "duplicated", 300),
    "duplicated in another block": (put(550, entry(20)), "duplicated", 550),
    "a block duplicated": (lambda one: [*one[:515], *one[258:515], *one[515:]], "duplicated", 256),
    "time changed by a moment": (edited(300, at="2025-08-31T12:05:24.060000Z"), "time_changed", 300),
    "time changed by years": (edited(300, at=FAR), "time_changed", 300),
    "replaced by another organization's": (edited(300, log=THORN), "moved", 300),
    "another organization's put in": (put(300, entry(300, THORN)), "moved", 300),
    "hash altered in a tile": (tile_changed(1), "tile_altered", 263),
    "hash altered in the last tile": (tile_changed(2), "tile_altered", 519),
    "tile removed": (without_lines(514, 515), "tile_altered", 256),
    "junk between entries": (put(300, b"\xff\xfe junk"), "inserted", 300),
    "junk in an entry's place": (lambda one: removed(301)(put(300, b"[[[[")(one)), "edited", 300),
    "something behind the end": (lambda one: [*one, entry(601)], "inserted", 600),
    "a time behind all calendars": (edited(300, id="ffffffff-ffff-7fff-8000-000000000000"), "edited", 300),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_in_an_export_is_named_with_its_place(name: str, capsys: Any, tmp_path: Path):
    tamper, kind, index = TAMPERINGS[name]
    said = said_of(tamper(list(honest_export())), capsys, tmp_path)
    assert (said["result"], said["tampering"], said["first_bad_index"]) == ("tampered", kind, index), said["findings"]
    assert not any("none was changed" in one for one in said["holds"])


def said_of(export: Export | bytes, capsys: Any, folder: Path, *options: str) -> dict[str, Any]:
    """As `checked`, in this process: for tables of cases."""
    file = folder / "export.jsonl"
    file.write_bytes(export if isinstance(export, bytes) else b"".join(one + b"\n" for one in export))
    code = verify.main([str(file), "--json", *options])
    said = json.loads(capsys.readouterr().out)
    assert code == {"verified": 0, "tampered": 1, "unchecked": 2}[said["result"]]
    return said


# ---- With the hashes, or the signer's key, in the forger's hands ---------------------------------------------------


def test_an_entry_edited_along_with_its_hashes_is_placed_between_two_signed_sizes(capsys: Any, tmp_path: Path):
    data = list(honest().data)
    data[300] = entry(300, outcome="refused")
    said = said_of(covered(data), capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("rebuilt", 256)
    assert "between index 256 and 399" in said["findings"][0]["text"]


def test_an_entry_removed_along_with_its_hashes_is_found_by_the_numbers(capsys: Any, tmp_path: Path):
    said = said_of(covered([*honest().data[:300], *honest().data[301:]]), capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("removed", 300)
    swapped_data = list(honest().data)
    swapped_data[300], swapped_data[301] = swapped_data[301], swapped_data[300]
    said = said_of(covered(swapped_data), capsys, tmp_path)
    assert {(one["kind"], one["index"]) for one in said["findings"]} >= {("reordered", 300), ("rebuilt", 256)}


@pytest.mark.parametrize("behind", [entry(601), b"x", b"x" * 200_000])
def test_half_a_line_behind_the_end_is_found_too(behind: bytes, capsys: Any, tmp_path: Path):
    said = said_of(b"".join(one + b"\n" for one in honest_export()) + behind, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("inserted", 600)


def test_a_log_that_its_own_signer_rebuilt_meets_the_checkpoint_that_a_customer_kept(capsys: Any, tmp_path: Path):
    data = list(honest().data)
    data[300] = entry(300, outcome="refused")
    forged = rebuilt(data).export()
    for size in (600, 400, 301):
        kept = keep(tmp_path, honest().checkpoint(size))
        said = said_of(forged, capsys, tmp_path, "--since", kept)
        assert (said["tampering"], said["first_bad_index"]) == ("rebuilt", 0)
        assert said_of(list(honest_export()), capsys, tmp_path, "--since", kept)["result"] == "verified"
    # What was kept before the change knows nothing of it, and nothing off-line can.
    assert (
        said_of(forged, capsys, tmp_path, "--since", keep(tmp_path, honest().checkpoint(300)))["result"] == "verified"
    )


def test_a_tail_cut_off_under_a_new_checkpoint_is_found_by_a_kept_one(capsys: Any, tmp_path: Path):
    kept = keep(tmp_path, honest().checkpoint())
    said = said_of(rebuilt(honest().data[:550]).export(), capsys, tmp_path, "--since", kept)
    assert (said["tampering"], said["first_bad_index"]) == ("truncated", 550)


def test_a_checkpoint_of_another_size_than_the_export_is_told(capsys: Any, tmp_path: Path):
    cut = with_header(rebuilt(honest().data[:550]).export(), checkpoint=honest().checkpoint())
    said = said_of(cut, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("removed", 550)
    longer = with_header(list(honest_export()), checkpoint=honest().checkpoint(400), earlier=[])
    said = said_of(longer, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("inserted", 400)
    stranger = with_header(list(honest_export()), earlier=[log_of(10, THORN).checkpoint(5)])
    assert said_of(stranger, capsys, tmp_path)["tampering"] == "other_log"


def test_a_strangers_checkpoint_is_nothing_to_go_by(capsys: Any, tmp_path: Path):
    theirs = keep(tmp_path, rebuilt(honest().data, THEIRS).checkpoint(400))
    said = said_of(list(honest_export()), capsys, tmp_path, "--since", theirs, "--key", OURS.vkey)
    assert said["tampering"] == "wrong_key"
    elsewhere = instance_of(log_of(10, THORN).checkpoint(5).partition("\n\n")[0] + "\n")
    said = said_of(with_header(list(honest_export()), instance=elsewhere), capsys, tmp_path)
    assert said["tampering"] == "other_log"
    text = second.checkpoint_text(honest().origin, 500, second.mth(honest().data[:500]))
    forged = instance_of(text)
    forged["checkpoint"] = second.sign(forged["checkpoint"].partition("\n\n")[0] + "\n", THEIRS)
    said = said_of(with_header(list(honest_export()), instance=forged), capsys, tmp_path)
    assert said["tampering"] == "wrong_key"


def test_a_rebuilt_log_contradicts_its_own_earlier_checkpoints(capsys: Any, tmp_path: Path):
    data = list(honest().data)
    data[300] = entry(300, outcome="refused")
    forged = with_header(rebuilt(data).export(), earlier=honest().header()["earlier"])
    said = said_of(forged, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("rebuilt", 256)


def test_a_root_that_the_entries_never_gave_is_found_though_an_older_one_of_that_size_fits(capsys: Any, tmp_path: Path):
    other = rebuilt([*honest().data[:300], entry(300, outcome="refused"), *honest().data[301:]]).checkpoint()
    said = said_of(
        with_header(list(honest_export()), checkpoint=other, earlier=[honest().checkpoint()]), capsys, tmp_path
    )
    assert (said["tampering"], said["first_bad_index"]) == ("rebuilt", None)


def test_a_gap_a_stranger_and_a_second_form_are_found_though_they_were_signed(capsys: Any, tmp_path: Path):
    data = honest().data
    true = data[300]
    truth = rebuilt([data[0], data[1].replace(b'"index":1', b'"index":true'), *data[2:]]).export()
    assert said_of(truth, capsys, tmp_path)["tampering"] == "malformed"
    for forged, kind in (
        ([*data[:300], *data[301:]], "index_gap"),
        ([*data[:300], entry(300, THORN), *data[301:]], "moved"),
        ([*data[:300], true, *data[300:]], "duplicated"),
        ([*data[:300], data[301], true, *data[302:]], "reordered"),
        ([*data[:300], true.replace(b'"outcome":', b'"outcome":"failure","outcome":'), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b'{"action":', b'{ "action":'), *data[301:]], "malformed"),
        ([*data[:300], entry(300, v=2), *data[301:]], "malformed"),
        ([*data[:300], b"[" * 60_000, *data[301:]], "malformed"),
        ([*data[:300], true.replace(b"{}", b'{"a":' + b"[" * 500 + b"]" * 500 + b"}"), *data[301:]], "malformed"),
        ([*data[:300], entry(300, v=True), *data[301:]], "malformed"),
        ([*data[:300], entry(300, permission=["all"]), *data[301:]], "malformed"),
        ([*data[:300], entry(300, actor="Alice"), *data[301:]], "malformed"),
        ([*data[:300], entry(300, actor=["id", "kind"]), *data[301:]], "malformed"),
        ([*data[:300], entry(300, actor={"id": 7, "kind": "user"}), *data[301:]], "malformed"),
        ([*data[:300], entry(300, target={"id": None, "kind": "user", "name": "x"}), *data[301:]], "malformed"),
        ([*data[:300], entry(300, details=["count"]), *data[301:]], "malformed"),
        ([*data[:300], entry(300, outcome=7), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b'"index":300', b'"index":"300"'), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b'"index":300', b'"index":-1'), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b"{}", b'{"a":9007199254740992}'), *data[301:]], "malformed"),
        ([*data[:300], entry(300, more=1), *data[301:]], "malformed"),
        ([*data[:300], entry(300, pruned="x"), *data[301:]], "malformed"),
        ([*data[:300], second.line({"index": 300, "pruned": "x", "v": 1}), *data[301:]], "malformed"),
        ([*data[:300], entry(300, at="2025-08-31T12:05:24.060Z"), *data[301:]], "malformed"),
        ([*data[:300], entry(300, at="2025-08-31T12:05:24.06087\u0667Z"), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b"{}", b'{"a":NaN}'), *data[301:]], "malformed"),
        ([*data[:300], true.replace(b"{}", b'{"a":1e999}'), *data[301:]], "malformed"),
        ([*data[:300], b"[]", *data[301:]], "malformed"),
        ([*data[:300], b"x" + true, *data[301:]], "malformed"),
        ([*data[:300], true + b"x", *data[301:]], "malformed"),
    ):
        said = said_of(rebuilt(forged).export(), capsys, tmp_path)
        assert (said["tampering"], said["first_bad_index"]) == (kind, 300), said


def test_hashes_stand_in_the_blocks_of_the_format_and_nowhere_else(capsys: Any, tmp_path: Path):
    whole, hashes = list(honest_export()), [second.leaf(one) for one in honest().data]
    part = rebuilt(honest().data[:550]).export(300)
    early, late = second.tile_line(0, hashes[:100]), second.tile_line(100, hashes[100:256])
    for lines in (
        [part[0], *honest().data[300:550], second.tile_line(300, hashes[300:550]), part[-1]],
        [*whole[:101], early, *whole[101:257], late, *whole[258:]],
        [*whole[:258], second.tile_line(256, []), *whole[258:]],
        [*whole[:257], second.line({"index": 0, "tile": second.b64(b"".join(hashes[:256]) + b"x")}), *whole[258:]],
        [*whole[:257], second.line({"index": 0, "tile": "AA"}), *whole[258:]],
    ):
        said = said_of(lines, capsys, tmp_path)
        assert said["tampering"] == "tile_altered", said["findings"]


def test_nothing_stands_between_the_last_hashes_and_the_last_line(capsys: Any, tmp_path: Path):
    whole = list(honest_export())
    assert said_of([*whole[:-1], entry(600), whole[-1]], capsys, tmp_path)["tampering"] == "tile_altered"
    for last in (second.end_line(599), second.end_line(SIZE) + b" ", b'{"end":false,"size":600}'):
        assert said_of([*whole[:-1], last], capsys, tmp_path)["tampering"] == "removed"


def test_a_signed_entry_longer_than_any_is_refused_though_it_is_plain(capsys: Any, tmp_path: Path):
    said = said_of(rebuilt([*honest().data[:300], entry(300, network="x" * 65_536)]).export(), capsys, tmp_path)
    assert said["result"] == "unchecked"
    assert "longer than any" in said["unchecked"][0]


def test_letters_beyond_ascii_numbers_and_deep_details_are_sound_where_they_are_canonical(capsys: Any, tmp_path: Path):
    data = [
        entry(0, reason="Størst å se \U0001f600 \u20ac"),
        entry(1, details={"b": 0.5, "a": [1, {"z": None}], "\U0001f600": 1e21, "\ufb33": 1e-7}),
        entry(2, reason='"quoted" \\ and \u007f'),
        entry(3, reason="ø", actor={"id": None, "kind": "user"}, details={"one": -1, "two": 9007199254740991}),
    ]
    assert said_of(rebuilt(data).export(), capsys, tmp_path)["result"] == "verified"


# ---- Keys ----------------------------------------------------------------------------------------------------------


def keep(folder: Path, text: str, name: str = "kept") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_a_signature_by_another_key_is_named(capsys: Any, tmp_path: Path):
    forged = rebuilt(list(honest().data), THEIRS).export()
    said = said_of(forged, capsys, tmp_path, "--key", OURS.vkey)
    assert (said["tampering"], [one for one in said["holds"] if "signed by" in one]) == ("wrong_key", [])
    assert (
        said_of(forged, capsys, tmp_path, "--since", keep(tmp_path, honest().checkpoint(400)))["tampering"]
        == "wrong_key"
    )
    own = second.sign(second.checkpoint_text(honest().origin, SIZE, second.mth(honest().data)), THEIRS)
    stolen = own.replace(second.b64(THEIRS.id)[:5], second.b64(OURS.id)[:5])
    for note in (own, stolen, honest().checkpoint().replace("15:00:00Z", "15:00:01Z")):
        said = said_of(with_header(list(honest_export()), checkpoint=note), capsys, tmp_path)
        assert said["tampering"] == "wrong_key"


def test_without_a_pinned_key_it_says_that_the_keys_come_from_the_export(capsys: Any, tmp_path: Path):
    unpinned = said_of(list(honest_export()), capsys, tmp_path)
    assert "keys come from the export itself" in unpinned["notes"][0]
    pinned = said_of(list(honest_export()), capsys, tmp_path, "--key", OURS.vkey)
    assert pinned["result"] == "verified"
    assert pinned["notes"] == []
    assert OURS.vkey[:-48] in pinned["keys"]


def change(*signers: second.Signer) -> str:
    return second.sign(f"ringfence-audit-key/v1\n{THEIRS.vkey}\ntime 2026-11-22T15:00:00Z\n", *signers)


def test_an_older_trusted_key_announces_the_next_and_nobody_else_does(capsys: Any, tmp_path: Path):
    keys = [OURS.vkey, THEIRS.vkey]
    for note, result in ((change(OURS), "verified"), (change(OURS, THEIRS), "verified"), (change(THEIRS), "tampered")):
        export = with_header(rebuilt(list(honest().data), THEIRS).export(), keys=keys, key_changes=[note])
        assert said_of(export, capsys, tmp_path, "--key", OURS.vkey)["result"] == result
        kept = keep(tmp_path, honest().checkpoint(400))
        assert said_of(export, capsys, tmp_path, "--since", kept)["result"] == result


def test_a_key_that_follows_a_lost_one_by_its_own_word_is_named_and_not_trusted_for_that(capsys: Any, tmp_path: Path):
    text = f"ringfence-audit-key-lost/v1\n{THEIRS.vkey}\n{OURS.vkey}\ntime 2026-11-22T15:00:00Z\n"
    log, keys = rebuilt(list(honest().data), THEIRS), [OURS.vkey, THEIRS.vkey]
    export = with_header(log.export(), keys=keys, key_changes=[second.sign(text, THEIRS)], earlier=[])
    for options in (["--key", OURS.vkey], ["--since", keep(tmp_path, honest().checkpoint(400))]):
        said = said_of(export, capsys, tmp_path, *options)
        assert said["tampering"] == "wrong_key"
        assert "by its own word alone" in said["findings"][0]["text"]
        assert "an unannounced key" in said["notes"][-1]
    for options in ([], ["--key", THEIRS.vkey]):
        said = said_of(export, capsys, tmp_path, *options)
        assert said["result"] == "verified"
        assert "an unannounced key" in said["notes"][-1]
    earlier = with_header(export, earlier=[honest().checkpoint(100)])
    assert said_of(earlier, capsys, tmp_path, "--key", THEIRS.vkey)["result"] == "verified"
    forged = with_header(export, key_changes=[second.sign(text, OURS)])
    assert "an unannounced key" not in str(said_of(forged, capsys, tmp_path, "--key", THEIRS.vkey)["notes"])


def test_checkpoints_by_a_key_before_the_trusted_one_are_neither_fraud_nor_proof(capsys: Any, tmp_path: Path):
    log = rebuilt(list(honest().data), THEIRS)
    earlier = [honest().checkpoint(100), log.checkpoint(400)]
    export = with_header(log.export(), keys=[OURS.vkey, THEIRS.vkey], key_changes=[change(OURS)], earlier=earlier)
    for options in (["--key", THEIRS.vkey], ["--since", keep(tmp_path, log.checkpoint(400))]):
        said = said_of(export, capsys, tmp_path, *options)
        assert said["result"] == "verified"
        assert "1 earlier checkpoints are by a key before" in said["notes"][0]
    said = said_of(with_header(export, key_changes=[]), capsys, tmp_path, "--key", THEIRS.vkey)
    assert said["tampering"] == "wrong_key"


def test_no_other_note_of_a_trusted_key_announces_a_key(capsys: Any, tmp_path: Path):
    export = with_header(rebuilt(list(honest().data), THEIRS).export(), keys=[OURS.vkey, THEIRS.vkey])
    for first in ("ringfence-audit-key-lost/v1", "ringfence-audit-key/v11", "ringfence-audit-key"):
        note = second.sign(f"{first}\n{THEIRS.vkey}\n{OURS.vkey}\ntime 2026-11-22T15:00:00Z\n", OURS)
        said = said_of(with_header(export, key_changes=[note]), capsys, tmp_path, "--key", OURS.vkey)
        assert said["tampering"] == "wrong_key"


def test_a_key_that_announces_a_strangers_is_no_key_before_ours(capsys: Any, tmp_path: Path):
    stranger = second.Signer(OURS.name, b"\x09" * 32)
    earlier = [rebuilt(list(honest().data), THEIRS).checkpoint(100)]
    keys, text = [OURS.vkey, THEIRS.vkey], "time 2026-11-22T15:00:00Z\n"
    for note in (f"ringfence-audit-key/v1\n{stranger.vkey}\n{text}", f"ringfence-audit-key/v11\n{OURS.vkey}\n{text}"):
        changes = [second.sign(note, THEIRS)]
        export = with_header(list(honest_export()), keys=keys, key_changes=changes, earlier=earlier)
        assert said_of(export, capsys, tmp_path, "--key", OURS.vkey)["tampering"] == "wrong_key"


def test_a_lost_key_that_is_trusted_all_the_same_is_held_to_what_it_signed(capsys: Any, tmp_path: Path):
    text = f"ringfence-audit-key-lost/v1\n{THEIRS.vkey}\n{OURS.vkey}\ntime 2026-11-22T15:00:00Z\n"
    other = [entry(0, outcome="refused"), *honest().data[1:]]
    export = with_header(
        rebuilt(list(honest().data), THEIRS).export(),
        keys=[OURS.vkey, THEIRS.vkey],
        key_changes=[second.sign(text, THEIRS)],
        earlier=[rebuilt(other).checkpoint(100)],
    )
    assert said_of(export, capsys, tmp_path, "--key", THEIRS.vkey)["result"] == "verified"
    said = said_of(export, capsys, tmp_path, "--key", THEIRS.vkey, "--key", OURS.vkey)
    assert said["tampering"] == "rebuilt"


def test_the_logs_own_signature_is_no_witness(capsys: Any, tmp_path: Path):
    assert said_of(list(honest_export()), capsys, tmp_path, "--witness", OURS.vkey)["result"] == "unchecked"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        f"{OURS.vkey}x",
        OURS.vkey.replace("+", " "),
        OURS.vkey.replace(OURS.id.hex(), "00000000"),
        "a+00000000+AQ==",
        WITNESS.vkey,
    ],
)
def test_a_key_that_was_miscopied_is_refused(key: str, capsys: Any, tmp_path: Path):
    assert said_of(list(honest_export()), capsys, tmp_path, "--key", key)["result"] == "unchecked"


def test_a_witness_that_is_asked_for_must_have_cosigned(capsys: Any, tmp_path: Path):
    cosigned = with_header(list(honest_export()), checkpoint=honest().checkpoint(None, WITNESS))
    assert said_of(cosigned, capsys, tmp_path, "--witness", WITNESS.vkey)["result"] == "verified"
    assert said_of(list(honest_export()), capsys, tmp_path, "--witness", WITNESS.vkey)["tampering"] == "not_cosigned"
    through = instance_of(second.checkpoint_text(honest().origin, 500, second.mth(honest().data[:500])))
    through["checkpoint"] += WITNESS.line(through["checkpoint"].partition("\n\n")[0] + "\n")
    export = with_header(list(honest_export()), instance=through)
    said = said_of(export, capsys, tmp_path, "--witness", WITNESS.vkey)
    assert any("with this log at 500 entries, and nothing after them" in one for one in said["holds"])
    late = with_header(honest().export(550), instance=through)
    assert said_of(late, capsys, tmp_path, "--witness", WITNESS.vkey)["tampering"] == "not_cosigned"
    for also, code in (([], 1), ([WITNESS], 0)):
        file = keep(tmp_path, honest().checkpoint(None, *also), "new")
        assert verify.main([file, "--key", OURS.vkey, "--witness", WITNESS.vkey]) == code


# ---- Parts of a log ------------------------------------------------------------------------------------------------


def test_a_part_of_a_log_is_checked_against_the_hashes_of_what_lies_before(capsys: Any, tmp_path: Path):
    for first in (1, 255, 256, 300, 599, 600):
        assert said_of(honest().export(first), capsys, tmp_path)["result"] == "verified"
    part = honest().export(300)
    assert said_of([*part[:11], *part[12:]], capsys, tmp_path)["first_bad_index"] == 310
    other = keep(tmp_path, rebuilt([entry(0, outcome="x"), *honest().data[1:]]).checkpoint())
    assert said_of(honest().export(600), capsys, tmp_path, "--since", other)["tampering"] == "rebuilt"
    prefix = json.loads(part[0])["prefix"]
    said = said_of(with_header(part, prefix=[second.b64(b"x" * 32), *prefix[1:]]), capsys, tmp_path)
    assert said["tampering"] == "rebuilt"
    assert "or the prefix was" in said["findings"][0]["text"]


def test_a_kept_checkpoint_from_before_the_part_needs_a_proof(capsys: Any, tmp_path: Path):
    part, kept = honest().export(300), keep(tmp_path, honest().checkpoint(200))
    assert said_of(part, capsys, tmp_path, "--since", kept)["result"] == "unchecked"
    proof = keep(tmp_path, proof_text(200, SIZE, second.proof(200, honest().data)), "proof")
    assert said_of(part, capsys, tmp_path, "--since", kept, "--proof", proof)["result"] == "verified"
    bad = keep(tmp_path, proof_text(200, SIZE, [b"x" * 32, *second.proof(200, honest().data)[1:]]), "proof")
    assert said_of(part, capsys, tmp_path, "--since", kept, "--proof", bad)["tampering"] == "rebuilt"


def proof_text(old: int, new: int, hashes: list[bytes]) -> str:
    return json.dumps({"from": old, "to": new, "hashes": [second.b64(one) for one in hashes]})


def test_pruned_entries_leave_their_hashes_and_only_the_oldest_may_be_pruned(capsys: Any, tmp_path: Path):
    pruned = replace(honest(), pruned_to=300, earlier=[])
    said = said_of(pruned.export(), capsys, tmp_path)
    assert (said["result"], said["entries"], said["pruned"]) == ("verified", 600, 300)
    lines = pruned.export()
    lines[line_of(100)] = second.pruned_line(100, b"x" * 32)
    said = said_of(lines, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("tile_altered", 100)
    line = second.pruned_line(100, second.leaf(honest().data[100]))
    for loose in (line.replace(b":100,", b":0100,"), line.replace(b'="}', b'"}'), line + b" "):
        lines[line_of(100)] = loose
        said = said_of(lines, capsys, tmp_path)
        assert (said["result"], said["first_bad_index"]) == ("tampered", 100)
    withheld = list(honest_export())
    withheld[line_of(300)] = second.pruned_line(300, second.leaf(honest().data[300]))
    said = said_of(withheld, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("removed", 300)
    assert "withheld" in said["findings"][0]["text"]


def test_an_entry_that_was_no_year_in_the_log_cannot_pass_for_a_pruned_one(capsys: Any, tmp_path: Path):
    withheld = replace(honest(), pruned_to=600, earlier=[])
    kept = keep(tmp_path, honest().checkpoint(100))
    said = said_of(withheld.export(), capsys, tmp_path, "--since", kept)
    assert (said["tampering"], said["first_bad_index"]) == ("removed", 100)
    said = said_of(replace(withheld, earlier=[256, 400]).export(), capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("removed", 256)
    old = keep(tmp_path, honest().checkpoint(100, time="2025-11-20T15:00:00Z"))
    assert said_of(withheld.export(), capsys, tmp_path, "--since", old)["result"] == "verified"


def instance_of(text: str, *, origin: str = f"{HOST}/audit/instance") -> dict[str, Any]:
    leaves = [b"another\n", text.encode(), b"a third\n"]
    note = second.sign(second.checkpoint_text(origin, 3, second.mth(leaves)), OURS)
    return {"checkpoint": note, "index": 1, "proof": [second.b64(one) for one in second.path(1, leaves)], "leaf": text}


def test_the_log_is_shown_in_the_deployments_own_tree(capsys: Any, tmp_path: Path):
    text = second.checkpoint_text(honest().origin, 500, second.mth(honest().data[:500]))
    said = said_of(with_header(list(honest_export()), instance=instance_of(text)), capsys, tmp_path)
    assert said["result"] == "verified"
    assert any("deployment's own tree" in one for one in said["holds"])
    forged = instance_of(second.checkpoint_text(honest().origin, 500, b"x" * 32))
    assert said_of(with_header(list(honest_export()), instance=forged), capsys, tmp_path)["tampering"] == "rebuilt"
    moved = {**instance_of(text), "index": 2}
    assert said_of(with_header(list(honest_export()), instance=moved), capsys, tmp_path)["tampering"] == "tile_altered"
    other = instance_of(text, origin="other.example/audit/instance")
    assert said_of(with_header(list(honest_export()), instance=other), capsys, tmp_path)["tampering"] == "other_log"
    more = instance_of(second.checkpoint_text(honest().origin, 700, b"x" * 32))
    assert said_of(with_header(list(honest_export()), instance=more), capsys, tmp_path)["tampering"] == "truncated"
    before = said_of(with_header(honest().export(550), instance=forged), capsys, tmp_path)
    assert not any("deployment's own tree" in one for one in before["holds"])
    assert any("was not checked" in one for one in before["notes"])


# ---- Bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [1, 40, 300, 514, 515, 602])
def test_an_export_that_was_cut_says_after_which_entry(kept: int, capsys: Any, tmp_path: Path):
    whole = b"".join(one + b"\n" for one in honest_export()[:kept])
    for cut in (whole, whole + honest_export()[kept][:20]):
        said = said_of(cut, capsys, tmp_path)
        last = kept - 2 - (kept > 257) - (kept > 514)
        assert said["result"] == "unchecked"
        assert f"The last whole entry is index {last}" in said["unchecked"][0]


def test_what_was_changed_before_the_cut_is_told_too(capsys: Any, tmp_path: Path):
    lines = edited(100, outcome="refused")(list(honest_export()))[:400]
    said = said_of(lines, capsys, tmp_path)
    assert (said["tampering"], said["first_bad_index"]) == ("edited", 100)


GOOD: dict[str, Any] = log_of(3).header()
BAD_INPUT: dict[str, bytes] = {
    "nothing": b"",
    "a newline": b"\n",
    "no object": b"[]\n",
    "no JSON": b"{junk}\n",
    "no members": b"{}\n",
    "invalid UTF-8": b'{"format":"\xff"}\n',
    "a byte order mark": b"\xef\xbb\xbf" + second.line(GOOD) + b"\n",
    "UTF-16": second.line(GOOD).decode().encode("utf-16"),
    "a bomb of brackets": b'{"a":' + b"[" * 2_000_000 + b"\n",
    "a bomb of digits": b'{"a":' + b"9" * 2_000_000 + b"}\n",
    "a huge first line": b'{"a":"' + b"x" * 5_000_000,
    "a name twice": second.line(GOOD)[:-1] + b',"size":3}\n',
    "a member too many": second.line({**GOOD, "more": 1}) + b"\n",
    "another form": second.line({**GOOD, "format": "ringfence-audit-export/2"}) + b"\n",
    "half a character in a key": second.line(GOOD).replace(b'"keys":["', b'"keys":["\\ud800') + b"\n",
    "half a character in a checkpoint": second.line(GOOD).replace(b"\\ntime ", b"\\n\\ud800 ", 1) + b"\n",
    "half a character at the end of its range": second.line(GOOD).replace(b'"keys":["', b'"keys":["\\udfff') + b"\n",
    "a falsehood for a number": second.line({**GOOD, "from": False}) + b"\n",
    "a number for a text": second.line({**GOOD, "log": 7}) + b"\n",
    "a text for a list": second.line({**GOOD, "key_changes": ""}) + b"\n",
    "an object for a list": second.line({**GOOD, "prefix": {}}) + b"\n",
    "a number for a list": second.line({**GOOD, "key_changes": 7}) + b"\n",
    "numbers in a list": second.line({**GOOD, "key_changes": [7]}) + b"\n",
    "names for an object": second.line({**GOOD, "instance": ["checkpoint", "index", "leaf", "proof"]}) + b"\n",
    "no numbers": second.line({**GOOD, "size": "3"}) + b"\n",
    "a negative number": second.line({**GOOD, "from": -1}) + b"\n",
    "a truth for a number": second.line({**GOOD, "from": True}) + b"\n",
    "from behind size": second.line({**GOOD, "from": 4}) + b"\n",
    "from behind size, with a prefix": second.line({**GOOD, "from": 4, "prefix": [second.b64(b"x" * 32)]}) + b"\n",
    "an earlier one behind size": second.line({**GOOD, "earlier": [log_of(10).checkpoint(7)]}) + b"\n",
    "another prefix": second.line({**GOOD, "prefix": [second.b64(b"x" * 32)]}) + b"\n",
    "no log": second.line({**GOOD, "log": "org/../../x"}) + b"\n",
    "no log, and an origin that fits": second.line({**GOOD, "log": "org/x", "origin": f"{HOST}/audit/org/x"}) + b"\n",
    "a log with a tail": second.line({**GOOD, "log": f"{ROSE}x", "origin": f"{HOST}/audit/{ROSE}x"}) + b"\n",
    "another origin": second.line({**GOOD, "origin": f"{HOST}/audit/{THORN}"}) + b"\n",
    "no checkpoint": second.line({**GOOD, "checkpoint": ""}) + b"\n",
    "a checkpoint of size 0": second.line(
        {**GOOD, "size": 0, "checkpoint": second.sign(second.checkpoint_text(GOOD["origin"], 0, second.mth([])), OURS)}
    )
    + b"\n",
    "a loose base64": second.line({**GOOD, "prefix": ["x"], "from": 1}) + b"\n",
    "too many earlier": second.line({**GOOD, "earlier": ["x"] * 2_001}) + b"\n",
    "earlier ones that descend": second.line({**GOOD, "earlier": [log_of(3).checkpoint(2), log_of(3).checkpoint(1)]})
    + b"\n",
    "a huge line": second.line(GOOD) + b"\n" + b'{"action":"' + b"x" * 3_000_000 + b'"}\n',
    "a line that is a little too long": second.line(GOOD) + b"\n" + b'{"action":"' + b"x" * 65_536 + b'"}\n',
    "a huge line without an end": second.line(GOOD) + b"\n" + b"x" * 3_000_000,
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_in_plain_words(name: str, capsys: Any, tmp_path: Path):
    # What follows is sound, so that nothing but the fault itself is refused.
    rest = b"".join(one + b"\n" for one in log_of(3).export()[1:])
    said = said_of(BAD_INPUT[name] + rest, capsys, tmp_path)
    assert said["result"] == "unchecked"
    assert not any("cut" in one for one in said["unchecked"])
    assert all(len(one) < 400 for one in said["unchecked"])


def test_endless_entries_without_hashes_end_the_reading(capsys: Any, tmp_path: Path):
    for one in (entry(0), b"junk"):
        said = said_of([second.line(GOOD), *[one] * 5_000], capsys, tmp_path)
        assert said["tampering"] == "tile_altered"


def test_a_checkpoint_of_another_deployment_or_log_is_told_from_ours(capsys: Any, tmp_path: Path):
    for other in (log_of(10, THORN), log_of(10, host="other.example")):
        said = said_of(list(honest_export()), capsys, tmp_path, "--since", keep(tmp_path, other.checkpoint()))
        assert said["result"] == "unchecked"
        assert other.origin in said["unchecked"][0]
        said = said_of(with_header(log_of(10).export(), checkpoint=other.checkpoint()), capsys, tmp_path)
        assert said["tampering"] == "other_log"


def test_files_that_are_not_there_are_told(capsys: Any, tmp_path: Path):
    assert verify.main([str(tmp_path / "nowhere")]) == 2
    assert "nowhere cannot be read" in capsys.readouterr().out


def test_whatever_an_export_holds_cannot_steer_a_terminal(capsys: Any, tmp_path: Path):
    export = with_header(log_of(3).export(), checkpoint=log_of(3, host="\u202e\x9b31mevil").checkpoint())
    (tmp_path / "export").write_bytes(b"".join(one + b"\n" for one in export))
    assert verify.main([str(tmp_path / "export")]) == 1
    assert all(one.isprintable() or one == "\n" for one in capsys.readouterr().out)


# ---- Receipts, two checkpoints, tiles ------------------------------------------------------------------------------


def test_a_receipt_proves_its_entry_and_no_other(capsys: Any, tmp_path: Path):
    log = log_of(300)
    for index in (0, 73, 255, 256, 299):
        said = receipt_of(log.receipt(index), capsys, tmp_path)
        assert (said["result"], said["index"]) == ("verified", index)
        assert json.loads(said["entry"])["index"] == index
    text, leaf = log.receipt(73), second.b64(log.data[73])
    for bad, kind in (
        (text.replace(leaf, second.b64(entry(73, outcome="refused"))), "edited"),
        (text.replace("index 73", "index 74"), "edited"),
        (text.replace(text.splitlines()[3], second.b64(b"x" * 32)), "edited"),
        (text.replace(text.splitlines()[3] + "\n", ""), "edited"),
        (text.replace("15:00:00Z", "15:00:01Z"), "wrong_key"),
    ):
        assert receipt_of(bad, capsys, tmp_path)["tampering"] == kind
    for signed, kind in ((entry(74), "index_gap"), (entry(73, v=2), "malformed"), (b"junk", "malformed")):
        forged = replace(log, data=[*log.data[:73], signed, *log.data[74:]])
        assert receipt_of(forged.receipt(73), capsys, tmp_path)["tampering"] == kind
    moved = replace(log, name=THORN)
    assert receipt_of(moved.receipt(73), capsys, tmp_path)["tampering"] == "moved"
    assert receipt_of(text.replace("\n", "\r\n"), capsys, tmp_path)["result"] == "verified"
    short = text.replace(text.splitlines()[3], second.b64(b"x" * 31))
    swollen = text + "\n" * (1 << 20) + "x"
    bare = text.replace(text.partition("\n")[2].partition("\n\n")[0], "")
    other = (bare, text.replace("index 73", "place 73"), text.replace("extra ", "entry "), short, swollen)
    for cut in (*other, text[:200], text.replace(f"extra {leaf}\n", ""), text.replace("index 73", "index 073")):
        assert receipt_of(cut, capsys, tmp_path)["result"] == "unchecked"
    file = keep(tmp_path, text, "receipt")
    assert verify.main([file, "--json"]) == 2
    assert "--key" in json.loads(capsys.readouterr().out)["unchecked"][0]


def receipt_of(text: str, capsys: Any, folder: Path) -> dict[str, Any]:
    verify.main([keep(folder, text, "receipt"), "--json", "--key", OURS.vkey])
    return json.loads(capsys.readouterr().out)


def test_two_checkpoints_are_held_together_by_a_proof(capsys: Any, tmp_path: Path):
    log, old = log_of(300), keep(tmp_path, log_of(300).checkpoint(200), "old")
    new = keep(tmp_path, log.checkpoint(), "new")
    good, empty = proof_text(200, 300, second.proof(200, log.data)), proof_text(200, 300, [])
    for proof, code in ((good, 0), (empty, 1), (proof_text(100, 300, []), 2), ("junk", 2)):
        file = keep(tmp_path, proof, "proof")
        assert verify.main([new, "--since", old, "--proof", file, "--key", OURS.vkey]) == code
    assert verify.main([old, "--since", new, "--key", OURS.vkey]) == 1
    assert verify.main([new, "--since", new, "--key", OURS.vkey]) == 0
    assert verify.main([new, "--since", old, "--key", OURS.vkey]) == 2
    assert verify.main([new, "--key", OURS.vkey]) == 0
    elsewhere = keep(tmp_path, log_of(300, THORN).checkpoint(), "elsewhere")
    strangers = keep(tmp_path, replace(log_of(300), signer=THEIRS).checkpoint(), "strangers")
    assert verify.main([new, "--since", elsewhere, "--key", OURS.vkey]) == 2
    assert verify.main([new, "--since", strangers, "--key", OURS.vkey]) == 1
    capsys.readouterr()


def test_a_kept_checkpoint_is_never_passed_over(capsys: Any, tmp_path: Path):
    other = [*honest().data[:-1], entry(599, outcome="refused")]
    top, receipt = str(tiles_in(tmp_path, honest())), keep(tmp_path, honest().receipt(73), "receipt")
    good = keep(tmp_path, proof_text(400, SIZE, second.proof(400, honest().data)), "proof")
    for what in (top, receipt, keep(tmp_path, honest().checkpoint(), "new")):
        for kept, options, code in (
            (honest().checkpoint(), [], 0),
            (honest().checkpoint(400), ["--proof", good], 0),
            (honest().checkpoint(400), [], 2),
            (log_of(SIZE, THORN).checkpoint(), [], 2),
            (rebuilt(other).checkpoint(), [], 1),
            (rebuilt([*honest().data, entry(600)]).checkpoint(), [], 1),
        ):
            file = keep(tmp_path, kept)
            assert verify.main([what, "--since", file, *options, "--key", OURS.vkey]) == code, (what, kept, options)
        assert verify.main([what, "--proof", good, "--key", OURS.vkey]) == 2
        assert verify.main([what, "--since", "", "--key", OURS.vkey]) == 2
    capsys.readouterr()


def tiles_in(folder: Path, log: second.Log) -> Path:
    """The hash tiles of a log, as c2sp.org/tlog-tiles lays them out."""
    top = folder / "tiles"
    top.mkdir()
    (top / "checkpoint").write_text(log.checkpoint(), encoding="utf-8")
    level, hashes = 0, [second.leaf(one) for one in log.data]
    while hashes:
        above: list[bytes] = []
        for number in range(-(-len(hashes) // 256)):
            part = hashes[number * 256 : number * 256 + 256]
            file = top / "tile" / str(level) / (f"{number:03d}" + ("" if len(part) == 256 else f".p/{len(part)}"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"".join(part))
            if len(part) == 256:
                span = 256 ** (level + 1)
                above.append(second.mth(log.data[number * span : (number + 1) * span]))
        level, hashes = level + 1, above
    return top


def test_an_altered_tile_of_the_store_is_named(capsys: Any, tmp_path: Path):
    top = tiles_in(tmp_path, honest())
    options = [str(top), "--key", OURS.vkey, "--json"]
    assert verify.main(options) == 0
    assert (verify.main([str(top)]), verify.main([str(top), "--key", THEIRS.vkey])) == (2, 1)
    for name, index in (("tile/0/001", 256), ("tile/1/000.p/2", 0), ("tile/0/002.p/88", 0)):
        file = top / name
        true = file.read_bytes()
        file.write_bytes(bytes([true[0] ^ 1]) + true[1:])
        capsys.readouterr()
        assert verify.main(options) == 1
        assert json.loads(capsys.readouterr().out)["first_bad_index"] == index
        file.write_bytes(true)
    tile = (top / "tile/0/001").read_bytes()
    for other in (tile + b"x", tile[:-1]):
        (top / "tile/0/001").write_bytes(other)
        assert verify.main(options) == 2
    (top / "tile/0/001").unlink()
    assert verify.main(options) == 2
    capsys.readouterr()


def test_the_tiles_of_the_upper_levels_are_held_against_those_below(capsys: Any, tmp_path: Path):
    top = tiles_in(tmp_path, replace(honest(), data=[b"%d" % one for one in range(1 << 16)], earlier=[]))
    options = [str(top), "--key", OURS.vkey, "--json"]
    assert verify.main(options) == 0
    for name, at, index in (("tile/2/000.p/1", 0, 0), ("tile/1/000", 32 * 255, 255 * 256), ("tile/1/000", 0, 0)):
        true = (top / name).read_bytes()
        (top / name).write_bytes(true[:at] + bytes([true[at] ^ 1]) + true[at + 1 :])
        capsys.readouterr()
        assert verify.main(options) == 1
        assert json.loads(capsys.readouterr().out)["first_bad_index"] == index
        (top / name).write_bytes(true)


# ---- On a customer's machine ---------------------------------------------------------------------------------------


def test_the_file_runs_alone_with_nothing_but_python(tmp_path: Path):
    alone = tmp_path / "verify.py"
    alone.write_bytes(VERIFY.read_bytes())
    said = checked(list(honest_export()), tmp_path, "--key", OURS.vkey)
    assert (said["result"], said["exit_code"]) == ("verified", 0)
    said = checked(edited(300, outcome="refused")(list(honest_export())), tmp_path)
    assert (said["tampering"], said["first_bad_index"], said["exit_code"]) == ("edited", 300, 1)
    whole = b"".join(one + b"\n" for one in honest_export())
    assert asked(Path("-"), "--key", OURS.vkey, stdin=whole)["result"] == "verified"


def test_a_long_export_through_a_pipe_takes_no_more_memory_than_a_short_one():
    (short, less), (long, more) = streamed(3_000), streamed(40_000)
    assert (short["result"], long["result"], long["entries"]) == ("verified", "verified", 40_000)
    assert more < less + 6_000


COMMAND = """
import sys
from ringfence.cli import main
try:
    main()
finally:
    assert not {"fastapi", "psycopg", "cryptography", "pydantic"} & set(sys.modules)
"""


def test_the_operators_command_says_the_same_without_a_database(capfd: Any, tmp_path: Path):
    file = tmp_path / "export"
    file.write_bytes(b"".join(one + b"\n" for one in honest_export()))
    options = ["--since", keep(tmp_path, honest().checkpoint(400)), "--key", OURS.vkey, "--key", THEIRS.vkey]
    settings = {"PATH": os.environ["PATH"], "RINGFENCE_DATA": str(tmp_path / "none"), "RINGFENCE_PORT": "wrong"}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "audit", "verify", str(file), *options],
        capture_output=True, text=True, check=False, timeout=120, env=settings,
    )  # fmt: skip
    assert verify.main([str(file), *options]) == 0
    assert (done.stdout, done.returncode) == (capfd.readouterr().out, 0), done.stderr


def test_the_file_is_python_that_a_machine_of_some_years_ago_understands():
    import ast  # noqa: PLC0415 - for this one question

    ast.parse(VERIFY.read_text(encoding="ascii"), feature_version=(3, 9))


def test_a_person_is_told_in_plain_words(capsys: Any, tmp_path: Path):
    file = tmp_path / "export"
    file.write_bytes(b"".join(one + b"\n" for one in honest_export()))
    assert verify.main([str(file), "--key", OURS.vkey]) == 0
    said = capsys.readouterr().out
    assert "600 entries give the signed root: none was changed, added, removed or moved" in said
    assert said.endswith("VERIFIED\n")
    file.write_bytes(b"".join(one + b"\n" for one in edited(300, outcome="refused")(list(honest_export()))))
    assert verify.main([str(file), "--key", OURS.vkey]) == 1
    assert capsys.readouterr().out.endswith("TAMPERED: its body was edited (edited). First bad index: 300.\n")


# ---- Two more implementations agree --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_three_implementations_agree_on_random_trees(data: st.DataObject):
    leaves = data.draw(st.lists(st.binary(max_size=3), min_size=1, max_size=70))
    size, hashes = len(leaves), [second.leaf(one) for one in leaves]
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    tree, root = verify.Tree(0, []), second.mth(leaves)
    tree.extend(hashes)
    assert tree.root() == root == merkle.root_of(hashes)
    assert tree.hashes == second.peaks(leaves)
    path, proof = second.path(index, leaves), second.proof(old, leaves)
    assert path == merkle.inclusion_proof(hashes, index)
    assert proof == merkle.consistency_proof(hashes, old)
    assert verify.root_of_inclusion(hashes[index], index, size, path) == root
    for bad in (path, mutated(data, path)):
        place = data.draw(st.sampled_from([index, max(index - 1, 0), index + 1]))
        verdicts = {
            verify.root_of_inclusion(hashes[index], place, size, bad) == root,
            second.is_included(place, size, hashes[index], bad, root),
            merkle.verifies_inclusion(hashes[index], index=place, size=size, proof=bad, root=root),
        }
        assert verdicts == {(bad, place) == (path, index)} or len(verdicts) == 1
    before = second.mth(leaves[:old])
    for bad in (proof, mutated(data, proof)):
        first = data.draw(st.sampled_from([old, max(old - 1, 0), old + 1, size]))
        heads = verify.Head("x", first, before, None), verify.Head("x", size, root, None)
        verdicts = {
            verify.is_consistent(*heads, bad),
            second.is_consistent(first, size, before, root, bad),
            merkle.verifies_consistency(old=first, new=size, old_root=before, new_root=root, proof=bad),
        }
        assert len(verdicts) == 1
        assert (bad, first) != (proof, old) or verdicts == {True}


def mutated(data: st.DataObject, hashes: list[bytes]) -> list[bytes]:
    what = data.draw(st.sampled_from(["more", "fewer", "other", "before"]))
    if what == "more":
        return [*hashes, b"x" * 32]
    if what == "before":
        return [b"x" * 32, *hashes]
    return hashes[:-1] if what == "fewer" else [b"x" * 32, *hashes[1:]]


@settings(max_examples=15, deadline=None, database=None)
@given(st.integers(1, 20), st.randoms(use_true_random=False))
def test_the_second_implementation_and_the_verifier_agree_on_random_exports(size: int, chance: random.Random):
    export = log_of(size).export()
    line, change_of = chance.randrange(1, len(export)), chance.choice(["none", "drop", "double", "flip", "swap"])
    if change_of == "drop":
        del export[line]
    elif change_of == "double":
        export.insert(line, export[line])
    elif change_of == "swap":
        export[1], export[line] = export[line], export[1]
    elif change_of == "flip":
        export[line] = export[line].replace(b"user", b"uses").replace(b"A", b"B")
    try:
        is_held = second.holds(export, [OURS.vkey])
    except (ValueError, KeyError, TypeError):
        is_held = False
    report = verify.Report()
    with_file = iter(export)
    try:
        verify.check_export(with_file, verify.Asked([], [], None, None), report)
    except verify.Unchecked as failure:
        report.unchecked.append(str(failure))
    assert (report.exit_code == 0) is is_held, (change_of, line, report)
