from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.features.runs.models.sse import EventParser, EventTooLargeError

STREAM = (
    b'\xef\xbb\xbf: hello\ndata: {"a":1}\n\n'
    b"event: x\nid: 1\r\ndata:two\r\ndata: lines\r\n\r\n"
    b"retry: 5\ndata\ndata: z\n\n\n"
)
EVENTS = [b'{"a":1}', b"two\nlines", b"\nz"]


def parse(pieces: list[bytes], max_event_bytes: int = 1_000) -> list[bytes]:
    parser = EventParser(max_event_bytes=max_event_bytes)
    return [event for piece in pieces for event in parser.feed(piece)] + parser.close()


@given(st.lists(st.integers(0, len(STREAM))))
def test_events_are_the_same_however_the_bytes_are_split(places):
    cuts = [0, *sorted(places), len(STREAM)]
    assert parse([STREAM[start:end] for start, end in pairwise(cuts)]) == EVENTS


def test_bytes_one_by_one_are_read():
    assert parse([bytes([byte]) for byte in STREAM]) == EVENTS


def test_a_last_event_without_its_blank_line_is_read():
    assert parse([b"data: [DONE]"]) == [b"[DONE]"]


@pytest.mark.parametrize("pieces", [[b"data: 1234567890"], [b"data: 12345\n", b"data: 67890\n"], [b"x"] * 20])
def test_an_event_that_is_too_large_is_refused(pieces):
    with pytest.raises(EventTooLargeError):
        parse(pieces, max_event_bytes=10)


def test_a_page_is_not_taken_for_a_stream():
    parser = EventParser(max_event_bytes=1_000)
    parser.feed(b"<html>\n")
    assert parser.is_foreign
