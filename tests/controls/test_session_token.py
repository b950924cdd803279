"""EMB-04: the access token is what this deployment signed, until it expires, and nothing else."""

import base64
import json
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from ringfence.base import clock, ids
from ringfence.base.crypto import HmacSha256
from ringfence.base.principal import KeyId, OrgId, PartnerId, Role, SessionId, UserId
from ringfence.base.problem import Problem
from ringfence.controls.identity import session_token
from ringfence.controls.identity.session_token import SessionClaims

RAW_KEY = b"k" * 32
KEY = HmacSha256(RAW_KEY)
ISSUER = "https://ringfence.example"
NOW = clock.now()
ALICE = SessionClaims(
    iss=ISSUER,
    sid=SessionId(ids.new()),
    sub=UserId(ids.new()),
    org=OrgId(ids.new()),
    par=PartnerId(ids.new()),
    role=Role.MEMBER,
    skey=KeyId(ids.new()),
    iat=1_800_000_000.123,
    exp=NOW.timestamp() + 3600,
)
TOKEN = session_token.issue(ALICE, KEY)


def refusal(token: str, *, key: HmacSha256 = KEY, issuer: str = ISSUER, now: datetime = NOW) -> str:
    """The code with which the token is refused."""
    with pytest.raises(Problem) as refused:
        session_token.verify(token, key, issuer=issuer, now=now)
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"] == "Bearer"
    return refused.value.code


def signed(header: object, payload: object) -> str:
    """A token by our own key that says anything."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    unsigned = b".".join(parts)
    return (unsigned + b"." + session_token._signature(unsigned, KEY)).decode()


@pytest.mark.promise("EMB-04")
def test_a_session_is_who_it_was_issued_to():
    assert session_token.verify(TOKEN, KEY, issuer=ISSUER, now=NOW) == ALICE
    assert ALICE.issued_at.microsecond == 123_000
    assert ALICE.expires_at > NOW


def test_a_jose_library_reads_the_same_claims():
    claims = jwt.decode(TOKEN, OctKey.import_key(RAW_KEY), algorithms=["HS256"])
    assert claims.header == {"alg": "HS256", "typ": "rf-session+jwt"}
    assert claims.claims == msgspec.to_builtins(ALICE)


@pytest.mark.promise("EMB-04")
def test_a_session_token_ends_at_its_hour_to_the_millisecond():
    end = ALICE.expires_at
    assert session_token.verify(TOKEN, KEY, issuer=ISSUER, now=end - timedelta(milliseconds=1)) == ALICE
    assert refusal(TOKEN, now=end + timedelta(milliseconds=1)) == "session_expired"


@pytest.mark.promise("EMB-04")
def test_a_token_of_another_key_or_deployment_is_no_session():
    assert refusal(TOKEN, key=HmacSha256(b"x" * 32)) == "invalid_session"
    assert refusal(TOKEN, issuer="https://other.example") == "invalid_session"


@pytest.mark.promise("EMB-04")
@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS256"}, {"typ": "rf-session+jwt", "alg": "HS256"}, {"alg": "HS256", "typ": "JWT"}, {}],
)
def test_no_header_but_our_own_is_taken_even_signed_by_our_key(header: dict[str, str]):
    assert refusal(signed(header, msgspec.to_builtins(ALICE))) == "invalid_session"


@pytest.mark.promise("EMB-04")
@pytest.mark.parametrize(
    "change", [{"role": "emperor"}, {"sub": "alice"}, {"exp": "soon"}, {"extra": 1}, {"org": None}]
)
def test_claims_that_we_never_write_are_no_session_even_signed_by_our_key(change: dict[str, object]):
    header = {"alg": "HS256", "typ": "rf-session+jwt"}
    token = signed(header, msgspec.to_builtins(ALICE) | change)
    compact = TOKEN.split(".")[0] + "." + token.split(".", 1)[1]
    unsigned = compact.rpartition(".")[0].encode()
    assert refusal((unsigned + b"." + session_token._signature(unsigned, KEY)).decode()) == "invalid_session"


@pytest.mark.promise("EMB-04")
@pytest.mark.parametrize("payload", [b"", b"A", b"!!!!", b"_w", b"e30"])
def test_a_payload_that_is_no_document_is_no_session_even_signed_by_our_key(payload: bytes):
    unsigned = session_token._HEADER + payload
    assert refusal((unsigned + b"." + session_token._signature(unsigned, KEY)).decode()) == "invalid_session"


@pytest.mark.promise("EMB-04")
def test_a_token_with_one_character_wrong_is_no_session():
    for at, character in enumerate(TOKEN):
        assert refusal(TOKEN[:at] + ("x" if character != "x" else "y") + TOKEN[at + 1 :]) == "invalid_session"


@pytest.mark.promise("EMB-04")
@pytest.mark.parametrize(
    "token", ["", ".", "..", TOKEN + "=", TOKEN + "A", TOKEN + "\n", TOKEN * 5, "æ" + TOKEN, TOKEN + "æ"]
)
def test_only_the_token_itself_is_a_session(token: str):
    assert refusal(token) == "invalid_session"


@settings(deadline=None, database=None)
@given(st.text(max_size=600) | st.text(max_size=60).map(lambda text: session_token._HEADER.decode() + text))
def test_no_text_whatever_breaks_the_reading_of_sessions(token: str):
    assert refusal(token) == "invalid_session"
