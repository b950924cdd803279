-- Why: the signed context and the one verb that declares a table, from which every policy is generated.
create schema ctx;
create schema app;
create schema gate;
alter default privileges for role ringfence_owner revoke execute on routines from public;
grant usage on schema ctx, app to ringfence_app, ringfence_gate, ringfence_seal;
grant usage on schema gate to ringfence_app;
grant usage, create on schema gate to ringfence_gate;

-- HMAC keys with their pads stored ready (RFC 2104), two valid at a time; readable by the owner alone.
create table ctx.key (
  kid text primary key,
  ipad bytea not null check (length(ipad) = 64),
  opad bytea not null check (length(opad) = 64),
  until timestamptz
);
comment on column ctx.key.kid is 'class=identifier; owner=platform; clock=rotation';
comment on column ctx.key.ipad is 'class=secret; owner=platform; clock=rotation';
comment on column ctx.key.opad is 'class=secret; owner=platform; clock=rotation';
comment on column ctx.key.until is 'class=operational; owner=platform; clock=rotation';

create unique index key_newest on ctx.key ((until is null)) where until is null;
-- A server finds the newest key by its name, without reading the key.
create function ctx.newest_kid() returns text language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select k.kid from ctx.key k where k.until is null $$;

-- The verified context, or one error for every failure, so that a guess learns nothing. now() is the transaction's start.
--   v1|kid|scope|scope id|partner|organization|person|user|owner|role|expires|hmac-sha256 in hex
-- `owner` is the user whose rows alone a narrow role sees, or * for a role that sees its whole organization: an empty
-- field is no uuid, so it fails closed. One flat function, because each nested call costs microseconds a statement.
create function ctx.verified(wanted text) returns text[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  raw text := current_setting('ringfence.ctx', true);
  field text[] := string_to_array(raw, '|');
  inner_pad bytea;
  outer_pad bytea;
begin
  select k.ipad, k.opad into inner_pad, outer_pad from ctx.key k
    where k.kid = field[2] and (k.until is null or k.until > now());
  if cardinality(field) is distinct from 12
    or encode(sha256(outer_pad || sha256(inner_pad || convert_to(left(raw, -65), 'UTF8'))), 'hex') is distinct from field[12]
    or field[1] <> 'v1'
    or (wanted is not null and field[3] <> wanted)
    or field[11]::bigint < extract(epoch from now())
  then
    raise exception 'no valid tenant context' using errcode = '42501';
  end if;
  return field;
end $$;

-- Thin names over it; the planner inlines them, so each costs one verification a statement.
create function ctx.org() returns uuid language sql stable as $$ select (ctx.verified('org'))[6]::uuid $$;
create function ctx.partner() returns uuid language sql stable as $$ select (ctx.verified('partner'))[5]::uuid $$;
create function ctx.person() returns uuid language sql stable as $$ select (ctx.verified('person'))[7]::uuid $$;
create function ctx.platform() returns boolean language sql stable as $$ select (ctx.verified('platform'))[3] = 'platform' $$;
create function ctx.partner_above() returns uuid language sql stable as $$ select nullif((ctx.verified(null))[5], '')::uuid $$;
create function ctx.user_id() returns uuid language sql stable as $$ select nullif((ctx.verified(null))[8], '')::uuid $$;
create function ctx.role() returns text language sql stable as $$ select (ctx.verified(null))[10] $$;
create function ctx.scope() returns text language sql stable as $$ select (ctx.verified(null))[3] $$;
-- The organization, partner or person of the context's own scope; the nil id for the platform.
create function ctx.scope_id() returns uuid language sql stable as $$ select (ctx.verified(null))[4]::uuid $$;
-- Whose rows a narrow role sees: its own. Null for the roles that see their whole organization.
create function ctx.owner() returns uuid language sql stable as $$ select nullif((ctx.verified('org'))[9], '*')::uuid $$;
-- What the context claims, unverified: for column defaults alone. The policy's check holds the value against the
-- verified context in the same statement, so a second verification here would prove nothing and cost as much.
create function ctx.claimed_org() returns uuid language sql stable as $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 6), '')::uuid
$$;
create function ctx.claimed_partner() returns uuid language sql stable as $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 5), '')::uuid
$$;
create function ctx.claimed_scope() returns text language sql stable as $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 3), '')
$$;
create function ctx.claimed_scope_id() returns uuid language sql stable as $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 4), '')::uuid
$$;
grant execute on all functions in schema ctx to ringfence_app, ringfence_owner, ringfence_gate;

-- Stamps an audited row with the transaction that last changed it, so that a change without an audit entry is found.
create function ctx.stamp() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.changed_xid := pg_current_xact_id();
  return new;
end $$;

create function ctx.policy(t regclass, verb text, name text, shown text, allowed text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create policy %I on %s for %s to ringfence_app, ringfence_owner %s %s', name, t, verb,
    case when verb <> 'insert' then 'using (' || shown || ')' else '' end,
    case when verb in ('insert', 'update', 'all') then 'with check (' || allowed || ')' else '' end);
end $$;

-- Declares a table: forced row security, the policies of its scope, grants. The only way a table comes to the app role.
--   scope           org | partner | person | platform | append (written by every scope within its own transaction)
--   owner           column that holds the owning user: narrow roles see and write their own rows alone
--   audited         carries changed_xid, for the reconciliation with the audit log
--   readable_below  a partner's rows that its organizations may read
--   verbs           what the app role may do at all
create procedure ctx.protect(
  t regclass, scope text, owner text default null, audited boolean default false, readable_below boolean default false,
  verbs text[] default array['select', 'insert', 'update', 'delete']
) language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  shown text;
  allowed text;
  verb text;
begin
  shown := case scope
    when 'org' then 'org_id = (select ctx.org())' || case when owner is null then ''
      else format(' and %I = coalesce((select ctx.owner()), %I)', owner, owner) end
    when 'partner' then 'partner_id = (select ctx.partner())'
    when 'person' then 'person_id = (select ctx.person())'
    when 'platform' then '(select ctx.platform())'
    when 'append' then 'scope_id = (select ctx.scope_id())'
  end;
  if shown is null or (readable_below and scope <> 'partner') or (owner is not null and scope <> 'org') then
    raise exception 'ctx.protect: % cannot be declared so', t using hint = 'scope: org, partner, person, platform or append; owner only with org; readable_below only with partner';
  end if;
  allowed := case scope when 'append' then shown || ' and scope = (select ctx.scope())' else shown end;
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  if readable_below then
    perform ctx.policy(t, 'select', 'tenant_read', 'partner_id = (select ctx.partner_above())', null);
    foreach verb in array array['insert', 'update', 'delete'] loop
      perform ctx.policy(t, verb, 'tenant_' || verb, shown, allowed);
    end loop;
  else
    perform ctx.policy(t, 'all', 'tenant', shown, allowed);
  end if;
  execute format('revoke all on %s from public', t);
  execute format('grant %s on %s to ringfence_app', array_to_string(verbs, ', '), t);
  if audited then
    execute format('alter table %s add column changed_xid xid8 not null default pg_current_xact_id()', t);
    execute format('comment on column %s.changed_xid is %L', t, 'class=operational; owner=platform; clock=row');
    execute format('create trigger stamp before update on %s for each row execute function ctx.stamp()', t);
  end if;
end $$;
revoke execute on all procedures in schema ctx from public;
