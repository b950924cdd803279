"""How much a long test does: its full count, or less for a quick try, such as `RINGFENCE_LONG_KILLS=5`."""

import os


def count(name: str, full: int) -> int:
    """`full`, unless RINGFENCE_LONG_`name` says otherwise."""
    return int(os.environ.get(f"RINGFENCE_LONG_{name}", full))
