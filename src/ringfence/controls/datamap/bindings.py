"""Which column each of the vault's Fields seals, and under whose key. Keeps PRV-02, CRY-01.

Proved in tests/controls/test_datamap.py, and against stored rows in tests/promises/test_shredding.py.
"""

from typing import Final

from ringfence.controls.datamap.columns import Column, Owner
from ringfence.controls.vault import Field, fields

MOVED: Final = {fields.PARTNER_SETTINGS_CONTACT: "app.partner.security_contact"}
"""Fields whose logical name is not their column's: logical names are frozen in the records."""
INDEXES: Final = {
    "app.app_user.subject_index": (fields.APP_USER_SUBJECT, "found by its subject, within its organization"),
    "app.approval.call_binding": (fields.APPROVAL_CALL, "bound to one call"),
    "app.approval.args_binding": (fields.APPROVAL_ARGS, "bound to what was shown; a bare hash could be guessed"),
    "app.delivery.dedupe": (fields.DELIVERY_DEDUPE, "found again within its scope, so that it is sent once"),
    "app.file_word.token": (fields.FILE_WORD_TOKEN, "a word, found again by whoever has the key of the file's owner"),
}
"""Columns that hold a keyed blind index: equal values are found within one owner, and nowhere else."""
DERIVED: Final = {
    fields.CONVERSATION_THREAD: "part of app.conversation.id where another protocol's client names the thread",
}
"""Fields that no column holds by itself."""
RESERVED: Final = {fields.RUN_FAILURE_DETAIL: "a frozen name under which nothing was ever sealed"}
"""Fields without a place."""
KEYED: Final = {
    "app.file_word.token": "a keyed hash of a word, under the index key of the file's user or organization",
    "app.file_word.weight": "how much its file is about that word at most, which says as little",
    "app.file_word.places": "where that word stands, which says nothing without the key of the word",
}
"""What search needs readable, and what stands there instead of words."""
IN_OBJECTS: Final = {
    fields.FILE_CONTENT: "a file's content",
    fields.FILE_PART: "a piece of an upload that is not complete",
}
"""Fields whose records lie in the object store, sealed under the key of the file's user or organization."""
NOT_BY_VAULT: Final = {
    "ctx.key.ipad": "a state of HMAC-SHA-256 that no role but the owner can read; it ends with its rotation",
    "ctx.key.opad": "a state of HMAC-SHA-256 that no role but the owner can read; it ends with its rotation",
}
"""Secret columns that the vault does not seal, with the reason."""
PLAIN: Final = {
    "app.organization.external_id": "the partner's own name for its customer, by which the partner asks for it",
    "app.directory.external_id": "the same, for finding the organization before its key is known",
    "app.partner.issuer": "public: it stands in every token, and finds the partner before any key is known",
    "app.signing_key.kid": "public: it stands in the head of every token",
    "app.key_set.url": "public by nature",
    "app.token_use.jti": "a number of the token, which the partner made; it ends with the token",
    "app.audit_queue.request_id": "made by us, or by the caller as letters, digits, - and _ to find it again",
    "app.key_set_fetch.refused": "public: names of keys, as the partner's key set has them",
    "ctx.key.kid": "a name of ours",
    "app.key_rotation.owner": "an id of ours: whose key is rotated, by the path that the keystore knows it by",
    "app.key_rotation.after": "ids of ours: the last row that was done",
    "app.agent.name": "shown to every user; a thing's name, chosen by the partner",
    "app.api_key.name": "a thing's name, chosen by the partner",
    "app.secret.name": "as tools ask for it: capitals and underscores",
    "app.secret.allowed_hosts": "shown to the partner; what is sealed with the value decides",
    "app.app_user.locale": "a language; never an address or a place",
    "app.api_key.address_ranges": "the partner's own networks, checked before its key is unwrapped",
}
"""Readable columns that a caller fills, and why they stay readable: a user's own never does."""
_WIDER: Final = {
    "app.file.name": "user; organization for a file of its knowledge",
    "app.file_chunk.passage": "user; organization for a file of its knowledge",
    "app.vector_segment.vectors": "user; organization for a file of its knowledge",
    "app.audit_stream.target": "organization or partner: whose log it carries",
    "app.audit_stream.secret": "organization or partner: whose log it carries",
    "app.idempotency.answer": "user, organization or partner: whom the answer tells about",
    "app.delivery.payload": "user, organization, partner or platform: whose message it is",
}


def sealing(field: Field) -> str | None:
    """The column that holds this field's records; None for one that is derived, indexed alone or kept elsewhere."""
    if field in DERIVED or field in IN_OBJECTS or field in RESERVED:
        return None
    return MOVED.get(field, f"app.{field.table}.{field.column}")


def index_fields() -> frozenset[Field]:
    """The fields that stand in a column as a blind index."""
    return frozenset(field for field, _why in INDEXES.values())


def bound() -> dict[str, Field]:
    """The field of each sealed column, by the column's place."""
    only_index = {place: field for place, (field, _why) in INDEXES.items()}
    found = {place: field for field in fields.ALL if (place := sealing(field)) is not None}
    return {place: field for place, field in found.items() if only_index.get(place) is not field}


def sealed() -> frozenset[str]:
    """The place of every column that the vault seals."""
    return frozenset(bound())


def key_of(column: Column) -> str | None:
    """Under whose key the column's values lie, in words; None for what is not sealed."""
    if column.place not in bound():
        return None
    declared = column.declared
    return _WIDER.get(column.place) or (declared.owner.value if declared is not None else Owner.PLATFORM.value)
