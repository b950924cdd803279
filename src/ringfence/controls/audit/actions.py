"""The closed list of what is recorded, and what an entry of each may say. Keeps AUD-01, AUD-03.

A new act is a new line in both halves; a test compares them. Proved in tests/controls/test_audit.py.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.base.principal import Role
from ringfence.controls.audit.shapes import Shape, a_code, a_count, an_id, one_of, some_of


class Action(StrEnum):
    """Everything that leaves an entry."""

    AUTH_EXCHANGE = "auth.exchange"
    AUTH_REFRESH = "auth.refresh"
    AUTH_REFRESH_REUSED = "auth.refresh_reused"
    AUTH_LOGOUT = "auth.logout"
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
    AGENT_CREATED = "agent.created"
    AGENT_VERSIONED = "agent.versioned"
    AGENT_RETIRED = "agent.retired"
    CONVERSATION_DELETED = "conversation.deleted"
    RUN_STARTED = "run.started"
    RUN_FINISHED = "run.finished"
    RUN_CANCELLED = "run.cancelled"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_SPENT = "approval.spent"
    APPROVAL_CANCELLED = "approval.cancelled"
    KEY_CREATED = "key.created"
    KEY_DESTROYED = "key.destroyed"
    COMMAND_RUN = "command.run"
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
_ALGORITHM = one_of("RS256", "ES256", "EdDSA", "HS256")
_AGENT = {"version": a_count}
_APPROVAL: dict[str, Shape] = {
    "run_id": an_id,
    "effect": one_of(
        "read", "fetch", "private", "internal_send", "send", "modify", "grant", "pay", "destroy", "credential", "exec"
    ),
}
_COMMAND = one_of(
    "partner_create",
    "partner_restrict",
    "partner_resume",
    "serve",
    "migrate",
    "doctor",
    "demo",
    "keys_rotate",
    "probe",
    "prove",
    "deliveries_replay",
    "worker",
)

FORMS: dict[Action, Form] = {
    Action.AUTH_EXCHANGE: Form(
        "session", {"user_id": an_id, "signing_key_id": an_id, "role": _role, "organization_id": an_id}
    ),
    Action.AUTH_REFRESH: Form("session", {"user_id": an_id}),
    Action.AUTH_REFRESH_REUSED: Form("session", {"user_id": an_id}),
    Action.AUTH_LOGOUT: Form("session", {"user_id": an_id}),
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
    Action.API_KEY_REFUSED: Form("api_key"),
    Action.AGENT_CREATED: Form("agent", _AGENT),
    Action.AGENT_VERSIONED: Form("agent", _AGENT),
    Action.AGENT_RETIRED: Form("agent", _AGENT),
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
    Action.KEY_CREATED: Form("key_owner", {"owner": one_of("organization", "user", "partner", "platform")}),
    Action.KEY_DESTROYED: Form("key_owner", {"owner": one_of("organization", "user", "partner", "platform")}),
    Action.COMMAND_RUN: Form(None, {"command": _COMMAND}),
    Action.PROBE_FAILED: Form(None, {"probe": a_code}),
    Action.PROBE_RECOVERED: Form(None, {"probe": a_code}),
}
