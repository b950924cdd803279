"""What both clients do with await. `python -m tools.sdk` makes blocking_calling.py from it; edit this one."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx

from . import shapes, wire
from .errors import Refused, Unreachable
from .uploads import Upload
from .wire import Call

_LOOK_S = 0.3


class AsyncCaller:
    """Holds the connections, and sends a call as often as it is right to."""

    def __init__(self, base_url: str, *, http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(timeout=wire.TIMEOUT)
        self._base_url = base_url.rstrip("/")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _send(self, call: Call, bearer: str | None) -> Any:
        """The answer's JSON. Raises Refused and Unreachable."""
        tried = 0
        while True:
            tried += 1
            try:
                return wire.read(await self._sent(call, bearer))
            except (Refused, Unreachable) as failure:
                pause_s = wire.pause_s(failure, tried=tried)
                if pause_s is None:
                    raise
            await asyncio.sleep(pause_s)

    async def _hand_in(self, where: str, upload: Upload, bearer: str | None) -> Any:
        """Hands one file in, once: whether a try whose answer was lost has made a file is for the caller to see."""
        with upload.opened() as (name, content, media_type):
            form = {"file": (name, content, media_type)}
            return wire.read(await self._sent(Call("POST", where), bearer, files=form, timeout=wire.UPLOAD_TIMEOUT))

    async def _fetched(self, where: str, bearer: str | None) -> bytes:
        """The bytes of a file."""
        answer = await self._sent(Call("GET", where), bearer)
        if not answer.is_success:
            raise wire.refusal(answer)
        return answer.content

    async def _text(self, where: str, bearer: str | None) -> str:
        """A signed note or a receipt, as it stands."""
        return (await self._fetched(where, bearer)).decode()

    async def _streamed(self, call: Call, bearer: str | None) -> AsyncGenerator[bytes]:
        """The bytes of a file as they come; Unreachable where the answer was cut short."""
        try:
            async with self._http.stream(
                "GET",
                self._base_url + call.path,
                params=call.params,
                headers=call.headers(bearer, accept="*/*"),
                timeout=wire.STREAM_TIMEOUT,
                follow_redirects=False,
            ) as response:
                if not response.is_success:
                    await response.aread()
                    raise wire.refusal(response)
                async for piece in response.aiter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise Unreachable(f"the answer was cut short: {type(error).__name__}") from error

    async def _settled(self, look: Callable[[], Awaitable[shapes.FileOut]], patience_s: float) -> shapes.FileOut:
        """The file once it can be read; Refused with its code where it never can, Unreachable where it takes longer."""
        until = time.monotonic() + patience_s
        while True:
            found = await look()
            if found["status"] == "ready":
                return found
            if found["status"] in {"refused", "failed"}:
                detail = f"{found['name']} is {found['status']}."
                raise Refused(422, {"code": found["code"] or f"file_{found['status']}", "detail": detail})
            if time.monotonic() >= until:
                raise Unreachable(f"{found['name']} is still {found['status']}")
            await asyncio.sleep(_LOOK_S)

    async def _sent(self, call: Call, bearer: str | None, **more: Any) -> httpx.Response:
        try:
            return await self._http.request(
                call.method,
                self._base_url + call.path,
                params=call.params,
                json=call.body,
                headers=call.headers(bearer),
                follow_redirects=False,
                **more,
            )
        except httpx.TransportError as error:
            raise Unreachable(f"the server could not be reached: {type(error).__name__}") from error
