"""Asks any server that speaks the OpenAI chat-completions wire: OpenAI, xAI, Ollama, vLLM, llama.cpp, most gateways.

Our own adapter, because the vendor's client costs ten times the processor time for each streamed piece.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from ringfence.base import clock
from ringfence.base.outbound import Answer, Bounds, Outbound, OutboundError

from . import failures
from .openai_answer import Assembly
from .openai_wire import encode_request
from .protocol import ModelDelta, ModelError, ModelRequest
from .retry import RetryPolicy
from .sse import EventParser, EventTooLargeError

VENDOR_BASE_URL = "https://api.openai.com/v1"
_OK = 200
_ERROR_BODY_BYTES = 65_536
_HANG_UP_S = 0.05


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """Holds the most that one answer may take; `bounds.total_s` covers all tries together."""

    bounds: Bounds = field(default_factory=Bounds)
    event_bytes: int = 1_000_000
    output_chars: int = 500_000
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class OpenAIChat:
    """Gives the answers of one server; a request's model name after the colon is passed on as it is."""

    def __init__(
        self, outbound: Outbound, *, base_url: str, api_key: SecretStr | None, limits: ChatLimits | None = None
    ) -> None:
        self._outbound = outbound
        self._url = base_url.rstrip("/") + "/chat/completions"
        # The vendor's newer models refuse the old name, other servers do not know the new one.
        is_vendor = base_url.rstrip("/") == VENDOR_BASE_URL
        self._length_field = "max_completion_tokens" if is_vendor else "max_tokens"
        self._api_key = api_key
        self._limits = limits or ChatLimits()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelDelta, None]:
        """Gives the answer's deltas; asks again only while none has been given."""
        body = encode_request(request, length_field=self._length_field)
        until = clock.monotonic() + self._limits.bounds.total_s
        tried = 0
        while True:
            tried += 1
            has_begun = False
            try:
                async with self._outbound.post(
                    self._url, body, headers=self._headers(), bounds=self._bounds(until)
                ) as answer:
                    reading = _Reading(answer, self._limits)
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
            await self._limits.retry.wait(failure, tried=tried, until=until)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key.get_secret_value()}"
        return headers

    def _bounds(self, until: float) -> Bounds:
        return replace(self._limits.bounds, total_s=max(0.0, until - clock.monotonic()))


class _Reading:
    """Gives the deltas of one answer in batches, as many as each arrival of bytes finished."""

    def __init__(self, answer: Answer, limits: ChatLimits) -> None:
        self._answer = answer
        self._parser = EventParser(max_event_bytes=limits.event_bytes)
        self._assembly = Assembly(max_chars=limits.output_chars)
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
