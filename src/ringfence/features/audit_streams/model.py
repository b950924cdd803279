"""A stream as it is asked for and as it is shown: exactly the members of its kind, each of which can be used."""

from typing import Any

from ringfence.base.problem import FieldError, Problem, unprocessable
from ringfence.controls import egress
from ringfence.controls.audit import Log, host_of
from ringfence.controls.deliveries import BadLetter, Letter
from ringfence.controls.egress import BadAuthorities, EgressError
from ringfence.controls.streams import Carrier, Opened, Stream, Target
from ringfence.features.audit_streams.bodies import AuditStreamNew, AuditStreamOut
from ringfence.features.edge import Kernel

SYSLOG_PORT = 6514
"""RFC 5425 section 4.1."""
_MEMBERS = {
    "webhook": frozenset({"url", "form", "authorization", "from_index"}),
    "syslog": frozenset({"host", "port", "ca_pem", "from_index"}),
    "checkpoint_webhook": frozenset({"url", "authorization"}),
    "checkpoint_mail": frozenset({"to"}),
}
_NEEDED = {"webhook": "url", "syslog": "host", "checkpoint_webhook": "url", "checkpoint_mail": "to"}


def carrier_of(kernel: Kernel) -> Carrier:
    """The way out of the house, of this process."""
    return Carrier(kernel.egress, kernel.vault, hostname=host_of(kernel.audience))


def target_of(new: AuditStreamNew, *, named: egress.Named) -> Target:
    """Where the stream is to go; Problem 422 with the member that is wrong."""
    _require_members(new)
    match new.kind:
        case "syslog":
            return _server(new.host or "", new.port or SYSLOG_PORT, new.ca_pem, named=named)
        case "checkpoint_mail":
            return _mailbox(new.to or "")
        case _:
            return _address(new.url or "", named=named)


def shown(log: Log, opened: Opened) -> AuditStreamOut:
    """The stream without its secrets."""
    row, target = opened.row, opened.target
    return AuditStreamOut(**members(log, row, target), has_authorization=_has_authorization(opened))


def members(log: Log, row: Stream, target: Target) -> dict[str, Any]:
    """The members of a stream's public shape, but for what its secrets say."""
    entries = row.carries_entries
    return {
        "id": row.id,
        "log": log.name,
        "kind": row.kind,
        "form": row.form,
        "url": target.url,
        "host": target.host,
        "port": target.port,
        "has_ca": target.ca_pem is not None,
        "to": target.to,
        "status": row.status,
        "next_index": row.next_index,
        "size": row.size,
        "lag": max(0, row.size - row.next_index) if entries else None,
        "waiting_since": row.waiting_since if entries else None,
        "failures": row.failures,
        "last_error": row.last_error,
        "last_failed_at": row.last_failed_at,
        "last_delivered_at": row.last_delivered_at,
        "created_at": row.created_at,
        "secret_rotated_at": row.secret_rotated_at,
    }


def _has_authorization(opened: Opened) -> bool:
    return opened.secrets is not None and opened.secrets.authorization is not None


def _require_members(new: AuditStreamNew) -> None:
    faults = [
        FieldError(f"/{name}", f"A stream of kind {new.kind} has no {name}.")
        for name in sorted(new.model_fields_set - _MEMBERS[new.kind] - {"kind"})
        if getattr(new, name) is not None
    ]
    needed = _NEEDED[new.kind]
    if getattr(new, needed) is None:
        faults.append(FieldError(f"/{needed}", f"A stream of kind {new.kind} needs its {needed}."))
    if faults:
        raise unprocessable("invalid_request", faults[0].detail, faults)


def _address(url: str, *, named: egress.Named) -> Target:
    try:
        return Target(url=egress.parse(url, named=named).url)
    except EgressError as refused:
        detail = f"{refused.text} Name an https URL that is public, without user name and fragment."
        raise _wrong("invalid_url", "/url", detail) from None


def _server(host: str, port: int, ca_pem: str | None, *, named: egress.Named) -> Target:
    try:
        place = egress.parse_place(host, port, named=named).place
    except EgressError as refused:
        detail = f"{refused.text} Name a public host, and port 443 or one from 1024 up."
        raise _wrong("invalid_host", "/host", detail) from None
    try:
        if ca_pem is not None:
            egress.trusting(ca_pem)
    except BadAuthorities as bad:
        raise _wrong("unusable_ca", "/ca_pem", str(bad)) from None
    host = f"[{place.host}]" if ":" in place.host else place.host
    return Target(host=host, port=place.port, ca_pem=ca_pem)


def _mailbox(to: str) -> Target:
    try:
        Letter(to, "Checkpoint", "")
    except BadLetter:
        raise _wrong("invalid_address", "/to", "This is no single mail address in ASCII.") from None
    return Target(to=to)


def _wrong(code: str, pointer: str, detail: str) -> Problem:
    return unprocessable(code, detail, [FieldError(pointer, detail)])
