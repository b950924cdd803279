-- Why: organizations' secrets: written and never read back, taken for one call by a run that is held, audited by the database itself.

create table app.secret (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  name text not null check (name ~ '^[A-Z][A-Z0-9_]{0,63}$'),
  value bytea not null,
  allowed_hosts text[] not null check (cardinality(allowed_hosts) between 1 and 20),
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  replaced_at timestamptz,
  last_used_at timestamptz,
  use_count bigint not null default 0,
  primary key (org_id, id),
  unique (org_id, name),
  foreign key (org_id) references app.organization (org_id) on delete cascade
);
comment on column app.secret.org_id is 'class=identifier; owner=organization; clock=account';
comment on column app.secret.id is 'class=identifier; owner=organization; clock=account';
comment on column app.secret.name is 'class=operational; owner=organization; clock=account; note=as tools ask for it';
comment on column app.secret.value is 'class=secret; owner=organization; clock=account; note=sealed together with name and hosts; gate.take_secret alone gives it';
comment on column app.secret.allowed_hosts is 'class=operational; owner=organization; clock=account; note=what is sealed with the value decides';
comment on column app.secret.version is 'class=operational; owner=organization; clock=account';
comment on column app.secret.created_at is 'class=operational; owner=organization; clock=account';
comment on column app.secret.replaced_at is 'class=operational; owner=organization; clock=account';
comment on column app.secret.last_used_at is 'class=operational; owner=organization; clock=account';
comment on column app.secret.use_count is 'class=operational; owner=organization; clock=account';
call ctx.protect('app.secret', scope => 'org', audited => true, verbs => array['delete']);
-- Column by column: the value can be written and not read, so no mistake and no injected statement gives it away.
grant select (org_id, id, name, allowed_hosts, version, created_at, replaced_at, last_used_at, use_count, changed_xid)
  on app.secret to ringfence_app;
grant insert (org_id, id, name, value, allowed_hosts) on app.secret to ringfence_app;
grant update (value, allowed_hosts) on app.secret to ringfence_app;

-- The version 7 id that an entry has which the database writes by itself: the time in milliseconds, then chance.
create function app.time_ordered_id() returns uuid language sql volatile set search_path = pg_catalog, pg_temp as $$
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- Who acts in this transaction, for entries that the database writes: said by the statement before the act.
create function app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea) returns void
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select set_config('ringfence.act', jsonb_build_object('kind', kind, 'id', id, 'permission', permission,
    'request_id', request_id, 'address_hash', encode(address_hash, 'hex'))::text, true)
$$;

-- The entry of an act on a secret. Where nobody said who acts (a statement that went past our code), what the context
-- proves is recorded: the user, or that it was somebody with the partner's role.
create function app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text default null, by_id uuid default null)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := coalesce(nullif(current_setting('ringfence.act', true), ''), '{}')::jsonb;
begin
  insert into app.audit_queue (id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission,
    request_id, address_hash, details)
  values (app.time_ordered_id(),
    coalesce(by_kind, said ->> 'kind', case when ctx.user_id() is null then 'unknown' else 'user' end),
    case when by_kind is not null then by_id when said ? 'kind' then (said ->> 'id')::uuid else ctx.user_id() end,
    act, case when target is not null then 'secret' end, target,
    case when is_refused is null then 'success' else 'refused' end, is_refused,
    case when by_kind is null then said ->> 'permission' end, case when by_kind is null then said ->> 'request_id' end,
    case when by_kind is null then decode(said ->> 'address_hash', 'hex') end, jsonb_strip_nulls(more));
end $$;

-- What raw SQL may do to a secret, whoever runs it, and the entry that it leaves. The gate's own updates are uses and
-- re-encryption; its functions write their entries themselves.
create function app.keep_secret() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user = 'ringfence_gate' then return new; end if;
  if ctx.role() not in ('partner', 'operator') then
    raise exception 'secrets are the partner''s to keep' using errcode = '42501';
  end if;
  if tg_op = 'DELETE' then
    perform app.record_secret('secret.deleted', old.id, null, jsonb_build_object('version', old.version));
    return old;
  elsif tg_op = 'INSERT' then
    perform app.record_secret('secret.created', new.id, null, jsonb_build_object('version', new.version));
    return new;
  end if;
  new.version := old.version + 1;
  new.replaced_at := clock_timestamp();
  perform app.record_secret('secret.replaced', new.id, null, jsonb_build_object('version', new.version));
  return new;
end $$;
create trigger keep before insert or update or delete on app.secret for each row execute function app.keep_secret();

-- Which models this organization has keys of its own for.
create function app.model_keys() returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select array(select s.name from app.secret s where s.name in ('MODEL_ANTHROPIC', 'MODEL_GOOGLE', 'MODEL_OPENAI', 'MODEL_XAI'))
$$;

revoke execute on function app.time_ordered_id(), app.acting(text, uuid, text, text, bytea),
  app.record_secret(text, uuid, text, jsonb, text, uuid), app.model_keys() from public;
grant execute on function app.time_ordered_id(), app.record_secret(text, uuid, text, jsonb, text, uuid) to ringfence_app, ringfence_gate;
grant execute on function app.acting(text, uuid, text, text, bytea), app.model_keys() to ringfence_app;

create policy gate on app.secret to ringfence_gate using (true) with check (org_id = (select ctx.org()));
grant select (org_id, id, name, value, allowed_hosts, version, use_count) on app.secret to ringfence_gate;
grant update (value, last_used_at, use_count) on app.secret to ringfence_gate;
-- Entries about secrets in the context's own organization, and no others.
create policy gate on app.audit_queue for insert to ringfence_gate
  with check (scope = 'org' and (select ctx.scope()) = 'org' and scope_id = (select ctx.scope_id()) and action like 'secret.%');
grant insert (scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission, request_id,
  address_hash, details) on app.audit_queue to ringfence_gate;

set local role ringfence_gate;

-- Which of the context's partner's organizations has this secret.
create function gate.organization_of_secret(wanted uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select s.org_id from app.secret s join app.directory d on d.org_id = s.org_id
  where s.id = wanted and d.partner_id = ctx.partner()
$$;

-- Gives a sealed value to the process that holds this run of the context's user, for one of the secret's hosts, and
-- writes the entry of it; the entry of a refusal, too, which is no error: an error would take its entry back.
create function gate.take_secret(wanted text, for_host text, for_run uuid, held_by uuid)
returns table (outcome text, id uuid, value bytea) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  mine uuid := ctx.org();
  known uuid;
  record_version int;
begin
  select s.id into known from app.secret s where s.org_id = mine and s.name = wanted;
  if not exists (select from app.run_lease l join app.run r on r.org_id = l.org_id and r.id = l.run_id
    where l.org_id = mine and l.run_id = for_run and l.holder = held_by and r.status = 'running'
      and r.user_id is not distinct from ctx.user_id())
  then
    outcome := 'run_not_held';
  elsif known is null then
    outcome := 'unknown_secret';
  else
    update app.secret s set last_used_at = clock_timestamp(), use_count = s.use_count + 1
    where s.org_id = mine and s.id = known and for_host = any (s.allowed_hosts)
    returning s.id, s.value, s.version into take_secret.id, take_secret.value, record_version;
    outcome := case when found then 'taken' else 'host_not_allowed' end;
  end if;
  perform app.record_secret(case outcome when 'taken' then 'secret.used' else 'secret.refused' end, known,
    case when outcome <> 'taken' then outcome end,
    jsonb_build_object('run_id', for_run, 'version', record_version, 'host', for_host), 'system', held_by);
  return next;
end $$;

-- For the rotation of an organization's key, which runs as the operator: its secrets that are sealed under another
-- version than this one, each with its entry. What follows is `reseal_secret`, in the same transaction.
create function gate.secrets_to_reseal(newest_key bytea, most int, held_by uuid)
returns table (id uuid, value bytea) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if ctx.role() is distinct from 'operator' then
    raise exception 'rotation alone seals secrets anew' using errcode = '42501';
  end if;
  for secrets_to_reseal.id, secrets_to_reseal.value in
    select s.id, s.value from app.secret s where s.org_id = ctx.org() and substr(s.value, 2, 16) <> newest_key
    order by s.id limit most for no key update
  loop
    perform app.record_secret('secret.resealed', id, null, '{}', 'system', held_by);
    return next;
  end loop;
end $$;

-- The same value under the newest key; 0 where it was replaced meanwhile, or where this cannot be the same.
create function gate.reseal_secret(wanted uuid, before bytea, becomes bytea) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with resealed as (
    update app.secret s set value = becomes where s.org_id = ctx.org() and s.id = wanted and s.value = before
      and ctx.role() = 'operator' and app.is_resealed(s.value, becomes)
    returning 1
  )
  select count(*) from resealed
$$;

-- As app.sealed_heads, which runs as its caller and so sees no value of a secret.
create function gate.secret_heads(most int) returns table (place text, head bytea, size int) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select 'app.secret.value', substr(s.value, 1, 17), length(s.value) from app.secret s where s.org_id = ctx.org()
  order by s.id desc limit most
$$;

revoke execute on function gate.organization_of_secret(uuid), gate.take_secret(text, text, uuid, uuid),
  gate.secrets_to_reseal(bytea, int, uuid), gate.reseal_secret(uuid, bytea, bytea), gate.secret_heads(int) from public;
grant execute on function gate.organization_of_secret(uuid), gate.take_secret(text, text, uuid, uuid),
  gate.secrets_to_reseal(bytea, int, uuid), gate.reseal_secret(uuid, bytea, bytea), gate.secret_heads(int) to ringfence_app;
set local role ringfence_owner;
