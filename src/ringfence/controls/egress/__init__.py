"""Keeps AGT-06 (HTTP), TEN-07: calls to addresses that a tenant, a model or a tool names.

Proved in tests/controls/test_egress.py and test_egress_addresses.py. The rules, in the order in which they are asked:

1. A URL is read once and strictly (`target`): https, no user name, no fragment, one spelling of every address, port
   443 or from 1024 up.
2. Its name is resolved once; every address must be public (`addresses`); the connection goes to those and no others.
3. A host:port that the operator names in RINGFENCE_EGRESS_ALLOW may be private and speak plain http, for exactly that
   spelling of host and port.
4. A redirect is followed at most three times (or as often as `Bounds` say), each by all these rules, and takes nothing
   along to another origin (`redirects`).
5. Time to connect, to the first byte, between bytes and in all is bounded, as are headers and body; what is larger is
   an error, never a shortened answer. Compression is not asked for and not accepted.
6. One organization has at most a quarter of a process's calls and of its look-ups (`turns`): the rest waits its turn.
7. Bytes without HTTP (syslog) go over TLS alone, to the same addresses by the same rules, and the server proves its
   name (`tls_wire`, `certificates`).
8. No cookie, no proxy from the environment, no connection shared between calls.

Open: an organization's own list of hosts; a shared pool of connections (each call pays its handshake).
"""

from .certificates import BadAuthorities, trusting
from .egress import Egress
from .exchange import Answer, Bounds
from .failures import EgressError, Failure
from .target import BadPlaces, Named, Target, parse, parse_named, parse_place

__all__ = [
    "Answer",
    "BadAuthorities",
    "BadPlaces",
    "Bounds",
    "Egress",
    "EgressError",
    "Failure",
    "Named",
    "Target",
    "parse",
    "parse_named",
    "parse_place",
    "trusting",
]
