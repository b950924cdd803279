"""EMB-04: a refresh token has one child, which only this deployment can make."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.base import ids
from ringfence.base.principal import OrgId, SessionId
from ringfence.controls.identity import refresh_tokens

ROSE, SESSION = OrgId(ids.new()), SessionId(ids.new())
KEY = b"k" * 32


def text(token: refresh_tokens.RefreshToken) -> str:
    return token.text.reveal().decode()


@pytest.mark.promise("EMB-04")
def test_a_refresh_token_says_where_its_session_is():
    token = refresh_tokens.first(ROSE, SESSION)
    assert text(token).startswith("rfr_")
    assert refresh_tokens.parse(text(token)) == token
    assert (token.org_id, token.session_id) == (ROSE, SESSION)


@pytest.mark.promise("EMB-04")
def test_asked_twice_a_token_gives_the_same_child_in_the_same_session():
    parent = refresh_tokens.first(ROSE, SESSION)
    child = refresh_tokens.child(parent, KEY)
    assert child == refresh_tokens.child(parent, KEY)
    assert refresh_tokens.parse(text(child)) == child
    assert (child.org_id, child.session_id) == (ROSE, SESSION)


@pytest.mark.promise("EMB-04")
def test_each_family_generation_and_key_has_tokens_of_its_own():
    parent = refresh_tokens.first(ROSE, SESSION)
    child = refresh_tokens.child(parent, KEY)
    tokens = [
        parent,
        refresh_tokens.first(ROSE, SESSION),
        child,
        refresh_tokens.child(child, KEY),
        refresh_tokens.child(parent, b"x" * 32),
    ]
    assert len({refresh_tokens.digest(token) for token in tokens}) == len(tokens)


@pytest.mark.promise("EMB-04")
def test_a_token_moved_to_another_session_is_another_token():
    token = refresh_tokens.first(ROSE, SESSION)
    where, secret = text(token).split(".")
    moved = refresh_tokens.parse(text(refresh_tokens.first(ROSE, SessionId(ids.new()))).split(".")[0] + "." + secret)
    assert moved is not None
    assert refresh_tokens.digest(moved) != refresh_tokens.digest(token)
    assert where not in text(moved)


@pytest.mark.promise("EMB-04")
def test_a_token_has_one_spelling():
    token = text(refresh_tokens.first(ROSE, SESSION))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = token[:-1] + alphabet[alphabet.index(token[-1]) | 1]
    for other in (stray, token + "=", token + "\n", " " + token, token.upper(), token[:-1], ""):
        assert refresh_tokens.parse(other) is None


@pytest.mark.promise("EMB-04")
def test_a_token_does_not_show_itself_by_accident():
    token = refresh_tokens.first(ROSE, SESSION)
    assert text(token) not in f"{token!r} {token}"


@settings(deadline=None, database=None)
@given(st.text(max_size=100))
def test_no_text_whatever_breaks_the_reading_of_refresh_tokens(any_text: str):
    assert refresh_tokens.parse(any_text) is None
