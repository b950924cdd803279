"""The data map has no fault, and each fault that is planted in a catalogue is named with its mend."""

import pytest
from psycopg import Connection

from ringfence.controls import datamap
from ringfence.controls.datamap import clocks, exports
from ringfence.controls.vault import Field, fields
from tests.world import Stage

CLASSED = "comment on column app.planted.{} is 'class={}; owner={}; clock={}'"
PROTECTED = "; call ctx.protect('app.planted', scope => 'org')"


def table(
    *columns: str, reference: str = "foreign key (org_id) references app.organization (org_id) on delete cascade"
):
    """A table of an organization's with an id and these columns, and a reference upward."""
    parts = ["org_id uuid not null default ctx.claimed_org()", "id uuid not null", "primary key (org_id, id)"]
    made = ", ".join([*parts, *columns, reference] if reference else [*parts, *columns])
    comments = [CLASSED.format(name, "identifier", "organization", "account") for name in ("org_id", "id")]
    return f"create table app.planted ({made}); " + "; ".join(comments)


def also(column: str, kind: str = "content", owner: str = "organization", clock: str = "account") -> str:
    """Another comment."""
    return "; " + CLASSED.format(column, kind, owner, clock)


PLANTS = {
    "a column without a comment": ("unclassified_column", "alter table app.run add column planted text"),
    "a class of nobody": (
        "unclassified_column",
        "comment on column app.run.id is 'class=private; owner=user; clock=row'",
    ),
    "a clock of nobody": (
        "foreign_clock",
        "comment on column app.run.id is 'class=identifier; owner=user; clock=soon'",
    ),
    "content as text": ("unsealed_column", table("said text") + also("said")),
    "content that no field seals": ("unsealed_column", table("said bytea") + also("said")),
    "personal data that no field seals": ("unsealed_column", table("said bytea") + also("said", "personal")),
    "a secret that no field seals": ("unsealed_column", table("said bytea") + also("said", "secret")),
    "a vector in clear": ("unsealed_column", table("said real[]") + also("said", "vector")),
    "a sealed column that is called harmless": (
        "unsealed_column",
        "comment on column app.message.text is 'class=operational; owner=user; clock=retention'",
    ),
    "an identifier in clear": ("plain_identifier", table("email text") + also("email", "identifier")),
    "a sealed column that is gone": ("field_without_column", "alter table app.message drop column text"),
    "an exported column that is gone": ("export_without_column", "alter table app.run drop column model"),
    "content in no export": ("column_in_no_export", table("said bytea") + also("said")),
    "personal data in no export": ("column_in_no_export", table("said bytea") + also("said", "personal")),
    "a table of users in no export": ("column_in_no_export", table("at date") + also("at", "operational", "user")),
    "rows that outlive their organization": ("table_outlives_owner", table(reference="")),
    "a reference that does not cascade": (
        "table_outlives_owner",
        table(reference="foreign key (org_id) references app.organization (org_id)"),
    ),
    "rows that outlive their user": (
        "table_outlives_owner",
        table("user_id uuid") + also("user_id", "identifier", "user"),
    ),
    "an exception for what is gone": ("exception_of_nothing", "alter table app.app_user drop column locale"),
}


def seen(connection: Connection) -> datamap.Catalogue:
    """The catalogue as this connection sees it."""
    columns = [datamap.Column(*row) for row in connection.execute(datamap.COLUMNS.encode())]
    return datamap.Catalogue(
        columns, [datamap.Reference(*row) for row in connection.execute(datamap.REFERENCES.encode())]
    )


@pytest.mark.promise("PRV-02", "CRY-01")
async def test_every_column_is_classified_sealed_exported_and_erased_with_its_owner(stage: Stage):
    async with stage.open(size=1) as database:
        found = await datamap.catalogue(database)
    assert datamap.faults(found) == []


@pytest.mark.promise("PRV-02", "CRY-01")
@pytest.mark.parametrize("what", PLANTS)
def test_a_fault_of_the_map_is_named_with_its_mend(stage: Stage, what: str):
    name, plant = PLANTS[what]
    with stage.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute(plant.encode())
        found = [fault for fault in datamap.faults(seen(connection)) if fault.lint == name]
    assert found
    assert all(fault.table.startswith(("app.", "ctx.")) and fault.fault and fault.mend for fault in found)


def test_every_rule_of_the_map_has_a_plant(stage: Stage):
    with stage.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "".join(f"{plant};" for _name, plant in PLANTS.values() if "app.planted" not in plant).encode()
        )
        named = {fault.lint for fault in datamap.faults(seen(connection))}
    assert named <= {name for name, _plant in PLANTS.values()}
    assert {name for name, _plant in PLANTS.values()} == set(RULES)


RULES = (
    "unclassified_column", "foreign_clock", "unsealed_column", "plain_identifier", "field_without_column",
    "column_in_no_export", "export_without_column", "table_outlives_owner", "exception_of_nothing",
)  # fmt: skip


@pytest.mark.promise("PRV-02")
def test_a_new_field_of_the_vault_must_have_its_column(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    homeless = Field("message", "mood", fields.MESSAGE_TEXT.purpose)
    monkeypatch.setattr(fields, "ALL", (*fields.ALL, homeless))
    assert [fault.table for fault in datamap.faults(datamap.packaged())] == ["app.message.mood"]


@pytest.mark.promise("PRV-02")
async def test_the_packaged_map_is_the_one_of_a_migrated_database(stage: Stage):
    async with stage.open(size=1) as database:
        found = await datamap.catalogue(database)
    assert datamap.drift(found.columns) == []
    assert sorted(found.references) == sorted(datamap.packaged().references)
    assert datamap.map_of(found) == datamap.map_of(datamap.packaged())


@pytest.mark.promise("PRV-02")
@pytest.mark.parametrize(
    "change",
    [
        "alter table app.run add column planted text",
        "alter table app.run drop column model",
        "comment on column app.run.model is 'class=operational; owner=platform; clock=none'",
        "alter table app.run alter column model type varchar(9)",
    ],
)
def test_a_database_that_is_not_as_built_differs_from_the_map(stage: Stage, change: str):
    with stage.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute(change.encode())
        (fault,) = datamap.drift(seen(connection).columns)
    assert fault.table.startswith("app.run.")


@pytest.mark.promise("PRV-02")
def test_no_two_columns_of_a_section_have_the_same_stable_name():
    names = [f"{section.name}.{name}" for section in exports.SECTIONS for name in section.places.values()]
    assert len(names) == len(set(names))
    assert len({section.name for section in exports.SECTIONS}) == len(exports.SECTIONS)


def test_every_clock_is_used():
    used = {row.clock for row in datamap.map_of(datamap.packaged())}
    assert used == set(clocks.CLOCKS)
