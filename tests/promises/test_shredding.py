"""CRY-03: what was copied before an erasure is unreadable after it, in every copy that an operator has.

Everybody's canaries go in through every public input; a dump, a base backup, the write-ahead log and the objects are
copied; Zed's organization and Lee are erased; the copies are restored as if nobody had heard of it. With the keystore
as it is then, everything of those who stay opens, and nothing of Zed's and Lee's. With the keystore of before,
everything does: so the search finds, and what was destroyed was the only way.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from ringfence.base.postgres import Server
from ringfence.controls import datamap
from ringfence.controls.keystore import Destroyed, FileKeystore, KeyOwner
from ringfence.controls.vault import Vault, fields
from tests.attacks.copies import FROM_DUMP, Copies, admit_backups, restored, take_base, take_log, take_rest
from tests.attacks.decoding import found_in, found_in_files, found_in_texts
from tests.attacks.doomed import NOWHERE, OF_A_USER, OF_AN_ORGANIZATION, Someone, Village, keep, rename, settle, talk
from tests.attacks.records import Opened, Record, open_all, owners_of, records
from tests.served import deployment_directory, process

CLEAR = ("called", "secret", "knowledge", "headline", *OF_A_USER, *NOWHERE)


@dataclass(frozen=True)
class Shredded:
    """A deployment after the erasure, its copies from before, and both keystores."""

    village: Village
    copies: Copies
    server: Server
    before: FileKeystore
    after: FileKeystore
    rows: dict[str, list[Record]]
    """The sealed values of each restored database."""

    def opened(self, source: str, keystore: FileKeystore) -> Opened:
        """What opens of a restored database."""
        return open_all(self.rows[source], keystore, owners_of(self.before))


@pytest.fixture(scope="module")
def shredded() -> Iterator[Shredded]:
    with deployment_directory() as directory, process(directory) as server:
        village, copies = settle(server), Copies(directory / "copies")
        copies.directory.mkdir(mode=0o755)
        admit_backups(server.database())
        take_base(server.database(), copies)
        # From here on everything is in the log alone, until the base backup is restored.
        for someone in village.all:
            rename(village.northwind, someone)
            talk(village, someone)
        for someone in (village.zed, village.stella):
            keep(village, someone)
        take_rest(server, copies)
        _erase(village)
        take_log(server.database(), copies)
        home = directory / "restored"
        home.mkdir(mode=0o711)
        with restored(server.database(), home, copies) as found:
            yield _looked(village, copies, found)


def _erase(village: Village) -> None:
    organizations, lee = village.northwind.organizations, village.lee
    assert village.northwind.call("DELETE", f"/organizations/{organizations['doomed']}").status == 200
    assert village.northwind.call("DELETE", f"/organizations/{lee.org}/users/{lee.user.id}").status == 200
    stella = village.stella.user
    stella.finish(stella.ask("Are they gone?")["id"])


def _looked(village: Village, copies: Copies, found: Server) -> Shredded:
    before = FileKeystore.beside(copies.data, encryption_key=None)
    after = FileKeystore.beside(village.server.data, encryption_key=None)
    rows = {
        "base backup and log": list(records(found.superuser_dsn)),
        "dump": list(records(found.dsn("ringfence_boot", found.password, database=FROM_DUMP))),
    }
    return Shredded(village, copies, found, before, after, rows)


def expected(someone: Someone, village: Village) -> set[str]:
    """The canaries of somebody that a copy holds, sealed."""
    keeps = OF_AN_ORGANIZATION if someone is not village.lee else ()
    return set(someone.canaries(*OF_A_USER, *keeps))


COPIES = ["dump", "base backup and log"]


@pytest.mark.promise("CRY-03")
@pytest.mark.shreds("base", "wal", "dump")
@pytest.mark.parametrize("source", COPIES)
def test_with_the_keystore_of_before_every_value_of_a_copy_opens(shredded: Shredded, source: str):
    opened, village = shredded.opened(source, shredded.before), shredded.village
    assert [(record.place, record.key_id) for record in opened.shut] == []
    wanted = [canary for one in village.all for canary in expected(one, village)]
    assert found_in(opened.all, wanted) == set(wanted)


@pytest.mark.promise("CRY-03", "PRV-01")
@pytest.mark.shreds("base", "wal", "dump", "rows", "jobs", "idempotency", "search")
@pytest.mark.parametrize("source", COPIES)
def test_after_an_erasure_nothing_of_the_erased_opens_in_a_copy_from_before(shredded: Shredded, source: str):
    opened, village = shredded.opened(source, shredded.after), shredded.village
    assert found_in(opened.all, [village.zed.mark, village.lee.mark]) == set()
    stays = expected(village.stella, village)
    assert found_in(opened.all, list(stays)) == stays
    owners = owners_of(shredded.before)
    erased = {f"organization/{UUID(village.zed.org).hex}", village.lee.path}
    shut = {owners[record.key_id or b""] for record in opened.shut}
    assert {path for path in shut if path not in erased and path.partition("/user/")[0] not in erased} == set()
    assert len(opened.shut) + sum(len(texts) for texts in opened.texts.values()) == len(shredded.rows[source])


@pytest.mark.promise("CRY-03")
@pytest.mark.shreds("base", "wal")
def test_the_copies_hold_rows_of_the_erased_that_the_database_no_longer_has(shredded: Shredded):
    village = shredded.village
    for server, is_there in ((shredded.server, True), (village.server.database(), False)):
        with psycopg.connect(server.superuser_dsn) as connection:
            for someone in (village.zed, village.lee):
                asked = connection.execute("select count(*) from app.message where user_id = %s", [someone.user.id])
                assert (asked.fetchone() != (0,)) is is_there


@pytest.mark.promise("CRY-03", "CRY-01")
@pytest.mark.shreds("dump", "jobs", "idempotency", "limits", "search")
def test_a_dump_from_before_holds_no_word_of_theirs_however_it_is_decoded(shredded: Shredded):
    needles = [canary for one in shredded.village.all for canary in one.canaries(*CLEAR)]
    assert found_in(shredded.copies.dump.read_bytes(), [*needles, "doomed"]) == {"doomed"}


@pytest.mark.promise("CRY-03", "CRY-01")
@pytest.mark.shreds("base", "wal", "rows", "objects", "statements")
def test_no_file_of_a_copy_or_of_the_server_holds_a_word_of_theirs(shredded: Shredded):
    marks = [shredded.village.mark]
    with psycopg.connect(shredded.village.server.database().superuser_dsn, autocommit=True) as connection:
        connection.execute("checkpoint")
    for directory in (shredded.copies.directory, shredded.village.server.data):
        assert found_in_files(directory, marks) == set()
    assert found_in_files(shredded.copies.directory, ["doomed"])


@pytest.mark.promise("CRY-03", "CRY-01")
@pytest.mark.shreds("wal")
def test_the_log_of_the_database_holds_no_word_of_theirs_however_it_is_decoded(shredded: Shredded):
    marks = shredded.village.all_marks
    issuer = shredded.village.northwind.issuer
    assert found_in_texts(shredded.copies.log, [*marks, issuer]) == {issuer}


@pytest.mark.promise("CRY-03", "MON-01")
@pytest.mark.shreds("logs", "statements")
def test_no_log_holds_a_word_of_theirs(shredded: Shredded):
    village = shredded.village
    for log in (village.server.log, village.server.database().log_file, shredded.server.log_file):
        assert found_in(log.read_bytes(), village.all_marks) == set()


@pytest.mark.promise("CRY-03")
@pytest.mark.shreds("rows", "jobs", "idempotency", "limits", "search")
def test_the_living_database_keeps_no_row_of_theirs_but_answers_of_a_day_without_a_key(shredded: Shredded):
    village, live = shredded.village, list(records(shredded.village.server.database().superuser_dsn))
    owners, gone = owners_of(shredded.before), [village.zed.mark, village.lee.mark]
    left = [record for record in live if found_in(open_all([record], shredded.before, owners).all, gone)]
    assert {record.place for record in left} == {"app.idempotency.answer"}
    assert found_in(open_all(live, shredded.after, owners).all, [*gone, village.stella.mark]) == {village.stella.mark}


async def content(vault: Vault, raw: bytes, owner: KeyOwner, file: UUID) -> bytes:
    """What a copied object holds; Destroyed."""

    async def stored() -> AsyncIterator[bytes]:
        yield raw

    return b"".join([piece async for piece in vault.open_stream(owner, fields.FILE_CONTENT, file, stored())])


@pytest.mark.promise("CRY-03")
@pytest.mark.shreds("objects")
def test_a_copied_object_of_the_erased_never_opens_again(shredded: Shredded):
    owners, village = owners_of(shredded.before), shredded.village
    with psycopg.connect(shredded.server.superuser_dsn) as connection:
        files = {row[0].hex: row[1] for row in connection.execute("select object_id, id from app.file")}
    opened: dict[bool, bytes] = {True: b"", False: b""}
    store = shredded.copies.data / "objects"
    # The audit log's tiles and bundles are nobody's files: they hold ids alone and outlive an erasure. Nor is the
    # marker that says whose the store is.
    for path in (path for path in store.rglob("*") if path.is_file()):
        if "audit" in path.relative_to(store).parts or path == store / "owner.json":
            continue
        raw, file = path.read_bytes(), files[path.name]
        owner = KeyOwner(owners[raw[4:20]])
        text = asyncio.run(content(Vault(shredded.before), raw, owner, file))
        try:
            is_there = asyncio.run(content(Vault(shredded.after), raw, owner, file)) == text
        except Destroyed:
            is_there = False
        opened[is_there] += text
    assert found_in(opened[False], village.all_marks) == {village.zed.mark, village.lee.mark}
    assert found_in(opened[True], village.all_marks) == {village.stella.mark}


@pytest.mark.promise("CRY-03")
@pytest.mark.shreds("keystore")
def test_only_a_keystore_copied_before_the_erasure_could_undo_it(shredded: Shredded):
    village = shredded.village
    erased = (f"organization/{UUID(village.zed.org).hex}", village.zed.path, village.lee.path)
    for path in erased:
        assert shredded.before.unwrap(KeyOwner(path)).key_id
        with pytest.raises(Destroyed):
            shredded.after.unwrap(KeyOwner(path))
    assert {path for path, _at in shredded.after.tombstones()} >= {erased[0], erased[2]}


@pytest.mark.promise("CRY-01")
def test_each_value_lies_under_the_key_that_the_map_names(shredded: Shredded):
    kinds = {f"{row.table}.{row.column}": row.sealed_under or "" for row in datamap.map_of(datamap.packaged())}
    owners = owners_of(shredded.before)
    for record in shredded.rows["dump"]:
        path = owners[record.key_id or b""]
        kind = "user" if "/user/" in path else path.partition("/")[0]
        assert kind in kinds[record.place], f"{record.place} under {kind}"
