"""A model that needs no key: the same request always gets the same answer, streamed word by word.

It shows what the product does, calls a tool when asked for the time, plays the demo's scene where its tools are there
(scripted_books), and serves tests, probes and benchmarks.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import TypedDict

import msgspec

from . import scripted_books, scripted_files, scripted_handbook
from .protocol import (
    AssistantTurn,
    Finish,
    FinishReason,
    ModelDelta,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolTurn,
    Turn,
    Usage,
    UserTurn,
)
from .scripted_books import Line

PACES_S = {"demo": 0.05, "fast": 0.0}
_TOOL = "current_time"
_WORDS = re.compile(r"\s*\S+(?:\s+$)?")
_ECHO = re.compile(r"repeat after me:\s*(.+)", re.IGNORECASE | re.DOTALL)
_STORY = re.compile(r"\b(?:long|story)\b", re.IGNORECASE)
_TIME = re.compile(r"\b(?:time|clock|time ?zone)\b", re.IGNORECASE)
_ZONE = re.compile(r"\b[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+\-0-9]+)+\b")
_RESTATED_WORDS = 12
_ZONES = {
    "copenhagen": "Europe/Copenhagen",
    "london": "Europe/London",
    "paris": "Europe/Paris",
    "berlin": "Europe/Berlin",
    "madrid": "Europe/Madrid",
    "stockholm": "Europe/Stockholm",
    "new york": "America/New_York",
    "chicago": "America/Chicago",
    "los angeles": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles",
    "são paulo": "America/Sao_Paulo",
    "dubai": "Asia/Dubai",
    "mumbai": "Asia/Kolkata",
    "singapore": "Asia/Singapore",
    "tokyo": "Asia/Tokyo",
    "sydney": "Australia/Sydney",
}
_GREETING = (
    "Hello! I am the scripted model of Ringfence: I need no key and always answer the same way. "
    "You said: “{said}”. "
    "I saw only this conversation, because each organization's rows are fenced off by the database itself, "
    "and its words are encrypted under a key of its own. "
    "Someone of another organization who asks for this run gets the same 404 as for one that never existed. "
    "Ask me for the time in Copenhagen to see a tool call, or for a long story, and stop the server in the middle."
)
_TALE = (
    "Once there was a house with many rooms, and in each room lived a family that trusted the house with its letters. "
    "The walls were not painted on; they were built into the ground, so that even a careless keeper could not lean "
    "through one by mistake. "
    "Whoever came to the door showed a seal, and the seal said which room was theirs, and no other door would open to "
    "it. "
    "One evening a stranger came with a true seal of a different room and asked for a letter by its number. "
    "The keeper looked, and found nothing under that number, and said so in the same words that he used for letters "
    "which nobody had ever written. "
    "The stranger went away and could not tell which of the two it was. "
    "In another room a scribe was writing a long answer, and after every few words he laid the page into an iron box. "
    "Then a storm tore the roof open and put out every lamp at once, in the middle of a sentence. "
    "Nobody shouted, because the house had been built by people who expected storms. "
    "When the lamps were lit again, a second scribe opened the iron box, read how far the first one had come, and "
    "saw which errands had already been run, so that no messenger was sent out twice. "
    "He told the listener plainly that the page would begin anew, and then he wrote it to its end. "
    "The first scribe, who had only been asleep, woke up and reached for his pen, but the box no longer knew his hand, "
    "and he put the pen down without a quarrel. "
    "Behind it all an old woman kept a book in which every act was noted on a line that was sealed to the line before, "
    "so that no page could be torn out unseen. "
    "And when a family moved away, she broke the one key that opened its letters, and from that day they were only "
    "noise, in the boxes and in every copy of them. "
    "That is the whole story, and if you stopped the server while I told it, you have just seen it happen."
)


class _Clock(TypedDict):
    zone: str
    time: str
    offset: str


class Scripted:
    """Gives prepared answers, waiting `pace_s` seconds before each word."""

    def __init__(self, *, pace_s: float) -> None:
        self._pace_s = pace_s

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelDelta, None]:
        """Gives text, one tool call or both, then usage counted in words, then Finish."""
        scenes = (scripted_handbook, scripted_books, scripted_files)
        reply = next((line for scene in scenes if (line := scene.play(request))), None) or _reply(request)
        words: list[str] = _WORDS.findall(reply.text)
        for word in words:
            if self._pace_s:
                await asyncio.sleep(self._pace_s)
            yield TextDelta(word)
        if reply.call is not None:
            yield reply.call
        yield Usage(_words_read(request), len(words) + (reply.call is not None))
        yield Finish(FinishReason.STOP if reply.call is None else FinishReason.TOOL_CALLS)


def _reply(request: ModelRequest) -> Line:
    last = request.messages[-1] if request.messages else None
    if isinstance(last, ToolTurn):
        return Line(_say_time(last))
    said = _last_said(request.messages)
    if echo := _ECHO.search(said):
        return Line(echo[1].strip())
    if _STORY.search(said):
        return Line(_TALE)
    zone = _zone_of(said)
    if zone is not None and any(tool.name == _TOOL for tool in request.tools):
        arguments = msgspec.json.encode({"zone": zone}).decode()
        return Line(call=ToolCall(f"call_{len(request.messages)}", _TOOL, arguments))
    return Line(_GREETING.format(said=_shortened(said)))


def _say_time(answer: ToolTurn) -> str:
    if answer.is_error:
        return f"I asked my clock, and it answered: {answer.text}"
    try:
        clock = msgspec.json.decode(answer.text, type=_Clock)
    except msgspec.DecodeError:
        return f"My tool answered: {answer.text}"
    place = clock["zone"].rpartition("/")[2].replace("_", " ")
    day, _, rest = clock["time"].partition("T")
    return f"In {place} it is {rest[:5]} on {day} (UTC{clock['offset']}). I asked the tool {_TOOL} for it."


def _last_said(messages: tuple[Turn, ...]) -> str:
    return next((turn.text for turn in reversed(messages) if isinstance(turn, UserTurn)), "")


def _zone_of(said: str) -> str | None:
    """Gives the zone that the text names; UTC where it asks for the time and names none."""
    if zone := _ZONE.search(said):
        return zone[0]
    lowered = said.lower()
    for city, zone_name in _ZONES.items():
        if city in lowered:
            return zone_name
    return "UTC" if _TIME.search(said) else None


def _shortened(said: str) -> str:
    words = said.split()
    return " ".join(words[:_RESTATED_WORDS]) + (" …" if len(words) > _RESTATED_WORDS else "")


def _words_read(request: ModelRequest) -> int:
    return len(request.instructions.split()) + sum(_turn_words(turn) for turn in request.messages)


def _turn_words(turn: Turn) -> int:
    calls = len(turn.calls) if isinstance(turn, AssistantTurn) else 0
    return len(turn.text.split()) + calls
