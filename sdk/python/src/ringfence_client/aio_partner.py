"""What an API key may, with await. `python -m tools.sdk` makes blocking_partner.py from it; edit this one."""

from collections.abc import AsyncGenerator
from typing import Any, Literal

import httpx

from . import shapes
from .aio_calling import AsyncCaller
from .uploads import Source, Upload
from .wire import Call, audit_query, path, write


class AsyncPartner(AsyncCaller):
    """What your back end does with an API key: organizations, users, agents, keys, settings."""

    def __init__(self, base_url: str, api_key: str, *, http: httpx.AsyncClient | None = None) -> None:
        super().__init__(base_url, http=http)
        self._api_key = api_key

    async def settings(self) -> shapes.PartnerSettingsOut:
        """Your settings."""
        return await self._get("/api/v1/partner/settings")

    async def change_settings(self, change: shapes.SettingsChange) -> shapes.PartnerSettingsOut:
        """Your settings after the change of the members that are given."""
        return await self._write("PATCH", "/api/v1/partner/settings", change)

    def organizations(self) -> AsyncGenerator[shapes.OrganizationOut]:
        """Your organizations, newest first, page after page."""
        return self._pages("/api/v1/partner/organizations")

    async def create_organization(
        self, organization: shapes.OrganizationNew, *, key: str | None = None
    ) -> shapes.OrganizationOut:
        """A new organization; 409 where its external_id is taken."""
        return await self._write("POST", "/api/v1/partner/organizations", organization, key=key)

    async def organization(self, org_id: str) -> shapes.OrganizationOut:
        """One organization."""
        return await self._get(path("/api/v1/partner/organizations/{id}", id=org_id))

    async def change_organization(self, org_id: str, change: shapes.OrganizationChange) -> shapes.OrganizationOut:
        """Rename it, set its settings, restrict or resume it."""
        return await self._write("PATCH", path("/api/v1/partner/organizations/{id}", id=org_id), change)

    async def erase_organization(self, org_id: str) -> shapes.Erased:
        """Erase it with its keys. This cannot be undone."""
        return await self._write("DELETE", path("/api/v1/partner/organizations/{id}", id=org_id))

    async def rotate_keys(self, org_id: str, *, key: str | None = None) -> shapes.KeyRotationOut:
        """New keys for an organization and its users, in the background; the rotation under way, if there is one."""
        where = path("/api/v1/partner/organizations/{id}/keys/rotate", id=org_id)
        return await self._write("POST", where, None, key=key)

    async def keys(self, org_id: str) -> shapes.OrganizationKeysOut:
        """How far the newest rotations of an organization's keys are."""
        return await self._get(path("/api/v1/partner/organizations/{id}/keys", id=org_id))

    def users(self, org_id: str) -> AsyncGenerator[shapes.UserOut]:
        """An organization's users."""
        return self._pages(path("/api/v1/partner/organizations/{id}/users", id=org_id))

    async def user(self, org_id: str, user_id: str) -> shapes.UserOut:
        """One user."""
        return await self._get(path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id))

    async def change_user(self, org_id: str, user_id: str, change: shapes.UserChange) -> shapes.UserOut:
        """Rectify, restrict or resume a user; a restriction ends the sessions of that user at once."""
        where = path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id)
        return await self._write("PATCH", where, change)

    async def erase_user(self, org_id: str, user_id: str) -> shapes.Erased:
        """Erase a user with that user's key. This cannot be undone."""
        return await self._write(
            "DELETE", path("/api/v1/partner/organizations/{org}/users/{id}", org=org_id, id=user_id)
        )

    def agents(self) -> AsyncGenerator[shapes.AgentOut]:
        """Your agents."""
        return self._pages("/api/v1/partner/agents")

    async def create_agent(self, agent: shapes.AgentNew, *, key: str | None = None) -> shapes.AgentOut:
        """A new agent."""
        return await self._write("POST", "/api/v1/partner/agents", agent, key=key)

    async def agent(self, agent_id: str) -> shapes.AgentOut:
        """One agent with its newest version."""
        return await self._get(path("/api/v1/partner/agents/{id}", id=agent_id))

    async def change_agent(self, agent_id: str, change: shapes.AgentChange) -> shapes.AgentOut:
        """A new version of the agent."""
        return await self._write("PATCH", path("/api/v1/partner/agents/{id}", id=agent_id), change)

    async def retire_agent(self, agent_id: str) -> None:
        """Offer the agent to nobody any more."""
        await self._write("DELETE", path("/api/v1/partner/agents/{id}", id=agent_id))

    def agent_versions(self, agent_id: str) -> AsyncGenerator[shapes.VersionOut]:
        """The agent's versions, newest first."""
        return self._pages(path("/api/v1/partner/agents/{id}/versions", id=agent_id))

    def signing_keys(self) -> AsyncGenerator[shapes.SigningKeyOut]:
        """The keys that verify your tokens."""
        return self._pages("/api/v1/partner/signing-keys")

    async def add_signing_key(
        self, signing_key: shapes.SigningKeyNew, *, key: str | None = None
    ) -> shapes.SigningKeyShown:
        """Register a key. The secret of a shared key is shown here and never again."""
        return await self._write("POST", "/api/v1/partner/signing-keys", signing_key, key=key)

    async def revoke_signing_key(self, key_id: str) -> None:
        """End the key and every session that it vouched for."""
        await self._write("DELETE", path("/api/v1/partner/signing-keys/{id}", id=key_id))

    def api_keys(self) -> AsyncGenerator[shapes.ApiKeyOut]:
        """Your API keys, without their secrets."""
        return self._pages("/api/v1/partner/api-keys")

    async def create_api_key(self, api_key: shapes.ApiKeyNew, *, key: str | None = None) -> shapes.ApiKeyShown:
        """A new API key, shown here and never again."""
        return await self._write("POST", "/api/v1/partner/api-keys", api_key, key=key)

    async def rotate_api_key(
        self, key_id: str, rotation: shapes.ApiKeyRotation, *, key: str | None = None
    ) -> shapes.ApiKeyShown:
        """A successor of the key, shown here and never again; the old one lives on for the overlap."""
        return await self._write("POST", path("/api/v1/partner/api-keys/{id}/rotate", id=key_id), rotation, key=key)

    async def revoke_api_key(self, key_id: str) -> None:
        """End an API key at once."""
        await self._write("DELETE", path("/api/v1/partner/api-keys/{id}", id=key_id))

    def secrets(self, organization_id: str) -> AsyncGenerator[shapes.SecretOut]:
        """An organization's secrets: names, hosts and last use, never a value."""
        return self._pages("/api/v1/partner/secrets", organization_id=organization_id)

    async def keep_secret(self, secret: shapes.SecretNew, *, key: str | None = None) -> shapes.SecretStored:
        """Keep a secret for an organization's tools, in place of the one of this name where there is one."""
        return await self._write("POST", "/api/v1/partner/secrets", secret, key=key)

    async def secret(self, secret_id: str) -> shapes.SecretOut:
        """One secret, without its value."""
        return await self._get(path("/api/v1/partner/secrets/{id}", id=secret_id))

    async def delete_secret(self, secret_id: str) -> None:
        """Delete a secret: a call that needs it fails from then on."""
        await self._write("DELETE", path("/api/v1/partner/secrets/{id}", id=secret_id))

    def knowledge(self, org_id: str) -> AsyncGenerator[shapes.FileOut]:
        """The files that all agents of an organization may read, newest first."""
        return self._pages(path("/api/v1/partner/organizations/{org}/files", org=org_id))

    async def add_knowledge(
        self, org_id: str, file: Source, *, name: str | None = None, patience_s: float = 60
    ) -> shapes.FileOut:
        """Put a file (a path, bytes, or what is open for reading) into an organization's knowledge, and wait for it."""
        where = path("/api/v1/partner/organizations/{org}/files", org=org_id)
        made: shapes.FileOut = await self._hand_in(where, Upload(file, name), self._api_key)
        return await self._settled(lambda: self.knowledge_file(org_id, made["id"]), patience_s)

    async def knowledge_file(self, org_id: str, file_id: str) -> shapes.FileOut:
        """One file of an organization's knowledge: its type, size and state."""
        return await self._get(path("/api/v1/partner/organizations/{org}/files/{id}", org=org_id, id=file_id))

    async def knowledge_content(self, org_id: str, file_id: str) -> bytes:
        """Its bytes, as they were handed in."""
        where = path("/api/v1/partner/organizations/{org}/files/{id}/content", org=org_id, id=file_id)
        return await self._fetched(where, self._api_key)

    async def delete_knowledge(self, org_id: str, file_id: str) -> None:
        """Take a file out of an organization's knowledge."""
        await self._write("DELETE", path("/api/v1/partner/organizations/{org}/files/{id}", org=org_id, id=file_id))

    def audit_log(self, org_id: str | None = None, **wanted: Any) -> AsyncGenerator[shapes.EntryOut]:
        """An organization's log, also of one that was erased, or without an id your own; newest first.

        `wanted` is actor, actor_kind, action (`run.*` for all of a kind), target, outcome, since and until.
        """
        return self._pages(_log_of(org_id), **audit_query(**wanted))

    def export_audit_log(
        self,
        org_id: str | None = None,
        *,
        format: Literal["jsonl", "csv", "verifiable"] = "verifiable",  # noqa: A002 - as the API calls it
        from_index: int = 0,
        **wanted: Any,
    ) -> AsyncGenerator[bytes]:
        """The log as a file, piece by piece; Unreachable where it was cut. A verifiable one takes no filter."""
        query = {"format": format, "from_index": from_index, **audit_query(**wanted)}
        return self._streamed(Call("GET", _log_of(org_id) + "/export", query), self._api_key)

    async def audit_checkpoint(self, org_id: str | None = None) -> str:
        """The log's newest checkpoint: a signed note to keep."""
        return await self._text(_log_of(org_id) + "/checkpoint", self._api_key)

    async def audit_receipt(self, entry_id: str, org_id: str | None = None) -> str:
        """The proof that an entry is in the log, for verify.py."""
        return await self._text(_log_of(org_id) + path("/entries/{id}/proof", id=entry_id), self._api_key)

    async def audit_consistency(self, old: int, new: int, org_id: str | None = None) -> shapes.ConsistencyOut:
        """The proof that the log of `new` entries goes on from that of `old`, for verify.py."""
        return await self._send(Call("GET", _log_of(org_id) + "/consistency", {"from": old, "to": new}), self._api_key)

    async def _get(self, where: str) -> Any:
        return await self._send(Call("GET", where), self._api_key)

    async def _write(self, method: str, where: str, body: Any = None, *, key: str | None = None) -> Any:
        return await self._send(write(method, where, body, key=key), self._api_key)

    async def _pages(self, where: str, **query: str | None) -> AsyncGenerator[Any]:
        cursor: str | None = None
        while True:
            page = await self._send(Call("GET", where, {**query, "limit": 100, "cursor": cursor}), self._api_key)
            for item in page["items"]:
                yield item
            cursor = page["next_cursor"]
            if cursor is None:
                return


def _log_of(org_id: str | None) -> str:
    if org_id is None:
        return "/api/v1/partner/audit-log"
    return path("/api/v1/partner/organizations/{id}/audit-log", id=org_id)
