"""The clients that block. Made from aio.py by `python -m tools.sdk`; not to be edited by hand."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from types import TracebackType
from typing import Any, Literal, Self, cast

import httpx

from . import shapes, wire
from .errors import Refused, Unreachable
from .events import ENDING, FINAL, SESSION_ENDED, Event, EventReader
from .wire import Call, given, path, write

_EARLY_S = 60
_STREAM = "text/event-stream"


class _Caller:
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

    def _sent(self, call: Call, bearer: str | None) -> httpx.Response:
        try:
            return self._http.request(
                call.method,
                self._base_url + call.path,
                params=call.params,
                json=call.body,
                headers=call.headers(bearer),
                follow_redirects=False,
            )
        except httpx.TransportError as error:
            raise Unreachable(f"the server could not be reached: {type(error).__name__}") from error


class Partner(_Caller):
    """What your back end does with an API key: organizations, users, agents, keys, settings."""

    def __init__(self, base_url: str, api_key: str, *, http: httpx.Client | None = None) -> None:
        super().__init__(base_url, http=http)
        self._api_key = api_key

    def settings(self) -> shapes.PartnerSettingsOut:
        """Your settings."""
        return self._get("/api/v1/partner/settings")

    def change_settings(self, change: shapes.SettingsChange) -> shapes.PartnerSettingsOut:
        """Your settings after the change of the members that are given."""
        return self._write("PATCH", "/api/v1/partner/settings", change)

    def organizations(self) -> Generator[shapes.OrganizationOut]:
        """Your organizations, newest first, page after page."""
        return self._pages("/api/v1/partner/organizations")

    def create_organization(
        self, organization: shapes.OrganizationNew, *, key: str | None = None
    ) -> shapes.OrganizationOut:
        """A new organization; 409 where its external_id is taken."""
        return self._write("POST", "/api/v1/partner/organizations", organization, key=key)

    def organization(self, org_id: str) -> shapes.OrganizationOut:
        """One organization."""
        return self._get(path("/api/v1/partner/organizations/{id}", id=org_id))

    def change_organization(self, org_id: str, change: shapes.OrganizationChange) -> shapes.OrganizationOut:
        """Rename it, set its settings, restrict or resume it."""
        return self._write("PATCH", path("/api/v1/partner/organizations/{id}", id=org_id), change)

    def erase_organization(self, org_id: str) -> shapes.Erased:
        """Erase it with its keys. This cannot be undone."""
        return self._write("DELETE", path("/api/v1/partner/organizations/{id}", id=org_id))

    def users(self, org_id: str) -> Generator[shapes.UserOut]:
        """An organization's users."""
        return self._pages(path("/api/v1/partner/organizations/{id}/users", id=org_id))

    def user(self, org_id: str, user_id: str) -> shapes.UserOut:
        """One user."""
        return self._get(path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id))

    def change_user(self, org_id: str, user_id: str, change: shapes.UserChange) -> shapes.UserOut:
        """Rectify, restrict or resume a user; a restriction ends the sessions of that user at once."""
        where = path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id)
        return self._write("PATCH", where, change)

    def erase_user(self, org_id: str, user_id: str) -> shapes.Erased:
        """Erase a user with that user's key. This cannot be undone."""
        return self._write("DELETE", path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id))

    def agents(self) -> Generator[shapes.AgentOut]:
        """Your agents."""
        return self._pages("/api/v1/partner/agents")

    def create_agent(self, agent: shapes.AgentNew, *, key: str | None = None) -> shapes.AgentOut:
        """A new agent."""
        return self._write("POST", "/api/v1/partner/agents", agent, key=key)

    def agent(self, agent_id: str) -> shapes.AgentOut:
        """One agent with its newest version."""
        return self._get(path("/api/v1/partner/agents/{id}", id=agent_id))

    def change_agent(self, agent_id: str, change: shapes.AgentChange) -> shapes.AgentOut:
        """A new version of the agent."""
        return self._write("PATCH", path("/api/v1/partner/agents/{id}", id=agent_id), change)

    def retire_agent(self, agent_id: str) -> None:
        """Offer the agent to nobody any more."""
        self._write("DELETE", path("/api/v1/partner/agents/{id}", id=agent_id))

    def agent_versions(self, agent_id: str) -> Generator[shapes.VersionOut]:
        """The agent's versions, newest first."""
        return self._pages(path("/api/v1/partner/agents/{id}/versions", id=agent_id))

    def signing_keys(self) -> Generator[shapes.SigningKeyOut]:
        """The keys that verify your tokens."""
        return self._pages("/api/v1/partner/signing-keys")

    def add_signing_key(self, signing_key: shapes.SigningKeyNew, *, key: str | None = None) -> shapes.SigningKeyShown:
        """Register a key. The secret of a shared key is shown here and never again."""
        return self._write("POST", "/api/v1/partner/signing-keys", signing_key, key=key)

    def revoke_signing_key(self, key_id: str) -> None:
        """End the key and every session that it vouched for."""
        self._write("DELETE", path("/api/v1/partner/signing-keys/{id}", id=key_id))

    def api_keys(self) -> Generator[shapes.ApiKeyOut]:
        """Your API keys, without their secrets."""
        return self._pages("/api/v1/partner/api-keys")

    def create_api_key(self, api_key: shapes.ApiKeyNew, *, key: str | None = None) -> shapes.ApiKeyShown:
        """A new API key, shown here and never again."""
        return self._write("POST", "/api/v1/partner/api-keys", api_key, key=key)

    def rotate_api_key(
        self, key_id: str, rotation: shapes.ApiKeyRotation, *, key: str | None = None
    ) -> shapes.ApiKeyShown:
        """A successor of the key, shown here and never again; the old one lives on for the overlap."""
        return self._write("POST", path("/api/v1/partner/api-keys/{id}/rotate", id=key_id), rotation, key=key)

    def revoke_api_key(self, key_id: str) -> None:
        """End an API key at once."""
        self._write("DELETE", path("/api/v1/partner/api-keys/{id}", id=key_id))

    def _get(self, where: str) -> Any:
        return self._send(Call("GET", where), self._api_key)

    def _write(self, method: str, where: str, body: Any = None, *, key: str | None = None) -> Any:
        return self._send(write(method, where, body, key=key), self._api_key)

    def _pages(self, where: str) -> Generator[Any]:
        cursor: str | None = None
        while True:
            page = self._send(Call("GET", where, {"limit": 100, "cursor": cursor}), self._api_key)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


class Session(_Caller):
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
        self, agent_id: str, text: str, *, conversation_id: str | None = None, key: str | None = None
    ) -> shapes.RunStartedOut:
        """Say something to an agent, without waiting for the answer."""
        body = {"agent_id": agent_id, "input": {"text": text}, **given(conversation_id=conversation_id)}
        return self._call(write("POST", "/api/v1/runs", body, key=key))

    def stream(
        self, agent_id: str, text: str, *, conversation_id: str | None = None, key: str | None = None
    ) -> Generator[Event]:
        """Say something, and follow the answer to its end or to `run.waiting`."""
        started = self.start(agent_id, text, conversation_id=conversation_id, key=key)
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
