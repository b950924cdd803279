"""Pages of a list: stable, bounded, and each cursor good for its own list alone."""

import base64
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.page import DEFAULT_LIMIT, MAX_LIMIT, Cursors, Window
from ringfence.base.problem import Problem

ROSE = Cursors(b"k" * 32, "runs/rose")
ROWS = sorted((ids.new() for _ in range(5)), reverse=True)


def cursor(cursors: Cursors = ROSE) -> str:
    """The cursor behind the second of five rows."""
    made = cursors.page(ROWS[:3], Window(2, None), _itself).next_cursor
    assert made is not None
    return made


def _itself(row: UUID) -> UUID:
    return row


def _refused(cursors: Cursors, limit: int | None, text: str | None) -> str:
    with pytest.raises(Problem) as refusal:
        cursors.window(limit, text)
    assert refusal.value.status == 400
    return refusal.value.code


def test_a_list_begins_at_its_newest_with_a_page_of_the_usual_size():
    assert ROSE.window(None, None) == Window(DEFAULT_LIMIT, None)


def test_a_cursor_goes_on_behind_the_last_row_shown():
    assert ROSE.window(2, cursor()) == Window(2, ROWS[1])


def test_a_page_with_more_behind_it_has_a_cursor_and_the_last_one_none():
    window = Window(2, None)
    assert ROSE.page(ROWS[:3], window, _itself).items == ROWS[:2]
    last = ROSE.page(ROWS[3:], window, _itself)
    assert (last.items, last.next_cursor) == (ROWS[3:], None)
    assert ROSE.page([], window, _itself).next_cursor is None


@pytest.mark.promise("TEN-07")
@pytest.mark.parametrize("scope", ["runs/thorn", "conversations/rose", "", "runs/rose\0"])
def test_a_cursor_of_another_organization_or_list_is_refused(scope: str):
    assert _refused(Cursors(ROSE.key, scope), 2, cursor()) == "invalid_cursor"


def test_a_cursor_of_another_deployment_is_refused():
    assert _refused(Cursors(b"o" * 32, ROSE.scope), 2, cursor()) == "invalid_cursor"


def test_a_cursor_with_any_byte_changed_is_refused():
    raw = base64.urlsafe_b64decode(cursor() + "=")
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert _refused(ROSE, 2, base64.urlsafe_b64encode(changed).decode()) == "invalid_cursor"


@pytest.mark.parametrize("text", ["", "A", "garbage!", "é", "AAAA", "A" * 42, "A" * 43, "A" * 4000, "\0", " "])
def test_what_is_no_cursor_is_refused(text: str):
    assert _refused(ROSE, 2, text) == "invalid_cursor"


@pytest.mark.parametrize("limit", [1, MAX_LIMIT])
def test_the_smallest_and_the_largest_page_are_given(limit: int):
    assert ROSE.window(limit, None).limit == limit


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1, 10**30])
def test_a_page_of_another_size_is_refused(limit: int):
    assert _refused(ROSE, limit, None) == "invalid_limit"
