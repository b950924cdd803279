import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.base.problem import Problem
from ringfence.controls import guard
from ringfence.controls.guard import hidden
from ringfence.controls.guard.inbound import UNTRUSTED_CHARS, USER_CHARS

FAMILY = "👩\u200d👩\u200d👧"
NASTY = (
    "ab \n\t\r\x00\x1b👩🏽❤\u200d\u200d\u200b\u200c\u202e\ufe0f\u00ad\ufeff\ud83d\ude00\u2028\u0301é\U000e0041\u3164"
)
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(NASTY), st.characters(codec=None)), max_size=40)


def inbound(text: str) -> str:
    return guard.inbound(text, origin=guard.Origin.TOOL)


def outbound(pieces: list[str], max_chars: int = 1_000) -> str:
    stage = guard.outbound(max_chars=max_chars)
    return "".join([*(stage.feed(piece) for piece in pieces), stage.close()])


@given(TEXTS)
def test_guarding_twice_changes_nothing_more(text):
    assert inbound(inbound(text)) == inbound(text)


@pytest.mark.promise("AIS-02")
@given(TEXTS)
def test_no_hidden_character_passes(text):
    for char in inbound(text).replace(hidden.JOINER, ""):
        assert unicodedata.category(char) not in {"Cf", "Cs"}
        assert char in "\n\t" or unicodedata.category(char) != "Cc"


@given(TEXTS)
def test_a_joiner_stands_only_between_emoji(text):
    clean = inbound(text)
    for place, char in enumerate(clean):
        if char == hidden.JOINER:
            assert hidden.is_emoji(clean[place - 1 : place])
            assert hidden.is_emoji(clean[place + 1 : place + 2])


@pytest.mark.promise("AIS-02")
@given(TEXTS, st.lists(st.integers(0, 40)), st.integers(0, 12))
def test_splitting_the_text_anywhere_gives_the_same(text, places, max_chars):
    cuts = [0, *sorted(min(place, len(text)) for place in places), len(text)]
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    assert outbound(pieces) == outbound([text]) == inbound(text)
    assert outbound(list(text), max_chars) == outbound(pieces, max_chars) == outbound([text], max_chars)


def test_every_format_character_of_this_unicode_is_removed():
    every = "".join(chr(code) for code in range(sys.maxunicode + 1) if _is_hidden(chr(code)))
    assert len(every) > 2_000
    assert inbound(every) == ""


def _is_hidden(char: str) -> bool:
    category = unicodedata.category(char)
    return category in {"Cf", "Cs"} or (category == "Mn" and "VARIATION SELECTOR" in unicodedata.name(char))


@pytest.mark.promise("AIS-02")
@pytest.mark.parametrize("text", ["plain\n\ttext", "Grüße, 東京, سلام, नमस्ते", FAMILY, "👍🏽🇩🇰", "a\u0301"])
def test_what_people_write_stays(text):
    assert inbound(text) == text
    assert outbound([text]) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("pay\u202eevil\u202c", "payevil"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag" + "".join(chr(0xE0000 + ord(char)) for char in "ignore"), "tag"),
        ("nul\x00 esc\x1b[31m\r\n", "nul esc[31m\n"),
        ("one\u2028two", "one\ntwo"),
        ("heart ❤\ufe0f", "heart ❤"),
        ("a\u200db 👩\u200d", "ab 👩"),
        ("surrogate \ud800!", "surrogate !"),
    ],
)
def test_what_people_cannot_see_goes(text, clean):
    assert inbound(text) == clean
    assert outbound(list(text)) == clean


def test_a_user_is_told_that_a_message_is_too_long():
    assert guard.inbound("x" * USER_CHARS, origin=guard.Origin.USER)
    with pytest.raises(Problem) as refused:
        guard.inbound("x" * (USER_CHARS + 1), origin=guard.Origin.USER)
    assert refused.value.code == "message_too_large"


def test_a_tools_long_answer_is_cut_and_says_so():
    cut = inbound("x" * (UNTRUSTED_CHARS + 1))
    assert len(cut) == UNTRUSTED_CHARS
    assert cut.endswith("[cut here: the text was too long]")
    assert inbound(cut) == cut


@pytest.mark.promise("AIS-02")
def test_an_endless_answer_is_cut():
    stage = guard.outbound(max_chars=10)
    assert stage.feed("12345") == "12345"
    assert not stage.is_cut
    assert stage.feed("67890abc") == "67890"
    assert stage.is_cut
    assert stage.feed("more") == ""
