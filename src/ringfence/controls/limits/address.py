"""Whose address a request has: the last hop that is not ours. Keeps RAT-01.

Whatever a client writes into X-Forwarded-For stands left of what our own proxies add, so it is never read.
Proved in tests/controls/test_limits.py.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import final

from ringfence.controls.limits.networks import Network, find_address

_SITE_BITS = 64
"""An IPv6 customer is given a /64 at least, so single addresses are free to change."""


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks of `10.0.0.0/8, ::1`; raises ValueError that names the bad part."""
    found: list[Network] = []
    for part in (part.strip() for part in text.split(",")):
        if part:
            try:
                found.append(ip_network(part))
            except ValueError:
                raise ValueError(f"RINGFENCE_TRUSTED_PROXIES: {part!r} is no network, as in 10.0.0.0/8.") from None
    return tuple(found)


@final
class ClientAddress:
    """Finds the client's address behind the trusted proxies."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted)

    def __call__(self, peer: str, forwarded_for: str = "") -> str:
        """The rightmost hop that is no trusted proxy; the last proxy where its own word cannot be read."""
        nearest = find_address(peer)
        if nearest is None:
            return peer
        for hop in reversed(forwarded_for.split(",") if forwarded_for else []):
            if not self._trusts(nearest):
                break
            further = find_address(hop.strip())
            if further is None:
                break
            nearest = further
        return str(nearest)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)


def address_key(address: str) -> str:
    """What a limit counts by: an IPv4 address, or the /64 of an IPv6 one."""
    site = _site(address)
    return address if site is None else str(site)


def one_of_site(address: str) -> str:
    """The one address that stands for all that a limit counts as one: the first of its /64."""
    site = _site(address)
    return address if site is None else str(site.network_address)


def _site(address: str) -> IPv6Network | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return IPv6Network((parsed, _SITE_BITS), strict=False) if isinstance(parsed, IPv6Address) else None
