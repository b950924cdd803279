"""Keeps AGT-06 (TLS). Whom a connection trusts: this machine's authorities, or those that a tenant named and no others.

Proved in tests/controls/test_egress_tls.py.
"""

import re
import ssl
from typing import Final

CA_CHARS: Final = 65_536
_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class BadAuthorities(ValueError):  # noqa: N818 - as BadPlaces
    """What was named is no list of authorities; the text says what is wrong with it."""


def trusting(ca_pem: str | None) -> ssl.SSLContext:
    """The context of a connection that verifies certificate and name, TLS 1.2 or newer; BadAuthorities."""
    if ca_pem is None:
        return ssl.create_default_context()
    # NOTE: a key pasted with its certificate must not be kept: whatever is between the certificates is refused.
    if len(ca_pem) > CA_CHARS or _BLOCK.sub("", ca_pem).strip():
        raise BadAuthorities("Send certificates in PEM alone (BEGIN CERTIFICATE), without keys and comments.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=ca_pem)
    except (ssl.SSLError, ValueError):
        raise BadAuthorities("This is no certificate in PEM that could be read.") from None
    if not context.get_ca_certs(binary_form=True):
        raise BadAuthorities("None of these certificates is an authority (CA:TRUE): send that of the issuer.")
    return context
