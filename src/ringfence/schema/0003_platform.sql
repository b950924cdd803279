-- Why: what every process shares: schedules, invalidation, rate limits, idempotency, and the queue of audit entries.
create table app.audit_queue (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  actor_kind text not null,
  actor_id uuid,
  action text not null,
  target_kind text,
  target_id uuid,
  outcome text not null check (outcome in ('success', 'refused', 'failure')),
  reason text,
  permission text,
  request_id text,
  address_hash bytea,
  details jsonb not null default '{}',
  primary key (scope_id, id)
);
comment on column app.audit_queue.scope is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.scope_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.audit_queue.id is 'class=identifier; owner=platform; clock=one year';
comment on column app.audit_queue.xid is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.at is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.actor_kind is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.actor_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.audit_queue.action is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.target_kind is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.target_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.audit_queue.outcome is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.reason is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.permission is 'class=operational; owner=platform; clock=one year';
comment on column app.audit_queue.request_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.audit_queue.address_hash is 'class=identifier; owner=platform; clock=one year; note=keyed hash of the IP address, key per scope and month';
comment on column app.audit_queue.details is 'class=operational; owner=platform; clock=one year; note=ids, counts and closed words by the schema of each action';
call ctx.protect('app.audit_queue', scope => 'append', verbs => array['select', 'insert']);
-- Append-only for every role of the product, grants or not.
create function app.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;
create trigger append_only before update or delete on app.audit_queue for each row execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_queue for each statement execute function app.refuse_change();

-- Log-ins refused before an issuer was proven: collapsed, so that a flood neither fills a log nor names a victim.
create table app.refused_login (
  minute timestamptz not null,
  reason text not null,
  address_hash bytea not null,
  count bigint not null default 1,
  primary key (minute, reason, address_hash)
);
comment on column app.refused_login.minute is 'class=operational; owner=platform; clock=one year';
comment on column app.refused_login.reason is 'class=operational; owner=platform; clock=one year';
comment on column app.refused_login.address_hash is 'class=identifier; owner=platform; clock=one year; note=keyed hash of the IP address';
comment on column app.refused_login.count is 'class=operational; owner=platform; clock=one year';
call ctx.protect('app.refused_login', scope => 'platform', verbs => array['select', 'insert', 'update']);

-- What must take effect in every process within five seconds. Rows outlive the longest access token, then go.
create table app.invalidation (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  kind text not null check (kind in ('user', 'organization', 'partner', 'signing_key', 'api_key', 'session', 'key')),
  subject_id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  primary key (scope_id, id)
);
create index invalidation_by_xid on app.invalidation (xid);
comment on column app.invalidation.scope is 'class=operational; owner=platform; clock=two hours';
comment on column app.invalidation.scope_id is 'class=identifier; owner=platform; clock=two hours';
comment on column app.invalidation.id is 'class=identifier; owner=platform; clock=two hours';
comment on column app.invalidation.kind is 'class=operational; owner=platform; clock=two hours';
comment on column app.invalidation.subject_id is 'class=identifier; owner=platform; clock=two hours';
comment on column app.invalidation.xid is 'class=operational; owner=platform; clock=two hours';
comment on column app.invalidation.at is 'class=operational; owner=platform; clock=two hours';
call ctx.protect('app.invalidation', scope => 'append', verbs => array['select', 'insert']);

-- Keys whose rows are gone and which must be destroyed after the commit; a job finishes what a crash interrupted.
create table app.key_destruction (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  org_id uuid not null,
  user_id uuid,
  requested_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (scope_id, id),
  -- A destruction cannot be undone: it is asked for inside the organization itself, also by its partner.
  check (scope = 'org' and org_id = scope_id)
);
comment on column app.key_destruction.scope is 'class=operational; owner=platform; clock=one year';
comment on column app.key_destruction.scope_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.key_destruction.id is 'class=identifier; owner=platform; clock=one year';
comment on column app.key_destruction.org_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.key_destruction.user_id is 'class=identifier; owner=platform; clock=one year';
comment on column app.key_destruction.requested_at is 'class=operational; owner=platform; clock=one year';
comment on column app.key_destruction.done_at is 'class=operational; owner=platform; clock=one year';
call ctx.protect('app.key_destruction', scope => 'append', verbs => array['select', 'insert']);

-- Answers of writes for 24 hours, sealed; a secret shown once is never among them.
create table app.idempotency (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  key_hash bytea not null,
  request_hash bytea not null,
  status int not null,
  answer bytea,
  subject_id uuid,
  expires_at timestamptz not null,
  primary key (scope_id, key_hash)
);
create index idempotency_by_expiry on app.idempotency (expires_at);
comment on column app.idempotency.scope is 'class=operational; owner=platform; clock=24 hours';
comment on column app.idempotency.scope_id is 'class=identifier; owner=platform; clock=24 hours';
comment on column app.idempotency.id is 'class=identifier; owner=platform; clock=24 hours';
comment on column app.idempotency.key_hash is 'class=identifier; owner=platform; clock=24 hours; note=hash of actor and Idempotency-Key';
comment on column app.idempotency.request_hash is 'class=identifier; owner=platform; clock=24 hours; note=hash of method, path and body';
comment on column app.idempotency.status is 'class=operational; owner=platform; clock=24 hours';
comment on column app.idempotency.answer is 'class=content; owner=organization; clock=24 hours';
comment on column app.idempotency.subject_id is 'class=identifier; owner=platform; clock=24 hours';
comment on column app.idempotency.expires_at is 'class=operational; owner=platform; clock=24 hours';
call ctx.protect('app.idempotency', scope => 'append');

-- GCRA state: theoretical arrival time by bucket. Unlogged: after a crash every bucket is fresh, which is safe.
create unlogged table app.rate_limit (
  bucket bytea primary key,
  arrival timestamptz not null
);
create index rate_limit_by_arrival on app.rate_limit (arrival);
comment on column app.rate_limit.bucket is 'class=identifier; owner=platform; clock=one window; note=keyed hash of rule and key parts';
comment on column app.rate_limit.arrival is 'class=operational; owner=platform; clock=one window';
call ctx.protect('app.rate_limit', scope => 'platform');

create table app.schedule (
  job text primary key,
  next_at timestamptz not null default '-infinity',
  holder uuid,
  until timestamptz
);
comment on column app.schedule.job is 'class=operational; owner=platform; clock=none';
comment on column app.schedule.next_at is 'class=operational; owner=platform; clock=none';
comment on column app.schedule.holder is 'class=identifier; owner=platform; clock=none';
comment on column app.schedule.until is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.schedule', scope => 'platform');
create table app.schedule_run (
  id uuid primary key,
  job text not null references app.schedule,
  holder uuid not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text check (outcome in ('success', 'failure')),
  count bigint
);
create index schedule_run_by_job on app.schedule_run (job, id);
comment on column app.schedule_run.id is 'class=identifier; owner=platform; clock=30 days';
comment on column app.schedule_run.job is 'class=operational; owner=platform; clock=30 days';
comment on column app.schedule_run.holder is 'class=identifier; owner=platform; clock=30 days';
comment on column app.schedule_run.started_at is 'class=operational; owner=platform; clock=30 days';
comment on column app.schedule_run.finished_at is 'class=operational; owner=platform; clock=30 days';
comment on column app.schedule_run.outcome is 'class=operational; owner=platform; clock=30 days';
comment on column app.schedule_run.count is 'class=operational; owner=platform; clock=30 days';
call ctx.protect('app.schedule_run', scope => 'platform');
