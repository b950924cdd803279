"""Proofs from what the sealer keeps: the same as from all leaves, for every size, and a missing hash is noticed."""

import asyncio

import psycopg
import pytest

from ringfence.base import ids, merkle
from ringfence.base.crypto import sha256
from ringfence.controls.audit import trees
from ringfence.controls.tenancy import OrgScope
from tests.sealed import many, reader, seal_all
from tests.world import Cast, Stage, plant

SIZE = 70_000
"""More than 256 * 256 leaves, so that subtrees of two levels are kept."""
_PLANT = """
with kept as (
  insert into app.audit_sealed (scope, scope_id, index, entry_id, leaf_hash)
  select 'org', $1, i, gen_random_uuid(), sha256(i::text::bytea) from generate_series(0, $2 - 1) as i
)
insert into app.audit_log (scope, scope_id, size, root, frontier) values ('org', $1, $2, $3, $4)
"""
_PLANT_NODES = """
insert into app.audit_node (scope, scope_id, level, index, hash)
select 'org', $1, height / 8, index, hash from unnest($2::int[], $3::int[], $4::bytea[]) as n (height, index, hash)
"""


@pytest.fixture(scope="module")
def cast(stage: Stage) -> Cast:
    """The cast; a thousand sealed entries in Thorn's log, and the hashes of a large one planted in Rose's."""
    cast = asyncio.run(_sealed(stage))
    tree = merkle.CompactRange()
    formed = tree.grow((sha256(b"%d" % index) for index in range(SIZE)), every=trees.NODE_HEIGHT)
    columns = [[getattr(each, name) for each in formed] for name in ("height", "index", "hash")]
    with stage.admin() as admin:
        cursor = psycopg.RawCursor(admin)
        cursor.execute(_PLANT.encode(), [cast.rose, SIZE, tree.root(), tree.encode()])
        cursor.execute(_PLANT_NODES.encode(), [cast.rose, *columns])
    return cast


async def _sealed(stage: Stage) -> Cast:
    cast = await plant(stage)
    async with stage.open() as database:
        await database.write(reader(cast, cast.thorn), many(1_000))
        await seal_all(database)
    return cast


def rose(cast: Cast) -> OrgScope:
    return reader(cast, cast.rose)


@pytest.mark.promise("AUD-04")
async def test_a_proof_from_kept_subtrees_is_the_proof_from_all_leaves(stage: Stage, cast: Cast):
    async with stage.open() as database, database.org(rose(cast)) as tx:
        leaves = await trees.leaf_hashes(tx, 0, SIZE + 1)
        head = await trees.head(tx)
        assert head is not None
        assert (head.size, head.root) == (SIZE, merkle.root_of(leaves))
        for size in (1, 2, 255, 256, 257, 65_535, 65_536, 65_537, SIZE):
            root = merkle.root_of(leaves[:size])
            assert await trees.root(tx, size) == root
            for index in {0, size // 2, size - 1}:
                proof = await trees.inclusion(tx, index, size)
                shown = {"index": index, "size": size, "proof": proof, "root": root}
                assert merkle.verifies_inclusion(leaves[index], **shown)
            proof = await trees.consistency(tx, size, SIZE)
            assert proof == merkle.consistency_proof(leaves, size)
        with pytest.raises(ValueError, match="no smaller"):
            await trees.consistency(tx, 0, SIZE)
        with pytest.raises(ValueError, match="holds it"):
            await trees.inclusion(tx, SIZE, SIZE)


@pytest.mark.promise("AUD-04")
async def test_entries_are_found_by_index_and_by_id(stage: Stage, cast: Cast):
    async with stage.open() as database:
        async with database.org(reader(cast, cast.thorn)) as tx:
            some = await trees.entries(tx, 255, 258)
            assert [leaf.index for leaf in some] == [255, 256, 257]
            assert [leaf.leaf_hash for leaf in some] == await trees.leaf_hashes(tx, 255, 258)
            assert await trees.entries(tx, 1_000, 1_005) == []
            assert await trees.index_of(tx, ids.new()) is None
            proof = await trees.consistency(tx, 513, 1_000)
            roots = [await trees.root(tx, size) for size in (513, 1_000)]
        with stage.admin() as admin:
            row = admin.execute(
                "select entry_id from app.audit_sealed where scope_id = %s and index = 4", [cast.thorn]
            ).fetchone()
        assert row is not None
        async with database.org(reader(cast, cast.thorn)) as tx:
            assert await trees.index_of(tx, row[0]) == 4
            assert proof == merkle.consistency_proof(await trees.leaf_hashes(tx, 0, 1_000), 513)
            head = await trees.head(tx)
            assert head is not None
            assert (head.size, head.root) == (1_000, roots[1])
        async with database.org(rose(cast)) as tx:
            assert await trees.index_of(tx, row[0]) is None, "another organization's"


@pytest.mark.promise("AUD-02")
async def test_a_tree_from_which_somebody_took_a_hash_is_damaged(stage: Stage, cast: Cast):
    with stage.admin() as admin:
        admin.execute("alter table app.audit_node disable trigger append_only")
        admin.execute("delete from app.audit_node where scope_id = %s and level = 1 and index = 7", [cast.rose])
        admin.execute("alter table app.audit_node enable trigger append_only")
    async with stage.open() as database, database.org(rose(cast)) as tx:
        with pytest.raises(trees.DamagedTree):
            await trees.consistency(tx, 65_537 - 256 * 200, SIZE)


async def test_of_nothing_no_hash_is_read(stage: Stage, cast: Cast):
    async with stage.open() as database, database.org(rose(cast)) as tx:
        assert await trees.subtrees(tx, []) == []
