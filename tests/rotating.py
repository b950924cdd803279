"""Rotations on a stage: rows in every sealed column, each sealed for its place, and processes that rotate."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from ringfence.base import ids
from ringfence.controls.coordination import Invalidation
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Field, Vault, fields
from ringfence.controls.vault.places import PLACES
from ringfence.controls.vault.rotations import Rotations
from tests.world import Cast, Stage, plant_cast

MESSAGES = 5


@dataclass
class Planted:
    """What was sealed where: place, the condition that finds the row, owner, field, row id and text."""

    cast: Cast
    values: list[tuple[str, str, KeyOwner, Field, bytes, bytes]] = field(default_factory=list)

    def seal(self, vault: Vault, place: str, where: str, owner: KeyOwner, what: Field, row: bytes) -> bytes:
        """The record of a text that is this place's own."""
        plain = f"{place} {where}".encode()
        self.values.append((place, where, owner, what, row, plain))
        return vault.seal(owner, what, row, plain)


@dataclass(frozen=True)
class Workshop:
    """One process that rotates."""

    stage: Stage
    database: Database
    keystore: FileKeystore
    vault: Vault
    planted: Planted

    def rotations(self, *, kept_days: int = 30, holder: UUID | None = None) -> Rotations:
        """The rotations of one more process."""
        invalidation = Invalidation(self.database)
        return Rotations(
            self.database,
            self.keystore,
            self.vault,
            invalidation,
            holder=holder or ids.new(),
            places=PLACES,
            kept_days=kept_days,
        )

    def stored(self) -> Iterator[tuple[str, bytes, KeyOwner, Field, bytes, bytes]]:
        """Every planted value as it lies in the database now."""
        with self.stage.admin() as admin:
            for place, where, owner, what, row, plain in self.planted.values:
                _, table, column = place.split(".")
                found = admin.execute(f"select {column} from app.{table} where {where}".encode()).fetchone()
                assert found is not None, (place, where)
                yield place, bytes(found[0]), owner, what, row, plain

    def opened(self) -> int:
        """How many planted values open to what was sealed: all, or this fails."""
        for place, record, owner, what, row, plain in self.stored():
            assert self.vault.open(owner, what, row, record) == plain, place
        return len(self.planted.values)

    def places_under(self, key_ids: set[bytes]) -> set[str]:
        """The places that have a value under one of these keys."""
        return {place for place, record, *_ in self.stored() if record[1:17] in key_ids}


@asynccontextmanager
async def workshop(stage: Stage, data: Path) -> AsyncIterator[Workshop]:
    """A process on this stage, with something sealed in every place."""
    async with stage.open(size=4) as database:
        keystore = FileKeystore.beside(data, encryption_key=None)
        vault = Vault(keystore)
        cast = await plant_cast(database)
        planted = Planted(cast)
        for owner in (
            KeyOwner.platform(),
            KeyOwner.partner(cast.northwind),
            *(KeyOwner.organization(org) for org in (cast.rose, cast.thorn)),
            *(KeyOwner.user(cast.rose, user) for user in (cast.alice, cast.bob)),
        ):
            keystore.create(owner)
        _plant(stage, Vault(keystore, version=1), planted)  # as a release before this one wrote them
        yield Workshop(stage, database, keystore, vault, planted)
        keystore.close()


def _plant(stage: Stage, vault: Vault, planted: Planted) -> None:
    cast = planted.cast
    rose, alice, partner = (
        KeyOwner.organization(cast.rose),
        KeyOwner.user(cast.rose, cast.alice),
        KeyOwner.partner(cast.northwind),
    )

    def sealed(place: str, where: str, owner: KeyOwner, what: Field, row: UUID | bytes) -> bytes:
        return planted.seal(vault, place, where, owner, what, row if isinstance(row, bytes) else row.bytes)

    with stage.admin() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("delete from app.key_rotation")
        admin.execute("delete from app.delivery")
        name = sealed("app.organization.name", f"org_id = '{cast.rose}'", rose, fields.ORGANIZATION_NAME, cast.rose)
        admin.execute("update app.organization set name = %s where org_id = %s", [name, cast.rose])
        for column, what in {
            "subject": fields.APP_USER_SUBJECT,
            "address": fields.APP_USER_ADDRESS,
            "name": fields.APP_USER_NAME,
            "email": fields.APP_USER_EMAIL,
        }.items():
            value = sealed(f"app.app_user.{column}", f"id = '{cast.alice}'", alice, what, cast.alice)
            admin.execute(f"update app.app_user set {column} = %s where id = %s".encode(), [value, cast.alice])
        run, conversation, file, version, agent = (ids.new() for _ in range(5))
        for _ in range(MESSAGES):
            row = ids.new()
            where = f"id = '{row}'"
            text = sealed("app.message.text", where, alice, fields.MESSAGE_TEXT, row)
            citations = sealed("app.message.citations", where, alice, fields.MESSAGE_CITATIONS, row)
            admin.execute(
                "insert into app.message (org_id, id, conversation_id, user_id, run_id, author, text, citations) "
                "values (%s, %s, %s, %s, %s, 'user', %s, %s)",
                [cast.rose, row, conversation, cast.alice, run, text, citations],
            )
        for seq in range(1, MESSAGES):
            where, row = f"run_id = '{run}' and seq = {seq}", run.bytes + seq.to_bytes(4)
            payload = sealed("app.run_event.payload", where, alice, fields.RUN_EVENT_PAYLOAD, row)
            admin.execute(
                "insert into app.run_event (org_id, run_id, seq, user_id, kind, payload) "
                "values (%s, %s, %s, %s, 'k', %s)",
                [cast.rose, run, seq, cast.alice, payload],
            )
        row = ids.new()
        details = sealed("app.approval.details", f"id = '{row}'", alice, fields.APPROVAL_DETAILS, row)
        admin.execute(
            "insert into app.approval (org_id, id, run_id, user_id, step, effect, call_binding, args_binding, details, "
            "approvers, expires_at) values (%s, %s, %s, %s, 1, 'send', %s, %s, %s, 'user', now() + interval '1 hour')",
            [cast.rose, row, run, cast.alice, bytes(32), bytes(32), details],
        )
        value = sealed("app.file.name", f"id = '{file}'", rose, fields.FILE_NAME, file)
        admin.execute(
            "insert into app.file (org_id, id, purpose, name, media_type, size_bytes) "
            "values (%s, %s, 'knowledge', %s, 'text/plain', 1)",
            [cast.rose, file, value],
        )
        passage_row = file.bytes + (1).to_bytes(4)
        passage = sealed("app.file_chunk.passage", f"file_id = '{file}'", rose, fields.FILE_CHUNK_PASSAGE, passage_row)
        admin.execute(
            "insert into app.file_chunk (org_id, file_id, seq, passage) values (%s, %s, 1, %s)",
            [cast.rose, file, passage],
        )
        row = ids.new()
        vectors = sealed("app.vector_segment.vectors", f"id = '{row}'", rose, fields.VECTOR_SEGMENT, row)
        admin.execute(
            "insert into app.vector_segment (org_id, id, file_id, part, model, vectors) "
            "values (%s, %s, %s, 0, 'm', %s)",
            [cast.rose, row, file, vectors],
        )
        row = ids.new()
        value = sealed("app.secret.value", f"id = '{row}'", rose, fields.SECRET_VALUE, row)
        admin.execute(
            "insert into app.secret (org_id, id, name, value, allowed_hosts) values (%s, %s, 'A', %s, '{a.example}')",
            [cast.rose, row, value],
        )
        for scope, scope_id, owner in (("org", cast.rose, alice), ("partner", cast.northwind, rose)):
            row = ids.new()
            answer = sealed("app.idempotency.answer", f"id = '{row}'", owner, fields.IDEMPOTENCY_ANSWER, row)
            admin.execute(
                "insert into app.idempotency (scope, scope_id, id, key_hash, request_hash, status, answer, expires_at) "
                "values (%s, %s, %s, %s, '', 200, %s, now() + interval '1 day')",
                [scope, scope_id, row, row.bytes, answer],
            )
        for scope, scope_id, owner in (
            ("org", cast.rose, rose),
            ("partner", cast.northwind, partner),
            ("platform", UUID(int=0), KeyOwner.platform()),
        ):
            row = ids.new()
            payload = sealed("app.delivery.payload", f"id = '{row}'", owner, fields.DELIVERY_PAYLOAD, row)
            admin.execute(
                "insert into app.delivery (scope, scope_id, id, kind, payload) values (%s, %s, %s, 'k', %s)",
                [scope, scope_id, row, payload],
            )
        mine = f"partner_id = '{cast.northwind}'"
        name = sealed("app.partner.name", mine, partner, fields.PARTNER_NAME, cast.northwind)
        contact = sealed("app.partner.security_contact", mine, partner, fields.PARTNER_SETTINGS_CONTACT, cast.northwind)
        admin.execute(
            "update app.partner set name = %s, security_contact = %s where partner_id = %s",
            [name, contact, cast.northwind],
        )
        instructions = sealed(
            "app.agent_version.instructions", f"id = '{version}'", partner, fields.AGENT_VERSION_INSTRUCTIONS, version
        )
        tools = sealed("app.agent_version.tools", f"id = '{version}'", partner, fields.AGENT_VERSION_TOOLS, version)
        admin.execute(
            "insert into app.agent_version (partner_id, agent_id, version, id, digest, model, instructions, tools) "
            "values (%s, %s, 1, %s, '', 'm', %s, %s)",
            [cast.northwind, agent, version, instructions, tools],
        )
        key = ids.new()
        secret = sealed("app.signing_secret.secret", f"key_id = '{key}'", partner, fields.SIGNING_SECRET, key)
        admin.execute(
            "insert into app.signing_secret (partner_id, key_id, secret) values (%s, %s, %s)",
            [cast.northwind, key, secret],
        )
