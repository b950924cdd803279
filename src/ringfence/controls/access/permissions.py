"""Keeps ACC-01. The closed list of what can be permitted, and of the credentials that can carry it.

Proved in tests/controls/test_access.py.
"""

from enum import StrEnum


class CredentialKind(StrEnum):
    """How a caller proved who it is."""

    SESSION = "session"
    API_KEY = "api_key"


class Permission(StrEnum):
    """One thing that a route may need, as `resource:action`. The scopes of an API key are these names."""

    ME_READ = "me:read"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_CREATE = "conversations:create"
    CONVERSATIONS_DELETE = "conversations:delete"
    RUNS_READ = "runs:read"
    RUNS_CREATE = "runs:create"
    RUNS_CANCEL = "runs:cancel"
    APPROVALS_READ = "approvals:read"
    APPROVALS_DECIDE = "approvals:decide"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    ORGANIZATIONS_ERASE = "organizations:erase"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    USERS_ERASE = "users:erase"
    SIGNING_KEYS_READ = "signing_keys:read"
    SIGNING_KEYS_WRITE = "signing_keys:write"
    API_KEYS_READ = "api_keys:read"
    API_KEYS_WRITE = "api_keys:write"
    SECRETS_READ = "secrets:read"
    SECRETS_WRITE = "secrets:write"
    FILES_READ = "files:read"
    FILES_CREATE = "files:create"
    FILES_DELETE = "files:delete"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    AUDIT_STREAMS_READ = "audit_streams:read"
    AUDIT_STREAMS_WRITE = "audit_streams:write"
    AUDIT_READ = "audit:read"
