"""What a process counted and has not written yet."""

import pytest

from ringfence.controls.audit.tally import Tally


@pytest.mark.promise("AUD-01", "EMB-06")
async def test_what_is_on_its_way_to_a_database_that_hangs_leaves_no_room_for_as_many_again():
    seen: list[int] = []

    async def write(_counted: bytes) -> int:
        tally.add("new")
        seen.append(len(tally))
        raise TimeoutError

    tally = Tally[str](write, lambda one, count: {"one": one, "count": count})
    tally.add("a")
    tally.add("b")
    with pytest.raises(TimeoutError):
        await tally.flush()
    assert seen == [3]
    assert len(tally) == 3
