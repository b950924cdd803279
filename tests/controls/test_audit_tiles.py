"""Tiles and bundles as c2sp.org/tlog-tiles has them; a bundle opens where it was put and nowhere else."""

import pytest

from ringfence.base.crypto import RecordKey, Secret
from ringfence.base.merkle import leaf_hash
from ringfence.controls.audit import tiles
from ringfence.controls.audit.tiles import ENTRIES, Tile

KEY = RecordKey(Secret(b"k" * 32))
FOLDER = "audit/platform/" + "0" * 32


@pytest.mark.promise("AUD-04")
@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 1234067), "tile/1/x001/x234/067"),
        (Tile(0, 1000, 7), "tile/0/x001/000.p/7"),
        (Tile(ENTRIES, 999, 255), "tile/entries/999.p/255"),
    ],
)
def test_tiles_lie_where_the_specification_says(tile: Tile, path: str):
    assert tile.path(FOLDER) == f"{FOLDER}/{path}"


@pytest.mark.promise("AUD-04")
def test_the_example_of_the_specification():
    """A tree of 70,000 leaves: 273 full tiles and one of 112; one full and one of 17; one of width 1."""
    widths = {level: [tile.width for tile in tiles.tiles_of(level, 70_000)] for level in tiles.levels_of(70_000)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tiles.edge_of(level, 70_000) for level in range(3)] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles.tiles_of(0, 256)) == [Tile(0, 0)]
    assert list(tiles.tiles_of(1, 256)) == [Tile(1, 0, 1)]
    assert tiles.edge_of(0, 256) is None


@pytest.mark.promise("AUD-04")
def test_only_what_is_new_is_written_again():
    assert list(tiles.tiles_of(0, 300, since=300)) == []
    assert list(tiles.tiles_of(0, 301, since=300)) == [Tile(0, 1, 45)]
    assert list(tiles.tiles_of(1, 511, since=300)) == []
    assert list(tiles.tiles_of(0, 513, since=300)) == [Tile(0, 1), Tile(0, 2, 1)]


@pytest.mark.promise("AUD-04")
def test_a_bundle_opens_where_it_was_put():
    entries: list[bytes | None] = [b"one", None, b"x" * 65_535]
    sealed = tiles.seal_bundle(KEY, "here", entries)
    assert tiles.open_bundle(KEY, "here", sealed, 3) == entries
    assert tiles.open_bundle(KEY, "there", sealed, 3) is None
    assert tiles.open_bundle(KEY, "here", sealed, 2) is None
    assert tiles.open_bundle(KEY, "here", sealed[:-1], 3) is None
    assert tiles.unpack(b"\x00\x05ab", 1) is None
    for wrong in (b"", b"x" * 65_536):
        with pytest.raises(ValueError, match="65535"):
            tiles.pack([wrong])


@pytest.mark.promise("AUD-04")
def test_a_tile_has_as_many_hashes_as_its_path_says():
    hashes = [leaf_hash(bytes([number])) for number in range(5)]
    assert tiles.split(tiles.joined(hashes), 5) == hashes
    assert tiles.split(tiles.joined(hashes), 4) is None
