-- Why: an act that nobody listed, or a field that its entry may not have, is refused by the database too.

-- The acts and the fields that each may have, as controls/audit/actions.py lists them: tests/controls/test_audit_forms.py
-- holds them against each other. An act that is not here gives null, which is refused.
-- Restrictive: it takes away from what every other policy allows, and costs no trigger. Not for the gate, whose functions
-- write acts of their own, nor for the role that seals, which puts back what was signed, by whatever release.
-- One constant, for an expression is made ready at each insertion: as a CASE of as many branches it doubled the cost of one.
create policy listed on app.audit_queue as restrictive for insert to ringfence_app, ringfence_owner with check (
  details - string_to_array('{
    "auth.exchange": "organization_id role signing_key_id user_id", "auth.refresh": "user_id", "auth.refresh_reused": "user_id",
    "auth.logout": "user_id", "auth.refused": "count minute", "access.denied": "", "partner.created": "", "partner.restricted": "",
    "partner.resumed": "", "settings.changed": "fields", "organization.created": "source", "organization.changed": "fields",
    "organization.restricted": "", "organization.resumed": "", "organization.erased": "conversations runs users",
    "user.created": "role", "user.changed": "fields role", "user.restricted": "organization_id", "user.resumed": "organization_id",
    "user.erased": "conversations organization_id runs", "user.rectified_by_claims": "fields role", "signing_key.created": "algorithm",
    "signing_key.revoked": "", "signing_key.rotated": "successor_id", "signing_key.refused": "", "key_set.created": "",
    "key_set.changed": "added refused withdrawn", "key_set.unavailable": "", "api_key.created": "scope_count", "api_key.revoked": "",
    "api_key.rotated": "successor_id", "api_key.refused": "count minute", "secret.created": "version", "secret.replaced": "version",
    "secret.deleted": "version", "secret.used": "host run_id version", "secret.refused": "host run_id", "secret.resealed": "",
    "agent.created": "version", "agent.versioned": "version", "agent.retired": "version", "file.uploaded": "purpose size_bytes",
    "file.refused": "purpose", "file.deleted": "purpose", "conversation.deleted": "messages runs",
    "run.started": "agent_id agent_version conversation_id",
    "run.finished": "attempt cost_micros failure_code input_tokens interrupted_by output_tokens state",
    "run.cancelled": "conversation_id", "run.tool_decided": "effect", "approval.requested": "approvers cause effect run_id",
    "approval.decided": "decision effect run_id", "approval.expired": "effect run_id", "approval.spent": "effect run_id",
    "approval.cancelled": "effect run_id", "key.created": "owner", "key.destroyed": "owner", "key.rotation_asked": "cause owner",
    "key.rotated": "count owner", "key.resealed": "count owner", "key.retired": "count owner", "key.root_rotated": "",
    "record.refused": "column table", "data.read": "count minute route", "database.login": "count minute role role_oid",
    "configuration.changed": "process settings", "command.run": "command", "command.ended": "command seconds",
    "conversation.created": "agent_id", "file.upload_begun": "size_bytes", "file.upload_abandoned": "",
    "audit.link_created": "user_id", "audit.page_opened": "", "audit.page_closed": "", "audit.exported": "format from_index",
    "audit.recovered": "cause entries logs", "audit.signer_rotated": "", "audit.signer_replaced": "",
    "audit.resumed": "cause from_index log log_id", "store.claimed": "cause", "audit.verified": "entries faults",
    "audit_stream.created": "kind", "audit_stream.paused": "kind", "audit_stream.resumed": "kind",
    "audit_stream.secret_rotated": "kind", "audit_stream.tested": "kind", "audit_stream.deleted": "kind", "delivery.replayed": "",
    "probe.failed": "probe", "probe.recovered": "probe"
  }'::jsonb ->> action, ' ') = '{}'
  and actor_kind in ('user', 'api_key', 'operator', 'system', 'unknown', 'partner')
  and coalesce(target_kind ~ '^[a-z][a-z0-9_]{0,39}$', true)
  and coalesce(reason ~ '^[a-z][a-z0-9_]{0,39}$', true)
  and coalesce(permission ~ '^[a-z_]{1,40}:[a-z_]{1,40}$', true)
  and coalesce(network in ('loopback', 'private', 'public', 'unknown'), true));
