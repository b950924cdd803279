"""Addresses as proxies write them: with ports, brackets, zones, and IPv4 inside IPv6. Keeps RAT-01.

Proved in tests/controls/test_limits.py.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def find_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in its one form, or None for what is none."""
    host = text
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
