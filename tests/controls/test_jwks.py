"""Key sets as others publish them: what is taken, what is refused for which reason, and that nothing else is raised."""

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.base.crypto import load_public_key
from ringfence.base.principal import KeyId
from ringfence.controls.identity import jwks
from ringfence.controls.identity.jwks import BadKeySet, KeyRefusal, KeySet, RefusedKey
from ringfence.controls.identity.key_set_merge import MAX_REMEMBERED, compare
from ringfence.controls.identity.key_set_rows import KnownRow
from tests.fakes.jwks_server import jwk
from tests.fakes.jwks_server import jwks as document
from tests.vectors import make_bad_tokens as tokens

pytestmark = pytest.mark.promise("EMB-01")


@pytest.mark.parametrize("name", ["rsa", "ec", "ed25519"])
def test_a_key_is_the_same_as_json_and_as_pem(name: str):
    assert jwks.read(document(jwk(name))).keys == {name: load_public_key(tokens.public_pem(name))}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (jwk("rsa", kid=...), "no_kid"),
        (jwk("rsa", kid=""), "no_kid"),
        (jwk("rsa", kid=7), "no_kid"),
        (jwk("rsa", kid="k" * 256), "no_kid"),
        (jwk("rsa", use="enc"), "not_for_signatures"),
        (jwk("rsa", use=None), "not_for_signatures"),
        (jwk("rsa", key_ops=["encrypt"]), "not_for_signatures"),
        (jwk("rsa", key_ops="verify"), "not_for_signatures"),
        ({"kty": "oct", "kid": "x", "k": "AAAA"}, "symmetric_key"),
        (jwk("rsa", d="AAAA"), "unusable_key"),
        (jwk("ec", k="AAAA"), "unusable_key"),
        (jwk("rsa", alg="PS256"), "unusable_key"),
        (jwk("rsa", alg="HS256"), "unusable_key"),
        (jwk("rsa", alg=None), "unusable_key"),
        (jwk("rsa", alg=["RS256"]), "unusable_key"),
        (jwk("ec", alg="RS256"), "unusable_key"),
        (jwk("rsa-1024"), "unusable_key"),
        (jwk("ec-p384"), "unusable_key"),
        (jwk("rsa", e="Aw"), "unusable_key"),
        (jwk("rsa", e=""), "unusable_key"),
        (jwk("rsa", n=..., e=...), "unusable_key"),
        (jwk("rsa", n=7), "unusable_key"),
        (jwk("rsa", n="A" * 3000), "unusable_key"),
        (jwk("rsa", n="AAAAA"), "unusable_key"),
        (jwk("rsa", n="+/+/"), "unusable_key"),
        (jwk("ec", x="AAAA"), "unusable_key"),
        (jwk("ec", y=tokens.b64(b"\1" * 32)), "unusable_key"),
        (jwk("ec", crv="secp256k1"), "unusable_key"),
        (jwk("ed25519", crv="X25519"), "unusable_key"),
        (jwk("ed25519", x="AAAA"), "unusable_key"),
        (jwk("ed25519", kty="AKP"), "unusable_key"),
        (jwk("ed25519", kty=["OKP"]), "unusable_key"),
    ],
    ids=str,
)
def test_a_key_that_is_not_taken_has_its_reason_and_spoils_no_other(key: dict[str, Any], reason: str):
    said = jwks.read(document(key, jwk("ed25519", kid="good")))
    assert list(said.keys) == ["good"]
    assert [one.reason for one in said.refused] == [reason]


@pytest.mark.parametrize(
    "twin", [jwk("ec", kid="rsa"), jwk("rsa"), jwk("rsa", d="AAAA"), {"kty": "oct", "k": "AA", "kid": "rsa"}], ids=str
)
def test_a_kid_that_two_keys_share_is_refused_for_both(twin: dict[str, Any]):
    said = jwks.read(document(jwk("rsa"), jwk("ec"), twin))
    assert list(said.keys) == ["ec"]
    assert said.refused == (RefusedKey("rsa", KeyRefusal.DUPLICATE_KID),)


def test_a_key_for_encryption_may_share_its_kid_with_one_for_signatures():
    said = jwks.read(document(jwk("rsa"), jwk("ec", kid="rsa", use="enc")))
    assert list(said.keys) == ["rsa"]


def test_a_key_may_say_what_it_is_for_and_more():
    more = {"key_ops": ["verify"], "x5c": ["AAAA"], "x5u": "https://mallory.example", "alg": "RS256"}
    assert list(jwks.read(document(jwk("rsa", **more), jwk("ed25519", alg="EdDSA"))).keys) == ["rsa", "ed25519"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[]", "not_json"),
        (b'{"keys": [], "keys": []}', "not_json"),
        (b'{"keys": [{"a": 1, "a": 2}]}', "not_json"),
        (b'{"keys": NaN}', "not_json"),
        (b'{"keys": 1e999}', "not_json"),
        (b'{"keys":' + b"[" * 100_000, "not_json"),
        (b"{}", "not_a_key_set"),
        (b'{"keys": null}', "not_a_key_set"),
        (b'{"keys": [1]}', "not_a_key_set"),
        (document(*({} for _ in range(51))), "too_many_keys"),
    ],
    ids=range(13),
)
def test_what_is_no_key_set_is_said_so(body: bytes, code: str):
    with pytest.raises(BadKeySet, match=code):
        jwks.read(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_MEMBERS = st.sampled_from(["kty", "kid", "use", "alg", "crv", "n", "e", "x", "y", "key_ops", "d", "k"])


@settings(deadline=None, database=None, max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(["rsa", "ec", "ed25519"]), _MEMBERS, _JSON), max_size=4))
def test_no_key_whatever_raises_anything_but_a_refusal(changes: list[tuple[str, str, object]]):
    body = json.dumps({"keys": [jwk(name) | {member: value} for name, member, value in changes]}).encode()
    with suppress(BadKeySet):
        found = jwks.read(body)
        assert len(found.keys) + len(found.refused) <= len(changes)


def known(number: int, kid: str, key: str = "rsa", **more: bool) -> KnownRow:
    standing = {"is_of_set": True, "is_revoked": False, "is_withdrawn": False} | more
    return KnownRow(KeyId(UUID(int=number)), kid, tokens.public_pem(key), **standing)


def said(**keys: str) -> KeySet:
    return KeySet({kid: load_public_key(tokens.public_pem(key)) for kid, key in keys.items()}, ())


def test_a_set_is_compared_with_what_is_registered_kid_by_kid():
    change = compare(
        [
            known(1, "stays"),
            known(2, "back", is_withdrawn=True),
            known(3, "gone"),
            known(4, "long-gone", is_withdrawn=True),
            known(5, "revoked", is_revoked=True),
            known(6, "swapped", "ec"),
            known(7, "theirs", is_of_set=False),
            known(8, "revoked-and-gone", is_revoked=True),
        ],
        said(stays="rsa", back="rsa", revoked="rsa", swapped="rsa", theirs="rsa", new="rsa"),
    )
    assert list(change.added) == ["new"]
    assert [one.int for one in (*change.kept, *change.restored, *change.withdrawn)] == [1, 2, 3, 6]
    assert {one.kid: one.reason.value for one in change.refused} == {
        "revoked": "revoked",
        "swapped": "key_changed",
        "theirs": "kid_taken",
    }


def test_a_set_that_changes_without_end_is_remembered_up_to_a_bound():
    change = compare([known(n, f"old-{n}", is_withdrawn=True) for n in range(MAX_REMEMBERED)], said(new="rsa"))
    assert (list(change.added), change.error) == ([], "no_usable_keys")
    assert [one.reason for one in change.refused] == [KeyRefusal.TOO_MANY_KEYS]
