"""Turns text into lexemes, within this process: the database only ever sees what `blind` makes of them.

A lexeme names its language (`en:invoic`), so that words match in the language that they are of; numbers, addresses and
whatever mixes letters and digits belong to none (`:4711`). Stems are Snowball's. What is folded: case, width, hidden
characters, and after stemming accents (`å` is `aa`, `ø` is `oe`, `æ` is `ae`, as Danish is typed on other keyboards).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol, cast, final

from ringfence.controls import guard

from .stop_words import STOP_WORDS, Language

WORD_CHARS: Final = 64
"""Longer runs of letters are no words (a digest, an image in base64): nobody searches for them."""
_SNOWBALL: Final = {Language.ENGLISH: "english", Language.DANISH: "danish", Language.SPANISH: "spanish"}
_APOSTROPHES: Final = re.compile("(?<=[^\\W_])['\u2019](?=[^\\W_])")
_ADDRESS: Final = re.compile(r"[^\W_][\w.+%-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_START: Final = re.compile(r"[^\W_]")
# Bounded, and nothing in it is tried twice: each number of a list without spaces begins what could be one long number.
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{3}(?!\d)){1,12}+(?:[.,]\d++)?+|\d++[.,]\d++")
_RUN: Final = re.compile(r"[\w.,]*")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-_/.&+][^\W_]+)*")
_PART: Final = re.compile(r"[^\W_]+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?")
_DANISH_LETTERS: Final = str.maketrans({"å": "aa", "ø": "oe", "æ": "ae", "đ": "d", "ł": "l"})


def words(text: str) -> list[str]:
    """The words of a text in their order, folded in case; a compound is its parts and, where short, itself as one."""
    visible = guard.inbound(text, origin=guard.Origin.TOOL)
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return [word for word in _words(plain) if len(word) <= WORD_CHARS]


def _words(plain: str) -> Iterator[str]:
    if "@" in plain:
        for found in _ADDRESS.finditer(plain):
            yield found.group()
    for piece in _pieces(_APOSTROPHES.sub("", plain)):
        parts = _PART.findall(piece)
        if len(parts) == 1:
            yield piece
        elif piece.replace(",", "").replace(".", "").isdecimal():
            yield _number(piece)
        else:
            yield from parts
            if len(parts) == 2 or any(part.isdecimal() for part in parts):  # noqa: PLR2004 - e-mail; INV-2024-0042
                yield "".join(parts)


def _pieces(plain: str) -> Iterator[str]:
    """Numbers, which nothing but marks may follow up to a space, and words with what they are joined to.

    In one pass: how far what follows a number goes is found out once for all numbers in it.
    """
    at, run_ends, last_word_ends = 0, 0, 0
    while (start := _START.search(plain, at)) is not None:
        found = _NUMBER.match(plain, start.start())
        if found is not None:
            if found.end() >= run_ends:
                run = _RUN.match(plain, found.end())
                run_ends = found.end() if run is None else run.end()
                last_word_ends = found.end() if run is None else found.end() + len(run.group().rstrip(".,"))
            if found.end() < last_word_ends:
                found = None
        if found is None:
            found = _COMPOUND.match(plain, start.start()) or start
        yield found.group()
        at = found.end()


def _number(piece: str) -> str:
    """The number without grouping and with a decimal point: `1.234,50` and `1,234.50` are both `1234.50`."""
    if _GROUPED.fullmatch(piece):
        marks = [mark for mark in piece if not mark.isdecimal()]
        has_decimals = len(marks) > 1 and marks[-1] != marks[0]
        whole, decimals = (piece.rsplit(marks[-1], 1)) if has_decimals else (piece, "")
        return whole.replace(",", "").replace(".", "") + (f".{decimals}" if decimals else "")
    return piece.replace(",", ".")


def fold(word: str) -> str:
    """The word without accents."""
    if word.isascii():
        return word
    spread = unicodedata.normalize("NFKD", word.translate(_DANISH_LETTERS))
    return "".join(character for character in spread if not unicodedata.combining(character))


def detect(found: Iterable[str]) -> Language | None:
    """The language whose stop words are the most of these words; None where none is ahead."""
    counted = Counter[Language]()
    for word, times in Counter(map(fold, found)).items():
        for language, stops in STOP_WORDS.items():
            if word in stops:
                counted[language] += times
    ranked = counted.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


class _Stemmer(Protocol):
    """What a stemmer of Snowball's does; its module brings no types."""

    def stemWord(self, word: str) -> str:  # noqa: N802 - its own name
        """The stem of a word in lower case."""
        ...


@final
class Analyser:
    """Makes lexemes. For one thread at a time, as the stemmers are; cheap to make."""

    def __init__(self) -> None:
        self._stemmers: dict[Language, _Stemmer] = {}

    def lexemes(self, found: Iterable[str], language: Language) -> Mapping[str, int]:
        """The lexemes of a text's words in its language, and how often each stands there."""
        counted = Counter[str]()
        for word, times in Counter(found).items():
            for lexeme in self._of(word, language):
                counted[lexeme] += times
        return counted

    def asked(self, found: Iterable[str], *, most: int) -> list[str]:
        """What a query looks for, at most so many words of it: each word in every language, for a file is of one.

        A stop word of the language that the query itself is in counts in none.
        """
        distinct = list(dict.fromkeys(found))
        own = STOP_WORDS[language] if (language := detect(distinct)) is not None else frozenset[str]()
        kept = [word for word in distinct if fold(word) not in own][:most]
        return list(dict.fromkeys(lexeme for word in kept for each in Language for lexeme in self._of(word, each)))

    def _of(self, word: str, language: Language) -> set[str]:
        if not word.isalpha():
            return {f":{fold(word)}"}
        folded = fold(word)
        if folded in STOP_WORDS[language]:
            return set()
        stemmer = self._stemmer(language)
        stems = {fold(stemmer.stemWord(word))}
        if language is Language.SPANISH and folded != word:
            stems.add(fold(stemmer.stemWord(folded)))  # Accents are often left out where one searches.
        return {f"{language}:{stem}" for stem in stems}

    def _stemmer(self, language: Language) -> _Stemmer:
        if language not in self._stemmers:
            self._stemmers[language] = _snowball(_SNOWBALL[language])
        return self._stemmers[language]


def _snowball(algorithm: str) -> _Stemmer:
    import Stemmer  # noqa: PLC0415 - a C extension that no process needs before its first search

    made: object = Stemmer.Stemmer(algorithm)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - it brings no types
    return cast("_Stemmer", made)
