-- Why: the outbox of what must reach somebody: queued in the transaction of the act, sent afterwards by any process.
create table app.delivery (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  user_id uuid,
  kind text not null,
  dedupe bytea,
  payload bytea,
  status text not null default 'queued' check (status in ('queued', 'delivered', 'failed')),
  attempts int not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  holder uuid,
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (scope_id, id),
  unique (scope_id, dedupe),
  check ((status = 'queued') = (ended_at is null))
);
-- Due ones over all scopes, and those whose time is served: only the gate asks so.
create index delivery_due on app.delivery (next_at, id) where status = 'queued';
create index delivery_ended on app.delivery (ended_at) where ended_at is not null;
comment on column app.delivery.scope is 'class=operational; owner=platform; clock=30 days';
comment on column app.delivery.scope_id is 'class=identifier; owner=platform; clock=30 days';
comment on column app.delivery.id is 'class=identifier; owner=platform; clock=30 days; note=also the Message-ID, which a receiver drops repeats by';
comment on column app.delivery.user_id is 'class=identifier; owner=user; clock=30 days; note=whom it tells about or goes to; it ends with that user';
comment on column app.delivery.kind is 'class=operational; owner=platform; clock=30 days';
comment on column app.delivery.dedupe is 'class=identifier; owner=platform; clock=30 days; note=keyed hash of what makes it unique';
comment on column app.delivery.payload is 'class=personal; owner=organization; clock=until delivered, at most 30 days; note=address, subject and text, sealed';
comment on column app.delivery.status is 'class=operational; owner=platform; clock=30 days';
comment on column app.delivery.attempts is 'class=operational; owner=platform; clock=30 days; note=counted when claimed, so that a crash counts too, and the fence of who holds it';
comment on column app.delivery.next_at is 'class=operational; owner=platform; clock=30 days; note=due from then on; while held, the end of the lease';
comment on column app.delivery.holder is 'class=identifier; owner=platform; clock=30 days; note=the process that sends it';
comment on column app.delivery.last_error is 'class=operational; owner=platform; clock=30 days; note=a code, never what a server said';
comment on column app.delivery.created_at is 'class=operational; owner=platform; clock=30 days';
comment on column app.delivery.ended_at is 'class=operational; owner=platform; clock=30 days';
-- What was queued does not change by its own scope: only the gate moves it on.
call ctx.protect('app.delivery', scope => 'append', verbs => array['select', 'insert', 'delete']);

create policy gate on app.delivery to ringfence_gate using (true) with check (true);
-- The gate clears the payload and cannot read it: each is opened in its own scope.
grant select (scope, scope_id, id, user_id, kind, status, attempts, next_at, holder, last_error, created_at, ended_at)
  on app.delivery to ringfence_gate;
grant update (payload, status, attempts, next_at, holder, last_error, ended_at) on app.delivery to ringfence_gate;
grant delete on app.delivery to ringfence_gate;

set local role ringfence_gate;

-- Leases what is due, oldest first. Its `next_at` is the lease's end: a holder that died loses it then.
create function gate.claim_deliveries(new_holder uuid, seconds float8, most int)
returns table (scope text, scope_id uuid, id uuid, partner_id uuid, user_id uuid, kind text, attempt int)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with due as (
    select d.scope_id, d.id from app.delivery d
    where d.status = 'queued' and d.next_at <= clock_timestamp()
    order by d.next_at, d.id
    limit most
    for update skip locked
  )
  update app.delivery d
  set holder = new_holder, attempts = d.attempts + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from due where d.scope_id = due.scope_id and d.id = due.id
  returning d.scope, d.scope_id, d.id,
    (select i.partner_id from app.directory i where i.org_id = d.scope_id), d.user_id, d.kind, d.attempts
$$;

-- It arrived: whoever it went to has it now, and we no longer. 0 for a holder that lost it meanwhile.
create function gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt int)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  with ended as (
    update app.delivery d
    set status = 'delivered', payload = null, last_error = null, holder = null, ended_at = clock_timestamp()
    where d.scope_id = in_scope and d.id = wanted and d.holder = held_by and d.attempts = held_attempt and d.status = 'queued'
    returning 1
  )
  select count(*) from ended
$$;

-- It did not arrive: due again in so many seconds, or given up where there is no number.
create function gate.defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt int, error text, seconds float8)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  with deferred as (
    update app.delivery d
    set status = case when seconds is null then 'failed' else 'queued' end, last_error = error, holder = null,
      next_at = clock_timestamp() + make_interval(secs => coalesce(seconds, 0)),
      ended_at = case when seconds is null then clock_timestamp() end
    where d.scope_id = in_scope and d.id = wanted and d.holder = held_by and d.attempts = held_attempt and d.status = 'queued'
    returning 1
  )
  select count(*) from deferred
$$;

-- The operator has mended what was wrong: one that was given up begins anew.
create function gate.replay_delivery(wanted uuid) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with replayed as (
    update app.delivery d
    set status = 'queued', attempts = 0, next_at = clock_timestamp(), holder = null, ended_at = null
    where d.id = wanted and d.status = 'failed' returning 1
  )
  select count(*) from replayed
$$;

-- The newest for the operator: ids, codes and times.
create function gate.deliveries(wanted text, most int)
returns table (scope text, scope_id uuid, id uuid, kind text, status text, attempts int, last_error text,
  created_at timestamptz, next_at timestamptz, ended_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.scope, d.scope_id, d.id, d.kind, d.status, d.attempts, d.last_error, d.created_at, d.next_at, d.ended_at
  from app.delivery d where wanted is null or d.status = wanted order by d.id desc limit most
$$;

create function gate.expire_deliveries() returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with expired as (
    delete from app.delivery d where d.ended_at < now() - interval '30 days' returning 1
  )
  select count(*) from expired
$$;

revoke execute on function gate.claim_deliveries(uuid, float8, int), gate.end_delivery(uuid, uuid, uuid, int),
  gate.defer_delivery(uuid, uuid, uuid, int, text, float8), gate.replay_delivery(uuid), gate.deliveries(text, int),
  gate.expire_deliveries() from public;
grant execute on function gate.claim_deliveries(uuid, float8, int), gate.end_delivery(uuid, uuid, uuid, int),
  gate.defer_delivery(uuid, uuid, uuid, int, text, float8), gate.replay_delivery(uuid), gate.deliveries(text, int),
  gate.expire_deliveries() to ringfence_app;
set local role ringfence_owner;
