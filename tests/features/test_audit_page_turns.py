"""Who may verify a log at once, and that nobody keeps others from it."""

from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.problem import Problem
from ringfence.features.audit_page.verifying import Turns


def code_of(turns: Turns, org_id: UUID) -> str:
    with pytest.raises(Problem) as refused:
        turns.take(org_id)
    return refused.value.code


def test_a_log_is_verified_once_at_a_time_and_two_in_a_process():
    turns, rose, thorn, briar = Turns(), ids.new(), ids.new(), ids.new()
    give_back = turns.take(rose)
    assert code_of(turns, rose) == "verifying"
    turns.take(thorn)
    assert code_of(turns, briar) == "unavailable"
    give_back()
    turns.take(briar)


def test_a_turn_that_nobody_hands_back_ends_by_itself():
    turns, rose, thorn, briar = Turns(longest_s=0), ids.new(), ids.new(), ids.new()
    for org_id in (rose, thorn, briar, rose):
        turns.take(org_id)
