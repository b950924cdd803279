"""Where a tool may go: each address of the tables and each odd spelling. Each line of either vector is one claim.

Switch a rule of `target` or a network of `addresses` off, and the line that names it turns red.
"""

import ipaddress
import json
from pathlib import Path

import pytest

from ringfence.controls import egress
from ringfence.controls.egress.addresses import is_public

VECTORS = Path(__file__).parents[1] / "vectors"
URLS = json.loads((VECTORS / "egress_urls.json").read_text())
ADDRESSES = json.loads((VECTORS / "egress_addresses.json").read_text())


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize("address", ADDRESSES["closed"])
def test_an_address_that_is_not_public_is_closed(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ADDRESSES["open"])
def test_a_public_address_is_open(address: str):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.promise("AGT-06")
@pytest.mark.parametrize(("url", "_why"), URLS["refused"])
def test_a_url_that_could_mislead_is_refused(url: str, _why: str):
    with pytest.raises(egress.EgressError) as refused:
        egress.parse(url)
    assert refused.value.failure in {egress.Failure.INVALID_URL, egress.Failure.REFUSED_ADDRESS}


@pytest.mark.parametrize(("url", "spelt"), URLS["accepted"])
def test_a_plain_url_has_one_spelling(url: str, spelt: str):
    assert egress.parse(url).url == spelt


def test_a_url_without_end_is_refused():
    with pytest.raises(egress.EgressError):
        egress.parse("https://example.com/" + "a" * 8_192)


def test_a_named_place_is_open_in_that_spelling_and_on_that_port_alone():
    named = egress.parse_named("127.0.0.1:9001, tools.internal:80,[::1]:9002,")
    for url in ("http://127.0.0.1:9001/", "https://127.0.0.1:9001/", "http://TOOLS.internal/", "http://[0::1]:9002/"):
        assert egress.parse(url, named=named).is_named
    for url in (
        "http://127.0.0.1:9002/",
        "http://localhost:9001/",
        "http://tools.internal:9001/",
        "http://127.1:9001/",
    ):
        with pytest.raises(egress.EgressError):
            egress.parse(url, named=named)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.0.0.1:",
        "127.1:9001",
        "http://127.0.0.1:9001",
        "::1:9001",
        "*:80",
        "10.0.0.0/8:80",
        "a:b",
        "a:0",
        "a:70000",
    ],
)
def test_a_list_of_named_places_is_read_strictly(text: str):
    with pytest.raises(ValueError, match="is not host:port"):
        egress.parse_named(text)


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.example.com/a?b", "api.example.com"),
        ("https://api.example.com:443/", "api.example.com"),
        ("https://api.example.com:8443/", "api.example.com:8443"),
        ("http://[0:0::1]:9001/", "[::1]:9001"),
        ("http://127.0.0.1:80/", "127.0.0.1:80"),
    ],
)
def test_a_host_has_one_spelling_whatever_leads_to_it(url: str, host: str):
    named = egress.parse_named("[::1]:9001,127.0.0.1:80")
    assert egress.parse(url, named=named).host == host
