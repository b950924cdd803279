"""What verify.py takes at a glance, it would find sound line by line too: the same verdict, fault and index, always."""

import functools
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.evidence import verify
from tests import second_audit as second
from tests.audit_logs import OURS, ROSE, THORN, entry, log_of
from tests.promises.test_audit_verifier import TAMPERINGS, honest_export

SIZES = (1, 5, 255, 256, 257, 300, 512, 513)
pytestmark = pytest.mark.promise("AUD-02")


def said_of(export: bytes, *, at_a_glance: bool = True, chunk: int = 1 << 18) -> dict[str, Any]:
    """The whole report; with `at_a_glance` False each line is parsed as JSON and written again."""
    report = verify.Report()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "_CHUNK", chunk)
        patch.setattr(verify, "_SMALL", min(chunk, 1 << 20))
        patch.setattr(verify, "_BEFORE_US", 50)  # so many times are tried out: slow, and no part of this question
        if not at_a_glance:
            patch.setattr(verify.Walk, "_glance", lambda *_: None)
            patch.setattr(verify.Plain, "read", lambda *_: None)
        try:
            verify._read(io.BytesIO(export), verify.Asked([], [], None, None), report)
        except verify.Unchecked as failure:
            report.unchecked.append(str(failure))
    return {**json.loads(report.as_json()), "findings": [vars(one) for one in report.findings]}


@functools.cache
def data_of(size: int) -> tuple[bytes, ...]:
    return tuple(log_of(size).data)


def file_of(export: list[bytes]) -> bytes:
    return b"".join(one + b"\n" for one in export)


def test_an_honest_log_is_taken_at_a_glance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(verify.Walk, "_forms")
    monkeypatch.delattr(verify.Walk, "_close")
    for first in (0, 1, 255, 256, 300):
        log = log_of(513)
        assert said_of(file_of(log.export(first)))["result"] == "verified"
    with pytest.raises(AttributeError):
        said_of(file_of(replace(log_of(300), pruned_to=3).export()))


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_told_as_line_by_line(name: str):
    export = file_of(TAMPERINGS[name][0](list(honest_export())))
    assert said_of(export) == said_of(export, at_a_glance=False)


# What a signer could sign that is no entry, or one in another form; the middle of an honest log is made of it.
ODD = (
    entry(0, reason="Størst"),
    entry(0, details={"a": [1, {"z": None}]}),
    entry(0).replace(b'"count"', b'"zount"').replace(b'"v":1', b'"v":2'),
    entry(0, details={"b": 1}).replace(b'{"b":1}', b'{"b":1,"a":2}'),
    entry(0, details={"b": 1}).replace(b'{"b":1}', b'{"b":1,"b":1}'),
    entry(0, details={"b": 1}).replace(b'{"b":1}', b'{"+":",",":x":1,"-":2}'),
    entry(0, details={"b": 1}).replace(b'{"b":1}', b'{"ab!":1,"ab":2}'),
    entry(0, at="2025-13-41T25:61:61.000000Z"),
    entry(0, at="2025-01-01T00:00:00.000000Z,0"),
    entry(0, id="no-id"),
    entry(0, log=THORN),
    entry(0, network="x\ty"),
    entry(0, network="x\ty").replace(b"\\t", b"\t"),
    entry(0, network="x" * 70_000),
    b'{"index":0,"pruned":"' + b"A" * 43 + b'="}',
    second.tile_line(0, [b"x" * 32]),
    b'{"end":true,"size":7}',
    b'{"action":"',
    b"",
)


@st.composite
def exports(draw: st.DrawFn) -> bytes:
    """An export, honest or not: with odd entries that were signed, from any index on, pruned, and then changed."""
    size = draw(st.sampled_from(SIZES))
    data = list(data_of(size))
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        at = draw(st.integers(0, size - 1))
        data[at] = draw(st.sampled_from([*ODD, entry(max(at - 1, 0)), entry(at + 1)])).replace(
            b'"index":0,', b'"index":%d,' % at
        )
    earlier = sorted({draw(st.integers(1, size)) for _ in range(draw(st.sampled_from([0, 2])))})
    pruned_to = draw(st.sampled_from([0, 0, 0, 3, 256]))
    log = second.Log(ROSE, log_of(1).host, data, OURS, pruned_to=pruned_to, earlier=earlier)
    lines = log.export(draw(st.sampled_from([0, 0, 0, 1, size // 2, size])))
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        if len(lines) > 1:
            change(draw, lines)
    export = bytearray(file_of(lines))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(1, len(export)))  # its first byte says what it is, and is no matter of how it is read
        export[at : at + draw(st.integers(0, 3))] = draw(
            st.sampled_from([b"", b"\n", b'"', b"\x00", b"\xff", b"7", b"}"])
        )
    return bytes(export[: draw(st.integers(0, len(export)))] if draw(st.integers(0, 7)) == 7 else export)


def change(draw: st.DrawFn, lines: list[bytes]) -> None:
    one, other = draw(st.integers(1, len(lines) - 1)), draw(st.integers(1, len(lines) - 1))
    how = draw(st.sampled_from(["drop", "double", "swap", "move", "edit", "stranger", "gone"]))
    if how == "drop":
        del lines[one]
    elif how == "double":
        lines.insert(other, lines[one])
    elif how == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    elif how == "move":
        lines.insert(other, lines.pop(one))
    elif how == "edit":
        lines[one] = lines[one].replace(b"success", b"refused").replace(b"A", b"B")
    elif how == "stranger":
        lines[one] = lines[one].replace(b"0000000a", b"0000000b")
    else:
        del lines[min(one, other) : max(one, other)]


@settings(max_examples=40, deadline=None, database=None)
@given(exports(), st.sampled_from([64, 997, 1 << 14, 1 << 18]))
def test_any_export_is_told_as_line_by_line(export: bytes, chunk: int):
    assert said_of(export, chunk=chunk) == said_of(export, at_a_glance=False)


# ---- Entries one by one: what is plain is sound ---------------------------------------------------------------------

NAMES = ("a", "b", "ab", "ab!", ":x", "+", "-", ",", ":", "", "{", "]")
VALUES = ("1", "0", "-0", "01", "-7", "1.5", "1e3", "9" * 15, "9" * 16, '"x"', '","', '""', "null", "true", "nul", "[]",
          '["a","b"]', '["]"]', '["a",1]', '["a",]', "{}", '"\\n"', '"\x7f"', '"\t"', '"ø"')  # fmt: skip


@st.composite
def near_entries(draw: st.DrawFn) -> bytes:
    """An entry whose details were written by hand, and where a few bytes may stand otherwise."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=10))
    if draw(st.booleans()):
        pairs = sorted(dict(pairs).items())
    details = "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
    line = bytearray(re.sub(rb'"details":\{[^}]*\}', lambda _: b'"details":' + details.encode(), entry(7)))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(line)))
        line[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b"0", b'"', b",", b"{", b"}", b" ", b"\n", b"\\", b"\xc3"])
        )
    return bytes(line)


@settings(max_examples=300, deadline=None, database=None)
@given(near_entries())
def test_a_plain_entry_is_sound(line: bytes):
    plain = verify.Plain(ROSE).read(line, 7)
    if plain is None:
        return
    said = verify._entry(line)
    assert (said.fault, said.index, said.log, said.is_pruned) == ("", 7, ROSE, False)
    assert plain == ((line,), said.at, said.at)


def test_names_that_do_not_ascend_are_not_plain():
    for details in (b'{"+":",",":x":1,"-":2}', b'{"ab!":1,"ab":2}', b'{"a":1,"a":1}', b'{"b":1,"a":"x,y"}'):
        line = entry(6).replace(b'"details":{}', b'"details":' + details)
        assert details in line
        assert verify.Plain(ROSE).read(line, 6) is None
        assert verify._entry(line).fault
    for details in (b'{"+":",","-":2,":x":1}', b'{"ab":1,"ab!":2}', b'{"a":["x","y"],"b":"GET /api/v1/runs/{run_id}"}'):
        line = entry(6).replace(b'"details":{}', b'"details":' + details)
        assert verify.Plain(ROSE).read(line, 6) == ((line,), verify._entry(line).at, verify._entry(line).at)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.one_of(near_entries(), st.integers(5, 10).map(entry)), min_size=1, max_size=4))
def test_lines_are_plain_together_where_each_is(lines: list[bytes]):
    plain = verify.Plain(ROSE)
    single = [one for line in lines for one in line.split(b"\n")]
    each = all(plain.read(line, 7 + at) for at, line in enumerate(single))
    together = plain.read(b"\n".join(lines), 7)
    assert (together is not None) is each
    assert together is None or list(together[0]) == single


# ---- The reader -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.lists(st.sampled_from([b"", b"x", b"x" * 90, b"\n"])), st.integers(1, 40), st.integers(0, 99), st.integers(1, 4)
)
def test_lines_are_those_of_the_stream_however_it_is_cut(parts: list[bytes], chunk: int, head: int, count: int):
    text = b"\n".join(parts)
    want = text.split(b"\n")
    found: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "_CHUNK", chunk)
        stream = io.BytesIO(text)
        lines = verify.Lines(stream.read(head), stream)
        try:
            for line in lines:
                found.append(line)
                ahead = want[len(found) : -1][: count + 1]
                block = (b"\n".join(ahead[:count]), ahead[count]) if len(ahead) > count else (b"", b"")
                assert lines.block(count) == block
        except verify._HalfLine:
            assert want[-1]
    assert found == want[:-1]


def test_an_endless_line_is_not_read_to_its_end():
    for head, most in ((b"", 4 << 20), (b"{}\n", 65_535)):
        stream = io.BytesIO(head + b"x" * (20 << 20))
        lines = verify.Lines(b"", stream)
        if head:
            assert next(lines) == b"{}"
        with pytest.raises(verify.Unchecked, match="longer than any"):
            next(lines)
        assert stream.tell() < most + (1 << 19)


def test_what_is_not_clean_or_has_another_time_is_not_plain():
    plain = verify.Plain(ROSE)
    assert plain.read(entry(6), 6)
    for one in (entry(6, network="x\ty"), entry(6).replace(b"success", b"suc\tess"), entry(6, reason="ø")):
        assert plain.read(one, 6) is None
    for at in ("", "2025-08-31", "2025-08-31T12:05:24.060000Z,0"):
        assert plain.read(entry(6, at=at), 6) is None
