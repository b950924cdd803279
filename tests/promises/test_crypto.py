"""CRY-01 and CRY-03, as far as they need no database: isolated by key and place, and gone when erased."""

from pathlib import Path

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore, KeyOwner, KeystoreRefusal
from ringfence.controls.vault import Tampered, Vault, fields

ROSE_ID = OrgId(ids.new())
ROSE, THORN = KeyOwner.organization(ROSE_ID), KeyOwner.organization(OrgId(ids.new()))
ALICE = KeyOwner.user(ROSE_ID, UserId(ids.new()))
ROW, OTHER_ROW = ids.new(), ids.new()
TEXT = "The contract with Thorn ends in May."


def opened(data: Path) -> FileKeystore:
    return FileKeystore.beside(data, encryption_key=None)


@pytest.fixture
def keys(tmp_path: Path) -> FileKeystore:
    keys = opened(tmp_path)
    for owner in (ROSE, THORN, ALICE):
        keys.create(owner)
    return keys


@pytest.mark.promise("CRY-01")
def test_a_stolen_record_shows_nothing_and_opens_only_with_the_organizations_key(keys):
    vault = Vault(keys)
    record = vault.seal_text(ROSE, fields.MESSAGE_TEXT, ROW, TEXT)
    assert all(word.encode() not in record for word in TEXT.split())
    assert vault.open_text(ROSE, fields.MESSAGE_TEXT, ROW, record) == TEXT
    with pytest.raises(Tampered):
        vault.open(THORN, fields.MESSAGE_TEXT, ROW, record)


@pytest.mark.promise("CRY-01")
@pytest.mark.parametrize(
    ("field", "row"),
    [(fields.MESSAGE_TEXT, OTHER_ROW), (fields.RUN_EVENT_PAYLOAD, ROW), (fields.AGENT_VERSION_INSTRUCTIONS, ROW)],
    ids=["row", "table", "agent"],
)
def test_a_moved_record_is_useless(keys, field, row):
    record = Vault(keys).seal_text(ROSE, fields.MESSAGE_TEXT, ROW, TEXT)
    with pytest.raises(Tampered):
        Vault(keys).open(ROSE, field, row, record)


@pytest.mark.promise("CRY-01")
def test_a_stolen_keystore_does_not_open_without_the_root_key(keys, tmp_path):
    (tmp_path / "root.key").unlink()
    with pytest.raises(KeystoreRefusal):
        FileKeystore.beside(tmp_path, encryption_key="ab" * 16 + "cd" * 16)


@pytest.mark.promise("CRY-03")
@pytest.mark.parametrize("erased", [ROSE, ALICE], ids=["organization", "user"])
def test_a_copy_made_before_an_erasure_is_unreadable_after_it(keys, tmp_path, erased):
    copy = Vault(keys).seal_text(ALICE, fields.APP_USER_NAME, ROW, "Alice")
    keys.destroy(erased)
    for store in (keys, opened(tmp_path)):
        with pytest.raises(Destroyed):
            Vault(store).open(ALICE, fields.APP_USER_NAME, ROW, copy)
        with pytest.raises(Destroyed):
            store.create(ALICE)


@pytest.mark.promise("CRY-03")
def test_an_erasure_leaves_no_file_that_held_the_key(keys, tmp_path):
    before = {path.name: path.read_bytes() for path in (tmp_path / "keystore").iterdir()}
    keys.destroy(ROSE)
    after = {path.name: path.read_bytes() for path in (tmp_path / "keystore").iterdir()}
    locks = {name for name in before if name == "lock" or name.endswith(".held")}
    assert not any(after[name] for name in locks)
    assert before.keys() & after.keys() - locks & after.keys() == {"CURRENT"}


@pytest.mark.promise("CRY-03")
def test_an_erasure_leaves_other_organizations_untouched(keys):
    vault = Vault(keys)
    record = vault.seal_text(THORN, fields.MESSAGE_TEXT, ROW, TEXT)
    keys.destroy(ROSE)
    assert vault.open_text(THORN, fields.MESSAGE_TEXT, ROW, record) == TEXT
