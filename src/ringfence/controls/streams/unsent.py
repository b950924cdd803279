"""Keeps AUD-05. Why a batch did not arrive. Proved in tests/promises/test_audit_streams.py."""


class Unsent(Exception):  # noqa: N818 - what it names is the batch
    """It did not arrive, as far as we know; `code` is ours, never what a server said. It is sent again."""

    def __init__(self, code: str, *, is_too_large: bool = False, wait_s: float = 0) -> None:
        super().__init__(code)
        self.code = code
        self.is_too_large = is_too_large
        """Fewer at once may be taken."""
        self.wait_s = wait_s
        """For how long the receiver asked to be left alone."""
