"""Hosts that a secret may go to: one spelling of each, exact, and open to tools at all."""

from collections.abc import Sequence

from ringfence.base.problem import FieldError, unprocessable
from ringfence.controls import egress


def allowed(hosts: Sequence[str], *, named: egress.Named) -> list[str]:
    """The hosts in their one spelling, each once; Problem 422 `invalid_host` with all faults."""
    found: list[str] = []
    faults: list[FieldError] = []
    for at, host in enumerate(hosts):
        wrong = _wrong(host)
        if wrong is None:
            try:
                found.append(egress.parse(f"https://{host}", named=named).host)
            except egress.EgressError as refused:
                wrong = "This is no host, such as api.example.com or api.example.com:8443."
                if refused.failure is egress.Failure.REFUSED_ADDRESS:
                    wrong = f"{refused.text} Such a host would never be called."
        if wrong is not None:
            faults.append(FieldError(f"/allowed_hosts/{at}", wrong))
    if faults:
        raise unprocessable("invalid_host", faults[0].detail, faults)
    return list(dict.fromkeys(found))


def _wrong(host: str) -> str | None:
    """What is wrong with it, for mistakes that have a mend of their own."""
    if not host.isascii():
        return "A name in other letters is written in its xn-- form."
    if "*" in host:
        return "A wildcard is not taken: name each host exactly."
    if "/" in host or "@" in host or "?" in host:
        return "A host is named alone: no scheme, no user, no path, no range of addresses."
    return None
