-- Why: what the probes found: the newest of each, single results for a while, and one line a day for ninety days.

-- The newest result of each probe. `verdict` is the last outcome that decided anything: a probe that could not look for
-- a while neither clears a failure nor raises it again.
create table app.probe_state (
  probe text primary key,
  outcome text not null check (outcome in ('ok', 'failing', 'unknown')),
  verdict text check (verdict in ('ok', 'failing')),
  summary text not null,
  facts jsonb not null default '{}',
  looked_at int not null,
  checked_at timestamptz not null,
  since timestamptz not null,
  cadence_seconds int not null check (cadence_seconds > 0),
  duration_ms int not null
);
comment on column app.probe_state.probe is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.outcome is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.verdict is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.summary is 'class=operational; owner=platform; clock=none; note=public: numbers and nouns, never an id';
comment on column app.probe_state.facts is 'class=operational; owner=platform; clock=none; note=public: counts and versions';
comment on column app.probe_state.looked_at is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.checked_at is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.since is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.cadence_seconds is 'class=operational; owner=platform; clock=none';
comment on column app.probe_state.duration_ms is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.probe_state', scope => 'platform');

-- `is_change`: the outcome differs from the one before. Changes outlive the thinning of what was as always.
create table app.probe_result (
  id uuid primary key,
  probe text not null,
  outcome text not null check (outcome in ('ok', 'failing', 'unknown')),
  summary text not null,
  facts jsonb not null default '{}',
  looked_at int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  holder uuid not null,
  is_change boolean not null default false
);
create index probe_result_by_probe on app.probe_result (probe, started_at);
comment on column app.probe_result.id is 'class=identifier; owner=platform; clock=90 days';
comment on column app.probe_result.probe is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.outcome is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.summary is 'class=operational; owner=platform; clock=90 days; note=public: numbers and nouns, never an id';
comment on column app.probe_result.facts is 'class=operational; owner=platform; clock=90 days; note=public: counts and versions';
comment on column app.probe_result.looked_at is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.started_at is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.duration_ms is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_result.holder is 'class=identifier; owner=platform; clock=90 days; note=the process that looked';
comment on column app.probe_result.is_change is 'class=operational; owner=platform; clock=90 days';
call ctx.protect('app.probe_result', scope => 'platform', verbs => array['select', 'insert', 'delete']);

create table app.probe_day (
  probe text not null,
  day date not null,
  ok int not null default 0,
  failing int not null default 0,
  unknown int not null default 0,
  primary key (probe, day)
);
comment on column app.probe_day.probe is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.day is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.ok is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.failing is 'class=operational; owner=platform; clock=90 days';
comment on column app.probe_day.unknown is 'class=operational; owner=platform; clock=90 days';
call ctx.protect('app.probe_day', scope => 'platform');

-- The catalogue as a probe's positive control sees it: the lints, unchanged, look at it instead of the real one (by
-- search_path), and each must find the fault that is planted here for it. Views of the catalogue alone, read as the
-- caller, with columns that every role reads anyway.
create schema planted;
grant usage on schema planted to ringfence_app;
create view planted.pg_class with (security_invoker = true) as
  select c.oid, c.relname, c.relnamespace, c.relkind, c.reloptions,
    case c.oid when 'app.message'::regclass then false else c.relrowsecurity end as relrowsecurity,
    case c.oid when 'app.message'::regclass then false else c.relforcerowsecurity end as relforcerowsecurity,
    case c.oid when 'app.message'::regclass then to_regrole('ringfence_app')::oid else c.relowner end as relowner,
    case c.oid when 'app.message'::regclass then '{ringfence_app=D/ringfence_owner}'::aclitem[] else c.relacl end as relacl
  from pg_catalog.pg_class c
  union all
  select p.oid, p.name, 'app'::regnamespace::oid, p.kind, null, false, false, to_regrole('ringfence_owner')::oid, null
  from (values (4294967294::oid, 'planted_sequence'::name, 'S'::"char"), (4294967295::oid, 'planted_view'::name, 'v'::"char"))
    as p (oid, name, kind);
create view planted.pg_attribute with (security_invoker = true) as
  select a.attrelid, a.attname, a.atttypmod, a.attisdropped, a.attacl, a.attnum,
    case when a.attrelid = 'app.message'::regclass and a.attname = 'text' then 'text'::regtype::oid else a.atttypid end as atttypid,
    case when a.attrelid = 'app.message'::regclass and a.attname = 'org_id' then false else a.attnotnull end as attnotnull
  from pg_catalog.pg_attribute a
  union all
  select 'app.message'::regclass::oid, 'planted', -1, false, null, 1500::int2, 'int'::regtype::oid, true;
create view planted.pg_policy with (security_invoker = true) as
  select p.polrelid, p.polname, p.polcmd, p.polpermissive, p.polqual, p.polwithcheck,
    case p.polrelid when 'app.message'::regclass then '{0}'::oid[] else p.polroles end as polroles
  from pg_catalog.pg_policy p;
create view planted.pg_proc with (security_invoker = true) as
  select p.oid, p.proname, p.pronamespace, p.proowner,
    case p.oid when 'app.refuse_change()'::regprocedure then true else p.prosecdef end as prosecdef,
    case p.oid when 'gate.expire()'::regprocedure then null else p.proconfig end as proconfig,
    case p.oid when 'gate.expire()'::regprocedure then null else p.proacl end as proacl,
    case p.oid when 'gate.expire()'::regprocedure then 'select 0' else p.prosrc end as prosrc
  from pg_catalog.pg_proc p;
create view planted.pg_trigger with (security_invoker = true) as
  select t.tgrelid, t.tgname, t.tgisinternal, t.tgtype, t.tgfoid,
    case t.tgname when 'append_only' then 'D'::"char" else t.tgenabled end as tgenabled
  from pg_catalog.pg_trigger t;
grant select on planted.pg_class, planted.pg_attribute, planted.pg_policy, planted.pg_proc, planted.pg_trigger to ringfence_app;

-- The heads of the newest sealed values in the context's own scope: enough to tell a sealed record from anything else,
-- and nothing of what it holds. It runs as its caller, so it sees what the caller may see.
create function app.sealed_heads(most int) returns table (place text, head bytea, size int) language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
declare
  each record;
  wanted text := case ctx.scope() when 'org' then 'ctx.org()' when 'partner' then 'ctx.partner%' when 'platform' then 'ctx.platform()' end;
begin
  for each in
    select c.oid::regclass::text as source, a.attname as name, coalesce((select string_agg(format('%I desc', k.attname), ', ' order by key.place)
      from pg_index i, unnest(i.indkey::int2[]) with ordinality as key (number, place)
      join pg_attribute k on k.attrelid = c.oid and k.attnum = key.number where i.indrelid = c.oid and i.indisprimary), '1') as newest
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype
    where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
      and col_description(c.oid, a.attnum) ~ '^class=(personal|content|secret);'
      and has_table_privilege(c.oid, 'select')
      and exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')
        and 'ringfence_app'::regrole = any (p.polroles)
        and (pg_get_expr(p.polqual, c.oid) like '%' || wanted || '%' or pg_get_expr(p.polqual, c.oid) like '%ctx.scope_id()%'))
    order by 1, 2
  loop
    return query execute format(
      'select %L::text, substr(sample.value, 1, 17), length(sample.value) from (select %I as value from %s where %I is not null order by %s limit $1) as sample',
      each.source || '.' || each.name, each.name, each.source, each.name, each.newest) using most;
  end loop;
end $$;
grant execute on function app.sealed_heads(int) to ringfence_app;

set local role ringfence_gate;

-- How many runs wait although their lease ran out longer ago than this: those that were under way, which anybody should
-- have taken over within seconds, and those that never began. Counts alone, over all organizations.
create function gate.lapsed_runs(seconds float8) returns table (active bigint, queued bigint, all_leases bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where r.status in ('running', 'waiting') and l.until < clock_timestamp() - make_interval(secs => seconds)),
    count(*) filter (where r.status = 'queued' and l.until < clock_timestamp() - make_interval(secs => seconds)), count(*)
  from app.run_lease l join app.run r on r.org_id = l.org_id and r.id = l.run_id
$$;
revoke execute on function gate.lapsed_runs(float8) from public;
grant execute on function gate.lapsed_runs(float8) to ringfence_app;

set local role ringfence_owner;
