"""The closed list of retention clocks: what each means, and what lets it run out. Keeps PRV-02.

Proved in tests/controls/test_datamap.py.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Clock:
    """When a value goes; `by` names what deletes it, and is empty where nothing does so by itself yet."""

    means: str
    by: str = ""


CLOCKS: Final = {
    "account": Clock("as long as its owner is there", "erasure"),
    "retention": Clock("the organization's retention period, 1 to 90 days", ""),
    "session": Clock("as long as the session", ""),
    "run": Clock("until the run ends", "the run's last transaction"),
    "row": Clock("as long as the row that it stands in", "the row's own clock"),
    "one minute": Clock("until its minute is over and it is an entry of the log", "job enter_counts"),
    "one window": Clock("the window of the limit, at most an hour", "job sweep_rate_limits"),
    "two hours": Clock("two hours", "job expiry"),
    "24 hours": Clock("24 hours", "job expiry; for uploads their own sweep"),
    "expiry of the token": Clock("until the token would expire anyway", "job expiry"),
    "until delivered, at most 30 days": Clock("cleared once delivered; 30 days at most", "job expire_deliveries"),
    "30 days": Clock("30 days", "a daily or hourly job"),
    "90 days": Clock("90 days", "jobs probe_results and forget_refusals"),
    "one year": Clock("one year", ""),
    "proof": Clock("for good: hashes, counts and signed notes, by which what is left of the log verifies", ""),
    "rotation": Clock("an hour after the next rotation", "ringfence migrate --rotate-context"),
    "work": Clock("until the work is done", "the worker that ends it"),
    "until deleted": Clock("until the object store has deleted it", "the sweep of objects"),
    "none": Clock("for good: one row for each of a closed list of ours", ""),
}
"""A clock that is not here is a fault of the build; `by` is empty where the promise is still open."""
