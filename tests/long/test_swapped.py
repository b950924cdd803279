"""100,000 of Alice's requests with the credentials of others, over shared connections; see swapping."""

from collections.abc import Callable

import pytest

from tests.attacks.recording import record
from tests.long.counts import count
from tests.long.swapping import check, swap
from tests.served_cast import served_cast

REQUESTS = count("SWAPS", 100_000)


@pytest.mark.long
@pytest.mark.promise("TEN-05", "TEN-07")
def test_nothing_of_alice_comes_back_in_a_hundred_thousand_swapped_requests(tell: Callable[[str], None]):
    # A server of its own: sessions live for an hour, and others may have used the shared one for long.
    with served_cast() as cast:
        tally, verdict = swap(record(cast), REQUESTS)
    tell(f"swapped requests: {verdict.text}")
    check(tally, verdict, REQUESTS)
