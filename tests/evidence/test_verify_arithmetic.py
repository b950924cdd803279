"""What verify.py rests on: Merkle proofs by vectors, Ed25519 by RFC 8032 and against a library, canonical JSON."""

import base64
import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.base import canonical_json, merkle
from ringfence.evidence import verify
from tests import second_audit as second
from tests.vectors import make_merkle

VECTORS = Path(__file__).parents[1] / "vectors"
PROOFS: dict[str, list[dict[str, Any]]] = json.loads((VECTORS / "merkle.json").read_text())
ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
pytestmark = pytest.mark.promise("AUD-02")


def test_the_vectors_are_those_that_the_definitions_give():
    assert (VECTORS / "merkle.json").read_text() == make_merkle.text()
    assert sum(len(one) for one in PROOFS.values()) > 200
    # Published facts: RFC 6962's example trees, and proofs over them that transparency-dev/merkle's testdata has.
    assert second.mth(make_merkle.LEAVES).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert [second.b64(one) for one in second.path(0, make_merkle.LEAVES)] == [
        "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ]
    assert [second.b64(one) for one in second.proof(2, make_merkle.LEAVES[:5])] == [
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ]
    assert [second.b64(one) for one in second.proof(6, make_merkle.LEAVES[:7])] == [
        "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
        "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ]


def test_inclusion_holds_for_the_proof_alone():
    for case in PROOFS["inclusion"]:
        index, size, root = case["index"], case["size"], hash_of(case["root"])
        leaf, proof = hash_of(case["leaf"]), [hash_of(one) for one in case["proof"]]
        verdicts = (
            verify.root_of_inclusion(leaf, index, size, proof) == root,
            merkle.verifies_inclusion(leaf, index=index, size=size, proof=proof, root=root),
            second.is_included(index, size, leaf, proof, root),
        )
        assert verdicts == (case["holds"],) * 3, case["name"]


def test_consistency_holds_for_the_proof_alone_and_never_from_an_empty_tree():
    for case in PROOFS["consistency"]:
        old, new, proof = case["from"], case["to"], [hash_of(one) for one in case["proof"]]
        before, after = hash_of(case["old_root"]), hash_of(case["new_root"])
        verdicts = (
            verify.is_consistent(verify.Head("x", old, before, None), verify.Head("x", new, after, None), proof),
            merkle.verifies_consistency(old=old, new=new, old_root=before, new_root=after, proof=proof),
            second.is_consistent(old, new, before, after, proof),
        )
        assert verdicts == (case["holds"],) * 3, case["name"]


def test_the_published_vectors_hold_but_that_nothing_is_proved_of_an_empty_tree():
    published = json.loads((VECTORS / "merkle_transparency_dev.json").read_text())
    for name, index, size, root, leaf, proof, holds in published["inclusion"]:
        hashes = [hash_of(one) for one in proof]
        verdicts = (
            verify.root_of_inclusion(hash_of(leaf), index, size, hashes) == hash_of(root),
            merkle.verifies_inclusion(hash_of(leaf), index=index, size=size, proof=hashes, root=hash_of(root)),
            second.is_included(index, size, hash_of(leaf), hashes, hash_of(root)),
        )
        assert verdicts == (holds,) * 3, name
    empty: list[str] = []
    for name, old, new, before, after, proof, holds in published["consistency"]:
        hashes, roots = [hash_of(one) for one in proof], (hash_of(before), hash_of(after))
        verdicts = (
            verify.is_consistent(verify.Head("x", old, roots[0], None), verify.Head("x", new, roots[1], None), hashes),
            merkle.verifies_consistency(old=old, new=new, old_root=roots[0], new_root=roots[1], proof=hashes),
            second.is_consistent(old, new, *roots, hashes),
        )
        # From nothing to nothing with equal roots: docs/audit-format.md says why we refuse it.
        empty += [name] * (holds and (old, new) == (0, 0))
        assert verdicts == (holds and old > 0,) * 3, name
    assert (len(published["inclusion"]), len(published["consistency"]), len(empty)) == (95, 102, 3)


def hash_of(text: str) -> bytes:
    return base64.b64decode(text)


# ---- Ed25519 ----


def test_the_vectors_of_rfc_8032_verify():
    for case in json.loads((VECTORS / "ed25519.json").read_text())["cases"]:
        public, message, signature = (bytes.fromhex(case[name]) for name in ("public", "message", "signature"))
        assert verify.verify_ed25519(public, message, signature)
        assert not verify.verify_ed25519(public, message + b"x", signature)


@settings(max_examples=40, deadline=None, database=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=40),
    st.integers(0, 1023),
    st.sampled_from(["sig", "key", "text", "none"]),
)
def test_signatures_verify_where_a_library_says_so(seed: bytes, message: bytes, bit: int, where: str):
    key = Ed25519PrivateKey.from_private_bytes(seed[:1] * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    if where == "sig":
        signature = flipped(signature, bit % 512)
    elif where == "key":
        public = flipped(public, bit % 256)
    elif where == "text":
        message += b"x"
    assert verify.verify_ed25519(public, message, signature) is by_library(public, message, signature)


def by_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(one ^ (1 << bit % 8 if place == bit // 8 else 0) for place, one in enumerate(data))


def test_a_second_way_to_write_a_signature_is_refused():
    key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little")
    assert verify.verify_ed25519(public, b"text", signature)
    assert not verify.verify_ed25519(public, b"text", signature[:32] + (scalar + ORDER).to_bytes(32, "little"))
    for bad in (b"", signature[:63], signature + b"\0", bytes(64), b"\xff" * 64):
        assert not verify.verify_ed25519(public, b"text", bad)
    for bad in (b"", public[:31], public + b"\0", b"\xff" * 32):
        assert not verify.verify_ed25519(bad, b"text", signature)


# The eight points of small order, and other encodings of them: with such a key one signature fits many texts.
SMALL = [
    (0).to_bytes(32, "little"),
    (1).to_bytes(32, "little"),
    (PRIME - 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    (1 << 255).to_bytes(32, "little"),
    PRIME.to_bytes(32, "little"),
    (PRIME + 1).to_bytes(32, "little"),
    ((1 << 255) | 1).to_bytes(32, "little"),
    ((1 << 255) | (PRIME - 1)).to_bytes(32, "little"),
]


@pytest.mark.parametrize("point", SMALL)
def test_points_of_small_order_and_second_encodings_sign_nothing(point: bytes):
    key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    for commitment in SMALL:
        assert not any(verify.verify_ed25519(point, b"%d" % text, commitment + bytes(32)) for text in range(3))
    assert not verify.verify_ed25519(key.public_key().public_bytes_raw(), b"text", point + bytes(32))


def test_a_key_of_small_order_signs_nothing_with_a_sound_commitment_either():
    commitment, own = _of_seed(b"\x08" * 32)
    signature = commitment + (own % ORDER).to_bytes(32, "little")
    # Whatever the text is, the neutral point adds nothing; the others nothing for one text of eight.
    for point in SMALL:
        assert not any(verify.verify_ed25519(point, b"%d" % text, signature) for text in range(64))


def test_a_signature_that_a_key_holder_bent_by_a_small_point_is_refused():
    public, scalar = _of_seed(b"\x07" * 32)
    commitment, own = _of_seed(b"\x08" * 32)
    number = int.from_bytes(commitment, "little")
    turned = (PRIME - (number & (1 << 255) - 1) | (1 - (number >> 255)) << 255).to_bytes(32, "little")
    neutral = (1).to_bytes(32, "little")
    # The same way to sign, with the scalar right for: the point itself, its mirror by x, and by y.
    for point, secret, sign, holds in (
        (commitment, own, 1, True),
        (commitment, own, -1, False),
        (turned, own, 1, False),
        (turned, own, -1, False),
        (neutral, 0, 1, False),
    ):
        challenge = int.from_bytes(hashlib.sha512(point + public + b"text").digest(), "little")
        answer = (sign * (secret + challenge * scalar) % ORDER).to_bytes(32, "little")
        assert verify.verify_ed25519(public, b"text", point + answer) is holds


def _of_seed(seed: bytes) -> tuple[bytes, int]:
    """A public key and its scalar (RFC 8032 section 5.1.5)."""
    low = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = low & ((1 << 254) - 8) | 1 << 254
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(), scalar


def test_a_point_has_one_encoding():
    small = [number for number in range(19) if verify._point(number.to_bytes(32, "little")) is not None]
    assert len(small) > 5
    assert all(verify._point((PRIME + number).to_bytes(32, "little")) is None for number in range(19))
    assert verify._point((1 << 255 | 1).to_bytes(32, "little")) is None


# ---- Canonical JSON and notes ----


def test_numbers_are_written_as_rfc_8785_says():
    for double, text in json.loads((VECTORS / "canonical_json.json").read_text())["numbers"].items():
        assert verify.canonical(struct.unpack(">d", bytes.fromhex(double))[0]).decode() == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, database=None)
@given(VALUES)
def test_any_value_has_the_same_one_form(value: object):
    assert verify.canonical(value) == canonical_json.encode(value)


SIGNER = second.Signer("a.example", b"\x01" * 32)
NOTE = second.sign(
    second.checkpoint_text("ringfence.example/audit/x", 3, b"\x01" * 32), second.Signer("a.example", b"\x01" * 32)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        NOTE[:-1],
        NOTE.replace("— ", "- "),
        NOTE.replace("— a.example", "—  a.example"),
        NOTE.replace("a.example", "a+example"),
        NOTE.replace("=\n", "\n"),
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n-3\n"),
        NOTE.replace("\n3\n", "\n\u0663\n"),
        NOTE.replace("\n3\n", "\n0\n"),
        NOTE.replace("\n3\n", "\n\n3\n"),
        NOTE.replace("AQE=\n", "AQF=\n"),
        *(NOTE.replace("time", f"{one}time") for one in "\0\x07\t\x0b\r\x1f"),
        NOTE.replace("— a.example", "— "),
        NOTE[:-1] + "x",
        NOTE.partition("\n\n")[2],
        NOTE.replace("\n3\n", "\n1000000000000000\n"),
        *(second.sign(f"a.example/audit/x\n3\n{second.b64(b'x' * size)}\n", SIGNER) for size in (0, 31, 33)),
        *(second.sign(text, SIGNER) for text in ("a.example\n3\n", "a.example\n", f"a\n3\n{'A' * 43}=")),
        NOTE.replace("time 2026-11-22T15:00:00Z\n", "").replace("AQEBAQE=\n", ""),
        NOTE + "x" * 70_000,
    ],
)
def test_a_misshapen_checkpoint_is_refused(text: str):
    with pytest.raises(verify.Unchecked):
        verify.Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["a\n3\n{}", "a\n3\n", "\n3\n{}\n", "a\n3\n{}\n\n", "a\n3\n{}\n\nmore\n", "", "a\n3\n{}\nmore"]
)
def test_what_is_signed_has_three_lines_and_none_that_is_empty(text: str):
    root = second.b64(b"x" * 32)
    assert verify.Head.parse(f"a\n3\n{root}\nmore\n").size == 3
    with pytest.raises(verify.Unchecked):
        verify.Head.parse(text.format(root))


def test_a_note_without_an_extension_line_and_with_foreign_signatures_is_a_checkpoint():
    others = [second.Signer(f"other{place}.example", b"\x02" * 32) for place in range(16)]
    text = f"ringfence.example/audit/x\n3\n{second.b64(b'x' * 32)}\n"
    found = verify.Checkpoint.parse(second.sign(text, SIGNER, *others))
    assert found.head.time is None
    assert [str(one) for one in found.note.signed_by([verify.Key.parse(SIGNER.vkey, types=(1,))])] == [SIGNER.vkey[:18]]


def test_junk_is_never_more_than_unchecked():
    chance = random.Random(6)
    for _ in range(300):
        junk = "".join(chance.choices('{}[]":,\n0123456789abc—+ \u20ac', k=chance.randrange(60)))
        for read in (verify.Checkpoint.parse, lambda one: verify.Key.parse(one, types=(1,)), verify.Note.parse):
            with pytest.raises(verify.Unchecked):
                read(junk)
