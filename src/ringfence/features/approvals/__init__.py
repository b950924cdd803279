"""Approvals: what agents ask people before they act, and the people's answers.

The questions are asked and their answers spent by the runs below; here they are read and decided.
"""

from ringfence.features.approvals.routes import router

__all__ = ["router"]
