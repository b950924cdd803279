"""KEY-01: the form of an API key, as a scanner and as a look-up see it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.controls.identity import api_keys, base62
from ringfence.controls.identity.api_keys import ApiKeyKind

PEPPER = b"p" * 32


def text_of_a_new_key(kind: ApiKeyKind = ApiKeyKind.LIVE) -> str:
    return api_keys.generate(kind).text.reveal().decode()


@pytest.mark.promise("KEY-01")
@pytest.mark.parametrize("kind", ApiKeyKind)
def test_a_key_says_what_it_is_and_where_its_row_is(kind: ApiKeyKind):
    new = api_keys.generate(kind)
    text = new.text.reveal().decode()
    assert text.startswith(f"rf_{kind}_")
    assert api_keys.parse(text) == api_keys.ParsedApiKey(new.id, kind)


@pytest.mark.promise("KEY-01")
def test_a_key_does_not_show_itself_by_accident():
    new = api_keys.generate(ApiKeyKind.LIVE)
    assert new.text.reveal().decode() not in f"{new!r} {new} {new.text}"


@pytest.mark.promise("KEY-01")
def test_the_published_pattern_finds_a_key_in_any_text():
    key = text_of_a_new_key()
    found = re.findall(api_keys.API_KEY_PATTERN, f'config = {{"key": "{key}"}}; curl -H "Authorization: Bearer {key}"')
    assert found == [key, key]


@pytest.mark.promise("KEY-01")
def test_a_key_with_one_character_wrong_is_not_looked_up():
    key = text_of_a_new_key()
    for at, character in enumerate(key):
        assert api_keys.parse(key[:at] + ("x" if character != "x" else "y") + key[at + 1 :]) is None


@pytest.mark.promise("KEY-01")
@pytest.mark.parametrize("change", ["{} ", " {}", "{}\n", "{}0", "RF_{}", "{}{}", ""])
def test_only_the_key_itself_is_a_key(change: str):
    key = text_of_a_new_key()
    assert api_keys.parse(change.format(key, key)) is None


@pytest.mark.promise("KEY-01")
def test_an_id_that_no_uuid_has_is_no_key_even_with_a_good_checksum():
    body = f"rf_live_{'z' * 22}_{'0' * 43}"
    assert api_keys.parse(body + api_keys._checksum(body)) is None


@settings(deadline=None, database=None)
@given(st.text(max_size=100))
def test_no_text_whatever_breaks_the_reading_of_keys(text: str):
    assert api_keys.parse(text) is None


@pytest.mark.promise("KEY-01")
def test_what_is_stored_depends_on_every_part_of_the_key_and_on_the_pepper():
    key, other = text_of_a_new_key(), text_of_a_new_key(ApiKeyKind.TEST)
    stored = api_keys.digest(PEPPER, key)
    assert stored == api_keys.digest(PEPPER, key)
    assert len({stored, api_keys.digest(b"q" * 32, key), api_keys.digest(PEPPER, other)}) == 3


@settings(deadline=None, database=None)
@given(st.integers(0, 2**256 - 1))
def test_a_number_comes_back_from_base62(number: int):
    text = base62.encode(number, 43)
    assert len(text) == 43
    assert base62.decode(text) == number


@pytest.mark.parametrize("number", [-1, 62**3])
def test_a_number_that_does_not_fit_is_refused(number: int):
    with pytest.raises(ValueError, match="3 digits"):
        base62.encode(number, 3)
