"""Both forms of record give the bytes that their description says, and a batch keeps its bounds."""

import json
import os
import threading
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.base import crypto
from ringfence.base.crypto import Batches, HmacSha256, InvalidSeal, RecordKey, Secret, aead

pytestmark = pytest.mark.promise("CRY-01")

CASES = json.loads((Path(__file__).parent.parent / "vectors" / "records.json").read_text())["cases"]
KEY = RecordKey(Secret(crypto.random_bytes(32)))


def cipher(version: int, key: RecordKey = KEY) -> RecordKey | Batches:
    return key if version == 1 else key.batches


class Counting:
    """A derivation that tells how many batches were derived: two calls each."""

    def __init__(self) -> None:
        self.calls = 0
        self._digest = HmacSha256(bytes(32)).digest

    def __call__(self, message: bytes) -> bytes:
        self.calls += 1
        return self._digest(message)

    @property
    def batches(self) -> int:
        return self.calls // 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['version']}-{len(case['text']) // 2}")
def test_a_record_is_the_bytes_of_its_vector(case, monkeypatch):
    key, nonces, context, text, sealed = (
        bytes.fromhex(case[name]) for name in ("key", "nonces", "context", "text", "sealed")
    )
    record = cipher(case["version"], RecordKey(Secret(key)))
    assert record.open(sealed, context) == text
    drawn = count(step=12)
    monkeypatch.setattr(os, "urandom", lambda size: nonces[(at := next(drawn)) : at + size])
    assert record.seal(text, context) == sealed


@pytest.mark.parametrize("version", [1, 2])
@given(text=st.binary(max_size=300), context=st.binary(max_size=80), data=st.data())
def test_what_was_sealed_opens_and_what_was_changed_does_not(version, text, context, data):
    sealed = cipher(version).seal(text, context)
    assert len(sealed) == len(text) + cipher(version).OVERHEAD_BYTES
    assert cipher(version).open(sealed, context) == text
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:at] + bytes([sealed[at] ^ data.draw(st.integers(1, 255))]) + sealed[at + 1 :]
    others = [(changed, context), (sealed[:at], context), (sealed + b"\0", context), (sealed, context + b"\0")]
    for wrong, place in others:
        with pytest.raises(InvalidSeal):
            cipher(version).open(wrong, place)
    with pytest.raises(InvalidSeal):
        cipher(3 - version).open(sealed, context)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_batch_ends_at_its_limit(limit):
    batches = Batches(HmacSha256(bytes(32)).digest, limit=limit)
    records = [batches.seal(b"text", b"") for _ in range(3 * limit + 1)]
    sizes = Counter(record[:12] for record in records)
    assert list(sizes.values()) == [limit, limit, limit, 1]
    assert len({record[12:24] for record in records}) == len(records)
    assert all(batches.open(record, b"") == b"text" for record in records)


def test_a_batch_keeps_its_limit_among_threads():
    batches, records = Batches(HmacSha256(bytes(32)).digest, limit=50), list[bytes]()
    threads = [
        threading.Thread(target=lambda: records.extend(batches.seal(b"", b"") for _ in range(100))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Counter(record[:12] for record in records).values()) == [50] * 8


def test_the_limit_is_far_below_what_nist_allows_for_random_nonces():
    assert Batches.LIMIT == 2**20


def test_writers_never_share_a_batch():
    digest = HmacSha256(bytes(32)).digest
    assert len({Batches(digest).seal(b"", b"")[:12] for _ in range(100)}) == 100


def test_a_reader_keeps_the_batches_that_it_used_last_and_no_more():
    derive = Counting()
    records = [Batches(derive).seal(b"text", b"") for _ in range(Batches.MOST_KNOWN + 1)]
    *first, last = records
    reader, before = Batches(derive), derive.batches

    def derived(*opened: bytes) -> int:
        start = derive.batches
        assert [reader.open(record, b"") for record in opened] == [b"text"] * len(opened)
        return derive.batches - start

    assert derived(*first) == Batches.MOST_KNOWN
    assert derived(*first) == 0
    assert derived(first[0], last) == 1
    assert derived(first[0]) == 0, "used again meanwhile"
    assert derived(first[1]) == 1, "the one that was used least recently has gone"
    assert derive.batches == before + Batches.MOST_KNOWN + 2


def test_where_the_process_has_no_room_a_reader_keeps_few(monkeypatch):
    derive, extra = Counting(), 10
    records = [Batches(derive).seal(b"text", b"") for _ in range(Batches.SURELY_KNOWN + extra)]
    monkeypatch.setattr(aead._Room, "MOST", extra)
    room = aead._Room()
    monkeypatch.setattr(aead, "_ROOM", room)

    def kept() -> int:
        """How many of these one who opens all of them twice keeps, and lets go at the end."""
        reader, start = Batches(derive), 0
        for _ in range(2):
            start = derive.batches
            assert [reader.open(record, b"") for record in records] == [b"text"] * len(records)
        return len(records) - (derive.batches - start)

    assert kept() == len(records)
    assert kept() == len(records), "the room of who is gone was not given back"
    greedy = Batches(derive)
    assert [greedy.open(record, b"") for record in records] == [b"text"] * len(records)
    assert kept() == 0, "by turns through more than it may keep"
    del records[-extra:]
    assert kept() == Batches.SURELY_KNOWN


def test_invented_batches_drive_none_out():
    derive = Counting()
    record = Batches(derive).seal(b"text", b"")
    reader = Batches(derive)
    assert reader.open(record, b"") == b"text"
    for _ in range(2 * Batches.MOST_KNOWN):
        with pytest.raises(InvalidSeal):
            reader.open(crypto.random_bytes(12) + record[12:], b"")
    before = derive.batches
    assert reader.open(record, b"") == b"text"
    assert derive.batches == before


def test_the_commitment_is_compared_for_each_record_also_of_a_batch_that_is_known():
    batches = Batches(HmacSha256(bytes(32)).digest)
    record = batches.seal(b"text", b"")
    assert batches.open(record, b"") == b"text"
    for at in range(24, 40):
        with pytest.raises(InvalidSeal):
            batches.open(record[:at] + bytes([record[at] ^ 1]) + record[at + 1 :], b"")


def test_what_is_too_short_to_be_a_record_is_refused():
    for size in range(Batches.OVERHEAD_BYTES):
        with pytest.raises(InvalidSeal):
            KEY.batches.open(bytes(size), b"")
