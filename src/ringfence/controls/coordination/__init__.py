"""What all processes share: invalidations that take effect within five seconds, and a schedule of jobs.

Keeps EMB-05, PRV-03, KEY-01 and HOK-03 (in part). Proved in tests/controls/test_invalidation.py and
tests/controls/test_schedule.py.
"""

from ringfence.controls.coordination.invalidation import Invalidation, Kind, publication
from ringfence.controls.coordination.schedule import Job, JobRun, Schedule, expiry

__all__ = ["Invalidation", "Job", "JobRun", "Kind", "Schedule", "expiry", "publication"]
