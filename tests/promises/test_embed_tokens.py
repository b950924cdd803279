"""EMB-01 on vectors as files: each bad token is refused for its own reason, each good one is taken."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringfence.base.crypto import Secret, SharedSecret, UnusableKey, load_public_key
from ringfence.base.principal import Role
from ringfence.controls.identity import partner_token
from ringfence.controls.identity.partner_claims import PartnerClaims
from ringfence.controls.identity.partner_token import RegisteredKey
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused
from tests.vectors import make_bad_tokens

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "bad_tokens.json").read_text())
NOW = datetime.fromtimestamp(VECTORS["now"], UTC)
KEYS = {
    (VECTORS["issuer"], kid): RegisteredKey(VECTORS["issuer"], kid, load_public_key(pem))
    for kid, pem in VECTORS["keys"].items()
} | {
    (VECTORS["issuer"], kid): RegisteredKey(VECTORS["issuer"], kid, SharedSecret(Secret(text.encode())))
    for kid, text in VECTORS["secrets"].items()
}
# What is found out behind the signature is the partner's own mistake, and goes into its own audit log.
BEHIND_THE_SIGNATURE = {
    "wrong_audience",
    "bad_subject",
    "bad_issued_at",
    "issued_in_the_future",
    "bad_expiry",
    "expired",
    "lives_too_long",
    "bad_not_before",
    "not_yet_valid",
    "bad_token_id",
    "bad_organization",
    "role_refused",
    "bad_claim",
}


def exchange(token: str) -> PartnerClaims:
    unverified = partner_token.parse(token)
    key = KEYS.get((unverified.issuer, unverified.kid))
    return partner_token.verify(unverified, key, audience=VECTORS["audience"], now=NOW)


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_a_bad_token_is_refused_for_its_own_reason(vector: dict[str, str]):
    with pytest.raises(TokenRefused) as refused:
        exchange(vector["token"])
    assert refused.value.reason == vector["reason"]
    assert refused.value.verified_issuer is (vector["reason"] in BEHIND_THE_SIGNATURE)
    assert refused.value.problem().status == (413 if vector["reason"] == "too_large" else 401)


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda vector: vector["name"])
def test_a_good_token_is_taken(vector: dict[str, str]):
    claims = exchange(vector["token"])
    assert claims.issuer == VECTORS["issuer"]
    assert claims.token_id.startswith("j")


@pytest.mark.promise("EMB-01")
@pytest.mark.parametrize("name", VECTORS["unusable_keys"])
def test_a_weak_or_foreign_kind_of_key_cannot_be_registered(name: str):
    with pytest.raises(UnusableKey):
        load_public_key(VECTORS["unusable_keys"][name])


@pytest.mark.promise("EMB-01", "EMB-03")
def test_a_token_says_who_the_user_is_in_the_partners_words():
    token = next(vector["token"] for vector in VECTORS["good"] if vector["name"] == "every optional claim")
    claims = exchange(token)
    assert (claims.subject, claims.organization, claims.organization_name) == ("alice", "rose", "Rose A/S")
    assert (claims.name, claims.email, claims.locale) == ("Alice Å", "alice@rose.example", "da-DK")
    assert claims.role is Role.ADMIN


@pytest.mark.promise("EMB-01")
def test_what_a_token_leaves_out_is_unknown_and_makes_a_member():
    claims = exchange(make_bad_tokens.with_claims(name=None, email="", org_name=" "))
    assert (claims.name, claims.email, claims.organization_name, claims.locale) == (None, None, None, None)
    assert claims.role is Role.MEMBER


@pytest.mark.promise("EMB-01")
def test_a_replay_is_remembered_for_as_long_as_the_token_could_be_taken():
    claims = exchange(make_bad_tokens.with_claims())
    token = partner_token.parse(make_bad_tokens.with_claims())
    with pytest.raises(TokenRefused, match="expired"):
        partner_token.verify(
            token, KEYS[token.issuer, token.kid], audience=VECTORS["audience"], now=claims.replay_until
        )


def test_the_vectors_are_what_their_generator_makes_and_enough():
    assert json.loads(make_bad_tokens.text()) == VECTORS
    assert len(VECTORS["bad"]) >= 40
    unreachable = {"replayed", "unknown_organization", "origin_not_allowed"} | {
        f"{who}_restricted" for who in ("partner", "organization", "user")
    }
    assert {vector["reason"] for vector in VECTORS["bad"]} == set(RefusalReason) - unreachable
