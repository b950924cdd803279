"""Keeps AUD-05, AUD-03. An entry as an event of OCSF, with the very bytes of its leaf as `raw_data`.

Whoever keeps the events can so hash each leaf and hold it against a checkpoint, without us. Attributes that the schema
has no place for stand in `unmapped`. Proved in tests/controls/test_streams_ocsf.py.
"""

import base64
from datetime import datetime
from typing import Any, Final

from ringfence.base import clock
from ringfence.controls.audit import Action, Log
from ringfence.controls.streams import ocsf_classes as classes
from ringfence.controls.streams.ocsf_classes import Event
from ringfence.controls.streams.sealed import Sealed

_PRODUCT: Final = {"name": "Ringfence", "vendor_name": "Ringfence"}
_STATUS: Final = {"success": (1, "Success"), "refused": (2, "Failure"), "failure": (2, "Failure")}
_FOUND: Final = {1: (1, "New"), 3: (4, "Resolved")}
_USER, _ADMIN, _SYSTEM, _OTHER, _UNKNOWN = 1, 2, 3, 99, 0
_TYPES: Final = {"user": _USER, "operator": _ADMIN, "system": _SYSTEM, "unknown": _UNKNOWN}
_ORGANIZATION_ENTITY: Final = 4
Json = dict[str, Any]


def event(log: Log, entry: Sealed) -> Json:
    """The event of one entry."""
    what = _event_of(entry.action)
    severity = max(what.severity, classes.INFORMATIONAL if entry.outcome == "success" else classes.LOW)
    status_id, status = _FOUND[what.activity] if what.of is classes.FINDING else _STATUS[entry.outcome]
    made: Json = {
        "activity_id": what.activity,
        "activity_name": what.activity_name,
        "category_name": what.of.category,
        "category_uid": what.of.category_uid,
        "class_name": what.of.name,
        "class_uid": what.of.uid,
        "type_name": f"{what.of.name}: {what.activity_name}",
        "type_uid": what.type_uid,
        "severity": classes.SEVERITIES[severity],
        "severity_id": severity,
        "status": status,
        "status_id": status_id,
        "time": _milliseconds(entry.at),
        "message": entry.action,
        "metadata": _metadata(log, entry),
        "raw_data": entry.leaf.decode(),
        "unmapped": _unmapped(entry),
        **_own(what, log, entry),
    }
    if entry.reason is not None:
        made["status_detail"] = entry.reason
    return made


def _event_of(action: str) -> Event:
    try:
        return classes.EVENTS.get(Action(action), classes.UNKNOWN)
    except ValueError:  # Written by a newer release, beside which this one still runs.
        return classes.UNKNOWN


def _metadata(log: Log, entry: Sealed) -> Json:
    metadata: Json = {
        "version": classes.VERSION,
        "product": _PRODUCT,
        "uid": entry.id,
        "sequence": entry.index,
        "event_code": entry.action,
        "log_name": log.name,
        "log_provider": "ringfence",
        "tenant_uid": str(log.id),
        "original_time": clock.rfc3339(entry.at),
        "logged_time": _milliseconds(entry.sealed_at),
    }
    if entry.request_id is not None:
        metadata["correlation_uid"] = entry.request_id
    return metadata


def _unmapped(entry: Sealed) -> Json:
    rest: Json = {
        "outcome": entry.outcome,
        "permission": entry.permission,
        "network": entry.network,
        "target_kind": entry.target_kind,
        "target_id": entry.target_id,
        "leaf_hash": base64.b64encode(entry.leaf_hash).decode(),
        "details": entry.details or None,
    }
    return {name: value for name, value in rest.items() if value is not None}


def _own(what: Event, log: Log, entry: Sealed) -> Json:
    """The attributes that the event's class asks for."""
    if what.of is classes.LIFECYCLE:
        return {"app": _PRODUCT}
    if what.of is classes.FINDING:
        return {"finding_info": {"uid": entry.id, "title": entry.action, "types": ["integrity"]}}
    common = {"actor": _actor(entry), "src_endpoint": _source(entry)}
    if what.of is classes.AUTHENTICATION:
        return {**common, "user": _subject(entry), "service": {"name": "Ringfence"}}
    if what.of is classes.ACCOUNT:
        return {**common, "user": _subject(entry)}
    if what.of is classes.ENTITY:
        return {**common, "entity": _entity(log, entry)}
    own: Json = {**common, "api": {"operation": entry.details.get("route") or entry.action}}
    if entry.target_id is not None:
        own["resources"] = [{"uid": entry.target_id, "type": entry.target_kind or "unknown"}]
    return own


def _actor(entry: Sealed) -> Json:
    """A person as a user; a key or a process as an application."""
    if entry.actor_kind in {"api_key", "system"}:
        return {"app_name": entry.actor_kind, **({} if entry.actor_id is None else {"app_uid": entry.actor_id})}
    return {"user": _user(entry.actor_kind, entry.actor_id)}


def _subject(entry: Sealed) -> Json:
    """Whose log-in or account it is: the one that is acted upon, else the one who acts."""
    if entry.target_kind == "user" and entry.target_id is not None:
        return _user("user", entry.target_id)
    said = entry.details.get("user_id")
    if isinstance(said, str):
        return _user("user", said)
    return _user(entry.actor_kind, entry.actor_id)


def _user(kind: str, uid: str | None) -> Json:
    named: Json = {"name": kind} if uid is None else {"uid": uid}
    return {**named, "type": kind, "type_id": _TYPES.get(kind, _OTHER)}


def _source(entry: Sealed) -> Json:
    """An address is a keyed hash, which tells two apart and nothing else; without a request, ourselves."""
    if entry.address_hash is None:
        return {"name": "ringfence"}
    named = {"uid": entry.address_hash}
    return named if entry.network is None else {**named, "zone": entry.network}


def _entity(log: Log, entry: Sealed) -> Json:
    if entry.target_id is None:
        return {"name": "ringfence", "type": "deployment", "type_id": _OTHER}
    kind = entry.target_kind or "unknown"
    type_id = _ORGANIZATION_ENTITY if kind == "organization" else _OTHER
    made: Json = {"uid": entry.target_id, "type": kind, "type_id": type_id}
    return {**made, "org": {"uid": str(log.id)}} if log.scope == "org" else made


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
