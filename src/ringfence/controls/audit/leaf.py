"""An entry as the leaf of a tree: the bytes that are hashed, exported and verified. Keeps AUD-02, AUD-04.

The form is docs/audit-format.md: canonical JSON (RFC 8785), with the leaf's own index, so that an entry that was moved,
repeated or left out is named at once. The encoder is a fast one; that it writes what `base.canonical_json` writes is
proved in tests/controls/test_audit_leaf.py.

NOTE: an entry of version 1 is encoded by version 1 for ever: a change of the form is a new version beside it.
"""

from typing import Any, cast

import msgspec

from ringfence.base import canonical_json
from ringfence.base.crypto import sha256
from ringfence.base.merkle import leaf_hash

VERSION = 1
MOST_BYTES = 65_535
"""A bundle writes a leaf's length in 16 bits."""
_LONG = 500
_DEEP = 100
_MAX_EXACT = 2**53 - 1
_PLAIN = frozenset({str, bool, type(None)})
_EMPTY = msgspec.Raw(b"{}")

Columns = tuple[
    str,
    str,
    str,
    str | None,
    str,
    str | None,
    str | None,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str,
]
"""An entry's columns as Postgres writes them: id, at, actor_kind, actor_id, action, target_kind, target_id, outcome,
reason, permission, request_id, address_hash, network, details."""


class Named(msgspec.Struct):
    """Who acted, or what was acted on."""

    id: str | None
    kind: str | None


class Leaf(msgspec.Struct):
    """The members in the order of canonical JSON."""

    action: str
    actor: Named
    address_hash: str | None
    at: str
    details: msgspec.Raw
    id: str
    index: int
    log: str
    network: str | None
    outcome: str
    permission: str | None
    reason: str | None
    request_id: str | None
    target: Named | None
    v: int


_write = msgspec.json.Encoder().encode
_write_sorted = msgspec.json.Encoder(order="sorted").encode
_read = msgspec.json.Decoder().decode
_read_leaf = msgspec.json.Decoder(Leaf).decode


def leaf_data(log: str, index: int, columns: Columns) -> bytes:
    """The bytes of the leaf; `log` is `org/<uuid>`, `partner/<uuid>` or `platform/<uuid>`.

    Every row that the table can hold has a leaf, and one that fits into a bundle: one that stopped the sealer would
    stop it for everybody, and no verifier reads a longer one. Texts of any length, as raw SQL can write, are hashed.
    """
    data = _leaf_data(log, index, columns)
    if len(data) <= MOST_BYTES:
        return data
    *texts, details = (text if text is None or len(text) <= _LONG else _opaque(text).decode() for text in columns)
    return _leaf_data(log, index, cast("Columns", (*texts, details)))


def _leaf_data(log: str, index: int, columns: Columns) -> bytes:
    (
        entry_id,
        at,
        actor_kind,
        actor_id,
        action,
        target_kind,
        target_id,
        outcome,
        reason,
        permission,
        request_id,
        address_hash,
        network,
        details,
    ) = columns
    return _write(
        Leaf(
            action,
            Named(actor_id, actor_kind),
            address_hash,
            at,
            _EMPTY if details == "{}" else msgspec.Raw(_details(details)),
            entry_id,
            index,
            log,
            network,
            outcome,
            permission,
            reason,
            request_id,
            None if target_kind is None and target_id is None else Named(target_id, target_kind),
            VERSION,
        )
    )


def read(data: bytes) -> Leaf:
    """The members of a leaf whose hash was checked; raises msgspec.DecodeError for bytes that are none."""
    return _read_leaf(data)


def details_of(text: str) -> dict[str, Any]:
    """The details of a row as its leaf has them, for whoever shows the entry: an object, whatever raw SQL wrote."""
    return _read(_details(text))


def hash_of(log: str, index: int, columns: Columns) -> bytes:
    """The leaf's hash (RFC 6962 section 2.1)."""
    return leaf_hash(leaf_data(log, index, columns))


def _details(text: str) -> bytes:
    """The details in canonical form; what has none, which no entry of ours does, as the hash of its text."""
    try:
        value = _read(text)
        if not isinstance(value, dict):
            return _opaque(text)
        members = cast("dict[str, Any]", value)
        if all(map(_is_plain, members.values())) and all(map(str.isascii, members)):
            return _write_sorted(members)
        # As deep as any verifier follows.
        return canonical_json.encode(members) if text.count("[") + text.count("{") <= _DEEP else _opaque(text)
    except (ValueError, RecursionError):
        # A number that a double cannot hold, an unheard-of depth: raw SQL can write either.
        return _opaque(text)


def _is_plain(value: object) -> bool:
    """Strings, small integers and lists of strings: what the forms of our actions allow, and both encoders agree on."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is int:
        return -_MAX_EXACT <= cast("int", value) <= _MAX_EXACT
    return kind is list and all(type(item) is str for item in cast("list[object]", value))


def _opaque(text: str) -> bytes:
    return canonical_json.encode({"opaque": sha256(text.encode()).hex()})
