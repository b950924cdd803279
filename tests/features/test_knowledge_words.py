"""Text becomes lexemes: stems by language, numbers, addresses and compounds, and nothing of what is hidden."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.features.knowledge import analysis
from ringfence.features.knowledge.analysis import WORD_CHARS, Analyser, detect, fold, words
from ringfence.features.knowledge.indexing import weight
from ringfence.features.knowledge.snippets import pattern, snippet
from ringfence.features.knowledge.stop_words import STOP_WORDS, Language

SAME = {
    Language.ENGLISH: [
        ("invoice", "invoices", "invoicing"),
        ("refund", "refunds", "refunded"),
        ("customer", "customers", "customer's"),
        ("cancellation", "cancellations"),
        ("naïve", "naive"),
    ],
    Language.DANISH: [
        ("faktura", "fakturaer", "fakturaerne"),
        ("hus", "huset", "husene"),
        ("tilbagebetaling", "tilbagebetalingen"),
        ("Århus", "Aarhus"),
        ("smørrebrød", "smoerrebroed", "smørrebrødet"),
        ("lægen", "laegen"),
    ],
    Language.SPANISH: [
        ("factura", "facturas", "facturación", "facturacion"),
        ("cliente", "clientes"),
        ("pagar", "pagado", "pagada"),
        ("España", "Espana"),
        ("devolución", "devolucion", "devoluciones"),
    ],
}
APART = {
    Language.ENGLISH: [("invoice", "involve"), ("refund", "fund")],
    Language.DANISH: [("hus", "have"), ("faktura", "fakta")],
    Language.SPANISH: [("factura", "fractura"), ("cliente", "caliente")],
}


def lexemes(text: str, language: Language = Language.ENGLISH) -> set[str]:
    return set(Analyser().lexemes(words(text), language))


@pytest.mark.parametrize("language", Language)
def test_forms_of_one_word_meet_and_other_words_do_not(language: Language):
    for forms in SAME[language]:
        first, *others = (lexemes(form, language) for form in forms)
        assert first, forms
        assert all(first & other for other in others), forms
    for one, other in APART[language]:
        assert not lexemes(one, language) & lexemes(other, language), (one, other)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "alice.smith@example.co.uk",
            {":alice.smith@example.co.uk", *["en:alic", "en:smith", "en:alicesmith", "en:exampl", "en:co", "en:uk"]},
        ),
        ("1.234,50 and 1,234.50", {":1234.50"}),
        ("10,000,000", {":10000000"}),
        ("3.14 or 3,14", {":3.14"}),
        ("INV-2024-0042", {"en:inv", ":2024", ":0042", ":inv20240042"}),
        ("e-mail", {"en:e", "en:mail", "en:email"}),
        ("e\u00adm\u200bail", {"en:email"}),
        ("\uff29\uff2e\uff36\uff2f\uff29\uff23\uff25", {"en:invoic"}),
        ("O\u2019Brien's", {"en:obrien"}),
        ("x" * 65, set[str]()),
        ("... --- !!!", set[str]()),
        ("a@" * 2000, set[str]()),
        ("1," * 3000 + "1", None),
    ],
)
def test_what_is_a_word(text: str, wanted: set[str] | None):
    assert wanted is None or lexemes(text) == wanted


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The tenant has paid what was due, and this is the receipt.", Language.ENGLISH),
        ("Lejeren har ikke betalt det beløb, som blev aftalt med udlejeren.", Language.DANISH),
        ("El inquilino no ha pagado lo que se debe según el contrato.", Language.SPANISH),
        ("4711 0815", None),
    ],
)
def test_a_text_tells_its_language_by_its_commonest_words(text: str, language: Language | None):
    assert detect(words(text)) is language


@pytest.mark.parametrize(
    "text",
    [
        *("111," * 300_000 + "111a", "111.111," * 150_000 + "1a", "1," * 500_000, "1,111" * 200_000, "1.5-" * 200_000),
        *("1.111,1" * 100_000 + "_", "1" * 500_000 + "." + "1" * 500_000, "a.1," * 200_000, "1.1.." * 200_000),
    ],
    ids=range(9),
)
def test_a_list_of_a_million_without_spaces_holds_nobody(text: str):
    """In which nothing else ran for hours, where what follows a number was looked through anew from each of them."""
    assert all(len(word) <= WORD_CHARS for word in words(text))


# What a number was when each looked through all that follows it.
_NUMBER = r"\d{1,3}(?:[.,]\d{3}(?!\d))++(?:[.,]\d++)?+(?![\w.,]*\w)|\d++[.,]\d++(?![\w.,]*\w)"
_SLOWLY = re.compile(rf"{_NUMBER}|[^\W_]+(?:[-_/.&+][^\W_]+)*")


@given(st.lists(st.sampled_from(["1", "12", "123", "1234", ",", ".", "a", "-", "_", " ", "/", "٣", "é"]), max_size=30))
def test_one_pass_finds_what_many_found(parts: list[str]):
    plain = "".join(parts)
    assert list(analysis._pieces(plain)) == [found.group() for found in _SLOWLY.finditer(plain)]


def test_stop_words_are_folded_as_words_are():
    assert all(fold(word) == word for stops in STOP_WORDS.values() for word in stops)


def test_a_query_asks_in_every_language_and_drops_what_says_nothing_in_its_own():
    analyser = Analyser()
    assert analyser.asked(words("Where is the invoice?"), most=32) == ["en:invoic", "da:invoic", "es:invoic"]
    assert analyser.asked(words("hvor er fakturaen"), most=32)[1] == "da:faktura"
    assert analyser.asked(words("the of and is"), most=32) == []
    assert len(analyser.asked(words(" ".join(f"word{number}" for number in range(100))), most=32)) == 32


def test_a_chunk_that_says_a_word_often_weighs_more_and_a_long_one_less():
    assert weight(1, 110) < weight(3, 110) < weight(9, 110) <= 15
    assert 1 <= weight(1, 1000) < weight(1, 110) < weight(1, 20)


def test_a_snippet_shows_the_place_where_most_of_the_words_stand():
    text = "Nothing here. " * 60 + "The deposit is returned to the tenant. " + "Nothing there. " * 60
    found = words("deposit of tenants")
    shown = snippet(text, pattern(found, Analyser().asked(found, most=32)))
    assert "deposit is returned to the tenant" in shown
    assert shown.startswith("\u2026")
    assert len(shown) <= 322
    assert snippet("short", None) == "short"
