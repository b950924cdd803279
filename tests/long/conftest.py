"""What long tests share: a line that tells what was done, at once and past the capturing of output."""

from collections.abc import Callable

import pytest


@pytest.fixture
def tell(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints one line of a summary."""

    def line(text: str) -> None:
        with capfd.disabled():
            print(f"\n{text}", flush=True)  # noqa: T201 - a long test speaks by printing

    return line
