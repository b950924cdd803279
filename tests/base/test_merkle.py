"""Merkle trees as RFC 6962 has them, against its recursive definition and against each way to cheat."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.base import merkle
from ringfence.base.merkle import EMPTY_ROOT, CompactRange, Span
from tests.vectors.make_merkle import LEAVES

# The roots of RFC 6962's known test trees: of the first 0 to 8 of the leaves that make_merkle has.
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(size)]


def defined(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(defined(leaves[:k]), defined(leaves[k:]))


def but(shown: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What a verifier is shown, with something else in it."""
    return {**shown, **changed}


def test_the_known_trees_have_their_known_roots() -> None:
    hashes = [merkle.leaf_hash(data) for data in LEAVES]
    assert [merkle.root_of(hashes[:size]).hex() for size in range(len(LEAVES) + 1)] == ROOTS


@given(st.integers(0, 300))
def test_a_root_is_what_the_definition_says(size: int) -> None:
    leaves = tree_of(size)
    assert merkle.root_of(leaves) == defined(leaves)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_compact_range_goes_on_where_it_was_written_down(before: int, more: int) -> None:
    leaves = tree_of(before + more)
    first = CompactRange()
    first.extend(leaves[:before])
    went_on = CompactRange.parse(before, first.encode())
    other = went_on.copy()
    for leaf in leaves[before:]:
        went_on.append(leaf)
    assert (went_on.size, went_on.root()) == (before + more, defined(leaves))
    assert (other.size, other.root()) == (before, defined(leaves[:before]))
    assert first.hashes == [merkle.root_of(leaves[s.start : s.end]) for s in merkle.prefix_spans(before)]


@pytest.mark.parametrize(("size", "data"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (1, b"x" * 31), (-1, b"")])
def test_a_compact_range_of_another_size_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(ValueError, match="hash"):
        CompactRange.parse(size, data)


def test_every_leaf_of_every_small_tree_is_proved_and_nothing_else() -> None:
    for size in range(1, 34):
        leaves = tree_of(size)
        root = merkle.root_of(leaves)
        for index in range(size):
            proof = merkle.inclusion_proof(leaves, index)
            shown: dict[str, Any] = {"index": index, "size": size, "proof": proof, "root": root}
            assert merkle.verifies_inclusion(leaves[index], **shown)
            assert not merkle.verifies_inclusion(leaves[index], **but(shown, proof=[*proof, root]))
            assert not merkle.verifies_inclusion(leaves[index], **but(shown, root=merkle.EMPTY_ROOT))
            assert not merkle.verifies_inclusion(merkle.leaf_hash(b"another"), **shown)
            assert not merkle.verifies_inclusion(leaves[index], **but(shown, index=size))
            assert not merkle.verifies_inclusion(leaves[index], **but(shown, index=-1))
            if proof:
                assert not merkle.verifies_inclusion(leaves[index], **but(shown, proof=proof[:-1]))
                assert not merkle.verifies_inclusion(leaves[index], **but(shown, proof=[*proof[:-1], b"short"]))
                assert not merkle.verifies_inclusion(leaves[index], **but(shown, index=(index + 1) % size))


def test_every_small_tree_is_consistent_with_its_beginnings_and_with_nothing_else() -> None:
    leaves = tree_of(33)
    roots = [merkle.root_of(leaves[:size]) for size in range(len(leaves) + 1)]
    for new in range(1, 34):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(leaves[:new], old)
            shown: dict[str, Any] = {
                "old": old,
                "new": new,
                "old_root": roots[old],
                "new_root": roots[new],
                "proof": proof,
            }
            assert merkle.verifies_consistency(**shown)
            assert not merkle.verifies_consistency(**but(shown, proof=[*proof, roots[1]]))
            assert not merkle.verifies_consistency(**but(shown, old_root=roots[0]))
            assert not merkle.verifies_consistency(**but(shown, new_root=roots[0]))
            if proof:
                assert not merkle.verifies_consistency(**but(shown, proof=proof[:-1]))
                assert not merkle.verifies_consistency(**but(shown, proof=[b"short", *proof[1:]]))
                assert not merkle.verifies_consistency(**but(shown, proof=[*proof[:-1], b"short"]))
                assert not merkle.verifies_consistency(**but(shown, proof=[merkle.leaf_hash(b"x"), *proof[1:]]))


def test_nothing_is_proved_of_an_empty_tree() -> None:
    leaves = tree_of(3)
    root = merkle.root_of(leaves)
    with pytest.raises(ValueError, match="holds it"):
        merkle.inclusion_proof([], 0)
    with pytest.raises(ValueError, match="holds it"):
        merkle.inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="no smaller"):
        merkle.consistency_proof(leaves, 0)
    with pytest.raises(ValueError, match="no smaller"):
        merkle.consistency_spans(4, 3)
    for old, new, old_root, new_root in [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT),
        (0, 3, EMPTY_ROOT, root),
        (0, 3, b"", root),
        (4, 3, root, root),
    ]:
        assert not merkle.verifies_consistency(old=old, new=new, old_root=old_root, new_root=new_root, proof=[])
    assert not merkle.verifies_inclusion(b"", index=0, size=0, proof=[], root=EMPTY_ROOT)


def test_a_span_knows_its_length_and_a_proof_of_a_large_tree_is_short() -> None:
    assert len(Span(3, 10)) == 7
    spans = merkle.inclusion_spans(4_999_999, 10_000_000)
    assert len(spans) <= 24
    assert sum(len(span) for span in spans) == 9_999_999


def test_the_subtrees_that_fill_up_are_told_once_each() -> None:
    leaves = tree_of(70)
    tree = CompactRange()
    formed = [*tree.grow(leaves[:33], every=2), *tree.grow(leaves[33:], every=2)]
    assert tree.root() == defined(leaves)
    assert {(each.height, each.index) for each in formed} == {
        *((2, index) for index in range(17)),
        *((4, index) for index in range(4)),
        (6, 0),
    }
    assert len(formed) == 22
    for each in formed:
        assert each.hash == defined(leaves[each.index << each.height : (each.index + 1) << each.height])
