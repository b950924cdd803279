"""A sealed value opens in its own place, under its own key, and nowhere else."""

import os
import uuid
from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.crypto import Batches, RecordKey, Secret, length_prefixed
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


@pytest.fixture(params=[1, 2])
def vault(keys: FileKeystore, request: pytest.FixtureRequest) -> Vault:
    return Vault(keys, version=request.param)


def cipher(vault: Vault, key: RecordKey) -> RecordKey | Batches:
    """What seals this vault's version of records."""
    return key if written(vault) == b"\x01" else key.batches


def written(vault: Vault) -> bytes:
    return vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")[:1]


def refused(vault: Vault, record: bytes, *, owner=ROSE, field=MESSAGE_TEXT, row=ROW) -> Tampered:
    """Alone and on a page, behind a good record that its own may take after."""
    with pytest.raises(Tampered) as caught:
        vault.open(owner, field, row, record)
    good = (OTHER_ROW, vault.seal(owner, field, OTHER_ROW, b"good"))
    assert vault.open_many(owner, field, [good, good]) == [b"good", b"good"]
    for page in ([(row, record)], [(row, record), good], [good, (row, record), good]):
        with pytest.raises(Tampered) as on_page:
            vault.open_many(owner, field, page)
        assert str(on_page.value) == str(caught.value)
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
    for version in (0, 3, 255):
        refused(vault, bytes([version]) + record[1:])


@pytest.mark.promise("CRY-01")
def test_a_record_under_the_label_of_the_other_version_is_refused(vault, keys):
    """Nor does what the other version's cipher sealed for this one's place: the additional data names the version."""
    record, other = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT), {b"\x01": b"\x02", b"\x02": b"\x01"}[written(vault)]
    refused(vault, other + record[1:])
    material = keys.unwrap(ROSE)
    context = length_prefixed(record[:1], ROSE.path.encode(), b"message", b"text", ROW.bytes, material.key_id)
    key = material.data_key(MESSAGE_TEXT.purpose)
    foreign = key.batches if cipher(vault, key) is key else key
    refused(vault, other + material.key_id + foreign.seal(TEXT.encode(), context))


def test_records_of_both_versions_are_read_before_and_after_a_rotation(keys):
    vaults = [Vault(keys, version=1), Vault(keys, version=2)]
    records = [vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT) for vault in vaults]
    keys.rotate(ROSE)
    records += [vault.reseal(ROSE, MESSAGE_TEXT, ROW, record) for vault in vaults for record in records]
    assert [record[0] for record in records] == [1, 2, 1, 1, 2, 2]
    assert len({record[1:17] for record in records}) == 2
    for vault in vaults:
        assert vault.open_texts(ROSE, MESSAGE_TEXT, ((ROW, record) for record in records)) == [TEXT] * 6


@pytest.mark.parametrize("version", [1, 2])
def test_each_record_of_a_page_is_bound_to_its_own_row_and_the_first_wrong_one_is_told(keys, version):
    told = list[Tampered]()
    vault = Vault(keys, refused=told.append, version=version)
    first, second = (vault.seal_text(ROSE, MESSAGE_TEXT, row, row.hex) for row in (ROW, OTHER_ROW))
    right = [(ROW, first), (OTHER_ROW, second)]
    assert vault.open_texts(ROSE, MESSAGE_TEXT, right) == [ROW.hex, OTHER_ROW.hex]
    assert not told
    with pytest.raises(Tampered) as caught:
        vault.open_texts(ROSE, MESSAGE_TEXT, [*right, (ROW, second), (OTHER_ROW, first)])
    assert told == [caught.value]
    assert (told[0].table, told[0].column, told[0].row_id) == ("message", "text", ROW.hex)
    keys.destroy(ROSE)
    with pytest.raises(Destroyed):
        vault.open_many(ROSE, MESSAGE_TEXT, [(ROW, first)])


def test_a_record_that_was_changed_is_refused_wherever_it_stands_on_a_page_of_several_batches(keys):
    """Behind good ones of its own batch and of others; it is named whatever the length of its id."""
    vault, rows = Vault(keys), [ids.new(), b"short", ids.new(), b"", ids.new(), ids.new()]
    page = list[tuple[uuid.UUID | bytes, bytes]]()
    for round_, row in enumerate(rows):
        page.append((row, vault.seal(ROSE, MESSAGE_TEXT, row, b"good")))
        if round_ % 2:
            keys.rotate(ROSE)
    page = page[::2] + page[1::2]
    for place, (row, record) in enumerate(page):
        for wrong in (record[:-1], record[:57], record[:40], record[:20], b"", record[:-1] + bytes([record[-1] ^ 1])):
            with pytest.raises(Tampered) as caught:
                vault.open_many(ROSE, MESSAGE_TEXT, [*page[:place], (row, wrong), *page[place + 1 :]])
            assert caught.value.row_id == (row.hex if isinstance(row, uuid.UUID) else row.hex())
    assert vault.open_many(ROSE, MESSAGE_TEXT, page) == [b"good"] * 6
    assert vault.open_many(ROSE, MESSAGE_TEXT, []) == []


@pytest.mark.parametrize("version", [1, 2])
def test_a_page_tells_what_opening_each_alone_tells(keys, version):
    """Of several batches, of two keys, for rows that have ids of another length."""
    rows: list[uuid.UUID | bytes] = [ids.new(), b"short", ids.new().bytes, bytes(20), ids.new(), b""]
    vault, page = Vault(keys, version=version), list[tuple[uuid.UUID | bytes, bytes]]()
    for round_ in range(4):
        page += [(row, vault.seal(ROSE, MESSAGE_TEXT, row, f"{round_} {row!r}".encode())) for row in rows]
        keys.forget_all()
        if round_ == 1:
            keys.rotate(ROSE)
    page = page[::2] + page[1::2]
    alone = [vault.open(ROSE, MESSAGE_TEXT, row, record) for row, record in page]
    assert vault.open_many(ROSE, MESSAGE_TEXT, page) == alone
    assert len(set(alone)) == len(page)
    shared = {record[:29] for _, record in page}
    assert len(shared) == (len(page) if version == 1 else 4)


def test_a_page_asks_for_a_key_once(keys, monkeypatch):
    vault = Vault(keys)
    page = [(row, vault.seal(ROSE, MESSAGE_TEXT, row, b"")) for row in (ids.new() for _ in range(100))]
    asked, unwrap = list[bytes | None](), keys.unwrap
    monkeypatch.setattr(
        FileKeystore, "unwrap", lambda _self, owner, key_id=None: asked.append(key_id) or unwrap(owner, key_id)
    )
    assert vault.open_many(ROSE, MESSAGE_TEXT, page) == [b""] * 100
    assert asked == [page[0][1][1:17]]


def test_a_record_under_another_version_of_the_key_is_refused(vault, keys):
    old = vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)
    new_id = keys.rotate(ROSE).key_id
    assert vault.open_text(ROSE, MESSAGE_TEXT, ROW, old) == TEXT
    assert vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)[1:17] == new_id
    refused(vault, old[:1] + new_id + old[17:])


def test_a_record_is_committed_to_one_key(vault, keys):
    """Without commitment a ciphertext can be made that opens under two keys; its nonce gives one commitment to each."""
    material = keys.unwrap(ROSE)
    stranger = cipher(vault, RecordKey(Secret(os.urandom(32))))
    context = length_prefixed(written(vault), ROSE.path.encode(), b"message", b"text", ROW.bytes, material.key_id)
    forged = stranger.seal(TEXT.encode(), context)
    mixed = forged[:24] + vault.seal_text(ROSE, MESSAGE_TEXT, ROW, TEXT)[41:57] + forged[40:]
    for body in (forged, mixed):
        refused(vault, written(vault) + material.key_id + body)


def test_the_record_has_the_published_form(vault, keys):
    """Opened here by hand, from the description alone."""
    record = vault.seal_text(ALICE, APP_USER_NAME, ROW, "Alice")
    material = keys.unwrap(ALICE)
    context = length_prefixed(written(vault), ROSE.path.encode(), b"app_user", b"name", ROW.bytes, material.key_id)
    assert record[:17] == written(vault) + material.key_id
    assert len(record) == MIN_RECORD_BYTES + len("Alice")
    assert cipher(vault, material.data_key(APP_USER_NAME.purpose)).open(record[17:], context) == b"Alice"


def test_nonces_never_repeat(vault):
    records = [vault.seal(ROSE, MESSAGE_TEXT, ROW, b"") for _ in range(10_000)]
    assert len({record[17:41] for record in records}) == len(records)


def test_nonces_never_repeat_after_a_fork(vault):
    before = vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, b"".join(vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")[17:41] for _ in range(100)))
        os._exit(0)
    ours = {vault.seal(ROSE, MESSAGE_TEXT, ROW, b"")[17:41] for _ in range(100)}
    os.waitpid(child, 0)
    theirs = os.read(reader, 2400)
    nonces = {before[17:41]} | ours | {theirs[at : at + 24] for at in range(0, 2400, 24)}
    assert len(nonces) == 201
    if written(vault) == b"\x02":
        assert len({nonce[:12] for nonce in nonces}) == 1, "both went on with the batch of before"
        assert len({nonce[12:] for nonce in nonces}) == 201
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
        "audit_stream.secret:secrets",
        "audit_stream.target:personal",
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
        "secret.value:secrets",
        "app_user.name:personal",
        "app_user.email:personal",
        "app_user.address:personal",
        "app_user.subject:personal",
        "organization.name:personal",
        "partner.name:personal",
        "partner.settings_contact:personal",
        "file_chunk.passage:content",
        "message.citations:content",
        "file_word.token:content",
        "vector_segment.vectors:content",
        "file.name:content",
        "file.content:files",
        "file_part.content:files",
    }
