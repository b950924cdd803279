"""The closed list of what is recorded, and what an entry of each may say. Keeps AUD-01, AUD-03.

A new act is a new line in both halves; a test compares them. Proved in tests/controls/test_audit.py.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.base.principal import Role
from ringfence.controls.audit.shapes import (
    Shape,
    a_code,
    a_count,
    a_host,
    a_minute,
    a_route,
    an_id,
    codes,
    one_of,
    some_of,
)


class Action(StrEnum):
    """Everything that leaves an entry."""

    AUTH_EXCHANGE = "auth.exchange"
    AUTH_REFRESH = "auth.refresh"
    AUTH_REFRESH_REUSED = "auth.refresh_reused"
    AUTH_LOGOUT = "auth.logout"
    AUTH_REFUSED = "auth.refused"
    ACCESS_DENIED = "access.denied"
    PARTNER_CREATED = "partner.created"
    PARTNER_RESTRICTED = "partner.restricted"
    PARTNER_RESUMED = "partner.resumed"
    SETTINGS_CHANGED = "settings.changed"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_CHANGED = "organization.changed"
    ORGANIZATION_RESTRICTED = "organization.restricted"
    ORGANIZATION_RESUMED = "organization.resumed"
    ORGANIZATION_ERASED = "organization.erased"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_RESTRICTED = "user.restricted"
    USER_RESUMED = "user.resumed"
    USER_ERASED = "user.erased"
    USER_RECTIFIED_BY_CLAIMS = "user.rectified_by_claims"
    SIGNING_KEY_CREATED = "signing_key.created"
    SIGNING_KEY_REVOKED = "signing_key.revoked"
    SIGNING_KEY_ROTATED = "signing_key.rotated"
    SIGNING_KEY_REFUSED = "signing_key.refused"
    KEY_SET_CREATED = "key_set.created"
    KEY_SET_CHANGED = "key_set.changed"
    KEY_SET_UNAVAILABLE = "key_set.unavailable"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REFUSED = "api_key.refused"
    SECRET_CREATED = "secret.created"  # noqa: S105 - the name of an act
    SECRET_REPLACED = "secret.replaced"  # noqa: S105 - the name of an act
    SECRET_DELETED = "secret.deleted"  # noqa: S105 - the name of an act
    SECRET_USED = "secret.used"  # noqa: S105 - the name of an act
    SECRET_REFUSED = "secret.refused"  # noqa: S105 - the name of an act
    SECRET_RESEALED = "secret.resealed"  # noqa: S105 - the name of an act
    AGENT_CREATED = "agent.created"
    AGENT_VERSIONED = "agent.versioned"
    AGENT_RETIRED = "agent.retired"
    FILE_UPLOADED = "file.uploaded"
    FILE_REFUSED = "file.refused"
    FILE_DELETED = "file.deleted"
    CONVERSATION_DELETED = "conversation.deleted"
    RUN_STARTED = "run.started"
    RUN_FINISHED = "run.finished"
    RUN_CANCELLED = "run.cancelled"
    RUN_TOOL_DECIDED = "run.tool_decided"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_SPENT = "approval.spent"
    APPROVAL_CANCELLED = "approval.cancelled"
    KEY_CREATED = "key.created"
    KEY_DESTROYED = "key.destroyed"
    KEY_ROTATION_ASKED = "key.rotation_asked"
    KEY_ROTATED = "key.rotated"
    KEY_RESEALED = "key.resealed"
    KEY_RETIRED = "key.retired"
    ROOT_ROTATED = "key.root_rotated"
    RECORD_REFUSED = "record.refused"
    DATA_READ = "data.read"
    CONFIGURATION_CHANGED = "configuration.changed"
    DATABASE_LOGIN = "database.login"
    COMMAND_RUN = "command.run"
    COMMAND_ENDED = "command.ended"
    CONVERSATION_CREATED = "conversation.created"
    FILE_UPLOAD_BEGUN = "file.upload_begun"
    FILE_UPLOAD_ABANDONED = "file.upload_abandoned"
    AUDIT_LINK_CREATED = "audit.link_created"
    AUDIT_PAGE_OPENED = "audit.page_opened"
    AUDIT_PAGE_CLOSED = "audit.page_closed"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_RECOVERED = "audit.recovered"
    AUDIT_SIGNER_ROTATED = "audit.signer_rotated"
    AUDIT_SIGNER_REPLACED = "audit.signer_replaced"
    AUDIT_RESUMED = "audit.resumed"
    STORE_CLAIMED = "store.claimed"
    AUDIT_STREAM_CREATED = "audit_stream.created"
    AUDIT_STREAM_PAUSED = "audit_stream.paused"
    AUDIT_STREAM_RESUMED = "audit_stream.resumed"
    AUDIT_STREAM_SECRET_ROTATED = "audit_stream.secret_rotated"  # noqa: S105 - the name of an act
    AUDIT_STREAM_TESTED = "audit_stream.tested"
    AUDIT_STREAM_DELETED = "audit_stream.deleted"
    DELIVERY_REPLAYED = "delivery.replayed"
    PROBE_FAILED = "probe.failed"
    PROBE_RECOVERED = "probe.recovered"


@dataclass(frozen=True, slots=True)
class Form:
    """What an action's entry names: the kind of its target, and its details with their shapes."""

    target: str | None = None
    details: dict[str, Shape] = field(default_factory=dict[str, Shape])


_role = one_of(*Role)
_SETTINGS = some_of(
    "name",
    "default_region",
    "default_retention_period",
    "default_retention_days",
    "allowed_origins",
    "creates_organizations",
    "security_contact",
    "default_spending",
    "user_spending",
)
_ORGANIZATION = some_of("name", "status", "settings", "region", "generative_ai", "retention_days")
_USER = some_of("role", "status", "name", "display_name", "email", "locale")
_KEY_OWNER = one_of("organization", "user", "partner", "platform")
_ALGORITHM = one_of("RS256", "ES256", "EdDSA", "HS256")
_PURPOSE = one_of("message", "knowledge")
_AGENT = {"version": a_count}
_EFFECT = one_of(
    "read", "fetch", "private", "internal_send", "send", "modify", "grant", "pay", "destroy", "credential", "exec"
)
_APPROVAL: dict[str, Shape] = {"run_id": an_id, "effect": _EFFECT}
_LOG = one_of("org", "partner", "platform", "instance")
_STREAM = one_of("webhook", "syslog", "checkpoint_webhook", "checkpoint_mail")
_COMMAND = one_of(
    "partner_create",
    "partner_restrict",
    "partner_resume",
    "partner_issue_key",
    "serve",
    "migrate",
    "doctor",
    "demo",
    "keys_rotate",
    "keys_rotate_root",
    "keys_move",
    "keys_move_finish",
    "keys_move_cancel",
    "probe",
    "prove",
    "deliveries_replay",
    "worker",
    "datamap",
    "where",
    "keys_status",
    "deliveries_list",
    "statements_init",
    "statements_check",
    "demo_token",
    "demo_chat",
    "audit_verify",
    "audit_rotate_signer",
    "audit_export",
    "audit_replace_signer",
    "audit_stopped",
    "audit_resume",
    "store_status",
    "store_claim",
)
_PROCESS = one_of("serve", "worker", "demo")
_DATABASE_ROLE = one_of("superuser", "bypasses_row_security", "owner", "gate", "seal", "administrator")

FORMS: dict[Action, Form] = {
    Action.AUTH_EXCHANGE: Form(
        "session", {"user_id": an_id, "signing_key_id": an_id, "role": _role, "organization_id": an_id}
    ),
    Action.AUTH_REFRESH: Form("session", {"user_id": an_id}),
    Action.AUTH_REFRESH_REUSED: Form("session", {"user_id": an_id}),
    Action.AUTH_LOGOUT: Form("session", {"user_id": an_id}),
    # Both written by the database, for what was counted in one minute (0027_audit_recording.sql).
    Action.AUTH_REFUSED: Form("session", {"count": a_count, "minute": a_minute}),
    Action.ACCESS_DENIED: Form(),
    Action.PARTNER_CREATED: Form("partner"),
    Action.PARTNER_RESTRICTED: Form("partner"),
    Action.PARTNER_RESUMED: Form("partner"),
    Action.SETTINGS_CHANGED: Form("partner", {"fields": _SETTINGS}),
    Action.ORGANIZATION_CREATED: Form("organization", {"source": one_of("api", "claims", "demo")}),
    Action.ORGANIZATION_CHANGED: Form("organization", {"fields": _ORGANIZATION}),
    Action.ORGANIZATION_RESTRICTED: Form("organization"),
    Action.ORGANIZATION_RESUMED: Form("organization"),
    Action.ORGANIZATION_ERASED: Form("organization", {"users": a_count, "conversations": a_count, "runs": a_count}),
    Action.USER_CREATED: Form("user", {"role": _role}),
    Action.USER_CHANGED: Form("user", {"fields": _USER, "role": _role}),
    Action.USER_RESTRICTED: Form("user", {"organization_id": an_id}),
    Action.USER_RESUMED: Form("user", {"organization_id": an_id}),
    Action.USER_ERASED: Form("user", {"organization_id": an_id, "conversations": a_count, "runs": a_count}),
    Action.USER_RECTIFIED_BY_CLAIMS: Form("user", {"fields": _USER, "role": _role}),
    Action.SIGNING_KEY_CREATED: Form("signing_key", {"algorithm": _ALGORITHM}),
    Action.SIGNING_KEY_REVOKED: Form("signing_key"),
    Action.SIGNING_KEY_ROTATED: Form("signing_key", {"successor_id": an_id}),
    Action.SIGNING_KEY_REFUSED: Form("signing_key"),
    Action.KEY_SET_CREATED: Form("key_set"),
    Action.KEY_SET_CHANGED: Form("key_set", {"added": a_count, "withdrawn": a_count, "refused": a_count}),
    Action.KEY_SET_UNAVAILABLE: Form("key_set"),
    Action.API_KEY_CREATED: Form("api_key", {"scope_count": a_count}),
    Action.API_KEY_REVOKED: Form("api_key"),
    Action.API_KEY_ROTATED: Form("api_key", {"successor_id": an_id}),
    Action.API_KEY_REFUSED: Form("api_key", {"count": a_count, "minute": a_minute}),
    # Written by the database itself (0018_secrets.sql); tests/promises/test_secrets.py holds them against these forms.
    Action.SECRET_CREATED: Form("secret", {"version": a_count}),
    Action.SECRET_REPLACED: Form("secret", {"version": a_count}),
    Action.SECRET_DELETED: Form("secret", {"version": a_count}),
    Action.SECRET_USED: Form("secret", {"run_id": an_id, "version": a_count, "host": a_host}),
    Action.SECRET_REFUSED: Form("secret", {"run_id": an_id, "host": a_host}),
    Action.SECRET_RESEALED: Form("secret"),
    Action.AGENT_CREATED: Form("agent", _AGENT),
    Action.AGENT_VERSIONED: Form("agent", _AGENT),
    Action.AGENT_RETIRED: Form("agent", _AGENT),
    Action.FILE_UPLOADED: Form("file", {"purpose": _PURPOSE, "size_bytes": a_count}),
    Action.FILE_REFUSED: Form("file", {"purpose": _PURPOSE}),
    Action.FILE_DELETED: Form("file", {"purpose": _PURPOSE}),
    Action.CONVERSATION_DELETED: Form("conversation", {"runs": a_count, "messages": a_count}),
    Action.RUN_STARTED: Form("run", {"conversation_id": an_id, "agent_id": an_id, "agent_version": a_count}),
    Action.RUN_FINISHED: Form(
        "run",
        {
            "state": one_of("completed", "failed", "cancelled", "expired"),
            "failure_code": a_code,
            "input_tokens": a_count,
            "output_tokens": a_count,
            "cost_micros": a_count,
            "attempt": a_count,
            "interrupted_by": an_id,
        },
    ),
    Action.RUN_CANCELLED: Form("run", {"conversation_id": an_id}),
    # A call of a tool that nobody is asked about: made, or refused and why. The others have their approval's entries.
    Action.RUN_TOOL_DECIDED: Form("run", {"effect": _EFFECT}),
    Action.APPROVAL_REQUESTED: Form(
        "approval",
        {
            **_APPROVAL,
            "approvers": one_of("user", "admin", "four_eyes"),
            "cause": one_of("policy", "always", "interrupted"),
        },
    ),
    Action.APPROVAL_DECIDED: Form("approval", {**_APPROVAL, "decision": one_of("approve", "deny", "stop")}),
    Action.APPROVAL_EXPIRED: Form("approval", _APPROVAL),
    Action.APPROVAL_SPENT: Form("approval", _APPROVAL),
    Action.APPROVAL_CANCELLED: Form("approval", _APPROVAL),
    Action.KEY_CREATED: Form("key_owner", {"owner": _KEY_OWNER}),
    Action.KEY_DESTROYED: Form("key_owner", {"owner": _KEY_OWNER}),
    Action.KEY_ROTATION_ASKED: Form("key_owner", {"owner": _KEY_OWNER, "cause": one_of("command", "age", "api")}),
    Action.KEY_ROTATED: Form("key_owner", {"owner": _KEY_OWNER, "count": a_count}),
    Action.KEY_RESEALED: Form("key_owner", {"owner": _KEY_OWNER, "count": a_count}),
    Action.KEY_RETIRED: Form("key_owner", {"owner": _KEY_OWNER, "count": a_count}),
    Action.ROOT_ROTATED: Form(None),
    Action.RECORD_REFUSED: Form("record", {"table": a_code, "column": a_code}),
    # Both written by the database, for what was counted in one minute (0027_audit_recording.sql).
    Action.DATA_READ: Form(None, {"route": a_route, "count": a_count, "minute": a_minute}),
    Action.DATABASE_LOGIN: Form(
        None, {"role": _DATABASE_ROLE, "role_oid": a_count, "count": a_count, "minute": a_minute}
    ),
    # The names of the settings alone, never what they are set to.
    Action.CONFIGURATION_CHANGED: Form(None, {"process": _PROCESS, "settings": codes}),
    Action.COMMAND_RUN: Form(None, {"command": _COMMAND}),
    Action.COMMAND_ENDED: Form(None, {"command": _COMMAND, "seconds": a_count}),
    Action.CONVERSATION_CREATED: Form("conversation", {"agent_id": an_id}),
    Action.FILE_UPLOAD_BEGUN: Form("file", {"size_bytes": a_count}),
    Action.FILE_UPLOAD_ABANDONED: Form("file"),
    Action.AUDIT_LINK_CREATED: Form("audit_visit", {"user_id": an_id}),
    Action.AUDIT_PAGE_OPENED: Form("audit_visit"),
    Action.AUDIT_PAGE_CLOSED: Form("audit_visit"),
    Action.AUDIT_EXPORTED: Form(None, {"format": one_of("jsonl", "csv", "verifiable"), "from_index": a_count}),
    # moved: to another cluster, whose transaction ids are others; restored: to a state older than what was published.
    Action.AUDIT_RECOVERED: Form(None, {"cause": one_of("moved", "restored"), "entries": a_count, "logs": a_count}),
    Action.AUDIT_SIGNER_ROTATED: Form(None),
    # The key before it was lost: nobody but us says that the new one follows.
    Action.AUDIT_SIGNER_REPLACED: Form(None),
    # A log that had been stopped goes on behind what was signed; in the platform's log `log_id` says which.
    Action.AUDIT_RESUMED: Form(
        None, {"cause": one_of("fork", "altered"), "from_index": a_count, "log": _LOG, "log_id": an_id}
    ),
    # By itself, where nobody had it and nothing lay there, or in the data directory; else by the operator's command.
    Action.STORE_CLAIMED: Form(None, {"cause": one_of("empty", "unmarked", "command")}),
    Action.AUDIT_VERIFIED: Form(None, {"entries": a_count, "faults": a_count}),
    # Where a stream goes may name a person, so the kind alone is said.
    Action.AUDIT_STREAM_CREATED: Form("audit_stream", {"kind": _STREAM}),
    Action.AUDIT_STREAM_PAUSED: Form("audit_stream", {"kind": _STREAM}),
    Action.AUDIT_STREAM_RESUMED: Form("audit_stream", {"kind": _STREAM}),
    Action.AUDIT_STREAM_SECRET_ROTATED: Form("audit_stream", {"kind": _STREAM}),
    Action.AUDIT_STREAM_TESTED: Form("audit_stream", {"kind": _STREAM}),
    Action.AUDIT_STREAM_DELETED: Form("audit_stream", {"kind": _STREAM}),
    Action.DELIVERY_REPLAYED: Form("delivery"),
    Action.PROBE_FAILED: Form(None, {"probe": a_code}),
    Action.PROBE_RECOVERED: Form(None, {"probe": a_code}),
}
