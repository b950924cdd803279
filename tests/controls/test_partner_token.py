"""Whatever the bytes, the answer is claims or a refusal; and a refusal tells the world nothing but its code."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.base.crypto import KeyKind, Secret, SharedSecret, load_public_key
from ringfence.controls.identity import compact_token, partner_token, signature
from ringfence.controls.identity.partner_claims import PartnerClaims
from ringfence.controls.identity.partner_token import RegisteredKey
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused
from tests.vectors import make_bad_tokens as vectors

NOW = datetime.fromtimestamp(vectors.NOW, UTC)
KEYS = {
    name: RegisteredKey(vectors.ISSUER, name, load_public_key(vectors.public_pem(name))) for name in vectors.REGISTERED
} | {"shared": RegisteredKey(vectors.ISSUER, "shared", SharedSecret(Secret(vectors.SHARED.encode())))}
HEADER_NAMES = ["alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "zip", "enc"]
GOOD = sorted(vectors.good().values())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)

any_input = settings(deadline=None, database=None, max_examples=200)


def outcome(token: str | bytes, now: datetime = NOW) -> PartnerClaims | RefusalReason:
    """The claims or the reason; anything else that is raised fails the test."""
    try:
        unverified = partner_token.parse(token)
        return partner_token.verify(unverified, KEYS.get(unverified.kid), audience=vectors.AUDIENCE, now=now)
    except TokenRefused as refused:
        return refused.reason


@any_input
@given(st.binary(max_size=400) | st.text(max_size=400))
def test_no_bytes_whatever_raise_anything_but_a_refusal(token: str | bytes):
    assert isinstance(outcome(token), RefusalReason)


@any_input
@given(st.sampled_from(GOOD), st.data())
def test_a_token_with_any_one_character_changed_is_refused(token: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=300).filter(lambda character: character != token[at]))
    assert isinstance(outcome(token[:at] + other + token[at + 1 :]), RefusalReason)


@any_input
@given(st.sampled_from(GOOD), st.data())
def test_a_token_with_anything_cut_out_or_put_in_is_refused(token: str, data: st.DataObject):
    start, end = sorted((data.draw(st.integers(0, len(token))), data.draw(st.integers(0, len(token)))))
    assert isinstance(outcome(token[:start] + token[end:]), RefusalReason) or start == end
    inserted = data.draw(st.binary(min_size=1, max_size=20))
    assert isinstance(outcome(token[:start].encode() + inserted + token[start:].encode()), RefusalReason)


@any_input
@given(
    st.dictionaries(st.sampled_from([*vectors.claims(), "nbf", "role", "name", "email", "org_name", "locale"]), JSON)
)
def test_a_partner_may_sign_any_claims_and_gets_claims_or_a_reason(changes: dict[str, object]):
    result = outcome(vectors.with_claims(**changes))
    if isinstance(result, PartnerClaims):
        assert result.subject
        assert result.replay_until > NOW


@any_input
@given(st.dictionaries(st.sampled_from(HEADER_NAMES), JSON))
def test_any_header_gets_claims_or_a_reason(changes: dict[str, object]):
    outcome(vectors.with_header(**changes))


@any_input
@given(st.binary(max_size=80))
def test_any_signed_bytes_as_payload_get_a_reason(payload: bytes):
    assert isinstance(outcome(vectors.sign(vectors.header(), payload)), RefusalReason)


@any_input
@given(st.sampled_from(sorted(KEYS)), st.binary(max_size=300))
def test_no_made_up_signature_verifies_or_raises(name: str, made_up: bytes):
    assert signature.is_valid(KEYS[name].key, message=b"message", signature=made_up) is False


@pytest.mark.parametrize("change", [{"issuer": "https://mallory.example"}, {"kid": "other"}])
def test_a_key_looked_up_by_mistake_is_not_used(change: dict[str, str]):
    token = partner_token.parse(vectors.with_claims())
    wrong = dataclasses.replace(KEYS["ed25519"], **change)
    with pytest.raises(TokenRefused) as refused:
        partner_token.verify(token, wrong, audience=vectors.AUDIENCE, now=NOW)
    assert refused.value.reason is RefusalReason.UNKNOWN_KEY


def test_a_payload_for_another_issuer_behind_the_signature_is_refused():
    token = partner_token.parse(vectors.with_claims(iss="https://mallory.example"))
    claimed = dataclasses.replace(token, issuer=vectors.ISSUER)
    with pytest.raises(TokenRefused) as refused:
        partner_token.verify(claimed, KEYS["ed25519"], audience=vectors.AUDIENCE, now=NOW)
    assert refused.value.reason is RefusalReason.BAD_ISSUER


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iat": vectors.NOW + 43}, "a clock skew of 43 s where 30 s are allowed"),
        ({"nbf": vectors.NOW + 61}, "a clock skew of 61 s"),
        ({"aud": "x"}, f'put "{vectors.AUDIENCE}" into it'),
        ({"iat": vectors.NOW, "exp": vectors.NOW + 7200}, "7200 s: at most 3600"),
    ],
)
def test_development_names_the_cause_and_production_does_not(changes: dict[str, object], words: str):
    token = partner_token.parse(vectors.with_claims(**changes))
    with pytest.raises(TokenRefused) as refused:
        partner_token.verify(token, KEYS["ed25519"], audience=vectors.AUDIENCE, now=NOW)
    told, quiet = refused.value.explained(), refused.value.problem()
    assert words in told.detail
    assert quiet.detail == "The token was refused."
    assert (told.status, told.code) == (quiet.status, quiet.code) == (401, "invalid_token")
    assert words in (quiet.cause or "")


def test_a_token_too_large_is_a_413_of_its_own():
    with pytest.raises(TokenRefused) as refused:
        partner_token.parse(b"a" * (compact_token.MAX_BYTES + 1))
    problem = refused.value.problem()
    assert (problem.status, problem.code) == (413, "token_too_large")


def test_a_token_is_taken_as_text_and_as_bytes():
    assert outcome(GOOD[0]) == outcome(GOOD[0].encode())


@pytest.mark.parametrize("seconds", [-31, 0, 324, 325])
def test_a_token_is_good_from_its_issue_to_its_expiry_give_or_take_half_a_minute(seconds: int):
    issued = vectors.with_claims(iat=vectors.NOW, exp=vectors.NOW + 295)
    is_good = isinstance(outcome(issued, NOW + timedelta(seconds=seconds)), PartnerClaims)
    assert is_good is (-30 <= seconds < 325)


def test_both_spellings_of_an_ecdsa_signature_are_one_token_by_its_jti():
    # (r, s) and (r, n - s) both verify, which is why `jti` is remembered and not the bytes of the token.
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = vectors.by_kid("ec", "ES256", by=lambda m: _mirrored(vectors.signature("ec", m), order))
    assert outcome(twin) == outcome(vectors.by_kid("ec", "ES256"))


def _mirrored(made: bytes, order: int) -> bytes:
    return made[:32] + (order - int.from_bytes(made[32:])).to_bytes(32, "big")


def test_each_kind_of_key_has_its_algorithm():
    assert set(signature._NAMES) == set(signature._ALGORITHMS) == set(KeyKind)
