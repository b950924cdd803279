"""What a probe is: a small, harmless look at the running system, with something planted that it must find.

How one is written: docs/evidence.md. The list of them all: catalogue.py. What runs them: evidence/runner.py.
"""

from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

__all__ = ["Finding", "Ground", "Outcome", "Probe", "weighed"]
