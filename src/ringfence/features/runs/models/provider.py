"""Asks a provider over its wire: one way of sending, trying again and reading a stream, whatever the wire.

Our own, because the vendors' clients cost ten times the processor time for each streamed piece, and each brings an
HTTP stack of its own into the process that holds the secrets. A wire says only where to, with which headers and bytes,
and how the answer's events are put together.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ringfence.base import clock
from ringfence.base.outbound import Answer, Bounds, Outbound, OutboundError

from . import failures
from .protocol import ModelDelta, ModelError, ModelRequest
from .retry import RetryPolicy
from .sse import EventParser, EventTooLargeError

_OK = 200
_ERROR_BODY_BYTES = 65_536
_HANG_UP_S = 0.05


class Assembly(Protocol):
    """Puts the events of one answer together; raises ModelError for what is no answer."""

    is_done: bool
    """Nothing follows that belongs to the answer."""
    has_events: bool

    @property
    def is_complete(self) -> bool:
        """Says that the model finished, whatever becomes of the connection now."""
        ...

    def take(self, data: bytes, deltas: list[ModelDelta]) -> None:
        """Adds what this event gives to the deltas."""
        ...

    def take_whole(self, body: bytes) -> list[ModelDelta]:
        """Gives the deltas of an answer that came in one piece instead of a stream."""
        ...

    def end(self) -> list[ModelDelta]:
        """Gives what comes after the text; raises model_cut_off where the model did not finish."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """How one provider is asked; `url` takes the model's name after the colon."""

    url: Callable[[str], str]
    headers: Callable[[], Mapping[str, str]]
    encode: Callable[[ModelRequest], bytes]
    assemble: Callable[[ModelRequest, int], Assembly]
    """The request, and the most characters that its answer may have."""


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Holds the most that one answer may take; `bounds.total_s` covers all tries together."""

    bounds: Bounds = field(default_factory=Bounds)
    event_bytes: int = 1_000_000
    output_chars: int = 500_000
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class Provider:
    """Gives the answers of one server."""

    def __init__(self, outbound: Outbound, wire: Wire, *, limits: AnswerLimits | None = None) -> None:
        self._outbound = outbound
        self._wire = wire
        self._limits = limits or AnswerLimits()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelDelta, None]:
        """Gives the answer's deltas; asks again only while none has been given."""
        wire, limits = self._wire, self._limits
        url, body = wire.url(request.model.partition(":")[2]), wire.encode(request)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", **wire.headers()}
        until = clock.monotonic() + limits.bounds.total_s
        tried = 0
        while True:
            tried += 1
            has_begun = False
            bounds = replace(limits.bounds, total_s=max(0.0, until - clock.monotonic()))
            try:
                async with self._outbound.post(url, body, headers=headers, bounds=bounds) as answer:
                    reading = _Reading(answer, wire.assemble(request, limits.output_chars), limits)
                    while deltas := await reading.next_deltas():
                        has_begun = True
                        for delta in deltas:
                            yield delta
                    await answer.finish(within_s=_HANG_UP_S)
                    return
            except OutboundError as error:
                failure = failures.from_outbound(error)
                failure.__cause__ = error
            except ModelError as error:
                failure = error
            if has_begun:
                raise failure
            await limits.retry.wait(failure, tried=tried, until=until)


class _Reading:
    """Gives the deltas of one answer in batches, as many as each arrival of bytes finished."""

    def __init__(self, answer: Answer, assembly: Assembly, limits: AnswerLimits) -> None:
        self._answer = answer
        self._parser = EventParser(max_event_bytes=limits.event_bytes)
        self._assembly = assembly
        self._is_over = False

    async def next_deltas(self) -> list[ModelDelta]:
        """Gives at least one delta, or none after the end."""
        if self._is_over:
            return []
        if self._answer.status != _OK:
            raise await self._refusal()
        if "json" in self._answer.headers.get("Content-Type", ""):
            self._is_over = True
            return self._assembly.take_whole(await self._answer.read())
        deltas: list[ModelDelta] = []
        try:
            await self._read_until_delta(deltas)
        except EventTooLargeError as error:
            raise failures.too_large("one event") from error
        except OutboundError as error:
            if not self._assembly.is_complete:
                raise failures.from_broken_stream(error) from error
            self._end(deltas)
        return deltas

    async def _read_until_delta(self, deltas: list[ModelDelta]) -> None:
        async for chunk in self._answer:
            for data in self._parser.feed(chunk):
                self._assembly.take(data, deltas)
            if self._parser.is_foreign and not self._assembly.has_events:
                raise failures.bad_answer("no event stream")
            if self._assembly.is_done:
                break
            if deltas:
                return
        else:
            self._take_rest(deltas)
        self._end(deltas)

    def _take_rest(self, deltas: list[ModelDelta]) -> None:
        """Takes a last event without its blank line; half an event is a cut, not a bad answer."""
        try:
            for data in self._parser.close():
                self._assembly.take(data, deltas)
        except ModelError as error:
            if not self._assembly.is_complete:
                raise failures.cut_off() from error

    def _end(self, deltas: list[ModelDelta]) -> None:
        self._is_over = True
        deltas.extend(self._assembly.end())

    async def _refusal(self) -> ModelError:
        body = b""
        try:
            async for chunk in self._answer:
                body += chunk
                if len(body) > _ERROR_BODY_BYTES:
                    break
        except OutboundError:
            body = b""  # The status alone says enough.
        return failures.from_status(self._answer.status, self._answer.headers, body)
