"""What a browser test stands on: one browser and one house for all, a visitor of its own for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import launched
from tests.browser.desk import Desk
from tests.browser.house import House, open_house


# The scope is the package's: while the browser runs, its event loop is the thread's, and async tests could not run.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests here."""
    with launched() as running:
        yield running


@pytest.fixture(scope="package")
def shared_house() -> Iterator[House]:
    """A house for whoever does not kill its server."""
    with open_house() as opened:
        yield opened


@pytest.fixture
def house(shared_house: House) -> House:
    """The shared house with the host as it was; a module with a house of its own has a fixture of this name."""
    shared_house.host.reset()
    return shared_house


@pytest.fixture
def desk(browser: Browser, house: House) -> Iterator[Desk]:
    """A desk whose watch has nothing to report at the end."""
    seated = Desk(browser, house)
    try:
        yield seated
        assert seated.watch.problems == []
    finally:
        seated.close()
