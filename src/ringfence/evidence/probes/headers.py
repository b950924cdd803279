"""Probes what every answer of this deployment carries, asked at its own public address. Keeps CRY-04, EMB-07.

Proved in tests/evidence/test_probes_http.py.
"""

from collections.abc import Callable
from datetime import timedelta

from ringfence.evidence.caller import Reply
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_PATHS = ("/healthz", "/api/v1/conversations", "/api/v1/nothing-of-this-name", "/")
_YEAR_SECONDS = 31_536_000
Rule = Callable[[Reply], bool]
_RULES: dict[str, Rule] = {
    "x-content-type-options: nosniff": lambda reply: _said(reply, "x-content-type-options") == "nosniff",
    "a referrer policy": lambda reply: _said(reply, "referrer-policy") in {"no-referrer", "same-origin"},
    "a content security policy that names its frame ancestors": lambda reply: (
        "frame-ancestors" in _said(reply, "content-security-policy")
        and "'unsafe-inline'" not in _said(reply, "content-security-policy")
    ),
    "cache-control: no-store, or a page": lambda reply: _is_page(reply) or "no-store" in _said(reply, "cache-control"),
    "a request id": lambda reply: bool(_said(reply, "request-id")),
    "silence about the software": lambda reply: not _said(reply, "server") and not _said(reply, "x-powered-by"),
}
_OVER_TLS: dict[str, Rule] = {
    "strict-transport-security of a year": lambda reply: _max_age(_said(reply, "strict-transport-security"))
}
_BARE = Reply(200, {"server": "planted", "content-type": "application/json"}, b"")


async def _headers(ground: Ground) -> Finding:
    """A bare answer of no headers is the plant: every rule must find fault with it."""
    is_tls = (ground.public_url or ground.http.base_url).startswith("https:")
    replies = [(path, await ground.http.get(path)) for path in _PATHS]
    faults = [f"{path}: without {fault}" for path, reply in replies for fault in missing(reply, is_tls=is_tls)]
    return weighed(
        faults,
        well=f"{len(replies)} kinds of answer carry the full set of security headers.",
        faulty="{} security headers are missing or weak.",
        looked_at=len(replies),
        control=len(missing(_BARE, is_tls=True)) == len(_RULES) + len(_OVER_TLS),
        facts={"answers": len(replies), "rules": len(_RULES) + (len(_OVER_TLS) if is_tls else 0)},
    )


def missing(reply: Reply, *, is_tls: bool) -> list[str]:
    """Which rules an answer breaks."""
    rules = {**_RULES, **(_OVER_TLS if is_tls else {})}
    return [name for name, is_kept in rules.items() if not is_kept(reply)]


def _said(reply: Reply, name: str) -> str:
    return reply.headers.get(name, "").lower()


def _is_page(reply: Reply) -> bool:
    return _said(reply, "content-type").startswith("text/html")


def _max_age(value: str) -> bool:
    ages = [part.strip().removeprefix("max-age=") for part in value.split(";") if "max-age=" in part]
    return bool(ages) and ages[0].isdigit() and int(ages[0]) >= _YEAR_SECONDS


PROBES = (
    Probe("http.headers", ("CRY-04",), "Every answer carries the security headers", timedelta(minutes=5), _headers),
)
