"""A long export, through a pipe, in the memory of a few hundred entries; RINGFENCE_LONG_AUDIT_ENTRIES says how many."""

import pytest

from tests.audit_logs import streamed
from tests.long.counts import count

pytestmark = [pytest.mark.long, pytest.mark.promise("AUD-02")]


def test_a_million_entries_are_verified_in_constant_memory():
    entries = count("AUDIT_ENTRIES", 1_000_000)
    short, few = streamed(3_000)
    said, kilobytes = streamed(entries)
    assert (short["result"], said["result"], said["entries"]) == ("verified", "verified", entries)
    assert kilobytes < few + 8_000
