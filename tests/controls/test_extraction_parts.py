"""The parts of the process that parses, in this one: the same files, and a kernel that has less to offer."""

import ctypes
import io
import json
import resource
import struct
import sys
from typing import Any

import pytest

from ringfence.controls.extraction import Layer, archives, child, landlock, papers, plain, sandbox, seccomp, segments
from ringfence.controls.extraction.extractor import kind_of
from tests import paperwork
from tests.attacks.test_hostile_files import HOSTILE
from tests.controls.test_extraction import READ

ALL = (Layer.LIMITS, Layer.SECCOMP)


class Libc:
    """The calls that were made, answered as a kernel would that has these."""

    def __init__(self, *, landlock_version: int = 7, result: int = 0) -> None:
        self.version = landlock_version
        self.result = result
        self.calls: list[tuple[Any, ...]] = []

    def syscall(self, number: int, *rest: Any) -> int:
        self.calls.append((number, *rest))
        if number != 444:
            return self.result
        return self.version if rest[0] is None else -1 if self.result else 900

    def prctl(self, *rest: Any) -> int:
        self.calls.append(("prctl", *rest))
        return self.result

    def unshare(self, _flags: int) -> int:
        return self.result


def parsed(kind: str, data: bytes, monkeypatch: pytest.MonkeyPatch, *, held: tuple[str, ...] = ALL) -> list[Any]:
    """What the program answers, line by line, without being confined."""
    out = io.StringIO()
    monkeypatch.setattr(sandbox, "confine", lambda: held)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    monkeypatch.setattr(sys, "stdout", out)
    child.main(kind, "strict")
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("name", [name for name, (media_type, _, _) in READ.items() if kind_of(media_type)])
def test_each_parser_gives_text_and_a_last_line(name: str, monkeypatch: pytest.MonkeyPatch):
    media_type, data, wanted = READ[name]
    *found, last = parsed(kind_of(media_type) or "", data, monkeypatch)
    assert last["end"] == ("" if wanted else "no_text")
    assert len(found) == len(wanted)


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_file_has_its_code(name: str, monkeypatch: pytest.MonkeyPatch):
    media_type, data, code = HOSTILE[name]
    assert parsed(kind_of(media_type) or "", data, monkeypatch)[-1]["end"] == code


def test_without_the_sandbox_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    (last,) = parsed("text", b"words", monkeypatch, held=("limits",))
    assert last == {"end": "extraction_unavailable", "layers": ["limits"]}


@pytest.mark.parametrize(("raised", "end"), [(MemoryError(), "too_long"), (segments.Full(), "cut")])
def test_what_ends_a_parser_early_is_said(raised: Exception, end: str, monkeypatch: pytest.MonkeyPatch):
    def fails(_data: bytes, _sink: object) -> None:
        raise raised

    monkeypatch.setattr(plain, "read", fails)
    assert parsed("text", b"x", monkeypatch)[-1]["end"] == end


def test_half_a_character_costs_no_file_its_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plain, "read", lambda _data, sink: sink.put("page 1", "a\ud83d\ude00b \ud800c"))
    assert parsed("text", b"x", monkeypatch)[0] == {"at": "page 1", "text": "a\U0001f600b \ufffdc"}


def test_text_ends_at_its_bound():
    given: list[str] = []
    sink = segments.Sink(lambda _locator, text: given.append(text), most=10)
    sink.put("line 1", "  ")
    sink.put("line 2", "12345")
    with pytest.raises(segments.Full):
        sink.put("line 3", "1234567")
    with pytest.raises(segments.Full):
        sink.put("line 4", "x")
    assert given == ["12345", "12345"]


def test_a_paper_ends_at_its_bound_and_one_without_a_readable_page_is_unreadable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(papers, "PAGES", 1)
    assert parsed("pdf", paperwork.pdf("a", "b"), monkeypatch)[-1]["end"] == "cut"

    def breaks(_page: object) -> str:
        raise ValueError

    monkeypatch.setattr(papers, "rehearse", lambda: None)
    monkeypatch.setattr("pypdf.PageObject.extract_text", breaks)
    assert parsed("pdf", paperwork.pdf("a"), monkeypatch)[-1]["end"] == "unreadable_file"


def test_archives_end_at_their_bounds(monkeypatch: pytest.MonkeyPatch):
    data = paperwork.document("x")
    for bound in ("ENTRIES", "UNPACKED_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(archives, bound, 3)
            with pytest.raises(segments.Unreadable, match="archive_bomb"):
                archives.check(data)


def test_a_workbook_ends_at_its_rows_and_hidden_slides_are_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ringfence.controls.extraction.workbooks.ROWS", 2)
    assert parsed("xlsx", paperwork.workbook(("a",), ("b",), ("c",)), monkeypatch)[-1]["end"] == "cut"
    *found, _ = parsed("pptx", paperwork.shown_and_hidden(), monkeypatch)
    assert [(one["at"], one["text"]) for one in found] == [("slide 1", "Shown\nin a group\na | b")]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (b"<p>a</b></p><option>", "a"),
        (b"<p>a<div>b</div>", "a\nb"),
        (b"<ul><li>a<li>b</ul>", "a\nb"),
        (b"<table><tr><td hidden>x</td><td>y</td></tr></table>", "y |"),
        (b"<b aria-hidden='TRUE'>x</b>y<img src=x>", "y"),
    ],
)
def test_broken_pages_show_what_a_person_sees(page: bytes, text: str, monkeypatch: pytest.MonkeyPatch):
    *found, _ = parsed("html", page, monkeypatch)
    assert "\n".join(one["text"] for one in found) == text


def run(code: bytes, *, audit: int, number: int, argument: int = 0) -> int:
    """What the filter answers to a call: the few instructions of classic BPF that it is made of."""
    steps = [struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8)]
    data, at, held = {0: number, 4: audit, 16: argument}, 0, 0
    while True:
        operation, then, otherwise, value = steps[at]
        if operation == 0x06:
            return value
        if operation == 0x20:
            held, at = data[value], at + 1
        else:
            is_so = held == value if operation == 0x15 else held >= value
            at += 1 + (then if is_so else otherwise)


@pytest.mark.promise("AGT-07")
def test_the_filter_lets_through_what_computes_and_nothing_else():
    code = seccomp.program(7, 64, (63, 93))
    allowed = {
        (number, argument)
        for number in range(500)
        for argument in range(4)
        if run(code, audit=7, number=number, argument=argument) == 0x7FFF0000
    }
    assert allowed == {(63, n) for n in range(4)} | {(93, n) for n in range(4)} | {(64, 1), (64, 2)}
    assert run(code, audit=8, number=63) == 0x80000000, "another architecture dies"
    assert run(code, audit=7, number=63 + 0x40000000) == 0x00050001, "and its other numbering is refused"


@pytest.mark.parametrize(
    ("machine", "result", "holds"),
    [("x86_64", 0, True), ("aarch64", 0, True), ("x86_64", -1, False), ("riscv64", 0, False)],
)
def test_a_machine_without_the_filter_says_so(machine: str, result: int, *, holds: bool):
    libc: Any = Libc(result=result)
    assert seccomp.allow_computing_alone(libc, machine) is holds


@pytest.mark.parametrize(("version", "size"), [(1, 8), (4, 16), (7, 24), (-1, 0)])
def test_landlock_denies_all_that_this_kernel_knows(version: int, size: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(landlock.os, "close", lambda _ruleset: None)
    libc: Any = Libc(landlock_version=version)
    assert landlock.deny_all(libc) is (size > 0)
    assert [len(call[1]) for call in libc.calls if call[0] == 444 and call[1]] == ([size] if size else [])
    refusing: Any = Libc(result=-1)
    assert not landlock.deny_all(refusing)


@pytest.mark.parametrize(
    ("platform", "result", "held"),
    [
        ("linux", 0, ("namespace", "limits", "landlock", "seccomp")),
        ("linux", -1, ("limits",)),
        ("darwin", 0, ("limits",)),
    ],
)
def test_confining_tells_what_holds(platform: str, result: int, held: tuple[str, ...], monkeypatch: pytest.MonkeyPatch):
    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda which, pair: limits.update({which: pair}))
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Libc(result=result))
    monkeypatch.setattr(landlock.os, "close", lambda _ruleset: None)
    monkeypatch.setattr(sandbox.os, "uname", lambda: type("Uname", (), {"machine": "x86_64"}))
    monkeypatch.setattr(sys, "platform", platform)
    assert tuple(sandbox.confine()) == held
    assert limits[resource.RLIMIT_FSIZE] == (0, 0)
