"""Refused credentials of whoever has more addresses than anybody can count: a network is one, beyond its limit."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ringfence.controls import audit
from ringfence.controls.audit import Action
from tests.house import House, house, serving
from tests.promises.test_attempts import LOG_IN, entered
from tests.world import Stage


@pytest.mark.promise("EMB-06", "RAT-01")
async def test_whoever_has_a_whole_network_makes_no_entry_an_address(stage: Stage, tmp_path: Path):
    async with (
        house(stage, tmp_path, limits="auth=2/60") as home,
        serving(home.kernel, trusted_proxies="127.0.0.1/32") as client,
    ):
        for place in range(1, 9):
            for site in ("2001:db8:0:1", "2001:db8:0:2"):
                answer = await client("POST", LOG_IN, {"token": "x"}, X_Forwarded_For=f"{site}::{place}")
                assert answer.status == (401 if place < 3 else 429)
        await entered(home, stage)
        counts = await by_address(home)
        # Two of each network were read, each by an address of its own; what came behind them counts as one.
        assert sorted(counts["rate_limited"].values()) == [6, 6]
        assert sum(len(each) for code, each in counts.items() if code != "rate_limited") == 4


async def by_address(home: House) -> dict[str, Counter[bytes]]:
    """How often each address was refused, by the reason, in the platform's log."""
    counts = defaultdict[str, Counter[bytes]](Counter)
    async with home.kernel.database.platform() as tx:
        for entry in await audit.recent(tx, 200):
            if entry.action == Action.AUTH_REFUSED:
                counts[entry.reason or ""][entry.address_hash or b""] += entry.details["count"]
    return counts
