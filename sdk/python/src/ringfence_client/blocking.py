"""The same, blocking. Made from aio.py by `python -m tools.sdk`; not to be edited by hand."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, Literal, cast

import httpx

from . import shapes, wire
from .blocking_calling import Caller
from .errors import Refused, Unreachable
from .events import ENDING, FINAL, SESSION_ENDED, Event, EventReader
from .uploads import Source, Upload
from .wire import Call, audit_query, given, path, write

_EARLY_S = 60
_STREAM = "text/event-stream"


class Session(Caller):
    """What one user may do. `token` gives a new signed token each time it is called: see TokenSigner.

    The session is made with the first call and renewed by itself.
    """

    def __init__(self, base_url: str, token: Callable[[], str], *, http: httpx.Client | None = None) -> None:
        super().__init__(base_url, http=http)
        self._token = token
        self._lock = threading.Lock()
        self._held: shapes.SessionOut | None = None
        self._until = 0.0

    def me(self) -> shapes.MeOut:
        """Who this is, in which organization, with which permissions."""
        return self._call(Call("GET", "/api/v1/me"))

    def agents(self) -> Generator[shapes.AgentChoice]:
        """The agents to talk to."""
        return self._pages("/api/v1/agents")

    def conversations(self, *, agent_id: str | None = None) -> Generator[shapes.ConversationListed]:
        """Conversations, newest first."""
        return self._pages("/api/v1/conversations", agent_id=agent_id)

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with all that was said in it."""
        self._call(write("DELETE", path("/api/v1/conversations/{id}", id=conversation_id)))

    def messages(self, conversation_id: str) -> Generator[shapes.MessageOut]:
        """What was said, newest first."""
        return self._pages(path("/api/v1/conversations/{id}/messages", id=conversation_id))

    def runs(self, *, conversation_id: str | None = None) -> Generator[shapes.RunOut]:
        """Runs, newest first."""
        return self._pages("/api/v1/runs", conversation_id=conversation_id)

    def run(self, run_id: str) -> shapes.RunOut:
        """One run."""
        return self._call(Call("GET", path("/api/v1/runs/{id}", id=run_id)))

    def start(
        self,
        agent_id: str,
        text: str,
        *,
        file_ids: Sequence[str] = (),
        conversation_id: str | None = None,
        key: str | None = None,
    ) -> shapes.RunStartedOut:
        """Say something to an agent, with up to ten files, without waiting for the answer."""
        said = {"text": text, **given(file_ids=list(file_ids) or None)}
        body = {"agent_id": agent_id, "input": said, **given(conversation_id=conversation_id)}
        return self._call(write("POST", "/api/v1/runs", body, key=key))

    def stream(
        self,
        agent_id: str,
        text: str,
        *,
        file_ids: Sequence[str] = (),
        conversation_id: str | None = None,
        key: str | None = None,
    ) -> Generator[Event]:
        """Say something, and follow the answer to its end or to `run.waiting`."""
        started = self.start(agent_id, text, file_ids=file_ids, conversation_id=conversation_id, key=key)
        with closing(self.follow(started["id"])) as events:
            yield from events

    def follow(self, run_id: str, *, after: str | None = None) -> Generator[Event]:
        """The events of a run behind the event `after`, through restarts of the server and cuts of the network."""
        tried = 0
        while True:
            tried += 1
            try:
                with closing(self._events(run_id, after)) as events:
                    for event in events:
                        after, tried = event.id or after, 0
                        yield event
                        if event.kind in ENDING:
                            return
                failure: Refused | Unreachable = Unreachable("the stream ended before the run did")
            except (Refused, Unreachable) as error:
                failure = error
            pause_s = wire.pause_s(failure, tried=max(tried, 1))
            if pause_s is None:
                raise failure
            time.sleep(pause_s)

    def cancel(self, run_id: str) -> shapes.RunOut:
        """Cancel a run; what was said so far stays."""
        return self._call(write("POST", path("/api/v1/runs/{id}/cancel", id=run_id)))

    def approvals(
        self, *, status: str | None = None, conversation_id: str | None = None
    ) -> Generator[shapes.ApprovalOut]:
        """Questions that runs have asked."""
        return self._pages("/api/v1/approvals", status=status, conversation_id=conversation_id)

    def decide(
        self,
        approval_id: str,
        decision: Literal["approve", "deny", "stop"],
        args_sha256: str,
        *,
        key: str | None = None,
    ) -> shapes.ApprovalOut:
        """Answer a question about exactly the arguments whose digest this is; then `follow` the run again."""
        body = {"decision": decision, "args_sha256": args_sha256}
        return self._call(write("POST", path("/api/v1/approvals/{id}", id=approval_id), body, key=key))

    def files(self) -> Generator[shapes.FileOut]:
        """Your files, newest first."""
        return self._pages("/api/v1/files")

    def upload(self, file: Source, *, name: str | None = None, patience_s: float = 60) -> shapes.FileOut:
        """Hand in a file (a path, bytes, or what is open for reading), and wait until agents can read it."""
        made: shapes.FileOut = self._hand_in("/api/v1/files", Upload(file, name), self._access())
        return self._settled(lambda: self.file(made["id"]), patience_s)

    def file(self, file_id: str) -> shapes.FileOut:
        """One file: its type, size and state."""
        return self._call(Call("GET", path("/api/v1/files/{id}", id=file_id)))

    def file_content(self, file_id: str) -> bytes:
        """Its bytes, as they were handed in."""
        return self._fetched(path("/api/v1/files/{id}/content", id=file_id), self._access())

    def delete_file(self, file_id: str) -> None:
        """Delete a file."""
        self._call(write("DELETE", path("/api/v1/files/{id}", id=file_id)))

    def search(self, query: str, *, limit: int = 10) -> shapes.SearchOut:
        """Passages of your files and of your organization's knowledge, the best first."""
        return self._call(Call("POST", "/api/v1/knowledge/search", body={"query": query, "limit": limit}))

    def audit_log(self, **wanted: Any) -> Generator[shapes.EntryOut]:
        """Your organization's log, newest first, for its administrators.

        `wanted` is actor, actor_kind, action (`run.*` for all of a kind), target, outcome, since and until.
        """
        return self._pages("/api/v1/audit-log", **audit_query(**wanted))

    def export_audit_log(
        self,
        *,
        format: Literal["jsonl", "csv", "verifiable"] = "verifiable",  # noqa: A002 - as the API calls it
        from_index: int = 0,
        **wanted: Any,
    ) -> Generator[bytes]:
        """The log as a file, piece by piece; Unreachable where it was cut. A verifiable one takes no filter."""
        query = {"format": format, "from_index": from_index, **audit_query(**wanted)}
        call = Call("GET", "/api/v1/audit-log/export", query)
        with closing(self._streamed(call, self._access())) as pieces:
            yield from pieces

    def audit_checkpoint(self) -> str:
        """The log's newest checkpoint: a signed note to keep."""
        return self._text("/api/v1/audit-log/checkpoint", self._access())

    def audit_receipt(self, entry_id: str) -> str:
        """The proof that an entry is in the log, for verify.py."""
        return self._text(path("/api/v1/audit-log/entries/{id}/proof", id=entry_id), self._access())

    def audit_consistency(self, old: int, new: int) -> shapes.ConsistencyOut:
        """The proof that the log of `new` entries goes on from that of `old`, for verify.py."""
        return self._call(Call("GET", "/api/v1/audit-log/consistency", {"from": old, "to": new}))

    def log_out(self) -> None:
        """End the session; the next call makes a new one."""
        # One that is being renewed is waited for: it would live on.
        with self._lock:
            held, self._held = self._held, None
        if held is not None:
            body = {"refresh_token": held["refresh_token"]}
            self._send(Call("POST", "/api/v1/embed/logout", body=body), None)

    def _events(self, run_id: str, after: str | None) -> Generator[Event]:
        call = Call("GET", path("/api/v1/runs/{id}/events", id=run_id))
        access = self._access()
        headers = call.headers(access, accept=_STREAM) | ({} if after is None else {"Last-Event-ID": after})
        reader = EventReader()
        try:
            with self._http.stream(
                "GET",
                self._base_url + call.path,
                headers=headers,
                timeout=wire.STREAM_TIMEOUT,
                follow_redirects=False,
            ) as response:
                if not response.is_success:
                    response.read()
                    raise self._refused(response, access)
                for chunk in response.iter_bytes():
                    for event in reader.feed(chunk):
                        if event.kind == SESSION_ENDED:
                            self._forget(access)
                            return
                        yield event
        except httpx.TransportError as error:
            raise Unreachable(f"the stream broke off: {type(error).__name__}") from error
        except ValueError as error:
            raise Unreachable("the stream holds something that is no event") from error

    def _refused(self, response: httpx.Response, access: str) -> Refused | Unreachable:
        failure = wire.refusal(response)
        if failure.status != 401:  # noqa: PLR2004 - an HTTP status is its own name
            return failure
        self._forget(access)
        self._access()
        return Unreachable("the session was renewed: once more")

    def _call(self, call: Call) -> Any:
        access = self._access()
        try:
            return self._send(call, access)
        except Refused as failure:
            if failure.status != 401:  # noqa: PLR2004 - an HTTP status is its own name
                raise
            self._forget(access)
        # Nothing of a refused call was done; it is made once more in a new session of the same user.
        return self._send(call, self._access())

    def _pages(self, where: str, **query: str | None) -> Generator[Any]:
        cursor: str | None = None
        while True:
            page = self._call(Call("GET", where, {**query, "limit": 100, "cursor": cursor}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _forget(self, access: str) -> None:
        if self._held is not None and self._held["session_token"] == access:
            self._until = 0.0

    def _access(self) -> str:
        """The access token, renewed by the refresh token or bought with a new token of yours where need be."""
        with self._lock:
            if self._held is None or time.monotonic() >= self._until:
                held = self._renewed() or self._bought()
                life_s = held["expires_in"]
                self._until = time.monotonic() + max(life_s / 2, life_s - _EARLY_S)
                self._held = held
            return self._held["session_token"]

    def _renewed(self) -> shapes.SessionOut | None:
        held, self._held = self._held, None
        if held is None:
            return None
        body = {"refresh_token": held["refresh_token"]}
        try:
            answer = self._send(Call("POST", "/api/v1/embed/refresh", body=body), None)
        except Refused as failure:
            if failure.status != 401:  # noqa: PLR2004 - an HTTP status is its own name
                raise
            return None
        return cast("shapes.SessionOut", answer)

    def _bought(self) -> shapes.SessionOut:
        signed = self._token()
        # NOTE: sent once. A token buys one session: a second try of the same one would be refused as a replay.
        answer = wire.read(self._sent(Call("POST", "/api/v1/embed/auth", body={"token": signed}), None))
        return cast("shapes.SessionOut", answer)


def is_final(event: Event) -> bool:
    """Nothing follows this event in its run."""
    return event.kind in FINAL
