"""Rate limits that hold across processes: exact for authentication, by short allotments elsewhere. Keeps RAT-01.

Proved in tests/promises/test_limits.py and tests/controls/test_limits.py.
"""

from ringfence.controls.limits.address import ClientAddress, address_key, one_of_site, parse_networks
from ringfence.controls.limits.limits import Limits
from ringfence.controls.limits.rules import RULES, BadLimits, Mode, Rule, parse_overrides
from ringfence.controls.limits.state import LimitState, headers

__all__ = [
    "RULES",
    "BadLimits",
    "ClientAddress",
    "LimitState",
    "Limits",
    "Mode",
    "Rule",
    "address_key",
    "headers",
    "one_of_site",
    "parse_networks",
    "parse_overrides",
]
