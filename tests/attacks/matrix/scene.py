"""Who asks for what: every credential there is, and real objects of Alice for every path of the OpenAPI document."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.served import Answer, User, request
from tests.served_cast import Cast
from tests.sessions import session_of


@dataclass(frozen=True)
class Raw:
    """A body that is no JSON, and what is said of it; without bytes, headers alone."""

    headers: dict[str, str]
    content: bytes | None = None


@dataclass(frozen=True)
class Scene:
    """The callers by name, and Alice's objects by the name of the path's parameter."""

    cast: Cast
    callers: dict[str, str | None]
    objects: dict[str, str]

    def ask(
        self,
        method: str,
        path: str,
        *,
        caller: str,
        objects: dict[str, str],
        body: object,
        request_id: str | None = None,
    ) -> Answer:
        """The answer to one cell's request; addresses come filled in."""
        named = {} if request_id is None else {"Request-Id": request_id}
        address = (path + QUERIES.get(f"{method} {path}", "")).format_map(self.objects | objects)
        base_url, bearer = self.cast.server.base_url, self.callers[caller]
        if isinstance(body, Raw):
            return request(
                base_url, method, address, bearer=bearer, raw=body.content, headers={**body.headers, **named}
            )
        if isinstance(body, bytes):
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return request(base_url, method, address, bearer=bearer, raw=body, headers={**form, **named})
        return request(base_url, method, address, bearer=bearer, body=body, headers=named)


def set_scene(cast: Cast) -> Scene:
    """Gives every caller a credential, and Alice a conversation with a finished run."""
    alice, northwind = cast.alice, cast.northwind
    run = alice.ask("Good morning.")
    assert alice.finish(run["id"])["status"] == "completed"
    asked = alice.be_asked()
    objects = {
        "org_id": northwind.organizations["rose"],
        "user_id": alice.id,
        "conversation_id": run["conversation_id"],
        "run_id": run["id"],
        "version": "1",
        "agent_id": northwind.agent,
        "approval_id": asked["id"],
        "promise_id": "TEN-01",
        "file_id": _handed_in(cast, "/api/v1/files", alice.session),
        "upload_id": _upload(cast),
        "knowledge_id": _handed_in(cast, _knowledge(cast), northwind.api_key),
        "stream_id": _stream(cast, _of_rose(cast), webhook())["stream_id"],
        "partner_stream_id": _stream(cast, "", webhook())["stream_id"],
        "secret_id": _made(northwind.call("POST", "/secrets", secret_of(northwind.organizations["rose"]))),
    }
    callers = _callers(cast)
    objects["entry_id"] = _sealed_entry(cast, "/api/v1/audit-log", cast.ada.session)
    for bearer in ("admin of Thorn", "admin of Briar"):
        _sealed_entry(cast, "/api/v1/audit-log", callers[bearer])
    _sealed_entry(cast, "/api/v1/partner/audit-log", cast.southwind.api_key)
    return Scene(cast, callers, objects)


def _callers(cast: Cast) -> dict[str, str | None]:
    northwind, southwind = cast.northwind, cast.southwind
    revoked_key = northwind.call("POST", "/api-keys", {"name": "revoked"}).json
    assert northwind.call("DELETE", f"/api-keys/{revoked_key['id']}").status == 204
    narrow_key = northwind.call("POST", "/api-keys", {"name": "narrow", "scopes": ["agents:read"]}).json
    return {
        "nobody": None,
        "garbage": "garbage",
        "expired session of Alice": session_of(cast.alice, "rose", begins=-3600, lasts=900),
        "revoked session of Alice": _logged_out(northwind.user("alice", "rose")),
        "restricted user": _restricted(cast),
        "member (Alice herself)": cast.alice.session,
        "member of Rose": cast.bob.session,
        "admin of Rose": cast.ada.session,
        "viewer of Rose": cast.vera.session,
        "member of Thorn": cast.mallory.session,
        "admin of Thorn": northwind.user("max", "thorn", role="admin").session,
        "viewer of Thorn": northwind.user("vic", "thorn", role="viewer").session,
        "member of Briar": cast.zoe.session,
        "admin of Briar": southwind.user("abe", "briar", role="admin").session,
        "viewer of Briar": southwind.user("val", "briar", role="viewer").session,
        "key of Northwind": northwind.api_key,
        "key of Northwind, agents:read": narrow_key["key"],
        "key of Northwind, revoked": revoked_key["key"],
        "key of Southwind": southwind.api_key,
    }


def _logged_out(user: User) -> str:
    answer = request(user.partner.server.base_url, "POST", "/api/v1/embed/logout", body={"refresh_token": user.refresh})
    assert answer.status == 204, answer.raw
    return user.session


def _restricted(cast: Cast) -> str:
    user = cast.northwind.user("ruth", "rose")
    path = f"/organizations/{cast.northwind.organizations['rose']}/users/{user.id}"
    assert cast.northwind.call("PATCH", path, {"status": "restricted"}).status == 200
    return user.session


# --- What is destroyed or used up, made anew after each success; by "METHOD path". ---


def _made(answer: Answer) -> str:
    assert answer.status == 201, answer.raw
    return answer.json["id"]


def organization(scene: Scene) -> dict[str, str]:
    name = f"doomed-{secrets.token_hex(4)}"
    return {"org_id": _made(scene.cast.northwind.call("POST", "/organizations", {"external_id": name, "name": name}))}


def user(scene: Scene) -> dict[str, str]:
    return {"user_id": scene.cast.northwind.user(f"doomed-{secrets.token_hex(4)}", "rose").id}


def signing_key(scene: Scene) -> dict[str, str]:
    return {"key_id": _made(scene.cast.northwind.call("POST", "/signing-keys", new_signing_key(scene)))}


def api_key(scene: Scene) -> dict[str, str]:
    return {"key_id": _made(scene.cast.northwind.call("POST", "/api-keys", {"name": "doomed"}))}


def agent(scene: Scene) -> dict[str, str]:
    return {"agent_id": scene.cast.northwind.add_agent("scripted:fast", name="Doomed")}


def conversation(scene: Scene) -> dict[str, str]:
    answer = scene.cast.alice.call("POST", "/conversations", {"agent_id": scene.cast.northwind.agent})
    return {"conversation_id": _made(answer)}


def approval(scene: Scene) -> dict[str, str]:
    """A question of Alice about the same arguments as every other one."""
    return {"approval_id": scene.cast.alice.be_asked()["id"]}


def waiting_run(scene: Scene) -> dict[str, str]:
    """A run of Alice's that has not ended: it waits for an answer."""
    return {"run_id": scene.cast.alice.be_asked()["run_id"]}


def secret_of(org_id: str) -> dict[str, Any]:
    """A secret of a name that nobody has."""
    name = f"KEY_{secrets.token_hex(4).upper()}"
    return {"organization_id": org_id, "name": name, "value": "a value of 23 letters..", "allowed_hosts": ["a.example"]}


def secret(scene: Scene) -> dict[str, str]:
    return {"secret_id": _made(scene.cast.northwind.call("POST", "/secrets", secret_of(scene.objects["org_id"])))}


def _sealed_entry(cast: Cast, log: str, bearer: str | None) -> str:
    """An entry of the log, once it has sealed ones."""
    for _ in range(300):
        for item in request(cast.server.base_url, "GET", f"{log}?limit=200", bearer=bearer).json["items"]:
            if item["index"] is not None:
                return item["id"]
        time.sleep(0.2)
    raise AssertionError(f"nothing of {log} was sealed in a minute")


def partner_entry(scene: Scene) -> dict[str, str]:
    return {"entry_id": _sealed_entry(scene.cast, "/api/v1/partner/audit-log", scene.cast.northwind.api_key)}


def webhook() -> dict[str, Any]:
    """A stream that goes nowhere, and is signed."""
    return {"kind": "webhook", "url": "https://siem.example/"}


def letters() -> dict[str, Any]:
    """A stream that reaches nobody but the mail of this machine."""
    return {"kind": "checkpoint_mail", "to": "ada@rose.example"}


def _of_rose(cast: Cast) -> str:
    return f"/organizations/{cast.northwind.organizations['rose']}"


def _stream(cast: Cast, within: str, body: dict[str, Any]) -> dict[str, str]:
    """A new stream; old ones make way for it, but for the first."""
    path = f"{within}/audit-streams"
    for old in cast.northwind.call("GET", path).json["items"][:-1]:
        assert cast.northwind.call("DELETE", f"{path}/{old['id']}").status == 204
    return {"stream_id": _made(cast.northwind.call("POST", path, body))}


def stream(scene: Scene) -> dict[str, str]:
    return _stream(scene.cast, _of_rose(scene.cast), letters())


def partner_stream(scene: Scene) -> dict[str, str]:
    return {"partner_stream_id": _stream(scene.cast, "", letters())["stream_id"]}


FORM = Raw(
    {"Content-Type": "multipart/form-data; boundary=rose"},
    b'--rose\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\n\r\nRoses\r\n--rose--\r\n',
)
TUS = {"Tus-Resumable": "1.0.0"}
BEGIN = Raw({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename bm90ZXMudHh0"}, b"")
APPEND = Raw({**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}, b"Roses")


def _handed_in(cast: Cast, path: str, bearer: str) -> str:
    answer = request(cast.server.base_url, "POST", path, bearer=bearer, raw=FORM.content, headers=FORM.headers)
    return _made(answer)


def _upload(cast: Cast) -> str:
    path, alice = "/api/v1/files/uploads", cast.alice.session
    answer = request(cast.server.base_url, "POST", path, bearer=alice, raw=b"", headers=BEGIN.headers)
    assert answer.status == 201, answer.raw
    return answer.headers["location"].rpartition("/")[2]


def _knowledge(cast: Cast) -> str:
    return f"/api/v1/partner/organizations/{cast.northwind.organizations['rose']}/files"


def file(scene: Scene) -> dict[str, str]:
    return {"file_id": _handed_in(scene.cast, "/api/v1/files", scene.cast.alice.session)}


def knowledge(scene: Scene) -> dict[str, str]:
    return {"knowledge_id": _handed_in(scene.cast, _knowledge(scene.cast), scene.cast.northwind.api_key)}


def upload(scene: Scene) -> dict[str, str]:
    return {"upload_id": _upload(scene.cast)}


SACRIFICES: dict[str, Callable[[Scene], dict[str, str]]] = {
    "DELETE /api/v1/partner/organizations/{org_id}": organization,
    # A rotation that is under way is answered and not begun: each needs an organization whose keys nobody rotates.
    "POST /api/v1/partner/organizations/{org_id}/keys/rotate": organization,
    "DELETE /api/v1/partner/organizations/{org_id}/users/{user_id}": user,
    "DELETE /api/v1/partner/signing-keys/{key_id}": signing_key,
    "DELETE /api/v1/partner/api-keys/{key_id}": api_key,
    "POST /api/v1/partner/api-keys/{key_id}/rotate": api_key,
    "DELETE /api/v1/partner/agents/{agent_id}": agent,
    "DELETE /api/v1/partner/secrets/{secret_id}": secret,
    "DELETE /api/v1/conversations/{conversation_id}": conversation,
    "GET /api/v1/partner/audit-log/entries/{entry_id}/proof": partner_entry,
    "PATCH /api/v1/partner/organizations/{org_id}/audit-streams/{stream_id}": stream,
    "DELETE /api/v1/partner/organizations/{org_id}/audit-streams/{stream_id}": stream,
    "POST /api/v1/partner/organizations/{org_id}/audit-streams/{stream_id}/test": stream,
    "PATCH /api/v1/partner/audit-streams/{partner_stream_id}": partner_stream,
    "DELETE /api/v1/partner/audit-streams/{partner_stream_id}": partner_stream,
    "POST /api/v1/partner/audit-streams/{partner_stream_id}/test": partner_stream,
    "POST /api/v1/approvals/{approval_id}": approval,
    "POST /api/v1/runs/{run_id}/cancel": waiting_run,
    "DELETE /api/v1/files/{file_id}": file,
    "DELETE /api/v1/partner/organizations/{org_id}/files/{knowledge_id}": knowledge,
    "PATCH /api/v1/files/uploads/{upload_id}": upload,
    "DELETE /api/v1/files/uploads/{upload_id}": upload,
}


# --- What a list must be told in its query; by "METHOD path". ---

QUERIES = {
    "GET /api/v1/partner/secrets": "?organization_id={org_id}",
    "GET /api/v1/audit-log/consistency": "?from=1&to=1",
    "GET /api/v1/partner/audit-log/consistency": "?from=1&to=1",
    "GET /api/v1/partner/organizations/{org_id}/audit-log/consistency": "?from=1&to=1",
}


# --- A good body for each route that takes one; by "METHOD path". ---


def new_signing_key(scene: Scene) -> dict[str, Any]:
    key = scene.cast.northwind.key
    return {"kid": secrets.token_hex(8), "algorithm": key.algorithm, "public_key_pem": key.public_pem}


def new_organization(_scene: Scene) -> dict[str, Any]:
    name = f"new-{secrets.token_hex(4)}"
    return {"external_id": name, "name": name}


def new_agent(_scene: Scene) -> dict[str, Any]:
    return {"name": "New", "instructions": "Be brief.", "model": "scripted:fast", "tools": []}


def token(scene: Scene) -> dict[str, Any]:
    partner = scene.cast.northwind
    return {"token": partner.key.sign(partner.claims("alice", "rose"))}


def token_as_form(scene: Scene) -> bytes:
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "subject_token": token(scene)["token"],
    }
    return urlencode(fields).encode()


def refresh(scene: Scene) -> dict[str, Any]:
    return {"refresh_token": scene.cast.northwind.user("alice", "rose").refresh}


def run_of_alice(scene: Scene) -> dict[str, Any]:
    objects = scene.objects
    return {
        "agent_id": objects["agent_id"],
        "conversation_id": objects["conversation_id"],
        "input": {"text": "And then?"},
    }


def agui_input(scene: Scene) -> dict[str, Any]:
    """A message in the thread that Alice's conversation is to her, and to everybody else a name like any other."""
    message = {"id": secrets.token_hex(4), "role": "user", "content": "And then?"}
    return {"threadId": scene.objects["conversation_id"], "runId": secrets.token_hex(4), "messages": [message]}


def ui_chat(scene: Scene) -> dict[str, Any]:
    message = {"id": secrets.token_hex(4), "role": "user", "parts": [{"type": "text", "text": "And then?"}]}
    return {"id": scene.objects["conversation_id"], "messages": [message]}


def decision(_scene: Scene) -> dict[str, Any]:
    digest = hashlib.sha256(b'{"zone":"Europe/Paris"}').hexdigest()
    return {"decision": "deny", "args_sha256": digest}


def audit_link(scene: Scene) -> dict[str, Any]:
    """A link for Ada, as a key names her; a session makes links for itself alone."""
    return {"organization_id": scene.objects["org_id"], "user_id": scene.cast.ada.id}


BODIES: dict[str, Callable[[Scene], dict[str, Any] | bytes | Raw]] = {
    "POST /api/v1/audit-log/links": audit_link,
    "POST /api/v1/files": lambda _scene: FORM,
    "POST /api/v1/partner/organizations/{org_id}/files": lambda _scene: FORM,
    "POST /api/v1/files/uploads": lambda _scene: BEGIN,
    "HEAD /api/v1/files/uploads/{upload_id}": lambda _scene: Raw(TUS),
    "PATCH /api/v1/files/uploads/{upload_id}": lambda _scene: APPEND,
    "DELETE /api/v1/files/uploads/{upload_id}": lambda _scene: Raw(TUS),
    "POST /api/v1/embed/auth": token,
    "POST /api/v1/oauth/token": token_as_form,
    "POST /api/v1/embed/refresh": refresh,
    "POST /api/v1/embed/logout": refresh,
    "POST /api/v1/conversations": lambda scene: {"agent_id": scene.objects["agent_id"]},
    "POST /api/v1/runs": run_of_alice,
    "POST /api/v1/knowledge/search": lambda _scene: {"query": "deposit"},
    "POST /api/v1/approvals/{approval_id}": decision,
    "POST /api/v1/agui/{agent_id}": agui_input,
    "POST /api/v1/ui/{agent_id}": ui_chat,
    "PATCH /api/v1/partner/settings": lambda _scene: {"default_retention_period": 60},
    "POST /api/v1/partner/organizations": new_organization,
    "PATCH /api/v1/partner/organizations/{org_id}": lambda _scene: {"name": "Rose"},
    "PATCH /api/v1/partner/organizations/{org_id}/users/{user_id}": lambda _scene: {"display_name": "Alice"},
    "POST /api/v1/partner/signing-keys": new_signing_key,
    "POST /api/v1/partner/api-keys": lambda _scene: {"name": "new"},
    "POST /api/v1/partner/agents": new_agent,
    "POST /api/v1/partner/audit-streams": lambda _scene: letters(),
    "POST /api/v1/partner/organizations/{org_id}/audit-streams": lambda _scene: letters(),
    "PATCH /api/v1/partner/audit-streams/{partner_stream_id}": lambda _scene: {"status": "paused"},
    "PATCH /api/v1/partner/organizations/{org_id}/audit-streams/{stream_id}": lambda _scene: {"status": "paused"},
    "POST /api/v1/partner/secrets": lambda scene: secret_of(scene.objects["org_id"]),
    "PATCH /api/v1/partner/agents/{agent_id}": lambda _scene: {"instructions": f"Be brief: {secrets.token_hex(4)}."},
}
