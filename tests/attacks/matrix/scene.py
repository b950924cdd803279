"""Who asks for what: every credential there is, and real objects of Alice for every path of the OpenAPI document."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.served import Answer, User, request
from tests.served_cast import Cast
from tests.sessions import session_of


@dataclass(frozen=True)
class Scene:
    """The callers by name, and Alice's objects by the name of the path's parameter."""

    cast: Cast
    callers: dict[str, str | None]
    objects: dict[str, str]

    def ask(self, method: str, path: str, *, caller: str, objects: dict[str, str], body: object) -> Answer:
        """The answer to one cell's request; addresses come filled in."""
        address = path.format_map(self.objects | objects)
        base_url, bearer = self.cast.server.base_url, self.callers[caller]
        if isinstance(body, bytes):
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return request(base_url, method, address, bearer=bearer, raw=body, headers=form)
        return request(base_url, method, address, bearer=bearer, body=body)


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
    }
    return Scene(cast, _callers(cast), objects)


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


SACRIFICES: dict[str, Callable[[Scene], dict[str, str]]] = {
    "DELETE /api/v1/partner/organizations/{org_id}": organization,
    "DELETE /api/v1/partner/organizations/{org_id}/users/{user_id}": user,
    "DELETE /api/v1/partner/signing-keys/{key_id}": signing_key,
    "DELETE /api/v1/partner/api-keys/{key_id}": api_key,
    "POST /api/v1/partner/api-keys/{key_id}/rotate": api_key,
    "DELETE /api/v1/partner/agents/{agent_id}": agent,
    "DELETE /api/v1/conversations/{conversation_id}": conversation,
    "POST /api/v1/approvals/{approval_id}": approval,
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


BODIES: dict[str, Callable[[Scene], dict[str, Any] | bytes]] = {
    "POST /api/v1/embed/auth": token,
    "POST /api/v1/oauth/token": token_as_form,
    "POST /api/v1/embed/refresh": refresh,
    "POST /api/v1/embed/logout": refresh,
    "POST /api/v1/conversations": lambda scene: {"agent_id": scene.objects["agent_id"]},
    "POST /api/v1/runs": run_of_alice,
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
    "PATCH /api/v1/partner/agents/{agent_id}": lambda _scene: {"instructions": "Be briefer."},
}
