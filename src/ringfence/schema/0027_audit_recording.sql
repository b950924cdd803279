-- Why: what the log records beyond acts: the class of an address's network, counted reads, log-ins of privileged roles.
alter table app.audit_queue add column network text;
comment on column app.audit_queue.network is 'class=operational; owner=platform; clock=one year; note=loopback, private, public or unknown';
grant insert (network) on app.audit_queue to ringfence_app, ringfence_gate;

-- As before, with the class of the network; the release before this one says no such thing.
create function app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text) returns void
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select set_config('ringfence.act', jsonb_build_object('kind', kind, 'id', id, 'permission', permission,
    'request_id', request_id, 'address_hash', encode(address_hash, 'hex'), 'network', network)::text, true)
$$;
revoke execute on function app.acting(text, uuid, text, text, bytea, text) from public;
grant execute on function app.acting(text, uuid, text, text, bytea, text) to ringfence_app;

create or replace function app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text default null, by_id uuid default null)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := coalesce(nullif(current_setting('ringfence.act', true), ''), '{}')::jsonb;
begin
  insert into app.audit_queue (id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission,
    request_id, address_hash, network, details)
  values (app.time_ordered_id(),
    coalesce(by_kind, said ->> 'kind', case when ctx.user_id() is null then 'unknown' else 'user' end),
    case when by_kind is not null then by_id when said ? 'kind' then (said ->> 'id')::uuid else ctx.user_id() end,
    act, case when target is not null then 'secret' end, target,
    case when is_refused is null then 'success' else 'refused' end, is_refused,
    case when by_kind is null then said ->> 'permission' end, case when by_kind is null then said ->> 'request_id' end,
    case when by_kind is null then decode(said ->> 'address_hash', 'hex') end,
    case when by_kind is null then said ->> 'network' end, jsonb_strip_nulls(more));
end $$;

-- Reads of one minute, by who read, what, and from where: written once a second by each process, sealed into entries
-- when the minute is over, and gone then.
create table app.read_count (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  minute timestamptz not null,
  actor_kind text not null,
  actor_id uuid not null,
  route text not null,
  permission text not null,
  address_hash bytea not null,
  network text not null,
  count bigint not null,
  primary key (scope_id, minute, actor_id, route, address_hash)
);
create index read_count_by_minute on app.read_count (minute);
comment on column app.read_count.scope is 'class=operational; owner=platform; clock=one minute';
comment on column app.read_count.scope_id is 'class=identifier; owner=platform; clock=one minute';
comment on column app.read_count.minute is 'class=operational; owner=platform; clock=one minute';
comment on column app.read_count.actor_kind is 'class=operational; owner=platform; clock=one minute';
comment on column app.read_count.actor_id is 'class=identifier; owner=platform; clock=one minute';
comment on column app.read_count.route is 'class=operational; owner=platform; clock=one minute; note=as the API description writes it';
comment on column app.read_count.permission is 'class=operational; owner=platform; clock=one minute';
comment on column app.read_count.address_hash is 'class=identifier; owner=platform; clock=one minute; note=keyed hash of the IP address, key per scope and month';
comment on column app.read_count.network is 'class=operational; owner=platform; clock=one minute';
comment on column app.read_count.count is 'class=operational; owner=platform; clock=one minute';
call ctx.protect('app.read_count', scope => 'append', verbs => array['select']);
create policy gate on app.read_count to ringfence_gate using (true) with check (true);
grant select, insert, update (count), delete on app.read_count to ringfence_gate;

-- Credentials that were refused in one minute, by reason and address: likewise. What nobody proved is the platform's,
-- what was proven is of whose it was. `refused_login` held the former before; the release before this one still writes it.
create table app.refused_count (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  minute timestamptz not null,
  action text not null check (action in ('auth.refused', 'api_key.refused')),
  actor_kind text not null,
  actor_id uuid not null,
  subject_id uuid not null,
  reason text not null,
  address_hash bytea not null,
  network text not null,
  count bigint not null,
  primary key (scope_id, minute, action, actor_id, subject_id, reason, address_hash)
);
create index refused_count_by_minute on app.refused_count (minute);
comment on column app.refused_count.scope is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.scope_id is 'class=identifier; owner=platform; clock=one minute';
comment on column app.refused_count.minute is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.action is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.actor_kind is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.actor_id is 'class=identifier; owner=platform; clock=one minute; note=nil where nobody was proven';
comment on column app.refused_count.subject_id is 'class=identifier; owner=platform; clock=one minute; note=the session or API key, nil where there is none';
comment on column app.refused_count.reason is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.address_hash is 'class=identifier; owner=platform; clock=one minute; note=keyed hash of the IP address, key per scope and month';
comment on column app.refused_count.network is 'class=operational; owner=platform; clock=one minute';
comment on column app.refused_count.count is 'class=operational; owner=platform; clock=one minute';
call ctx.protect('app.refused_count', scope => 'append', verbs => array['select']);
create policy gate on app.refused_count to ringfence_gate using (true) with check (true);
grant select, insert, update (count), delete on app.refused_count to ringfence_gate;
create policy gate on app.refused_login to ringfence_gate using (minute > now() - interval '1 day');
grant select, delete on app.refused_login to ringfence_gate;

-- Log-ins of roles that row security does not bind, by role and minute: likewise.
create table app.database_login (
  minute timestamptz not null,
  role text not null check (role in ('superuser', 'bypasses_row_security', 'owner', 'gate', 'seal', 'administrator')),
  role_oid bigint not null,
  count bigint not null,
  primary key (minute, role_oid)
);
comment on column app.database_login.minute is 'class=operational; owner=platform; clock=one minute';
comment on column app.database_login.role is 'class=operational; owner=platform; clock=one minute';
comment on column app.database_login.role_oid is 'class=operational; owner=platform; clock=one minute; note=of the role in pg_roles';
comment on column app.database_login.count is 'class=operational; owner=platform; clock=one minute';
call ctx.protect('app.database_login', scope => 'platform', verbs => array['select']);
create policy gate on app.database_login to ringfence_gate using (true) with check (true);
grant select, insert, update (count), delete on app.database_login to ringfence_gate;

-- As before: entries about secrets in the context's own organization. And what was counted becomes entries: nothing else
-- comes into another scope's log by the gate. The reconciliation reads which transaction wrote an entry, and of what.
drop policy gate on app.audit_queue;
create policy gate on app.audit_queue to ringfence_gate using (true) with check (
  (action = 'data.read' and scope in ('org', 'partner'))
  or (action in ('auth.refused', 'api_key.refused') and outcome = 'refused')
  or (action = 'database.login' and scope = 'platform')
  or (scope = 'org' and (select ctx.scope()) = 'org' and scope_id = (select ctx.scope_id()) and action like 'secret.%'));
grant select (scope, scope_id, id, xid, at, action, target_id, outcome) on app.audit_queue to ringfence_gate;

-- The settings of each process's last start, as keyed hashes: the names of those that differ are an entry.
create table app.configuration (
  process text not null,
  host bytea not null,
  name text not null,
  digest bytea not null,
  primary key (process, host, name)
);
comment on column app.configuration.process is 'class=operational; owner=platform; clock=none';
comment on column app.configuration.host is 'class=identifier; owner=platform; clock=none; note=keyed hash of the host name';
comment on column app.configuration.name is 'class=operational; owner=platform; clock=none';
comment on column app.configuration.digest is 'class=operational; owner=platform; clock=none; note=keyed hash of what a setting was set to';
call ctx.protect('app.configuration', scope => 'platform', verbs => array['select', 'insert', 'update']);

-- What the reconciliation found, kept for the probe, and how far it has looked.
create table app.discrepancy (
  id uuid primary key,
  at timestamptz not null default now(),
  kind text not null,
  scope text not null,
  scope_id uuid not null,
  subject_id uuid,
  xid xid8 not null
);
create index discrepancy_by_time on app.discrepancy (at);
comment on column app.discrepancy.id is 'class=identifier; owner=platform; clock=proof';
comment on column app.discrepancy.at is 'class=operational; owner=platform; clock=proof';
comment on column app.discrepancy.kind is 'class=operational; owner=platform; clock=proof';
comment on column app.discrepancy.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.discrepancy.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.discrepancy.subject_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.discrepancy.xid is 'class=operational; owner=platform; clock=proof';
call ctx.protect('app.discrepancy', scope => 'platform', verbs => array['select']);
create trigger append_only before update or delete on app.discrepancy for each row execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.discrepancy for each statement execute function app.refuse_change();
create policy gate on app.discrepancy to ringfence_gate using (true) with check (true);
grant select, insert (id, kind, scope, scope_id, subject_id, xid) on app.discrepancy to ringfence_gate;
create table app.reconciliation (
  shard int primary key check (shard = 0),
  horizon xid8 not null,
  at timestamptz not null default now(),
  compared bigint not null default 0
);
comment on column app.reconciliation.shard is 'class=operational; owner=platform; clock=none';
comment on column app.reconciliation.horizon is 'class=operational; owner=platform; clock=none; note=everything below was held against the log';
comment on column app.reconciliation.at is 'class=operational; owner=platform; clock=none';
comment on column app.reconciliation.compared is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.reconciliation', scope => 'platform', verbs => array['select']);
create policy gate on app.reconciliation to ringfence_gate using (true) with check (true);
grant select, insert (shard, horizon, compared), update (horizon, at, compared) on app.reconciliation to ringfence_gate;

-- A checkpoint that was published is never changed; of those of one day, one is kept, and the sealer alone lets others go.
create function app.keep_checkpoint() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
begin
  if tg_op = 'DELETE' and current_user = 'ringfence_seal' and old.at < now() - interval '2 days' and exists (
    select from app.audit_checkpoint later where later.scope = old.scope and later.scope_id = old.scope_id
      and later.size > old.size and later.at::date = old.at::date) then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;
create trigger append_only before update or delete on app.audit_checkpoint for each row execute function app.keep_checkpoint();

-- A key's row also counts its uses, which are no change of it: its stamp comes with what somebody did to it.
drop trigger stamp on app.api_key;
create trigger stamp before update of kind, digest, name, scopes, address_ranges, expires_at, revoked_at, successor_id on app.api_key
  for each row execute function ctx.stamp();

-- A transaction id as a number, for an index that costs an update nothing (PostgreSQL 16 and newer keep updates under a
-- BRIN index on the page) and tells the reconciliation which pages the last minute touched.
-- squawk-ignore require-concurrent-index-creation
create index app_user_by_change on app.app_user using brin ((changed_xid::text::bigint)) with (pages_per_range = 16, autosummarize = on);
-- squawk-ignore require-concurrent-index-creation
create index session_by_change on app.session using brin ((changed_xid::text::bigint)) with (pages_per_range = 16, autosummarize = on);

create policy gate on app.organization for select to ringfence_gate using (true);
grant select (org_id, changed_xid) on app.organization to ringfence_gate;
create policy gate on app.app_user for select to ringfence_gate using (true);
grant select (org_id, id, changed_xid) on app.app_user to ringfence_gate;
create policy gate on app.session for select to ringfence_gate using (true);
grant select (org_id, id, changed_xid) on app.session to ringfence_gate;
grant select (changed_xid) on app.secret, app.partner, app.directory, app.agent, app.api_key, app.audit_stream to ringfence_gate;
create policy gate on app.signing_key for select to ringfence_gate using (true);
grant select (partner_id, id, changed_xid) on app.signing_key to ringfence_gate;
create policy gate on app.key_set for select to ringfence_gate using (true);
grant select (partner_id, id, changed_xid) on app.key_set to ringfence_gate;
grant select (requested_at) on app.key_destruction to ringfence_gate;

-- Changes without an entry of their transaction, in whatever table is declared audited: `compared` is set in one row for
-- each table, with how many changes were looked at. A table that the gate may not look at is a fault.
create function app.unrecorded_changes(since xid8, until xid8)
returns table (kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint) language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
declare
  one record;
begin
  for one in
    select c.oid::regclass as named, replace(replace(c.relname, 'app_user', 'user'), '_', ' ') as noun,
      has_column_privilege(c.oid, a.attnum, 'select') as is_shown,
      case when here.is_org then quote_literal('org') when here.has_scope then 'c.scope' else quote_literal('partner') end as scope,
      case when here.is_org then 'org_id' when here.has_scope then 'scope_id' else 'partner_id' end as root,
      case when here.has_id then 'id' when here.has_org then 'org_id' else 'partner_id' end as subject,
      case when exists (select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
          where i.indrelid = c.oid and m.amname = 'brin')
        then 'c.changed_xid::text::bigint >= $1::text::bigint and c.changed_xid::text::bigint < $2::text::bigint'
        else 'c.changed_xid >= $1 and c.changed_xid < $2' end as within
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'changed_xid' and not a.attisdropped
    cross join lateral (
      select bool_or(k.attname = 'id') as has_id, bool_or(k.attname = 'scope_id') as has_scope, bool_or(k.attname = 'org_id') as has_org,
        bool_or(k.attname = 'org_id') and not bool_or(k.attname in ('partner_id', 'scope_id')) as is_org
      from pg_attribute k where k.attrelid = c.oid and k.attnum > 0 and not k.attisdropped
    ) here
    where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') order by c.relname
  loop
    if not one.is_shown then
      return query select 'a table that is not held against the log: ' || one.noun, '', '00000000-0000-0000-0000-000000000000'::uuid, null::uuid, until, null::bigint;
      continue;
    end if;
    return query execute format('with changed as materialized (
        select %1$s as scope, c.%2$I as scope_id, c.%3$I as subject_id, c.changed_xid as xid from %4$s c where %5$s)
      select %6$L, c.scope, c.scope_id, c.subject_id, c.xid, null::bigint from changed c
      where not exists (select from app.audit_queue q where q.xid = c.xid and (q.scope_id = c.scope_id or q.scope in (''partner'', ''platform'')))
      union all select '''', '''', null, null, $2, count(*) from changed',
      one.scope, one.root, one.subject, one.named, one.within, 'a changed ' || one.noun || ' without an entry') using since, until;
  end loop;
end $$;

-- Entries without the change that they tell of: no such row, or one that was last changed before.
create function app.unfounded_entries(since xid8, until xid8)
returns table (kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint) language sql stable
set search_path = pg_catalog, pg_temp as $$
  with told as materialized (
    select q.scope, q.scope_id, q.target_id, q.action, q.xid, q.at, split_part(q.action, '.', 1) as noun from app.audit_queue q
    where q.xid >= since and q.xid < until and q.outcome = 'success' and q.target_id is not null
      and q.action in ('user.created', 'user.changed', 'user.restricted', 'user.resumed', 'user.rectified_by_claims', 'auth.exchange',
        'organization.created', 'organization.changed', 'organization.restricted', 'organization.resumed', 'agent.created',
        'agent.versioned', 'agent.retired', 'signing_key.created', 'signing_key.revoked', 'api_key.created', 'api_key.revoked',
        'secret.created', 'secret.replaced', 'run.started')
  ), faults as (
    select 'an entry ' || t.action || ' without its change' as kind, t.scope, t.scope_id, t.target_id as subject_id, t.xid from told t
    where not case t.noun
      when 'user' then t.scope <> 'org' or exists (select from app.app_user c where c.org_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
      when 'auth' then exists (select from app.session c where c.id = t.target_id and c.org_id = t.scope_id)
      when 'organization' then exists (select from app.organization c where c.org_id = t.target_id and c.changed_xid >= t.xid)
        or exists (select from app.directory c where c.org_id = t.target_id and c.changed_xid >= t.xid)
      when 'agent' then exists (select from app.agent c where c.partner_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
      when 'signing_key' then exists (select from app.signing_key c where c.partner_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
        or exists (select from app.key_set c where c.partner_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
      when 'api_key' then exists (select from app.api_key c where c.partner_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
      when 'secret' then exists (select from app.secret c where c.org_id = t.scope_id and c.id = t.target_id and c.changed_xid >= t.xid)
      when 'run' then exists (select from app.run c where c.org_id = t.scope_id and c.id = t.target_id)
      else true end
    -- What was erased or deleted since is gone with an entry of its own, or with a key that was asked to be destroyed.
    and not exists (select from app.audit_queue q where q.scope_id = t.scope_id and q.xid >= t.xid
      and (q.target_id = t.target_id or q.action = 'conversation.deleted') and (q.action like '%.deleted' or q.action like '%.erased'))
    and not exists (select from app.key_destruction k where k.org_id in (t.scope_id, t.target_id)
      and k.requested_at >= t.at - interval '1 minute')
  )
  select f.kind, f.scope, f.scope_id, f.subject_id, f.xid, null::bigint from faults f
  union all
  select '', '', null, null, until, (select count(*) from told)
$$;
create function app.unrecorded(since xid8, until xid8)
returns table (kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint) language sql stable
set search_path = pg_catalog, pg_temp as $$
  select c.kind, c.scope, c.scope_id, c.subject_id, c.xid, c.compared from app.unrecorded_changes(since, until) c
  union all
  select e.kind, e.scope, e.scope_id, e.subject_id, e.xid, e.compared from app.unfounded_entries(since, until) e
$$;
revoke execute on function app.unrecorded_changes(xid8, xid8), app.unfounded_entries(xid8, xid8), app.unrecorded(xid8, xid8) from public;
grant execute on function app.unrecorded_changes(xid8, xid8), app.unfounded_entries(xid8, xid8), app.unrecorded(xid8, xid8) to ringfence_gate;

set local role ringfence_gate;

-- Adds what one process counted in a second: an array of objects with this table's columns.
create function gate.count_reads(counted text) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  written bigint;
begin
  if not ctx.platform() then raise exception 'a process counts reads' using errcode = '42501'; end if;
  insert into app.read_count as r
    (scope, scope_id, minute, actor_kind, actor_id, route, permission, address_hash, network, count)
  select c.scope, c.scope_id, to_timestamp(c.minute * 60), c.actor_kind, c.actor_id, c.route, c.permission,
    decode(c.address_hash, 'hex'), c.network, c.count
  from jsonb_to_recordset(counted::jsonb) as c (scope text, scope_id uuid, minute bigint, actor_kind text, actor_id uuid,
    route text, permission text, address_hash text, network text, count bigint)
  -- In the order of the key: two processes that add to the same rows wait for each other, and never in a circle.
  order by c.scope_id, c.minute, c.actor_id, c.route, c.address_hash
  on conflict (scope_id, minute, actor_id, route, address_hash) do update set count = r.count + excluded.count;
  get diagnostics written = row_count;
  return written;
end $$;

-- The same of refused credentials.
create function gate.count_refusals(counted text) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  written bigint;
begin
  if not ctx.platform() then raise exception 'a process counts refusals' using errcode = '42501'; end if;
  insert into app.refused_count as r
    (scope, scope_id, minute, action, actor_kind, actor_id, subject_id, reason, address_hash, network, count)
  select c.scope, c.scope_id, to_timestamp(c.minute * 60), c.action, c.actor_kind, c.actor_id, c.subject_id, c.reason,
    decode(c.address_hash, 'hex'), c.network, c.count
  from jsonb_to_recordset(counted::jsonb) as c (scope text, scope_id uuid, minute bigint, action text, actor_kind text,
    actor_id uuid, subject_id uuid, reason text, address_hash text, network text, count bigint)
  order by c.scope_id, c.minute, c.action, c.actor_id, c.subject_id, c.reason, c.address_hash
  on conflict (scope_id, minute, action, actor_id, subject_id, reason, address_hash) do update set count = r.count + excluded.count;
  get diagnostics written = row_count;
  return written;
end $$;

-- One entry for each count of a minute that is over. What a process adds later to the same minute has an entry of its own.
create function gate.enter_counts(most int) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  reads bigint;
  refusals bigint;
  logins bigint;
begin
  with due as (
    select r.scope_id, r.minute, r.actor_id, r.route, r.address_hash from app.read_count r
    where r.minute <= clock_timestamp() - interval '62 seconds' order by r.minute limit most for update skip locked
  ), counted as (
    delete from app.read_count r using due d
    where (r.scope_id, r.minute, r.actor_id, r.route, r.address_hash) = (d.scope_id, d.minute, d.actor_id, d.route, d.address_hash)
    returning r.scope, r.scope_id, r.minute, r.actor_kind, r.actor_id, r.route, r.permission, r.address_hash, r.network, r.count
  )
  insert into app.audit_queue (scope, scope_id, id, actor_kind, actor_id, action, outcome, permission, address_hash, network, details)
  select c.scope, c.scope_id, app.time_ordered_id(), c.actor_kind, c.actor_id, 'data.read', 'success', nullif(c.permission, ''),
    nullif(c.address_hash, ''), nullif(c.network, ''),
    jsonb_build_object('route', c.route, 'count', c.count, 'minute', to_char(c.minute at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"'))
  from counted c order by c.scope_id, c.actor_id, c.route;
  get diagnostics reads = row_count;
  with due as (
    select r.scope_id, r.minute, r.action, r.actor_id, r.subject_id, r.reason, r.address_hash from app.refused_count r
    where r.minute <= clock_timestamp() - interval '62 seconds' order by r.minute limit most for update skip locked
  ), counted as (
    delete from app.refused_count r using due d
    where (r.scope_id, r.minute, r.action, r.actor_id, r.subject_id, r.reason, r.address_hash)
      = (d.scope_id, d.minute, d.action, d.actor_id, d.subject_id, d.reason, d.address_hash)
    returning r.scope, r.scope_id, r.minute, r.action, r.actor_kind, r.actor_id, r.subject_id, r.reason, r.address_hash,
      r.network, r.count
  ), before as (
    delete from app.refused_login l where l.minute <= clock_timestamp() - interval '62 seconds'
    returning l.minute, l.reason, l.address_hash, l.count
  ), told as (
    select c.scope, c.scope_id, c.minute, c.action, c.actor_kind, c.actor_id, c.subject_id, c.reason, c.address_hash, c.network,
      c.count from counted c
    union all
    select 'platform', nobody, b.minute, 'auth.refused', 'unknown', nobody, nobody, b.reason, b.address_hash, '', b.count from before b
  )
  insert into app.audit_queue (scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason,
    address_hash, network, details)
  select t.scope, t.scope_id, app.time_ordered_id(), t.actor_kind, nullif(t.actor_id, nobody), t.action,
    case when t.subject_id <> nobody then case t.action when 'auth.refused' then 'session' else 'api_key' end end,
    nullif(t.subject_id, nobody), 'refused', t.reason, nullif(t.address_hash, ''), nullif(t.network, ''),
    jsonb_build_object('count', t.count, 'minute', to_char(t.minute at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"'))
  from told t order by t.scope_id, t.reason;
  get diagnostics refusals = row_count;
  with counted as (
    delete from app.database_login l where l.minute <= clock_timestamp() - interval '62 seconds' 
    returning l.minute, l.role, l.role_oid, l.count
  )
  insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, details)
  select 'platform', '00000000-0000-0000-0000-000000000000', app.time_ordered_id(), 'operator', 'database.login', 'success',
    jsonb_build_object('role', c.role, 'role_oid', c.role_oid, 'count', c.count,
      'minute', to_char(c.minute at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI"Z"'))
  from counted c;
  get diagnostics logins = row_count;
  return reads + refusals + logins;
end $$;

-- Whose message it is that was given up: what becomes of it is an entry of that log.
create function gate.log_of_delivery(wanted uuid) returns table (scope text, scope_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.scope, d.scope_id from app.delivery d where d.id = wanted and d.status = 'failed'
$$;
revoke execute on function gate.log_of_delivery(uuid) from public;
grant execute on function gate.log_of_delivery(uuid) to ringfence_app;

-- Counts the log-in of a role that could get past row security; of the app role, which cannot, nothing.
-- NOTE: whatever fails in here fails silently, and no lock is waited for: nobody may be locked out by their own entry.
create function gate.note_login() returns event_trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who record;
  kind text;
begin
  if session_user = 'ringfence_app' or pg_is_in_recovery() then return; end if;
  begin
    perform set_config('lock_timeout', '250ms', true);
    select r.oid, r.rolsuper, r.rolbypassrls into who from pg_roles r where r.rolname = session_user;
    kind := case
      when who.rolsuper then 'superuser'
      when who.rolbypassrls then 'bypasses_row_security'
      when session_user = 'ringfence_owner' then 'owner'
      when session_user = 'ringfence_gate' then 'gate'
      when session_user = 'ringfence_seal' then 'seal'
      when pg_has_role(session_user, 'ringfence_owner', 'member') or pg_has_role(session_user, 'ringfence_gate', 'member')
        or pg_has_role(session_user, 'ringfence_seal', 'member') then 'administrator'
    end;
    if kind is null then return; end if;
    insert into app.database_login as l (minute, role, role_oid, count)
    values (date_trunc('minute', clock_timestamp()), kind, who.oid::bigint, 1)
    on conflict (minute, role_oid) do update set count = l.count + 1;
  exception when others then
    null;
  end;
end $$;

-- The same of this transaction alone, for what a probe plants in one that it takes back: kinds, and no id.
create function gate.unrecorded_here() returns setof text language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.kind from app.unrecorded(pg_current_xact_id(), (pg_current_xact_id()::text::bigint + 1)::text::xid8) u
  where u.kind <> '' order by 1
$$;

-- Holds everything that was committed since the last time against the log, in all organizations and of all partners, and
-- keeps what it finds. Gives how many changes and entries were looked at, and the kinds of what was found within a day.
create function gate.reconcile() returns table (compared bigint, faults text[]) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  here xid8;
  began xid8;
  one record;
begin
  -- One at a time; two would find the same.
  select r.horizon into began from app.reconciliation r where r.shard = 0 for update;
  here := pg_snapshot_xmin(pg_current_snapshot());
  if began is null then
    insert into app.reconciliation (shard, horizon) values (0, here) on conflict do nothing;
    began := here;
  elsif began > here then
    -- Another cluster, whose transaction ids begin elsewhere: it is watched from here on.
    began := here;
  end if;
  for one in select u.kind, u.scope, u.scope_id, u.subject_id, u.xid, u.compared from app.unrecorded(began, here) u loop
    if one.kind = '' then
      reconcile.compared := coalesce(reconcile.compared, 0) + one.compared;
    else
      insert into app.discrepancy (id, kind, scope, scope_id, subject_id, xid)
      values (app.time_ordered_id(), one.kind, one.scope, one.scope_id, one.subject_id, one.xid);
    end if;
  end loop;
  update app.reconciliation r set horizon = here, at = clock_timestamp(), compared = r.compared + reconcile.compared where r.shard = 0;
  select coalesce(array_agg(d.kind order by d.id), '{}') into reconcile.faults from app.discrepancy d where d.at > now() - interval '1 day';
  return next;
end $$;

revoke execute on function gate.count_reads(text), gate.count_refusals(text), gate.enter_counts(int), gate.note_login(), gate.unrecorded_here(),
 gate.reconcile() from public;
grant execute on function gate.count_reads(text), gate.count_refusals(text), gate.enter_counts(int), gate.note_login(), gate.unrecorded_here(),
  gate.reconcile() to ringfence_app;
set local role ringfence_owner;
