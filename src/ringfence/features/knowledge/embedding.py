"""Asks the operator's embedding model: `POST {base}/embeddings`, as OpenAI, Ollama, vLLM and others answer it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import msgspec
from pydantic import SecretStr

from ringfence.base.outbound import Bounds, Outbound, OutboundError

AT_ONCE: Final = 64
"""Texts in one call: of 1,200 characters each, far below what providers take."""
_PAUSES_S: Final = (0.5, 2.0, 5.0)
_BATCH: Final = Bounds(first_byte_s=60.0, total_s=90.0, body_bytes=16_000_000)
_QUERY: Final = Bounds(connect_s=2.0, first_byte_s=3.0, idle_s=3.0, total_s=3.0, body_bytes=1_000_000)
_OK: Final = 200
_TRY_LATER: Final = frozenset({408, 409, 425, 429})
_SERVER_ERRORS: Final = 500
_OPENAI: Final = "https://api.openai.com/v1"
_SHORTENED: Final = "text-embedding-3"
_SHORT_DIMENSIONS: Final = 512
"""These models are made to be cut: a third of the memory, for a loss that a ranking hardly shows."""
_MICROS: Final = {
    "text-embedding-3-small": 20_000,
    "text-embedding-3-large": 130_000,
    "text-embedding-ada-002": 100_000,
}
"""List prices, in millionths of a US dollar for a million tokens; the vendor's invoice is the truth."""
_MILLION: Final = 1_000_000


class EmbeddingFailed(Exception):  # noqa: N818 - an outcome that its caller plans for
    """No vectors came; `cause` is for the log and holds no content."""

    def __init__(self, cause: str, *, is_final: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Embedded:
    """One vector a text, all of one length, and what they cost."""

    vectors: Sequence[Sequence[float]]
    tokens: int
    cost_micros: int


class _Item(msgspec.Struct):
    index: int
    embedding: list[float]


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0


class _Answer(msgspec.Struct):
    data: list[_Item]
    usage: _Usage = msgspec.field(default_factory=_Usage)


@final
class Embedder:
    """One embedding model; `name` is as the operator wrote it, `openai:text-embedding-3-small`."""

    def __init__(
        self,
        outbound: Outbound,
        name: str,
        *,
        api_key: SecretStr | None,
        base_url: str | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._outbound = outbound
        self._model = name.partition(":")[2]
        self._url = f"{(base_url or _OPENAI).rstrip('/')}/embeddings"
        self._api_key = api_key
        self._sleep = sleep

    async def query(self, text: str) -> Embedded:
        """The vector of one query, soon or not at all; EmbeddingFailed."""
        return await self._once([text], _QUERY)

    async def texts(self, texts: Sequence[str]) -> Embedded:
        """The vectors of at most AT_ONCE texts, tried again where that may help; EmbeddingFailed."""
        for pause_s in _PAUSES_S:
            try:
                return await self._once(texts, _BATCH)
            except EmbeddingFailed as failed:
                if failed.is_final:
                    raise
            await self._sleep(pause_s)
        return await self._once(texts, _BATCH)

    async def _once(self, texts: Sequence[str], bounds: Bounds) -> Embedded:
        wanted: dict[str, object] = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        if self._model.startswith(_SHORTENED):
            wanted["dimensions"] = _SHORT_DIMENSIONS
        headers = {"Content-Type": "application/json"}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key.get_secret_value()}"
        try:
            async with self._outbound.post(
                self._url, msgspec.json.encode(wanted), headers=headers, bounds=bounds
            ) as answer:
                if answer.status != _OK:
                    may_help = answer.status in _TRY_LATER or answer.status >= _SERVER_ERRORS
                    raise EmbeddingFailed(f"status {answer.status}", is_final=not may_help)
                return self._read(await answer.read(), len(texts))
        except OutboundError as error:
            raise EmbeddingFailed(error.failure.value) from error

    def _read(self, body: bytes, count: int) -> Embedded:
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise EmbeddingFailed("not an answer of embeddings") from None
        items = sorted(answer.data, key=lambda item: item.index)
        sizes = {len(item.embedding) for item in items}
        if [item.index for item in items] != list(range(count)) or len(sizes) != 1 or 0 in sizes:
            raise EmbeddingFailed("not one vector a text")
        tokens = max(0, answer.usage.prompt_tokens)
        micros = -(-tokens * _MICROS.get(self._model, 0) // _MILLION)
        return Embedded([item.embedding for item in items], tokens, micros)
