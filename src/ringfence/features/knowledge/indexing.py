"""Enters files into the index: which words stand in which chunk, and how much of it they are."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from ringfence.controls.tenancy import Bound
from ringfence.controls.vault import Vault
from ringfence.features.files.indexing import Chunk, ReadFile

from . import blind, queries
from .analysis import Analyser, detect, words
from .stop_words import Language

PART_CHUNKS: Final = 512
MOST_WEIGHT: Final = 15
_USUAL_WORDS: Final = 110.0
"""Lexemes of a usual chunk: what a longer one is measured against."""
_SATURATION: Final = 1.2
_LENGTH_SHARE: Final = 0.75


@dataclass(frozen=True, slots=True)
class Analysed:
    """A file's lexemes with their places, each `chunk * 16 + weight`; and the language of most of it."""

    language: Language
    places: Mapping[str, Sequence[int]]


@final
class WordIndexer:
    """The index of words, as features.files fills it; `embeds` says that vectors are wanted, too."""

    def __init__(self, vault: Vault, *, embeds: bool) -> None:
        self._vault = vault
        self._embeds = embeds

    async def index(self, file: ReadFile, chunks: Sequence[Chunk]) -> Sequence[Bound[Any]]:
        """The statements that enter the file, in place of what was entered before."""
        analysed = await asyncio.to_thread(analyse, chunks)
        known = await asyncio.to_thread(blind.tokens, self._vault, file.owner, analysed.places)
        entered = [
            queries.forget(file.id),
            queries.enter_file(file.id, file.user_id, language=analysed.language, chunks=len(chunks)),
            *(
                queries.enter_words(file.id, file.user_id, part=part, tokens=tokens, places=places)
                for part, (tokens, places) in _parts(analysed, known).items()
            ),
        ]
        return [*entered, queries.want_vectors(file.id)] if self._embeds and chunks else entered


def analyse(chunks: Sequence[Chunk]) -> Analysed:
    """The lexemes of a file. A chunk that does not tell its language is taken for the language of most of the file."""
    analyser = Analyser()
    found = [(chunk.seq, words(chunk.text)) for chunk in chunks]
    languages = [detect(each) for _, each in found]
    counted = Counter(language for language in languages if language is not None)
    usual = counted.most_common(1)[0][0] if counted else Language.ENGLISH
    places: defaultdict[str, list[int]] = defaultdict(list)
    for (seq, each), language in zip(found, languages, strict=True):
        lexemes = analyser.lexemes(each, language or usual)
        length = sum(lexemes.values())
        for lexeme, times in lexemes.items():
            places[lexeme].append(seq * 16 + weight(times, length))
    return Analysed(usual, places)


def weight(times: int, length: int) -> int:
    """How much a chunk is about a word, from 1 to 15: BM25's saturation of how often it stands there.

    Sixteen steps rank as well as exact counts, and tell less to whoever steals the table.
    """
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _USUAL_WORDS)
    return max(1, min(MOST_WEIGHT, round(MOST_WEIGHT * times / (times + norm))))


def _parts(analysed: Analysed, known: Mapping[str, int]) -> Mapping[int, tuple[list[int], list[int]]]:
    """Tokens and places side by side, by the part of the file."""
    parts: dict[int, tuple[list[int], list[int]]] = {}
    for token, place in _pairs(analysed, known):
        tokens, places = parts.setdefault((place >> 4) // PART_CHUNKS, ([], []))
        tokens.append(token)
        places.append(place)
    return parts


def _pairs(analysed: Analysed, known: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for lexeme, places in analysed.places.items():
        for place in places:
            yield known[lexeme], place
