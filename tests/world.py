"""The cast and the stage: a migrated database, the app role on it, and Northwind with Rose and Thorn.

Partner Northwind; organizations Rose (Alice, Bob) and Thorn (Mallory); a second partner, Southwind, with Briar.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from ringfence.base import ids
from ringfence.base.postgres import Server, migrate, set_role_password
from ringfence.base.postgres.cluster import SUPERUSER
from ringfence.base.principal import OrgId, PartnerId, Role, UserId
from ringfence.controls.tenancy import (
    ContextKey,
    Database,
    OrgScope,
    PartnerScope,
    Statement,
    nothing,
    provision_context,
)

SCHEMA = Path(__file__).parents[1] / "src" / "ringfence" / "schema"
APP_PASSWORD = secrets.token_hex(16)
CONTEXT_ROOT = secrets.token_bytes(32)
TEMPLATE = "ringfence_template"
# Whoever asks waits until they are gone: a backend that was only told to go may answer once more.
GONE = """select pg_terminate_backend(pid, 60000) from pg_stat_activity
where datname = current_database() and usename = 'ringfence_app'"""


@dataclass(frozen=True)
class Stage:
    """One database, migrated, with its own context key."""

    admin_url: str
    app_url: str
    key: ContextKey

    @asynccontextmanager
    async def open(self, *, size: int = 4) -> AsyncIterator[Database]:
        """The app role's database, as a server process holds it; closed afterwards."""
        database = Database(self.app_url, keys=self.key, size=size)
        try:
            yield database
        finally:
            await database.close()

    def admin(self) -> psycopg.Connection:
        """A superuser's connection: past row security, for planting and for looking behind the curtain."""
        return psycopg.connect(self.admin_url, autocommit=True)


def make_template(server: Server) -> None:
    """Migrates one database that every stage is copied from."""
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    admin_url = server.dsn(SUPERUSER, server.password, database=TEMPLATE)
    migrate(admin_url, SCHEMA, owner_role="ringfence_owner")
    provision_context(admin_url, CONTEXT_ROOT)
    set_role_password(admin_url, "ringfence_app", APP_PASSWORD)


@contextmanager
def stage(server: Server) -> Iterator[Stage]:
    """A database of its own, copied from the template, gone afterwards."""
    name = f"stage_{secrets.token_hex(4)}"
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
        # A copy has the template's tables and not its privileges as a database.
        connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        connection.execute(sql.SQL("grant connect on database {} to ringfence_app").format(sql.Identifier(name)))
        admin_url = server.dsn(SUPERUSER, server.password, database=name)
        app_url = server.dsn("ringfence_app", APP_PASSWORD, database=name)
        try:
            yield Stage(admin_url, app_url, provision_context(admin_url, CONTEXT_ROOT))
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@dataclass(frozen=True)
class Cast:
    """Ids of everybody, and their scopes."""

    northwind: PartnerId
    southwind: PartnerId
    rose: OrgId
    thorn: OrgId
    briar: OrgId
    alice: UserId
    bob: UserId
    mallory: UserId

    def as_user(self, user: UserId, org: OrgId, role: Role = Role.MEMBER) -> OrgScope:
        """The scope of a user's session."""
        return OrgScope(self.southwind if org == self.briar else self.northwind, org, role, user)


_PARTNER = Statement("insert into app.partner (name, issuer) values ($1, $2)", nothing)
_DIRECTORY = Statement("insert into app.directory (org_id, external_id, region) values ($1, $2, 'eu')", nothing)
_ORG = Statement("insert into app.organization (external_id, name, region) values ($1, $2, 'eu')", nothing)
_USER = Statement("insert into app.app_user (id, subject_index, subject, address) values ($1, $2, $3, $4)", nothing)


async def plant_cast(database: Database) -> Cast:
    """Plants everybody's rows by SQL, for tests of the database itself; their sealed columns hold bait, not records."""
    cast = Cast(*(ids.new() for _ in range(8)))  # pyright: ignore[reportArgumentType] - NewTypes over UUID
    tenants = {
        cast.northwind: {cast.rose: [cast.alice, cast.bob], cast.thorn: [cast.mallory]},
        cast.southwind: {cast.briar: []},
    }
    names = {cast.rose: "rose", cast.thorn: "thorn", cast.briar: "briar"}
    for partner, organizations in tenants.items():
        async with database.partner(PartnerScope(partner)) as tx:
            await tx.run(_PARTNER(b"sealed", f"https://{partner}.example"))
            for org, users in organizations.items():
                await tx.run(_DIRECTORY(org, names[org]))
                async with tx.narrow(org) as org_tx:
                    await org_tx.run(_ORG(names[org], b"sealed"), *(_USER(u, u.bytes, b"s", b"a") for u in users))
    return cast


async def plant(stage: Stage) -> Cast:
    """Plants everybody through a database that is closed again."""
    async with stage.open() as database:
        return await plant_cast(database)
