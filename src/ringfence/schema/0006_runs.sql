-- Why: conversations and runs: the event rows are the journal, the lease is a table of its own with ids alone.

create table app.conversation (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  user_id uuid not null,
  agent_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade
);
create index conversation_by_user on app.conversation (org_id, user_id, id);
comment on column app.conversation.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.conversation.id is 'class=identifier; owner=user; clock=retention';
comment on column app.conversation.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.conversation.agent_id is 'class=identifier; owner=user; clock=retention';
comment on column app.conversation.created_at is 'class=operational; owner=user; clock=retention';
comment on column app.conversation.updated_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.conversation', scope => 'org', owner => 'user_id');

create table app.run (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null,
  agent_id uuid not null,
  agent_version int not null,
  agent_digest bytea not null,
  model text not null,
  status text not null check (status in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'expired')),
  role text not null,
  input_tokens int not null default 0,
  output_tokens int not null default 0,
  cost_micros bigint,
  failure_code text,
  cancel_requested_at timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, conversation_id) references app.conversation (org_id, id) on delete cascade,
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade
);
create index run_by_conversation on app.run (org_id, conversation_id, id);
create index run_by_user on app.run (org_id, user_id, id);
-- One active run a conversation: whatever two processes believe.
create unique index run_active on app.run (org_id, conversation_id) where status in ('running', 'waiting');
comment on column app.run.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run.id is 'class=identifier; owner=user; clock=retention';
comment on column app.run.conversation_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run.agent_id is 'class=identifier; owner=user; clock=retention; note=with version and digest instead of a key upward';
comment on column app.run.agent_version is 'class=operational; owner=user; clock=retention';
comment on column app.run.agent_digest is 'class=operational; owner=user; clock=retention';
comment on column app.run.model is 'class=operational; owner=user; clock=retention';
comment on column app.run.status is 'class=operational; owner=user; clock=retention';
comment on column app.run.role is 'class=operational; owner=user; clock=retention; note=the role that the user had when asking';
comment on column app.run.input_tokens is 'class=operational; owner=user; clock=retention';
comment on column app.run.output_tokens is 'class=operational; owner=user; clock=retention';
comment on column app.run.cost_micros is 'class=operational; owner=user; clock=retention; note=millionths of a US dollar; null where no price is known';
comment on column app.run.failure_code is 'class=operational; owner=user; clock=retention';
comment on column app.run.cancel_requested_at is 'class=operational; owner=user; clock=retention';
comment on column app.run.created_at is 'class=operational; owner=user; clock=retention';
comment on column app.run.started_at is 'class=operational; owner=user; clock=retention';
comment on column app.run.finished_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.run', scope => 'org', owner => 'user_id');

create table app.message (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null,
  run_id uuid not null,
  author text not null check (author in ('user', 'assistant')),
  text bytea not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, conversation_id) references app.conversation (org_id, id) on delete cascade,
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade,
  foreign key (org_id, run_id) references app.run (org_id, id) on delete cascade
);
create index message_by_conversation on app.message (org_id, conversation_id, id);
create index message_by_run on app.message (org_id, run_id);
comment on column app.message.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message.id is 'class=identifier; owner=user; clock=retention';
comment on column app.message.conversation_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message.run_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message.author is 'class=operational; owner=user; clock=retention';
comment on column app.message.text is 'class=content; owner=user; clock=retention';
comment on column app.message.created_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.message', scope => 'org', owner => 'user_id');

create table app.run_event (
  org_id uuid not null default ctx.claimed_org(),
  run_id uuid not null,
  seq int not null,
  user_id uuid not null,
  kind text not null,
  payload bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (org_id, run_id, seq),
  foreign key (org_id, run_id) references app.run (org_id, id) on delete cascade
);
comment on column app.run_event.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run_event.run_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run_event.seq is 'class=operational; owner=user; clock=retention';
comment on column app.run_event.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.run_event.kind is 'class=operational; owner=user; clock=retention';
comment on column app.run_event.payload is 'class=content; owner=user; clock=retention';
comment on column app.run_event.created_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.run_event', scope => 'org', owner => 'user_id');

create table app.run_lease (
  org_id uuid not null default ctx.claimed_org(),
  run_id uuid not null,
  holder uuid,
  attempt int not null default 0,
  until timestamptz not null,
  primary key (org_id, run_id),
  foreign key (org_id, run_id) references app.run (org_id, id) on delete cascade
);
comment on column app.run_lease.org_id is 'class=identifier; owner=platform; clock=run';
comment on column app.run_lease.run_id is 'class=identifier; owner=platform; clock=run';
comment on column app.run_lease.holder is 'class=identifier; owner=platform; clock=run; note=the process; null while nobody holds it';
comment on column app.run_lease.attempt is 'class=operational; owner=platform; clock=run';
comment on column app.run_lease.until is 'class=operational; owner=platform; clock=run';
call ctx.protect('app.run_lease', scope => 'org');

-- Fencing: raises unless this holder still has this attempt, and holds the lease's row until the transaction ends, so
-- that a take-over waits. Each write of a run calls it first in its transaction.
create function app.fence(held_run uuid, held_by uuid, held_attempt int) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform from app.run_lease where run_id = held_run and holder = held_by and attempt = held_attempt for no key update;
  if not found then raise exception 'this process no longer holds the run' using errcode = 'RF001'; end if;
end $$;
grant execute on function app.fence(uuid, uuid, int) to ringfence_app;
