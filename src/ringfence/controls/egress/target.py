"""Keeps AGT-06 (HTTP). Where a URL leads, read once and strictly; proved in tests/controls/test_egress_addresses.py.

What two parsers might read differently is refused, not repaired: user names, fragments, backslashes, anything outside
of printable ASCII (a name in other letters is written in its xn-- form), a trailing dot, zone ids, dot segments, and
every spelling of an IPv4 address but four plain decimal numbers. The request is made from the parts read here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from .addresses import Address, is_public
from .failures import EgressError, Failure

URL_CHARS: Final = 8_192
_HTTPS: Final = 443
_PORTS: Final = {"http": 80, "https": _HTTPS}
_FIRST_FREE_PORT: Final = 1024
_LAST_PORT: Final = 65_535

_URL: Final = re.compile(r"(https?)://([^/?]+)(/[^?]*)?(\?.*)?", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[!-~]+")
_NEVER: Final = re.compile(r"[\\#<>\"^`{|}]")
_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOTS: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_NAME_CHARS: Final = 253


@dataclass(frozen=True, slots=True)
class Place:
    """A host, in lower case or as a canonical address without brackets, and a port."""

    host: str
    port: int


Named = frozenset[Place]


class BadPlaces(ValueError):  # noqa: N818 - as BadLimits
    """The operator's list of places cannot be read; the text names the part and its mend."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts."""

    scheme: str
    place: Place
    address: Address | None
    """The address where the host is one, None for a name."""
    path: str
    """Path and query as they are sent; begins with a slash."""
    is_named: bool
    """The operator has named this host and port: private ranges and plain http are open to it."""

    @property
    def url(self) -> str:
        """The one spelling of the URL."""
        host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        port = "" if self.place.port == _PORTS[self.scheme] else f":{self.place.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def host(self) -> str:
        """The host as lists of allowed hosts spell it: with its port where that is not 443."""
        host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        return host if self.place.port == _HTTPS else f"{host}:{self.place.port}"

    @property
    def origin(self) -> tuple[str, Place]:
        """What a redirect must not leave with anything that was meant for it."""
        return self.scheme, self.place

    def checked(self, addresses: Iterable[Address]) -> list[str]:
        """The addresses to connect to; EgressError if only one of them is closed to tools."""
        found = list(dict.fromkeys(addresses))
        if not found:
            raise EgressError(Failure.UNRESOLVED, "no address")
        if not self.is_named and not all(is_public(address) for address in found):
            raise EgressError(Failure.REFUSED_ADDRESS, "an address is not public")
        return [str(address) for address in found]


def parse(url: str, *, named: Named = frozenset()) -> Target:
    """The target of a URL; EgressError INVALID_URL or REFUSED_ADDRESS."""
    if len(url) > URL_CHARS or not _PRINTABLE.fullmatch(url) or _NEVER.search(url):
        raise EgressError(Failure.INVALID_URL, "characters")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise EgressError(Failure.INVALID_URL, "not an http URL")
    scheme, path = parts[1].lower(), parts[3] or "/"
    if _DOTS.search(path):
        raise EgressError(Failure.INVALID_URL, "dot segments")
    host, address, port = _authority(parts[2], _PORTS[scheme])
    place = Place(host, port)
    target = Target(scheme, place, address, path + (parts[4] or ""), is_named=place in named)
    if not target.is_named:
        _refuse_closed(target)
    return target


def parse_place(host: str, port: int, *, named: Named = frozenset()) -> Target:
    """The target of a host, as in a URL, and a port, for what is not HTTP; EgressError as `parse` raises it."""
    return parse(f"https://{host}:{port}/" if _HOST.fullmatch(host) else "", named=named)


def parse_named(text: str) -> Named:
    """The places of a comma-separated list of host:port; BadPlaces with what to mend."""
    return frozenset(_named(item.strip()) for item in text.split(",") if item.strip())


def _named(item: str) -> Place:
    hint = f"RINGFENCE_EGRESS_ALLOW: {item!r} is not host:port, such as 127.0.0.1:9001 or [::1]:9001"
    parts = _AUTHORITY.fullmatch(item)
    if parts is None or parts[3] is None:
        raise BadPlaces(hint)
    try:
        host, _address, port = _authority(item, _HTTPS)
    except EgressError:
        raise BadPlaces(hint) from None
    return Place(host, port)


def _refuse_closed(target: Target) -> None:
    if target.scheme != "https":
        raise EgressError(Failure.REFUSED_ADDRESS, "not https")
    # Below 1024 other protocols live, which might read a request as theirs.
    if target.place.port != _HTTPS and target.place.port < _FIRST_FREE_PORT:
        raise EgressError(Failure.REFUSED_ADDRESS, "port of another protocol")
    if target.address is not None:
        target.checked([target.address])
    elif "." not in target.place.host:
        raise EgressError(Failure.REFUSED_ADDRESS, "a name of the local network")


def _authority(text: str, default_port: int) -> tuple[str, Address | None, int]:
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise EgressError(Failure.INVALID_URL, "host")
    port = int(parts[3]) if parts[3] else default_port
    if not 0 < port <= _LAST_PORT:
        raise EgressError(Failure.INVALID_URL, "port")
    try:
        address = IPv6Address(parts[1]) if parts[1] else _ipv4(parts[2].lower())
    except AddressValueError:
        raise EgressError(Failure.INVALID_URL, "address") from None
    return (_name(parts[2].lower()) if address is None else str(address)), address, port


def _ipv4(host: str) -> IPv4Address | None:
    """The address where the host's last label is a number, in whatever base; AddressValueError if it is spelt oddly."""
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is None:
        return None
    return IPv4Address(host)


def _name(host: str) -> str:
    if len(host) > _NAME_CHARS or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise EgressError(Failure.INVALID_URL, "name")
    return host
