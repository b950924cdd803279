"""The same, blocking. Made from aio_calling.py by `python -m tools.sdk`; not to be edited by hand."""

import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self

import httpx

from . import shapes, wire
from .errors import Refused, Unreachable
from .uploads import Upload
from .wire import Call

_LOOK_S = 0.3


class Caller:
    """Holds the connections, and sends a call as often as it is right to."""

    def __init__(self, base_url: str, *, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(timeout=wire.TIMEOUT)
        self._base_url = base_url.rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _send(self, call: Call, bearer: str | None) -> Any:
        """The answer's JSON. Raises Refused and Unreachable."""
        tried = 0
        while True:
            tried += 1
            try:
                return wire.read(self._sent(call, bearer))
            except (Refused, Unreachable) as failure:
                pause_s = wire.pause_s(failure, tried=tried)
                if pause_s is None:
                    raise
            time.sleep(pause_s)

    def _hand_in(self, where: str, upload: Upload, bearer: str | None) -> Any:
        """Hands one file in, once: whether a try whose answer was lost has made a file is for the caller to see."""
        with upload.opened() as (name, content, media_type):
            form = {"file": (name, content, media_type)}
            return wire.read(self._sent(Call("POST", where), bearer, files=form, timeout=wire.UPLOAD_TIMEOUT))

    def _fetched(self, where: str, bearer: str | None) -> bytes:
        """The bytes of a file."""
        answer = self._sent(Call("GET", where), bearer)
        if not answer.is_success:
            raise wire.refusal(answer)
        return answer.content

    def _text(self, where: str, bearer: str | None) -> str:
        """A signed note or a receipt, as it stands."""
        return (self._fetched(where, bearer)).decode()

    def _streamed(self, call: Call, bearer: str | None) -> Generator[bytes]:
        """The bytes of a file as they come; Unreachable where the answer was cut short."""
        try:
            with self._http.stream(
                "GET",
                self._base_url + call.path,
                params=call.params,
                headers=call.headers(bearer, accept="*/*"),
                timeout=wire.STREAM_TIMEOUT,
                follow_redirects=False,
            ) as response:
                if not response.is_success:
                    response.read()
                    raise wire.refusal(response)
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise Unreachable(f"the answer was cut short: {type(error).__name__}") from error

    def _settled(self, look: Callable[[], shapes.FileOut], patience_s: float) -> shapes.FileOut:
        """The file once it can be read; Refused with its code where it never can, Unreachable where it takes longer."""
        until = time.monotonic() + patience_s
        while True:
            found = look()
            if found["status"] == "ready":
                return found
            if found["status"] in {"refused", "failed"}:
                detail = f"{found['name']} is {found['status']}."
                raise Refused(422, {"code": found["code"] or f"file_{found['status']}", "detail": detail})
            if time.monotonic() >= until:
                raise Unreachable(f"{found['name']} is still {found['status']}")
            time.sleep(_LOOK_S)

    def _sent(self, call: Call, bearer: str | None, **more: Any) -> httpx.Response:
        try:
            return self._http.request(
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
