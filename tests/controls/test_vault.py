"""A sealed value opens in its own place, under its own key, and nowhere else."""

import os
import uuid
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.crypto import RecordKey, Secret, length_prefixed
from ringfence.base.principal import OrgId, PartnerId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore, KeyOwner, Unknown
from ringfence.controls.vault import Tampered, Vault, fields
from ringfence.controls.vault.fields import APP_USER_NAME, APP_USER_SUBJECT, MESSAGE_TEXT, RUN_EVENT_PAYLOAD
from ringfence.controls.vault.record import MIN_RECORD_BYTES

ROSE_ID = OrgId(ids.new())
ROSE, THORN = KeyOwner.organization(ROSE_ID), KeyOwner.organization(OrgId(ids.new()))
ALICE, BOB = KeyOwner.user(ROSE_ID, UserId(ids.new())), KeyOwner.user(ROSE_ID, UserId(ids.new()))
NORTHWIND = KeyOwner.partner(PartnerId(ids.new()))
ROW, OTHER_ROW = ids.new(), ids.new()
TEXT = "Where is my parcel? 📦"


@pytest.fixture
def keys(tmp_path: Path) -> FileKeystore:
    keys = FileKeystore.beside(tmp_path, encryption_key=None)
    for owner in (ROSE, THORN, ALICE, BOB, NORTHWIND, KeyOwner.platform()):
        keys.create(owner)
    return keys


@pytest.fixture
def vault(keys: FileKeystore) -> Vault:
    return Vault(keys)


def refused(vault: Vault, record: bytes, *, owner=ROSE, field=MESSAGE_TEXT, row=ROW) -> Tampered:
    with pytest.raises(Tampered) as caught:
        vault.open(owner, field, row, record)
    return caught.value


@pytest.mark.parametrize("field", fields.ALL, ids=lambda field: f"{field.table}.{field.column}")
@pytest.mark.parametrize(
    "owner", [ROSE, ALICE, NORTHWIND, KeyOwner.platform()], ids=["organization", "user", "partner", "platform"]
)
def test_what_was_sealed_opens_in_its_place(vault, owner, field):
    record = vault.seal_text(owner, field, ROW, TEXT)
    assert TEXT.encode() not in record
    assert vault.open_text(owner, field, ROW.bytes, record) == TEXT


def test_json_values_and_empty_values_come_back(vault):
    value = {"tool": "time", "arguments": {"zone": "Europe/Copenhagen"}, "n": [1, 2.5, None, True]}
    assert vault.open_json(ROSE, RUN_EVENT_PAYLOAD, ROW, vault.seal_json(ROSE, RUN_EVENT_PAYLOAD, ROW, value)) == value
    assert vault.open(ROSE, MESSAGE_TEXT, ROW, vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")) == b""


@pytest.mark.promise("CRY-01")
@pytest.mark.parametrize(
    "place",
    [
        {"row": OTHER_ROW},
        {"row": ROW.bytes + b"\0"},
        {"field": RUN_EVENT_PAYLOAD},
        {"field": fields.Field("message", "title", MESSAGE_TEXT.purpose)},
        {"field": fields.Field("note", "text", MESSAGE_TEXT.purpose)},
        {"field": fields.Field("message", "text", APP_USER_NAME.purpose)},
        {"owner": THORN},
        {"owner": ALICE},
        {"owner": NORTHWIND},
    ],
    ids=["row", "longer row", "column", "other column", "other table", "purpose", "organization", "user", "partner"],
)
def test_a_record_that_was_moved_is_refused(vault, place):
    record = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    assert refused(vault, record, **place).status == 500


def test_a_record_of_one_user_does_not_open_for_another(vault):
    record = vault.seal_text(ALICE, APP_USER_NAME, ROW, "Alice")
    refused(vault, record, owner=BOB, field=APP_USER_NAME)


@pytest.mark.promise("CRY-01")
def test_every_changed_byte_is_refused(vault):
    record = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    for position in range(len(record)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(record)
            changed[position] ^= flip
            refused(vault, bytes(changed))


def test_every_cut_and_every_addition_is_refused(vault):
    record = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    for size in range(len(record)):
        refused(vault, record[:size])
    refused(vault, record + b"\0")
    refused(vault, b"\0" + record)


def test_an_unknown_version_is_refused(vault):
    record = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    for version in (0, 2, 255):
        refused(vault, bytes([version]) + record[1:])


def test_a_record_under_another_version_of_the_key_is_refused(vault, keys):
    old = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    new_id = keys.rotate(ROSE).key_id
    assert vault.open_text(ROSE, MESSAGE_TEXT, ROW, old) == TEXT
    assert vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)[1:17] == new_id
    refused(vault, old[:1] + new_id + old[17:])


def test_a_record_is_committed_to_one_key(vault, keys):
    """Without commitment a ciphertext can be made that opens under two keys; its nonce gives one commitment to each."""
    material = keys.unwrap(ROSE)
    stranger = RecordKey(Secret(os.urandom(32)))
    context = length_prefixed(b"\x01", ROSE.path.encode(), b"message", b"text", ROW.bytes, material.key_id)
    forged = stranger.seal(TEXT.encode(), context)
    mixed = forged[:24] + vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)[41:57] + forged[40:]
    for body in (forged, mixed):
        refused(vault, b"\x01" + material.key_id + body)


def test_the_record_has_the_published_form(vault, keys):
    """Opened here by hand, from the description alone."""
    record = vault.seal_text(ALICE, APP_USER_NAME, ROW, "Alice")
    material = keys.unwrap(ALICE)
    context = length_prefixed(b"\x01", ROSE.path.encode(), b"app_user", b"name", ROW.bytes, material.key_id)
    assert record[:17] == b"\x01" + material.key_id
    assert len(record) == MIN_RECORD_BYTES + len("Alice")
    assert material.data_key(APP_USER_NAME.purpose).open(record[17:], context) == b"Alice"


def test_nonces_never_repeat(vault):
    records = [vault.seal(ROSE, MESSAGE_TEXT, ROW, b"") for _ in range(10_000)]
    assert len({record[17:41] for record in records}) == len(records)


def test_nonces_never_repeat_after_a_fork(vault):
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, b"".join(vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")[17:41] for _ in range(100)))
        os._exit(0)
    ours = {vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")[17:41] for _ in range(100)}
    os.waitpid(child, 0)
    theirs = os.read(reader, 2400)
    assert len(ours | {theirs[at : at + 24] for at in range(0, 2400, 24)}) == 200
    os.close(reader)
    os.close(writer)


def test_a_refusal_tells_the_log_where_and_the_world_nothing(vault):
    record = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    cut, moved = refused(vault, record[:10]), refused(vault, record, row=OTHER_ROW)
    assert ROW.hex in str(cut.cause)
    assert "message.text" in str(cut.cause)
    assert (cut.table, cut.column, cut.row_id) == ("message", "text", ROW.hex)
    assert cut.body("r") == moved.body("r")
    assert ROW.hex.encode() not in cut.body("r")


def test_nothing_is_sealed_or_opened_for_an_owner_that_was_erased(vault, keys):
    record = vault.seal_text(ALICE, APP_USER_NAME, ROW, "Alice")
    keys.destroy(ROSE)
    with pytest.raises(Destroyed):
        vault.open(ALICE, APP_USER_NAME, ROW, record)
    with pytest.raises(Destroyed):
        vault.seal(ALICE, APP_USER_NAME, ROW, b"Alice")


def test_nothing_is_sealed_for_an_owner_without_a_key(vault):
    with pytest.raises(Unknown):
        vault.seal(KeyOwner.organization(OrgId(uuid.UUID(int=1))), MESSAGE_TEXT, ROW, b"")


def test_a_blind_index_finds_a_value_within_its_owner_and_field_alone(vault, keys):
    index = vault.blind_index(ROSE, APP_USER_SUBJECT, "alice")
    assert len(index) == 32
    assert index == vault.blind_index(ROSE, APP_USER_SUBJECT, "alice")
    others = [
        vault.blind_index(ROSE, APP_USER_SUBJECT, "bob"),
        vault.blind_index(THORN, APP_USER_SUBJECT, "alice"),
        vault.blind_index(ROSE, APP_USER_NAME, "alice"),
    ]
    assert len({index, *others}) == 4
    keys.rotate(ROSE)
    assert index == vault.blind_index(ROSE, APP_USER_SUBJECT, "alice")


def test_the_names_of_the_fields_are_frozen():
    """Changing one makes what was sealed under it unreadable: this list only grows."""
    assert {f"{field.table}.{field.column}:{field.purpose.value}" for field in fields.ALL} == {
        "message.text:content",
        "conversation.thread:content",
        "run_event.payload:content",
        "run.failure_detail:content",
        "approval.details:content",
        "approval.call_binding:content",
        "approval.args_binding:content",
        "agent_version.instructions:content",
        "agent_version.tools:content",
        "idempotency.answer:content",
        "delivery.payload:personal",
        "delivery.dedupe:personal",
        "signing_secret.secret:secrets",
        "app_user.name:personal",
        "app_user.email:personal",
        "app_user.address:personal",
        "app_user.subject:personal",
        "organization.name:personal",
        "partner.name:personal",
        "partner.settings_contact:personal",
    }
