"""One house for all tests of the protocols: Ringfence, the partner's product, and a model that is told."""

from collections.abc import Iterator

import pytest

from tests.browser.house import House, open_house


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """A house whose agent looks customers up, and asks before it refunds."""
    with open_house() as opened:
        yield opened
