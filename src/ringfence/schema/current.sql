-- Made by `make schema` from the migrations; never edited.
--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: ringfence_owner
--

CREATE SCHEMA app;

ALTER SCHEMA app OWNER TO ringfence_owner;

--
-- Name: ctx; Type: SCHEMA; Schema: -; Owner: ringfence_owner
--

CREATE SCHEMA ctx;

ALTER SCHEMA ctx OWNER TO ringfence_owner;

--
-- Name: gate; Type: SCHEMA; Schema: -; Owner: ringfence_owner
--

CREATE SCHEMA gate;

ALTER SCHEMA gate OWNER TO ringfence_owner;

--
-- Name: migration; Type: SCHEMA; Schema: -; Owner: ringfence_owner
--

CREATE SCHEMA migration;

ALTER SCHEMA migration OWNER TO ringfence_owner;

--
-- Name: planted; Type: SCHEMA; Schema: -; Owner: ringfence_owner
--

CREATE SCHEMA planted;

ALTER SCHEMA planted OWNER TO ringfence_owner;

--
-- Name: approval_ends(timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select greatest(expires_at, decided_at + interval '1 minute') $$;

ALTER FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) OWNER TO ringfence_owner;

--
-- Name: cancel_approval(uuid); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.cancel_approval(wanted uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update app.approval set status = 'cancelled' where id = wanted and status in ('pending', 'approved');
  if not found then raise exception 'there is no such open approval' using errcode = 'RF002'; end if;
end $$;

ALTER FUNCTION app.cancel_approval(wanted uuid) OWNER TO ringfence_owner;

--
-- Name: fence(uuid, uuid, integer); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.fence(held_run uuid, held_by uuid, held_attempt integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform from app.run_lease where run_id = held_run and holder = held_by and attempt = held_attempt for no key update;
  if not found then raise exception 'this process no longer holds the run' using errcode = 'RF001'; end if;
end $$;

ALTER FUNCTION app.fence(held_run uuid, held_by uuid, held_attempt integer) OWNER TO ringfence_owner;

--
-- Name: has_budget(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.has_budget() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select exists (select from app.organization o cross join app.partner p where coalesce(
    o.spend_micros, o.spend_tokens, p.spend_micros, p.spend_tokens, p.user_spend_micros, p.user_spend_tokens) is not null)
$$;

ALTER FUNCTION app.has_budget() OWNER TO ringfence_owner;

--
-- Name: keep_approval(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_approval() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  way text := old.status || ' > ' || new.status;
  is_admin boolean;
  may boolean;
begin
  if tg_op = 'INSERT' then
    if new.status <> 'pending' or num_nonnulls(new.decided_at, new.decided_by, new.spent_at, new.spent_as) > 0 then
      raise exception 'an approval begins as a question' using errcode = 'RF003';
    end if;
    return new;
  end if;
  if (new.org_id, new.id, new.run_id, new.user_id, new.step, new.effect, new.call_binding, new.args_binding, new.details,
      new.approvers, new.created_at, new.expires_at)
    is distinct from (old.org_id, old.id, old.run_id, old.user_id, old.step, old.effect, old.call_binding,
      old.args_binding, old.details, old.approvers, old.created_at, old.expires_at)
  then
    raise exception 'what was asked does not change' using errcode = 'RF003';
  end if;
  if way in ('pending > approved', 'pending > denied') and old.expires_at > clock_timestamp() then
    new.decided_at := clock_timestamp();
    new.decided_by := ctx.user_id();
    is_admin := ctx.role() in ('owner', 'admin');
    may := case old.approvers
      when 'user' then is_admin or (new.decided_by = old.user_id and ctx.role() in ('manager', 'agent', 'member'))
      when 'admin' then is_admin
      when 'four_eyes' then is_admin and new.decided_by <> old.user_id
    end;
    if may is not true then
      raise exception 'this is not for the context''s user to decide' using errcode = 'RF003';
    end if;
  elsif (new.decided_at, new.decided_by) is distinct from (old.decided_at, old.decided_by)
    or not (way in ('pending > cancelled', 'approved > cancelled')
      or (way = 'pending > expired' and old.expires_at <= clock_timestamp())
      or (way = 'approved > expired' and app.approval_ends(old.expires_at, old.decided_at) <= clock_timestamp())
      or (way = 'approved > spent' and app.approval_ends(old.expires_at, old.decided_at) > clock_timestamp()))
  then
    raise exception 'an approval does not go this way' using errcode = 'RF003';
  end if;
  new.spent_at := case new.status when 'spent' then clock_timestamp() end;
  new.spent_as := case new.status when 'spent' then new.spent_as end;
  return new;
end $$;

ALTER FUNCTION app.keep_approval() OWNER TO ringfence_owner;

--
-- Name: may_spend(uuid); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.may_spend(for_user uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if not app.has_budget() then return true; end if;
  return (select coalesce(tokens_left > 0, true) and coalesce(micros_left > 0, true)
    from app.spending_left(for_user, null));
end $$;

ALTER FUNCTION app.may_spend(for_user uuid) OWNER TO ringfence_owner;

--
-- Name: refuse_change(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;

ALTER FUNCTION app.refuse_change() OWNER TO ringfence_owner;

--
-- Name: reserve(uuid, uuid, bigint, bigint); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  remains record;
begin
  perform pg_advisory_xact_lock(hashtextextended('spending ' || ctx.claimed_org()::text, 0));
  select tokens_left, micros_left into remains from app.spending_left(for_user, for_run);
  if remains.micros_left is not null and most_micros is null then return 'model_price_unknown'; end if;
  if most_tokens > remains.tokens_left or most_micros > remains.micros_left then return 'budget_exhausted'; end if;
  insert into app.spending (run_id, user_id, month, tokens, cost_micros)
  values (for_run, for_user, app.this_month(), most_tokens, coalesce(most_micros, 0))
  on conflict (org_id, run_id) do update
  set month = excluded.month, tokens = excluded.tokens, cost_micros = excluded.cost_micros;
  return null;
end $$;

ALTER FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) OWNER TO ringfence_owner;

--
-- Name: sealed_heads(integer); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_heads(most integer) RETURNS TABLE(place text, head bytea, size integer)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

ALTER FUNCTION app.sealed_heads(most integer) OWNER TO ringfence_owner;

--
-- Name: settle(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.settle() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update app.spending s set tokens = new.input_tokens + new.output_tokens, cost_micros = coalesce(new.cost_micros, 0)
  where s.run_id = new.id;
  if not found and app.has_budget() then
    insert into app.spending (org_id, run_id, user_id, month, tokens, cost_micros) values (new.org_id, new.id,
      new.user_id, app.this_month(), new.input_tokens + new.output_tokens, coalesce(new.cost_micros, 0));
  end if;
  return null;
end $$;

ALTER FUNCTION app.settle() OWNER TO ringfence_owner;

--
-- Name: spend_approval(uuid, uuid, bytea, bytea, uuid); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update app.approval set status = 'spent', spent_as = execution
  where id = wanted and run_id = of_run and call_binding = of_call and args_binding = of_args and status = 'approved'
    and app.approval_ends(expires_at, decided_at) > clock_timestamp();
  if found then return; end if;
  perform from app.approval where id = wanted and run_id = of_run and call_binding = of_call and args_binding = of_args
    and status = 'spent' and spent_as = execution;
  if not found then raise exception 'there is no such approval to spend' using errcode = 'RF002'; end if;
end $$;

ALTER FUNCTION app.spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid) OWNER TO ringfence_owner;

--
-- Name: spending_left(uuid, uuid); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.spending_left(for_user uuid, but_run uuid, OUT tokens_left bigint, OUT micros_left bigint) RETURNS record
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select least(coalesce(o.spend_tokens, p.spend_tokens) - s.tokens, p.user_spend_tokens - s.user_tokens),
    least(coalesce(o.spend_micros, p.spend_micros) - s.micros, p.user_spend_micros - s.user_micros)
  from app.organization o cross join app.partner p cross join (
    select coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost_micros), 0)::bigint as micros,
      coalesce(sum(tokens) filter (where user_id = for_user), 0)::bigint as user_tokens,
      coalesce(sum(cost_micros) filter (where user_id = for_user), 0)::bigint as user_micros
    from app.spending where month = app.this_month() and run_id is distinct from but_run) s
$$;

ALTER FUNCTION app.spending_left(for_user uuid, but_run uuid, OUT tokens_left bigint, OUT micros_left bigint) OWNER TO ringfence_owner;

--
-- Name: this_month(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.this_month() RETURNS date
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select date_trunc('month', now() at time zone 'utc')::date
$$;

ALTER FUNCTION app.this_month() OWNER TO ringfence_owner;

--
-- Name: claimed_org(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.claimed_org() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 6), '')::uuid
$$;

ALTER FUNCTION ctx.claimed_org() OWNER TO ringfence_owner;

--
-- Name: claimed_partner(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.claimed_partner() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 5), '')::uuid
$$;

ALTER FUNCTION ctx.claimed_partner() OWNER TO ringfence_owner;

--
-- Name: claimed_scope(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.claimed_scope() RETURNS text
    LANGUAGE sql STABLE
    AS $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 3), '')
$$;

ALTER FUNCTION ctx.claimed_scope() OWNER TO ringfence_owner;

--
-- Name: claimed_scope_id(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.claimed_scope_id() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
  select nullif(split_part(current_setting('ringfence.ctx', true), '|', 4), '')::uuid
$$;

ALTER FUNCTION ctx.claimed_scope_id() OWNER TO ringfence_owner;

--
-- Name: newest_kid(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.newest_kid() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select k.kid from ctx.key k where k.until is null $$;

ALTER FUNCTION ctx.newest_kid() OWNER TO ringfence_owner;

--
-- Name: org(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.org() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified('org'))[6]::uuid $$;

ALTER FUNCTION ctx.org() OWNER TO ringfence_owner;

--
-- Name: owner(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.owner() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select nullif((ctx.verified('org'))[9], '*')::uuid $$;

ALTER FUNCTION ctx.owner() OWNER TO ringfence_owner;

--
-- Name: partner(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.partner() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified('partner'))[5]::uuid $$;

ALTER FUNCTION ctx.partner() OWNER TO ringfence_owner;

--
-- Name: partner_above(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.partner_above() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select nullif((ctx.verified(null))[5], '')::uuid $$;

ALTER FUNCTION ctx.partner_above() OWNER TO ringfence_owner;

--
-- Name: person(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.person() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified('person'))[7]::uuid $$;

ALTER FUNCTION ctx.person() OWNER TO ringfence_owner;

--
-- Name: platform(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.platform() RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified('platform'))[3] = 'platform' $$;

ALTER FUNCTION ctx.platform() OWNER TO ringfence_owner;

--
-- Name: policy(regclass, text, text, text, text); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.policy(t regclass, verb text, name text, shown text, allowed text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  execute format('create policy %I on %s for %s to ringfence_app, ringfence_owner %s %s', name, t, verb,
    case when verb <> 'insert' then 'using (' || shown || ')' else '' end,
    case when verb in ('insert', 'update', 'all') then 'with check (' || allowed || ')' else '' end);
end $$;

ALTER FUNCTION ctx.policy(t regclass, verb text, name text, shown text, allowed text) OWNER TO ringfence_owner;

--
-- Name: protect(regclass, text, text, boolean, boolean, text[]); Type: PROCEDURE; Schema: ctx; Owner: ringfence_owner
--

CREATE PROCEDURE ctx.protect(IN t regclass, IN scope text, IN owner text DEFAULT NULL::text, IN audited boolean DEFAULT false, IN readable_below boolean DEFAULT false, IN verbs text[] DEFAULT ARRAY['select'::text, 'insert'::text, 'update'::text, 'delete'::text])
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER PROCEDURE ctx.protect(IN t regclass, IN scope text, IN owner text, IN audited boolean, IN readable_below boolean, IN verbs text[]) OWNER TO ringfence_owner;

--
-- Name: role(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.role() RETURNS text
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified(null))[10] $$;

ALTER FUNCTION ctx.role() OWNER TO ringfence_owner;

--
-- Name: scope(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.scope() RETURNS text
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified(null))[3] $$;

ALTER FUNCTION ctx.scope() OWNER TO ringfence_owner;

--
-- Name: scope_id(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.scope_id() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select (ctx.verified(null))[4]::uuid $$;

ALTER FUNCTION ctx.scope_id() OWNER TO ringfence_owner;

--
-- Name: stamp(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.stamp() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  new.changed_xid := pg_current_xact_id();
  return new;
end $$;

ALTER FUNCTION ctx.stamp() OWNER TO ringfence_owner;

--
-- Name: user_id(); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.user_id() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$ select nullif((ctx.verified(null))[8], '')::uuid $$;

ALTER FUNCTION ctx.user_id() OWNER TO ringfence_owner;

--
-- Name: verified(text); Type: FUNCTION; Schema: ctx; Owner: ringfence_owner
--

CREATE FUNCTION ctx.verified(wanted text) RETURNS text[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION ctx.verified(wanted text) OWNER TO ringfence_owner;

--
-- Name: claim_deliveries(uuid, double precision, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) RETURNS TABLE(scope text, scope_id uuid, id uuid, partner_id uuid, user_id uuid, kind text, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) OWNER TO ringfence_gate;

--
-- Name: claim_runs(uuid, double precision, integer, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer DEFAULT 2147483647) RETURNS TABLE(org_id uuid, run_id uuid, partner_id uuid, user_id uuid, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with due as (
    select l.org_id, l.run_id, l.until, r.user_id, d.partner_id,
      r.status = 'queued' and r.cancel_requested_at is null as is_new
    from app.run_lease l
    join app.run r on r.org_id = l.org_id and r.id = l.run_id
    join app.directory d on d.org_id = l.org_id
    where l.until < clock_timestamp() and (r.status <> 'queued' or not exists (
      select from app.run other
      where other.org_id = r.org_id and other.conversation_id = r.conversation_id and other.id <> r.id
        and (other.status in ('running', 'waiting') or (other.status = 'queued' and other.id < r.id))))
  ), held as (
    select l.org_id, count(*) as runs from app.run_lease l
    where l.holder is not null and l.until >= clock_timestamp() group by l.org_id
  ), turned as (
    select due.org_id, due.run_id, due.user_id, due.partner_id, due.until, due.is_new,
      row_number() over (partition by due.org_id order by due.is_new, due.until, due.run_id) as turn,
      coalesce(held.runs, 0) as held
    from due left join held on held.org_id = due.org_id
  ), taken as (
    select l.org_id, l.run_id, turned.user_id, turned.partner_id
    from turned join app.run_lease l on l.org_id = turned.org_id and l.run_id = turned.run_id
    where l.until < clock_timestamp() and (not turned.is_new or turned.held + turned.turn <= share)
    order by turned.turn, turned.until, turned.run_id
    limit most
    for update of l skip locked
  )
  update app.run_lease l
  set holder = new_holder, attempt = l.attempt + 1, until = clock_timestamp() + make_interval(secs => seconds)
  from taken where l.org_id = taken.org_id and l.run_id = taken.run_id
  returning l.org_id, l.run_id, taken.partner_id, taken.user_id, l.attempt
$$;

ALTER FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer) OWNER TO ringfence_gate;

--
-- Name: defer_delivery(uuid, uuid, uuid, integer, text, double precision); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) OWNER TO ringfence_gate;

--
-- Name: deliveries(text, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.deliveries(wanted text, most integer) RETURNS TABLE(scope text, scope_id uuid, id uuid, kind text, status text, attempts integer, last_error text, created_at timestamp with time zone, next_at timestamp with time zone, ended_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select d.scope, d.scope_id, d.id, d.kind, d.status, d.attempts, d.last_error, d.created_at, d.next_at, d.ended_at
  from app.delivery d where wanted is null or d.status = wanted order by d.id desc limit most
$$;

ALTER FUNCTION gate.deliveries(wanted text, most integer) OWNER TO ringfence_gate;

--
-- Name: end_delivery(uuid, uuid, uuid, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with ended as (
    update app.delivery d
    set status = 'delivered', payload = null, last_error = null, holder = null, ended_at = clock_timestamp()
    where d.scope_id = in_scope and d.id = wanted and d.holder = held_by and d.attempts = held_attempt and d.status = 'queued'
    returning 1
  )
  select count(*) from ended
$$;

ALTER FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) OWNER TO ringfence_gate;

--
-- Name: expire(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.expire() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with token_uses as (
    delete from app.token_use t where t.expires_at < now() returning 1
  ), answers as (
    delete from app.idempotency a where a.expires_at < now() returning 1
  ), invalidations as (
    delete from app.invalidation v where v.at < now() - interval '2 hours' returning 1
  )
  select (select count(*) from token_uses) + (select count(*) from answers) + (select count(*) from invalidations)
$$;

ALTER FUNCTION gate.expire() OWNER TO ringfence_gate;

--
-- Name: expire_deliveries(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.expire_deliveries() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with expired as (
    delete from app.delivery d where d.ended_at < now() - interval '30 days' returning 1
  )
  select count(*) from expired
$$;

ALTER FUNCTION gate.expire_deliveries() OWNER TO ringfence_gate;

--
-- Name: extend_leases(uuid, double precision, uuid[]); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.extend_leases(held_by uuid, seconds double precision, executed uuid[]) RETURNS TABLE(run_id uuid, attempt integer, is_cancelled boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  update app.run_lease l set until = clock_timestamp() + make_interval(secs => seconds)
  from app.run r
  where l.holder = held_by and l.run_id = any (executed) and r.org_id = l.org_id and r.id = l.run_id
  returning l.run_id, l.attempt, r.cancel_requested_at is not null
$$;

ALTER FUNCTION gate.extend_leases(held_by uuid, seconds double precision, executed uuid[]) OWNER TO ringfence_gate;

--
-- Name: finish_key_destruction(uuid, uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.finish_key_destruction(in_scope uuid, wanted uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with finished as (
    update app.key_destruction k set done_at = now() where k.scope_id = in_scope and k.id = wanted and k.done_at is null returning 1
  )
  select count(*) from finished
$$;

ALTER FUNCTION gate.finish_key_destruction(in_scope uuid, wanted uuid) OWNER TO ringfence_gate;

--
-- Name: invalidations_since(xid8); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.invalidations_since(horizon xid8) RETURNS TABLE(kind text, subject_id uuid, at timestamp with time zone, id uuid, next_horizon xid8)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select i.kind, i.subject_id, i.at, i.id, pg_snapshot_xmin(pg_current_snapshot())
  from (select pg_snapshot_xmin(pg_current_snapshot())) as now_at(xmin)
  left join app.invalidation i on i.xid >= horizon
$$;

ALTER FUNCTION gate.invalidations_since(horizon xid8) OWNER TO ringfence_gate;

--
-- Name: lapsed_runs(double precision); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.lapsed_runs(seconds double precision) RETURNS TABLE(active bigint, queued bigint, all_leases bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select count(*) filter (where r.status in ('running', 'waiting') and l.until < clock_timestamp() - make_interval(secs => seconds)),
    count(*) filter (where r.status = 'queued' and l.until < clock_timestamp() - make_interval(secs => seconds)), count(*)
  from app.run_lease l join app.run r on r.org_id = l.org_id and r.id = l.run_id
$$;

ALTER FUNCTION gate.lapsed_runs(seconds double precision) OWNER TO ringfence_gate;

--
-- Name: partner_of_agent(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.partner_of_agent(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select a.partner_id from app.agent a where a.id = wanted $$;

ALTER FUNCTION gate.partner_of_agent(wanted uuid) OWNER TO ringfence_gate;

--
-- Name: partner_of_api_key(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.partner_of_api_key(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select k.partner_id from app.api_key k where k.id = wanted $$;

ALTER FUNCTION gate.partner_of_api_key(wanted uuid) OWNER TO ringfence_gate;

--
-- Name: partner_of_issuer(text); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.partner_of_issuer(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select p.partner_id from app.partner p where p.issuer = wanted $$;

ALTER FUNCTION gate.partner_of_issuer(wanted text) OWNER TO ringfence_gate;

--
-- Name: partner_of_organization(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.partner_of_organization(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select d.partner_id from app.directory d where d.org_id = wanted $$;

ALTER FUNCTION gate.partner_of_organization(wanted uuid) OWNER TO ringfence_gate;

--
-- Name: pending_key_destructions(integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.pending_key_destructions(most integer) RETURNS TABLE(scope_id uuid, id uuid, org_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select k.scope_id, k.id, k.org_id, k.user_id from app.key_destruction k where k.done_at is null order by k.id limit most
$$;

ALTER FUNCTION gate.pending_key_destructions(most integer) OWNER TO ringfence_gate;

--
-- Name: release_leases(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.release_leases(held_by uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with released as (
    update app.run_lease l set holder = null, until = '-infinity' where l.holder = held_by returning 1
  )
  select count(*) from released
$$;

ALTER FUNCTION gate.release_leases(held_by uuid) OWNER TO ringfence_gate;

--
-- Name: replay_delivery(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.replay_delivery(wanted uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with replayed as (
    update app.delivery d
    set status = 'queued', attempts = 0, next_at = clock_timestamp(), holder = null, ended_at = null
    where d.id = wanted and d.status = 'failed' returning 1
  )
  select count(*) from replayed
$$;

ALTER FUNCTION gate.replay_delivery(wanted uuid) OWNER TO ringfence_gate;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: agent; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.agent (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT agent_status_check CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text])))
);

ALTER TABLE ONLY app.agent FORCE ROW LEVEL SECURITY;

ALTER TABLE app.agent OWNER TO ringfence_owner;

--
-- Name: COLUMN agent.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN agent.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN agent.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.name IS 'class=operational; owner=partner; clock=account; note=what the widget shows';

--
-- Name: COLUMN agent.version; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.version IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.status IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: agent_version; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.agent_version (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    agent_id uuid NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    digest bytea NOT NULL,
    model text NOT NULL,
    instructions bytea NOT NULL,
    tools bytea NOT NULL,
    limits jsonb DEFAULT '{}'::jsonb NOT NULL,
    policy jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    fallback text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE ONLY app.agent_version FORCE ROW LEVEL SECURITY;

ALTER TABLE app.agent_version OWNER TO ringfence_owner;

--
-- Name: COLUMN agent_version.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.agent_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.agent_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.version; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.version IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.id IS 'class=identifier; owner=partner; clock=account; note=row id in the sealed records';

--
-- Name: COLUMN agent_version.digest; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.digest IS 'class=operational; owner=partner; clock=account; note=SHA-256 of the canonical definition';

--
-- Name: COLUMN agent_version.model; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.model IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.instructions; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.instructions IS 'class=content; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.tools; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.tools IS 'class=content; owner=partner; clock=account; note=declarations as sealed JSON';

--
-- Name: COLUMN agent_version.limits; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.limits IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.policy; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.policy IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN agent_version.fallback; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.agent_version.fallback IS 'class=operational; owner=partner; clock=account; note=models asked in order where the one before fails';

--
-- Name: api_key; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.api_key (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    id uuid NOT NULL,
    digest bytea NOT NULL,
    kind text DEFAULT 'live'::text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    scopes text[] NOT NULL,
    address_ranges cidr[] DEFAULT '{}'::cidr[] NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    last_used_address_hash bytea,
    use_count bigint DEFAULT 0 NOT NULL,
    successor_id uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT api_key_kind_check CHECK ((kind = ANY (ARRAY['live'::text, 'test'::text])))
);

ALTER TABLE ONLY app.api_key FORCE ROW LEVEL SECURITY;

ALTER TABLE app.api_key OWNER TO ringfence_owner;

--
-- Name: COLUMN api_key.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN api_key.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN api_key.digest; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.digest IS 'class=operational; owner=partner; clock=account; note=keyed hash; the key itself is never stored';

--
-- Name: COLUMN api_key.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.kind IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.name IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.scopes; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.scopes IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.address_ranges; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.address_ranges IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.expires_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.revoked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.revoked_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.last_used_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.last_used_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.last_used_address_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.last_used_address_hash IS 'class=identifier; owner=partner; clock=account; note=keyed hash';

--
-- Name: COLUMN api_key.use_count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.use_count IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.successor_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.successor_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN api_key.created_by; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.created_by IS 'class=identifier; owner=partner; clock=account; note=the key that made it; null for the operator';

--
-- Name: COLUMN api_key.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN api_key.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.api_key.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: app_user; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.app_user (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    subject_index bytea NOT NULL,
    subject bytea NOT NULL,
    address bytea NOT NULL,
    name bytea,
    email bytea,
    role text DEFAULT 'member'::text NOT NULL,
    locale text,
    status text DEFAULT 'active'::text NOT NULL,
    sessions_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT app_user_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'viewer'::text]))),
    CONSTRAINT app_user_status_check CHECK ((status = ANY (ARRAY['active'::text, 'restricted'::text])))
);

ALTER TABLE ONLY app.app_user FORCE ROW LEVEL SECURITY;

ALTER TABLE app.app_user OWNER TO ringfence_owner;

--
-- Name: COLUMN app_user.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.org_id IS 'class=identifier; owner=user; clock=account';

--
-- Name: COLUMN app_user.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.id IS 'class=identifier; owner=user; clock=account';

--
-- Name: COLUMN app_user.subject_index; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.subject_index IS 'class=identifier; owner=user; clock=account; note=keyed blind index of the subject';

--
-- Name: COLUMN app_user.subject; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.subject IS 'class=personal; owner=user; clock=account';

--
-- Name: COLUMN app_user.address; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.address IS 'class=personal; owner=user; clock=account; note=synthetic address of the shadow user';

--
-- Name: COLUMN app_user.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.name IS 'class=personal; owner=user; clock=account';

--
-- Name: COLUMN app_user.email; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.email IS 'class=personal; owner=user; clock=account';

--
-- Name: COLUMN app_user.role; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.role IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.locale; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.locale IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.status IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.sessions_from; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.sessions_from IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.created_at IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.last_seen_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.last_seen_at IS 'class=operational; owner=user; clock=account';

--
-- Name: COLUMN app_user.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.app_user.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: approval; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.approval (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    user_id uuid NOT NULL,
    step integer NOT NULL,
    effect text NOT NULL,
    call_binding bytea NOT NULL,
    args_binding bytea NOT NULL,
    details bytea NOT NULL,
    approvers text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by uuid,
    spent_at timestamp with time zone,
    spent_as uuid,
    CONSTRAINT approval_approvers_check CHECK ((approvers = ANY (ARRAY['user'::text, 'admin'::text, 'four_eyes'::text]))),
    CONSTRAINT approval_args_binding_check CHECK ((length(args_binding) = 32)),
    CONSTRAINT approval_call_binding_check CHECK ((length(call_binding) = 32)),
    CONSTRAINT approval_check CHECK ((expires_at < (created_at + '25:00:00'::interval))),
    CONSTRAINT approval_effect_check CHECK ((effect = ANY (ARRAY['read'::text, 'fetch'::text, 'private'::text, 'internal_send'::text, 'send'::text, 'modify'::text, 'grant'::text, 'pay'::text, 'destroy'::text, 'credential'::text, 'exec'::text]))),
    CONSTRAINT approval_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'denied'::text, 'expired'::text, 'cancelled'::text, 'spent'::text])))
);

ALTER TABLE ONLY app.approval FORCE ROW LEVEL SECURITY;

ALTER TABLE app.approval OWNER TO ringfence_owner;

--
-- Name: COLUMN approval.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN approval.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN approval.run_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.run_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN approval.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.user_id IS 'class=identifier; owner=user; clock=retention; note=the run''s user';

--
-- Name: COLUMN approval.step; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.step IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.effect; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.effect IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.call_binding; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.call_binding IS 'class=identifier; owner=user; clock=retention; note=keyed hash of the call''s idempotency key';

--
-- Name: COLUMN approval.args_binding; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.args_binding IS 'class=identifier; owner=user; clock=retention; note=keyed hash of the SHA-256 of the arguments, which alone could be guessed';

--
-- Name: COLUMN approval.details; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.details IS 'class=content; owner=user; clock=retention';

--
-- Name: COLUMN approval.approvers; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.approvers IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.status IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.expires_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.decided_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.decided_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.decided_by; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.decided_by IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN approval.spent_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.spent_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN approval.spent_as; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.approval.spent_as IS 'class=identifier; owner=user; clock=retention; note=the one execution that it was spent on';

--
-- Name: audit_queue; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_queue (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    target_kind text,
    target_id uuid,
    outcome text NOT NULL,
    reason text,
    permission text,
    request_id text,
    address_hash bytea,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT audit_queue_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'refused'::text, 'failure'::text])))
);

ALTER TABLE ONLY app.audit_queue FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_queue OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_queue.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.scope IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.scope_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.xid IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.actor_kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.actor_kind IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.actor_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.actor_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.action; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.action IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.target_kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.target_kind IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.target_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.target_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.outcome; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.outcome IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.reason; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.reason IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.permission; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.permission IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.request_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.request_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN audit_queue.address_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.address_hash IS 'class=identifier; owner=platform; clock=one year; note=keyed hash of the IP address, key per scope and month';

--
-- Name: COLUMN audit_queue.details; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.details IS 'class=operational; owner=platform; clock=one year; note=ids, counts and closed words by the schema of each action';

--
-- Name: canary; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.canary (
    name text NOT NULL,
    partner_id uuid NOT NULL,
    org_id uuid NOT NULL,
    planted_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY app.canary FORCE ROW LEVEL SECURITY;

ALTER TABLE app.canary OWNER TO ringfence_owner;

--
-- Name: COLUMN canary.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.canary.name IS 'class=operational; owner=platform; clock=none; note=a word of ours';

--
-- Name: COLUMN canary.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.canary.partner_id IS 'class=identifier; owner=platform; clock=none';

--
-- Name: COLUMN canary.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.canary.org_id IS 'class=identifier; owner=platform; clock=none';

--
-- Name: COLUMN canary.planted_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.canary.planted_at IS 'class=operational; owner=platform; clock=none';

--
-- Name: conversation; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.conversation (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY app.conversation FORCE ROW LEVEL SECURITY;

ALTER TABLE app.conversation OWNER TO ringfence_owner;

--
-- Name: COLUMN conversation.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN conversation.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN conversation.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.user_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN conversation.agent_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.agent_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN conversation.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN conversation.updated_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.conversation.updated_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: delivery; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.delivery (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    user_id uuid,
    kind text NOT NULL,
    dedupe bytea,
    payload bytea,
    status text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder uuid,
    last_error text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT delivery_check CHECK (((status = 'queued'::text) = (ended_at IS NULL))),
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'delivered'::text, 'failed'::text])))
);

ALTER TABLE ONLY app.delivery FORCE ROW LEVEL SECURITY;

ALTER TABLE app.delivery OWNER TO ringfence_owner;

--
-- Name: COLUMN delivery.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.scope IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN delivery.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.scope_id IS 'class=identifier; owner=platform; clock=30 days';

--
-- Name: COLUMN delivery.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.id IS 'class=identifier; owner=platform; clock=30 days; note=also the Message-ID, which a receiver drops repeats by';

--
-- Name: COLUMN delivery.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.user_id IS 'class=identifier; owner=user; clock=30 days; note=whom it tells about or goes to; it ends with that user';

--
-- Name: COLUMN delivery.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.kind IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN delivery.dedupe; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.dedupe IS 'class=identifier; owner=platform; clock=30 days; note=keyed hash of what makes it unique';

--
-- Name: COLUMN delivery.payload; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.payload IS 'class=personal; owner=organization; clock=until delivered, at most 30 days; note=address, subject and text, sealed';

--
-- Name: COLUMN delivery.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.status IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN delivery.attempts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.attempts IS 'class=operational; owner=platform; clock=30 days; note=counted when claimed, so that a crash counts too, and the fence of who holds it';

--
-- Name: COLUMN delivery.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.next_at IS 'class=operational; owner=platform; clock=30 days; note=due from then on; while held, the end of the lease';

--
-- Name: COLUMN delivery.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.holder IS 'class=identifier; owner=platform; clock=30 days; note=the process that sends it';

--
-- Name: COLUMN delivery.last_error; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.last_error IS 'class=operational; owner=platform; clock=30 days; note=a code, never what a server said';

--
-- Name: COLUMN delivery.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.created_at IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN delivery.ended_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.delivery.ended_at IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: directory; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.directory (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    org_id uuid NOT NULL,
    external_id text NOT NULL,
    region text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    sessions_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT directory_region_check CHECK ((region = ANY (ARRAY['eu'::text, 'us'::text]))),
    CONSTRAINT directory_status_check CHECK ((status = ANY (ARRAY['active'::text, 'restricted'::text])))
);

ALTER TABLE ONLY app.directory FORCE ROW LEVEL SECURITY;

ALTER TABLE app.directory OWNER TO ringfence_owner;

--
-- Name: COLUMN directory.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN directory.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.org_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN directory.external_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.external_id IS 'class=identifier; owner=partner; clock=account; note=as the partner names its customer';

--
-- Name: COLUMN directory.region; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.region IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN directory.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.status IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN directory.sessions_from; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.sessions_from IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN directory.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN directory.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.directory.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: idempotency; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.idempotency (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    answer bytea,
    subject_id uuid,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY app.idempotency FORCE ROW LEVEL SECURITY;

ALTER TABLE app.idempotency OWNER TO ringfence_owner;

--
-- Name: COLUMN idempotency.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.scope IS 'class=operational; owner=platform; clock=24 hours';

--
-- Name: COLUMN idempotency.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.scope_id IS 'class=identifier; owner=platform; clock=24 hours';

--
-- Name: COLUMN idempotency.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.id IS 'class=identifier; owner=platform; clock=24 hours';

--
-- Name: COLUMN idempotency.key_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.key_hash IS 'class=identifier; owner=platform; clock=24 hours; note=hash of actor and Idempotency-Key';

--
-- Name: COLUMN idempotency.request_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.request_hash IS 'class=identifier; owner=platform; clock=24 hours; note=hash of method, path and body';

--
-- Name: COLUMN idempotency.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.status IS 'class=operational; owner=platform; clock=24 hours';

--
-- Name: COLUMN idempotency.answer; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.answer IS 'class=content; owner=organization; clock=24 hours';

--
-- Name: COLUMN idempotency.subject_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.subject_id IS 'class=identifier; owner=platform; clock=24 hours';

--
-- Name: COLUMN idempotency.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.idempotency.expires_at IS 'class=operational; owner=platform; clock=24 hours';

--
-- Name: invalidation; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.invalidation (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT invalidation_kind_check CHECK ((kind = ANY (ARRAY['user'::text, 'organization'::text, 'partner'::text, 'signing_key'::text, 'api_key'::text, 'session'::text, 'key'::text])))
);

ALTER TABLE ONLY app.invalidation FORCE ROW LEVEL SECURITY;

ALTER TABLE app.invalidation OWNER TO ringfence_owner;

--
-- Name: COLUMN invalidation.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.scope IS 'class=operational; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.scope_id IS 'class=identifier; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.id IS 'class=identifier; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.kind IS 'class=operational; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.subject_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.subject_id IS 'class=identifier; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.xid IS 'class=operational; owner=platform; clock=two hours';

--
-- Name: COLUMN invalidation.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.invalidation.at IS 'class=operational; owner=platform; clock=two hours';

--
-- Name: key_destruction; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.key_destruction (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    user_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT key_destruction_check CHECK (((scope = 'org'::text) AND (org_id = scope_id)))
);

ALTER TABLE ONLY app.key_destruction FORCE ROW LEVEL SECURITY;

ALTER TABLE app.key_destruction OWNER TO ringfence_owner;

--
-- Name: COLUMN key_destruction.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.scope IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.scope_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.org_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.user_id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.requested_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.requested_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_destruction.done_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_destruction.done_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: key_set; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.key_set (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT key_set_status_check CHECK ((status = ANY (ARRAY['active'::text, 'revoked'::text])))
);

ALTER TABLE ONLY app.key_set FORCE ROW LEVEL SECURITY;

ALTER TABLE app.key_set OWNER TO ringfence_owner;

--
-- Name: COLUMN key_set.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN key_set.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN key_set.url; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.url IS 'class=operational; owner=partner; clock=account; note=public by nature';

--
-- Name: COLUMN key_set.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.status IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN key_set.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.expires_at IS 'class=operational; owner=partner; clock=account; note=end of the overlap when a successor was registered';

--
-- Name: COLUMN key_set.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN key_set.revoked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.revoked_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN key_set.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: key_set_fetch; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.key_set_fetch (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    set_id uuid NOT NULL,
    attempted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    fetched_at timestamp with time zone,
    error text,
    refused jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE ONLY app.key_set_fetch FORCE ROW LEVEL SECURITY;

ALTER TABLE app.key_set_fetch OWNER TO ringfence_owner;

--
-- Name: COLUMN key_set_fetch.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN key_set_fetch.set_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.set_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN key_set_fetch.attempted_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.attempted_at IS 'class=operational; owner=partner; clock=account; note=the claim of whichever process fetches next';

--
-- Name: COLUMN key_set_fetch.fetched_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.fetched_at IS 'class=operational; owner=partner; clock=account; note=the last answer that was a key set';

--
-- Name: COLUMN key_set_fetch.error; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.error IS 'class=operational; owner=partner; clock=account; note=a word of a closed list';

--
-- Name: COLUMN key_set_fetch.refused; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_set_fetch.refused IS 'class=identifier; owner=partner; clock=account; note=names of keys that were not taken, with the reason as a word of a closed list';

--
-- Name: message; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.message (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    run_id uuid NOT NULL,
    author text NOT NULL,
    text bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT message_author_check CHECK ((author = ANY (ARRAY['user'::text, 'assistant'::text])))
);

ALTER TABLE ONLY app.message FORCE ROW LEVEL SECURITY;

ALTER TABLE app.message OWNER TO ringfence_owner;

--
-- Name: COLUMN message.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message.conversation_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.conversation_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.user_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message.run_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.run_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message.author; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.author IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN message.text; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.text IS 'class=content; owner=user; clock=retention';

--
-- Name: COLUMN message.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: organization; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.organization (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    external_id text NOT NULL,
    name bytea NOT NULL,
    region text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    sessions_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    generative_ai boolean DEFAULT true NOT NULL,
    retention_days integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    spend_micros bigint,
    spend_tokens bigint,
    CONSTRAINT organization_region_check CHECK ((region = ANY (ARRAY['eu'::text, 'us'::text]))),
    CONSTRAINT organization_retention_days_check CHECK (((retention_days >= 1) AND (retention_days <= 90))),
    CONSTRAINT organization_spend_micros_check CHECK ((spend_micros >= 0)),
    CONSTRAINT organization_spend_tokens_check CHECK ((spend_tokens >= 0)),
    CONSTRAINT organization_status_check CHECK ((status = ANY (ARRAY['active'::text, 'restricted'::text])))
);

ALTER TABLE ONLY app.organization FORCE ROW LEVEL SECURITY;

ALTER TABLE app.organization OWNER TO ringfence_owner;

--
-- Name: COLUMN organization.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.org_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN organization.external_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.external_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN organization.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.name IS 'class=personal; owner=organization; clock=account';

--
-- Name: COLUMN organization.region; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.region IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.status IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.sessions_from; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.sessions_from IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.generative_ai; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.generative_ai IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.retention_days; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.retention_days IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.created_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: COLUMN organization.spend_micros; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.spend_micros IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN organization.spend_tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.organization.spend_tokens IS 'class=operational; owner=organization; clock=account';

--
-- Name: partner; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.partner (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    name bytea NOT NULL,
    issuer text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    sessions_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    default_region text DEFAULT 'eu'::text NOT NULL,
    default_retention_days integer DEFAULT 90 NOT NULL,
    allowed_origins text[] DEFAULT '{}'::text[] NOT NULL,
    creates_organizations boolean DEFAULT false NOT NULL,
    security_contact bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    spend_micros bigint,
    spend_tokens bigint,
    user_spend_micros bigint,
    user_spend_tokens bigint,
    CONSTRAINT partner_default_region_check CHECK ((default_region = ANY (ARRAY['eu'::text, 'us'::text]))),
    CONSTRAINT partner_default_retention_days_check CHECK (((default_retention_days >= 1) AND (default_retention_days <= 90))),
    CONSTRAINT partner_spend_micros_check CHECK ((spend_micros >= 0)),
    CONSTRAINT partner_spend_tokens_check CHECK ((spend_tokens >= 0)),
    CONSTRAINT partner_status_check CHECK ((status = ANY (ARRAY['active'::text, 'restricted'::text]))),
    CONSTRAINT partner_user_spend_micros_check CHECK ((user_spend_micros >= 0)),
    CONSTRAINT partner_user_spend_tokens_check CHECK ((user_spend_tokens >= 0))
);

ALTER TABLE ONLY app.partner FORCE ROW LEVEL SECURITY;

ALTER TABLE app.partner OWNER TO ringfence_owner;

--
-- Name: COLUMN partner.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN partner.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.name IS 'class=personal; owner=partner; clock=account; note=a company or a person';

--
-- Name: COLUMN partner.issuer; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.issuer IS 'class=identifier; owner=partner; clock=account; note=set by the operator alone';

--
-- Name: COLUMN partner.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.status IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.sessions_from; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.sessions_from IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.default_region; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.default_region IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.default_retention_days; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.default_retention_days IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.allowed_origins; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.allowed_origins IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.creates_organizations; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.creates_organizations IS 'class=operational; owner=partner; clock=account; note=an organization is made when a token first names it';

--
-- Name: COLUMN partner.security_contact; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.security_contact IS 'class=personal; owner=partner; clock=account';

--
-- Name: COLUMN partner.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN partner.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: COLUMN partner.spend_micros; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.spend_micros IS 'class=operational; owner=partner; clock=account; note=for organizations without a limit of their own';

--
-- Name: COLUMN partner.spend_tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.spend_tokens IS 'class=operational; owner=partner; clock=account; note=for organizations without a limit of their own';

--
-- Name: COLUMN partner.user_spend_micros; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.user_spend_micros IS 'class=operational; owner=partner; clock=account; note=for each user of each organization';

--
-- Name: COLUMN partner.user_spend_tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.partner.user_spend_tokens IS 'class=operational; owner=partner; clock=account; note=for each user of each organization';

--
-- Name: probe_day; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.probe_day (
    probe text NOT NULL,
    day date NOT NULL,
    ok integer DEFAULT 0 NOT NULL,
    failing integer DEFAULT 0 NOT NULL,
    unknown integer DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY app.probe_day FORCE ROW LEVEL SECURITY;

ALTER TABLE app.probe_day OWNER TO ringfence_owner;

--
-- Name: COLUMN probe_day.probe; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_day.probe IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_day.day; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_day.day IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_day.ok; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_day.ok IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_day.failing; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_day.failing IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_day.unknown; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_day.unknown IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: probe_result; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.probe_result (
    id uuid NOT NULL,
    probe text NOT NULL,
    outcome text NOT NULL,
    summary text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    looked_at integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL,
    holder uuid NOT NULL,
    is_change boolean DEFAULT false NOT NULL,
    CONSTRAINT probe_result_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'failing'::text, 'unknown'::text])))
);

ALTER TABLE ONLY app.probe_result FORCE ROW LEVEL SECURITY;

ALTER TABLE app.probe_result OWNER TO ringfence_owner;

--
-- Name: COLUMN probe_result.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.id IS 'class=identifier; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.probe; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.probe IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.outcome; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.outcome IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.summary; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.summary IS 'class=operational; owner=platform; clock=90 days; note=public: numbers and nouns, never an id';

--
-- Name: COLUMN probe_result.facts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.facts IS 'class=operational; owner=platform; clock=90 days; note=public: counts and versions';

--
-- Name: COLUMN probe_result.looked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.looked_at IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.started_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.started_at IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.duration_ms; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.duration_ms IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN probe_result.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.holder IS 'class=identifier; owner=platform; clock=90 days; note=the process that looked';

--
-- Name: COLUMN probe_result.is_change; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_result.is_change IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: probe_state; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.probe_state (
    probe text NOT NULL,
    outcome text NOT NULL,
    verdict text,
    summary text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    looked_at integer NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    since timestamp with time zone NOT NULL,
    cadence_seconds integer NOT NULL,
    duration_ms integer NOT NULL,
    CONSTRAINT probe_state_cadence_seconds_check CHECK ((cadence_seconds > 0)),
    CONSTRAINT probe_state_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'failing'::text, 'unknown'::text]))),
    CONSTRAINT probe_state_verdict_check CHECK ((verdict = ANY (ARRAY['ok'::text, 'failing'::text])))
);

ALTER TABLE ONLY app.probe_state FORCE ROW LEVEL SECURITY;

ALTER TABLE app.probe_state OWNER TO ringfence_owner;

--
-- Name: COLUMN probe_state.probe; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.probe IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.outcome; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.outcome IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.verdict; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.verdict IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.summary; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.summary IS 'class=operational; owner=platform; clock=none; note=public: numbers and nouns, never an id';

--
-- Name: COLUMN probe_state.facts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.facts IS 'class=operational; owner=platform; clock=none; note=public: counts and versions';

--
-- Name: COLUMN probe_state.looked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.looked_at IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.checked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.checked_at IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.since; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.since IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.cadence_seconds; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.cadence_seconds IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN probe_state.duration_ms; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.probe_state.duration_ms IS 'class=operational; owner=platform; clock=none';

--
-- Name: rate_limit; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE UNLOGGED TABLE app.rate_limit (
    bucket bytea NOT NULL,
    arrival timestamp with time zone NOT NULL
);

ALTER TABLE ONLY app.rate_limit FORCE ROW LEVEL SECURITY;

ALTER TABLE app.rate_limit OWNER TO ringfence_owner;

--
-- Name: COLUMN rate_limit.bucket; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.rate_limit.bucket IS 'class=identifier; owner=platform; clock=one window; note=keyed hash of rule and key parts';

--
-- Name: COLUMN rate_limit.arrival; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.rate_limit.arrival IS 'class=operational; owner=platform; clock=one window';

--
-- Name: refresh_token; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.refresh_token (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    parent_hash bytea,
    issued_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone
);

ALTER TABLE ONLY app.refresh_token FORCE ROW LEVEL SECURITY;

ALTER TABLE app.refresh_token OWNER TO ringfence_owner;

--
-- Name: COLUMN refresh_token.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.org_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN refresh_token.hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.hash IS 'class=identifier; owner=user; clock=session; note=keyed hash; the token itself is never stored';

--
-- Name: COLUMN refresh_token.session_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.session_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN refresh_token.parent_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.parent_hash IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN refresh_token.issued_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.issued_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN refresh_token.used_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refresh_token.used_at IS 'class=operational; owner=user; clock=session';

--
-- Name: refused_login; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.refused_login (
    minute timestamp with time zone NOT NULL,
    reason text NOT NULL,
    address_hash bytea NOT NULL,
    count bigint DEFAULT 1 NOT NULL
);

ALTER TABLE ONLY app.refused_login FORCE ROW LEVEL SECURITY;

ALTER TABLE app.refused_login OWNER TO ringfence_owner;

--
-- Name: COLUMN refused_login.minute; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_login.minute IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN refused_login.reason; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_login.reason IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN refused_login.address_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_login.address_hash IS 'class=identifier; owner=platform; clock=one year; note=keyed hash of the IP address';

--
-- Name: COLUMN refused_login.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_login.count IS 'class=operational; owner=platform; clock=one year';

--
-- Name: run; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.run (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    agent_version integer NOT NULL,
    agent_digest bytea NOT NULL,
    model text NOT NULL,
    status text NOT NULL,
    role text NOT NULL,
    input_tokens integer DEFAULT 0 NOT NULL,
    output_tokens integer DEFAULT 0 NOT NULL,
    cost_micros bigint,
    failure_code text,
    cancel_requested_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    interrupted_by uuid,
    CONSTRAINT run_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))
);

ALTER TABLE ONLY app.run FORCE ROW LEVEL SECURITY;

ALTER TABLE app.run OWNER TO ringfence_owner;

--
-- Name: COLUMN run.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run.conversation_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.conversation_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.user_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run.agent_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.agent_id IS 'class=identifier; owner=user; clock=retention; note=with version and digest instead of a key upward';

--
-- Name: COLUMN run.agent_version; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.agent_version IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.agent_digest; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.agent_digest IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.model; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.model IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.status IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.role; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.role IS 'class=operational; owner=user; clock=retention; note=the role that the user had when asking';

--
-- Name: COLUMN run.input_tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.input_tokens IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.output_tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.output_tokens IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.cost_micros; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.cost_micros IS 'class=operational; owner=user; clock=retention; note=millionths of a US dollar; null where no price is known';

--
-- Name: COLUMN run.failure_code; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.failure_code IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.cancel_requested_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.cancel_requested_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.started_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.started_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.finished_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.finished_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run.interrupted_by; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run.interrupted_by IS 'class=identifier; owner=user; clock=retention; note=the later run of the conversation that this one made room for';

--
-- Name: run_event; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.run_event (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    run_id uuid NOT NULL,
    seq integer NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    payload bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY app.run_event FORCE ROW LEVEL SECURITY;

ALTER TABLE app.run_event OWNER TO ringfence_owner;

--
-- Name: COLUMN run_event.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run_event.run_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.run_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run_event.seq; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.seq IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run_event.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.user_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN run_event.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.kind IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN run_event.payload; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.payload IS 'class=content; owner=user; clock=retention';

--
-- Name: COLUMN run_event.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_event.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: run_lease; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.run_lease (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    run_id uuid NOT NULL,
    holder uuid,
    attempt integer DEFAULT 0 NOT NULL,
    until timestamp with time zone NOT NULL
);

ALTER TABLE ONLY app.run_lease FORCE ROW LEVEL SECURITY;

ALTER TABLE app.run_lease OWNER TO ringfence_owner;

--
-- Name: COLUMN run_lease.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_lease.org_id IS 'class=identifier; owner=platform; clock=run';

--
-- Name: COLUMN run_lease.run_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_lease.run_id IS 'class=identifier; owner=platform; clock=run';

--
-- Name: COLUMN run_lease.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_lease.holder IS 'class=identifier; owner=platform; clock=run; note=the process; null while nobody holds it';

--
-- Name: COLUMN run_lease.attempt; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_lease.attempt IS 'class=operational; owner=platform; clock=run';

--
-- Name: COLUMN run_lease.until; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.run_lease.until IS 'class=operational; owner=platform; clock=run';

--
-- Name: schedule; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.schedule (
    job text NOT NULL,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    holder uuid,
    until timestamp with time zone
);

ALTER TABLE ONLY app.schedule FORCE ROW LEVEL SECURITY;

ALTER TABLE app.schedule OWNER TO ringfence_owner;

--
-- Name: COLUMN schedule.job; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule.job IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN schedule.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule.next_at IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN schedule.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule.holder IS 'class=identifier; owner=platform; clock=none';

--
-- Name: COLUMN schedule.until; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule.until IS 'class=operational; owner=platform; clock=none';

--
-- Name: schedule_run; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.schedule_run (
    id uuid NOT NULL,
    job text NOT NULL,
    holder uuid NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    count bigint,
    CONSTRAINT schedule_run_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text])))
);

ALTER TABLE ONLY app.schedule_run FORCE ROW LEVEL SECURITY;

ALTER TABLE app.schedule_run OWNER TO ringfence_owner;

--
-- Name: COLUMN schedule_run.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.id IS 'class=identifier; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.job; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.job IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.holder IS 'class=identifier; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.started_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.started_at IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.finished_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.finished_at IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.outcome; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.outcome IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: COLUMN schedule_run.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.schedule_run.count IS 'class=operational; owner=platform; clock=30 days';

--
-- Name: session; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.session (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    signing_key_id uuid NOT NULL,
    role text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT session_end_reason_check CHECK ((end_reason = ANY (ARRAY['logout'::text, 'refresh_reused'::text, 'user_restricted'::text, 'role_lowered'::text])))
);

ALTER TABLE ONLY app.session FORCE ROW LEVEL SECURITY;

ALTER TABLE app.session OWNER TO ringfence_owner;

--
-- Name: COLUMN session.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.org_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN session.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN session.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.user_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN session.signing_key_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.signing_key_id IS 'class=identifier; owner=user; clock=session; note=the key that vouched for it';

--
-- Name: COLUMN session.role; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.role IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN session.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.expires_at IS 'class=operational; owner=user; clock=session; note=no renewal goes past it';

--
-- Name: COLUMN session.ended_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.ended_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN session.end_reason; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.end_reason IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN session.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.created_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN session.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.session.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: signing_key; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.signing_key (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    id uuid NOT NULL,
    kid text NOT NULL,
    algorithm text NOT NULL,
    public_key_pem text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    sessions_from timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    set_id uuid,
    CONSTRAINT signing_key_algorithm_check CHECK ((algorithm = ANY (ARRAY['RS256'::text, 'ES256'::text, 'EdDSA'::text, 'HS256'::text]))),
    CONSTRAINT signing_key_has_material CHECK (((algorithm = 'HS256'::text) = (public_key_pem = ''::text))),
    CONSTRAINT signing_key_status_check CHECK ((status = ANY (ARRAY['active'::text, 'revoked'::text])))
);

ALTER TABLE ONLY app.signing_key FORCE ROW LEVEL SECURITY;

ALTER TABLE app.signing_key OWNER TO ringfence_owner;

--
-- Name: COLUMN signing_key.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.kid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.kid IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.algorithm; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.algorithm IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.public_key_pem; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.public_key_pem IS 'class=operational; owner=partner; clock=account; note=public by nature';

--
-- Name: COLUMN signing_key.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.status IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.sessions_from; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.sessions_from IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.expires_at IS 'class=operational; owner=partner; clock=account; note=end of the overlap when a successor was registered';

--
-- Name: COLUMN signing_key.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.created_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.revoked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.revoked_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: COLUMN signing_key.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: COLUMN signing_key.set_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key.set_id IS 'class=identifier; owner=partner; clock=account; note=the key set that it came from; null for one that was registered by itself';

--
-- Name: signing_key_use; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.signing_key_use (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    key_id uuid NOT NULL,
    used_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY app.signing_key_use FORCE ROW LEVEL SECURITY;

ALTER TABLE app.signing_key_use OWNER TO ringfence_owner;

--
-- Name: COLUMN signing_key_use.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key_use.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_key_use.key_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key_use.key_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_key_use.used_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_key_use.used_at IS 'class=operational; owner=partner; clock=account; note=to the hour';

--
-- Name: signing_secret; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.signing_secret (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    key_id uuid NOT NULL,
    secret bytea NOT NULL
);

ALTER TABLE ONLY app.signing_secret FORCE ROW LEVEL SECURITY;

ALTER TABLE app.signing_secret OWNER TO ringfence_owner;

--
-- Name: COLUMN signing_secret.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_secret.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_secret.key_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_secret.key_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN signing_secret.secret; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.signing_secret.secret IS 'class=secret; owner=partner; clock=account; note=sealed; deleted when the key is revoked';

--
-- Name: spending; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.spending (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    run_id uuid NOT NULL,
    user_id uuid,
    month date NOT NULL,
    tokens bigint NOT NULL,
    cost_micros bigint NOT NULL
);

ALTER TABLE ONLY app.spending FORCE ROW LEVEL SECURITY;

ALTER TABLE app.spending OWNER TO ringfence_owner;

--
-- Name: COLUMN spending.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.org_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN spending.run_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.run_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN spending.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.user_id IS 'class=identifier; owner=organization; clock=account; note=null once the user is erased';

--
-- Name: COLUMN spending.month; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.month IS 'class=operational; owner=organization; clock=account; note=its first day, UTC';

--
-- Name: COLUMN spending.tokens; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.tokens IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN spending.cost_micros; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.spending.cost_micros IS 'class=operational; owner=organization; clock=account; note=millionths of a US dollar';

--
-- Name: token_use; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.token_use (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    jti text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY app.token_use FORCE ROW LEVEL SECURITY;

ALTER TABLE app.token_use OWNER TO ringfence_owner;

--
-- Name: COLUMN token_use.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.token_use.partner_id IS 'class=identifier; owner=partner; clock=expiry of the token';

--
-- Name: COLUMN token_use.jti; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.token_use.jti IS 'class=identifier; owner=partner; clock=expiry of the token; note=from the token';

--
-- Name: COLUMN token_use.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.token_use.expires_at IS 'class=operational; owner=partner; clock=expiry of the token';

--
-- Name: key; Type: TABLE; Schema: ctx; Owner: ringfence_owner
--

CREATE TABLE ctx.key (
    kid text NOT NULL,
    ipad bytea NOT NULL,
    opad bytea NOT NULL,
    until timestamp with time zone,
    CONSTRAINT key_ipad_check CHECK ((length(ipad) = 64)),
    CONSTRAINT key_opad_check CHECK ((length(opad) = 64))
);

ALTER TABLE ctx.key OWNER TO ringfence_owner;

--
-- Name: COLUMN key.kid; Type: COMMENT; Schema: ctx; Owner: ringfence_owner
--

COMMENT ON COLUMN ctx.key.kid IS 'class=identifier; owner=platform; clock=rotation';

--
-- Name: COLUMN key.ipad; Type: COMMENT; Schema: ctx; Owner: ringfence_owner
--

COMMENT ON COLUMN ctx.key.ipad IS 'class=secret; owner=platform; clock=rotation';

--
-- Name: COLUMN key.opad; Type: COMMENT; Schema: ctx; Owner: ringfence_owner
--

COMMENT ON COLUMN ctx.key.opad IS 'class=secret; owner=platform; clock=rotation';

--
-- Name: COLUMN key.until; Type: COMMENT; Schema: ctx; Owner: ringfence_owner
--

COMMENT ON COLUMN ctx.key.until IS 'class=operational; owner=platform; clock=rotation';

--
-- Name: ringfence_migration; Type: TABLE; Schema: migration; Owner: ringfence_owner
--

CREATE TABLE migration.ringfence_migration (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE migration.ringfence_migration OWNER TO ringfence_owner;

--
-- Name: pg_attribute; Type: VIEW; Schema: planted; Owner: ringfence_owner
--

CREATE VIEW planted.pg_attribute WITH (security_invoker='true') AS
 SELECT a.attrelid,
    a.attname,
    a.atttypmod,
    a.attisdropped,
    a.attacl,
    a.attnum,
        CASE
            WHEN ((a.attrelid = ('app.message'::regclass)::oid) AND (a.attname = 'text'::name)) THEN ('text'::regtype)::oid
            ELSE a.atttypid
        END AS atttypid,
        CASE
            WHEN ((a.attrelid = ('app.message'::regclass)::oid) AND (a.attname = 'org_id'::name)) THEN false
            ELSE a.attnotnull
        END AS attnotnull
   FROM pg_attribute a
UNION ALL
 SELECT ('app.message'::regclass)::oid AS attrelid,
    'planted'::name AS attname,
    '-1'::integer AS atttypmod,
    false AS attisdropped,
    NULL::aclitem[] AS attacl,
    (1500)::smallint AS attnum,
    ('integer'::regtype)::oid AS atttypid,
    true AS attnotnull;

ALTER VIEW planted.pg_attribute OWNER TO ringfence_owner;

--
-- Name: pg_class; Type: VIEW; Schema: planted; Owner: ringfence_owner
--

CREATE VIEW planted.pg_class WITH (security_invoker='true') AS
 SELECT c.oid,
    c.relname,
    c.relnamespace,
    c.relkind,
    c.reloptions,
        CASE c.oid
            WHEN 'app.message'::regclass THEN false
            ELSE c.relrowsecurity
        END AS relrowsecurity,
        CASE c.oid
            WHEN 'app.message'::regclass THEN false
            ELSE c.relforcerowsecurity
        END AS relforcerowsecurity,
        CASE c.oid
            WHEN 'app.message'::regclass THEN (to_regrole('ringfence_app'::text))::oid
            ELSE c.relowner
        END AS relowner,
        CASE c.oid
            WHEN 'app.message'::regclass THEN '{ringfence_app=D/ringfence_owner}'::aclitem[]
            ELSE c.relacl
        END AS relacl
   FROM pg_class c
UNION ALL
 SELECT p.oid,
    p.name AS relname,
    ('app'::regnamespace)::oid AS relnamespace,
    p.kind AS relkind,
    NULL::text[] AS reloptions,
    false AS relrowsecurity,
    false AS relforcerowsecurity,
    (to_regrole('ringfence_owner'::text))::oid AS relowner,
    NULL::aclitem[] AS relacl
   FROM ( VALUES (('4294967294'::bigint)::oid,'planted_sequence'::name,'S'::"char"), (('4294967295'::bigint)::oid,'planted_view'::name,'v'::"char")) p(oid, name, kind);

ALTER VIEW planted.pg_class OWNER TO ringfence_owner;

--
-- Name: pg_policy; Type: VIEW; Schema: planted; Owner: ringfence_owner
--

CREATE VIEW planted.pg_policy WITH (security_invoker='true') AS
 SELECT polrelid,
    polname,
    polcmd,
    polpermissive,
    polqual,
    polwithcheck,
        CASE polrelid
            WHEN 'app.message'::regclass THEN '{0}'::oid[]
            ELSE polroles
        END AS polroles
   FROM pg_policy p;

ALTER VIEW planted.pg_policy OWNER TO ringfence_owner;

--
-- Name: pg_proc; Type: VIEW; Schema: planted; Owner: ringfence_owner
--

CREATE VIEW planted.pg_proc WITH (security_invoker='true') AS
 SELECT oid,
    proname,
    pronamespace,
    proowner,
        CASE oid
            WHEN 'app.refuse_change()'::regprocedure THEN true
            ELSE prosecdef
        END AS prosecdef,
        CASE oid
            WHEN 'gate.expire()'::regprocedure THEN NULL::text[]
            ELSE proconfig
        END AS proconfig,
        CASE oid
            WHEN 'gate.expire()'::regprocedure THEN NULL::aclitem[]
            ELSE proacl
        END AS proacl,
        CASE oid
            WHEN 'gate.expire()'::regprocedure THEN 'select 0'::text
            ELSE prosrc
        END AS prosrc
   FROM pg_proc p;

ALTER VIEW planted.pg_proc OWNER TO ringfence_owner;

--
-- Name: pg_trigger; Type: VIEW; Schema: planted; Owner: ringfence_owner
--

CREATE VIEW planted.pg_trigger WITH (security_invoker='true') AS
 SELECT tgrelid,
    tgname,
    tgisinternal,
    tgtype,
    tgfoid,
        CASE tgname
            WHEN 'append_only'::name THEN 'D'::"char"
            ELSE tgenabled
        END AS tgenabled
   FROM pg_trigger t;

ALTER VIEW planted.pg_trigger OWNER TO ringfence_owner;

--
-- Name: agent agent_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.agent
    ADD CONSTRAINT agent_pkey PRIMARY KEY (partner_id, id);

--
-- Name: agent_version agent_version_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.agent_version
    ADD CONSTRAINT agent_version_pkey PRIMARY KEY (partner_id, agent_id, version);

--
-- Name: api_key api_key_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (partner_id, id);

--
-- Name: app_user app_user_org_id_subject_index_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.app_user
    ADD CONSTRAINT app_user_org_id_subject_index_key UNIQUE (org_id, subject_index);

--
-- Name: app_user app_user_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (org_id, id);

--
-- Name: approval approval_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (org_id, id);

--
-- Name: audit_queue audit_queue_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_queue
    ADD CONSTRAINT audit_queue_pkey PRIMARY KEY (scope_id, id);

--
-- Name: canary canary_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (name);

--
-- Name: conversation conversation_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (org_id, id);

--
-- Name: delivery delivery_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (scope_id, id);

--
-- Name: delivery delivery_scope_id_dedupe_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.delivery
    ADD CONSTRAINT delivery_scope_id_dedupe_key UNIQUE (scope_id, dedupe);

--
-- Name: directory directory_partner_id_external_id_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.directory
    ADD CONSTRAINT directory_partner_id_external_id_key UNIQUE (partner_id, external_id);

--
-- Name: directory directory_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.directory
    ADD CONSTRAINT directory_pkey PRIMARY KEY (partner_id, org_id);

--
-- Name: idempotency idempotency_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (scope_id, key_hash);

--
-- Name: invalidation invalidation_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.invalidation
    ADD CONSTRAINT invalidation_pkey PRIMARY KEY (scope_id, id);

--
-- Name: key_destruction key_destruction_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_destruction
    ADD CONSTRAINT key_destruction_pkey PRIMARY KEY (scope_id, id);

--
-- Name: key_set_fetch key_set_fetch_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_set_fetch
    ADD CONSTRAINT key_set_fetch_pkey PRIMARY KEY (partner_id, set_id);

--
-- Name: key_set key_set_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_set
    ADD CONSTRAINT key_set_pkey PRIMARY KEY (partner_id, id);

--
-- Name: message message_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (org_id, id);

--
-- Name: organization organization_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (org_id);

--
-- Name: partner partner_issuer_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.partner
    ADD CONSTRAINT partner_issuer_key UNIQUE (issuer);

--
-- Name: partner partner_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.partner
    ADD CONSTRAINT partner_pkey PRIMARY KEY (partner_id);

--
-- Name: probe_day probe_day_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.probe_day
    ADD CONSTRAINT probe_day_pkey PRIMARY KEY (probe, day);

--
-- Name: probe_result probe_result_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.probe_result
    ADD CONSTRAINT probe_result_pkey PRIMARY KEY (id);

--
-- Name: probe_state probe_state_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.probe_state
    ADD CONSTRAINT probe_state_pkey PRIMARY KEY (probe);

--
-- Name: rate_limit rate_limit_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.rate_limit
    ADD CONSTRAINT rate_limit_pkey PRIMARY KEY (bucket);

--
-- Name: refresh_token refresh_token_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (org_id, hash);

--
-- Name: refused_login refused_login_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refused_login
    ADD CONSTRAINT refused_login_pkey PRIMARY KEY (minute, reason, address_hash);

--
-- Name: run_event run_event_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run_event
    ADD CONSTRAINT run_event_pkey PRIMARY KEY (org_id, run_id, seq);

--
-- Name: run_lease run_lease_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run_lease
    ADD CONSTRAINT run_lease_pkey PRIMARY KEY (org_id, run_id);

--
-- Name: run run_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (org_id, id);

--
-- Name: schedule schedule_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (job);

--
-- Name: schedule_run schedule_run_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.schedule_run
    ADD CONSTRAINT schedule_run_pkey PRIMARY KEY (id);

--
-- Name: session session_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (org_id, id);

--
-- Name: signing_key signing_key_partner_id_kid_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_key
    ADD CONSTRAINT signing_key_partner_id_kid_key UNIQUE (partner_id, kid);

--
-- Name: signing_key signing_key_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (partner_id, id);

--
-- Name: signing_key_use signing_key_use_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_key_use
    ADD CONSTRAINT signing_key_use_pkey PRIMARY KEY (partner_id, key_id);

--
-- Name: signing_secret signing_secret_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_secret
    ADD CONSTRAINT signing_secret_pkey PRIMARY KEY (partner_id, key_id);

--
-- Name: spending spending_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.spending
    ADD CONSTRAINT spending_pkey PRIMARY KEY (org_id, run_id);

--
-- Name: token_use token_use_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.token_use
    ADD CONSTRAINT token_use_pkey PRIMARY KEY (partner_id, jti);

--
-- Name: key key_pkey; Type: CONSTRAINT; Schema: ctx; Owner: ringfence_owner
--

ALTER TABLE ONLY ctx.key
    ADD CONSTRAINT key_pkey PRIMARY KEY (kid);

--
-- Name: ringfence_migration ringfence_migration_pkey; Type: CONSTRAINT; Schema: migration; Owner: ringfence_owner
--

ALTER TABLE ONLY migration.ringfence_migration
    ADD CONSTRAINT ringfence_migration_pkey PRIMARY KEY (version);

--
-- Name: agent_by_id; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX agent_by_id ON app.agent USING btree (id);

--
-- Name: approval_by_run; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX approval_by_run ON app.approval USING btree (org_id, run_id, id);

--
-- Name: approval_open; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX approval_open ON app.approval USING btree (org_id, run_id) WHERE (status = ANY (ARRAY['pending'::text, 'approved'::text]));

--
-- Name: conversation_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX conversation_by_user ON app.conversation USING btree (org_id, user_id, id);

--
-- Name: delivery_due; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX delivery_due ON app.delivery USING btree (next_at, id) WHERE (status = 'queued'::text);

--
-- Name: delivery_ended; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX delivery_ended ON app.delivery USING btree (ended_at) WHERE (ended_at IS NOT NULL);

--
-- Name: directory_by_org; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX directory_by_org ON app.directory USING btree (org_id);

--
-- Name: idempotency_by_expiry; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX idempotency_by_expiry ON app.idempotency USING btree (expires_at);

--
-- Name: invalidation_by_xid; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX invalidation_by_xid ON app.invalidation USING btree (xid);

--
-- Name: message_by_conversation; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX message_by_conversation ON app.message USING btree (org_id, conversation_id, id);

--
-- Name: message_by_run; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX message_by_run ON app.message USING btree (org_id, run_id);

--
-- Name: probe_result_by_probe; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX probe_result_by_probe ON app.probe_result USING btree (probe, started_at);

--
-- Name: rate_limit_by_arrival; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX rate_limit_by_arrival ON app.rate_limit USING btree (arrival);

--
-- Name: refresh_token_by_session; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX refresh_token_by_session ON app.refresh_token USING btree (org_id, session_id);

--
-- Name: run_active; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX run_active ON app.run USING btree (org_id, conversation_id) WHERE (status = ANY (ARRAY['running'::text, 'waiting'::text]));

--
-- Name: run_by_conversation; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX run_by_conversation ON app.run USING btree (org_id, conversation_id, id);

--
-- Name: run_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX run_by_user ON app.run USING btree (org_id, user_id, id);

--
-- Name: schedule_run_by_job; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX schedule_run_by_job ON app.schedule_run USING btree (job, id);

--
-- Name: session_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX session_by_user ON app.session USING btree (org_id, user_id);

--
-- Name: signing_key_by_set; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX signing_key_by_set ON app.signing_key USING btree (partner_id, set_id) WHERE (set_id IS NOT NULL);

--
-- Name: spending_by_month; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX spending_by_month ON app.spending USING btree (org_id, month);

--
-- Name: spending_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX spending_by_user ON app.spending USING btree (org_id, user_id);

--
-- Name: token_use_by_expiry; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX token_use_by_expiry ON app.token_use USING btree (expires_at);

--
-- Name: key_newest; Type: INDEX; Schema: ctx; Owner: ringfence_owner
--

CREATE UNIQUE INDEX key_newest ON ctx.key USING btree (((until IS NULL))) WHERE (until IS NULL);

--
-- Name: audit_queue append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_queue FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_queue append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_queue FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: agent_version immutable; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER immutable BEFORE UPDATE ON app.agent_version FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: approval keep; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON app.approval FOR EACH ROW EXECUTE FUNCTION app.keep_approval();

--
-- Name: run settle; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER settle AFTER UPDATE OF status ON app.run FOR EACH ROW WHEN ((new.status = ANY (ARRAY['waiting'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]))) EXECUTE FUNCTION app.settle();

--
-- Name: agent stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.agent FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: api_key stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.api_key FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: app_user stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.app_user FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: directory stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.directory FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: key_set stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.key_set FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: organization stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.organization FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: partner stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.partner FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: session stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.session FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: signing_key stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.signing_key FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: agent agent_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.agent
    ADD CONSTRAINT agent_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: agent_version agent_version_partner_id_agent_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.agent_version
    ADD CONSTRAINT agent_version_partner_id_agent_id_fkey FOREIGN KEY (partner_id, agent_id) REFERENCES app.agent(partner_id, id);

--
-- Name: api_key api_key_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.api_key
    ADD CONSTRAINT api_key_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: app_user app_user_org_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.app_user
    ADD CONSTRAINT app_user_org_id_fkey FOREIGN KEY (org_id) REFERENCES app.organization(org_id) ON DELETE CASCADE;

--
-- Name: approval approval_org_id_run_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.approval
    ADD CONSTRAINT approval_org_id_run_id_fkey FOREIGN KEY (org_id, run_id) REFERENCES app.run(org_id, id) ON DELETE CASCADE;

--
-- Name: conversation conversation_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.conversation
    ADD CONSTRAINT conversation_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

--
-- Name: directory directory_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.directory
    ADD CONSTRAINT directory_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: key_set_fetch key_set_fetch_partner_id_set_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_set_fetch
    ADD CONSTRAINT key_set_fetch_partner_id_set_id_fkey FOREIGN KEY (partner_id, set_id) REFERENCES app.key_set(partner_id, id) ON DELETE CASCADE;

--
-- Name: key_set key_set_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_set
    ADD CONSTRAINT key_set_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: message message_org_id_conversation_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message
    ADD CONSTRAINT message_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES app.conversation(org_id, id) ON DELETE CASCADE;

--
-- Name: message message_org_id_run_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message
    ADD CONSTRAINT message_org_id_run_id_fkey FOREIGN KEY (org_id, run_id) REFERENCES app.run(org_id, id) ON DELETE CASCADE;

--
-- Name: message message_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message
    ADD CONSTRAINT message_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

--
-- Name: refresh_token refresh_token_org_id_session_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refresh_token
    ADD CONSTRAINT refresh_token_org_id_session_id_fkey FOREIGN KEY (org_id, session_id) REFERENCES app.session(org_id, id) ON DELETE CASCADE;

--
-- Name: run_event run_event_org_id_run_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run_event
    ADD CONSTRAINT run_event_org_id_run_id_fkey FOREIGN KEY (org_id, run_id) REFERENCES app.run(org_id, id) ON DELETE CASCADE;

--
-- Name: run_lease run_lease_org_id_run_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run_lease
    ADD CONSTRAINT run_lease_org_id_run_id_fkey FOREIGN KEY (org_id, run_id) REFERENCES app.run(org_id, id) ON DELETE CASCADE;

--
-- Name: run run_org_id_conversation_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run
    ADD CONSTRAINT run_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES app.conversation(org_id, id) ON DELETE CASCADE;

--
-- Name: run run_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.run
    ADD CONSTRAINT run_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

--
-- Name: schedule_run schedule_run_job_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.schedule_run
    ADD CONSTRAINT schedule_run_job_fkey FOREIGN KEY (job) REFERENCES app.schedule(job);

--
-- Name: session session_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.session
    ADD CONSTRAINT session_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

--
-- Name: signing_key signing_key_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_key
    ADD CONSTRAINT signing_key_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: signing_key_use signing_key_use_partner_id_key_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_key_use
    ADD CONSTRAINT signing_key_use_partner_id_key_id_fkey FOREIGN KEY (partner_id, key_id) REFERENCES app.signing_key(partner_id, id) ON DELETE CASCADE;

--
-- Name: signing_secret signing_secret_partner_id_key_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.signing_secret
    ADD CONSTRAINT signing_secret_partner_id_key_id_fkey FOREIGN KEY (partner_id, key_id) REFERENCES app.signing_key(partner_id, id) ON DELETE CASCADE;

--
-- Name: spending spending_org_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.spending
    ADD CONSTRAINT spending_org_id_fkey FOREIGN KEY (org_id) REFERENCES app.organization(org_id) ON DELETE CASCADE;

--
-- Name: spending spending_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.spending
    ADD CONSTRAINT spending_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE SET NULL (user_id);

--
-- Name: agent; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.agent ENABLE ROW LEVEL SECURITY;

--
-- Name: agent_version; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.agent_version ENABLE ROW LEVEL SECURITY;

--
-- Name: api_key; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.api_key ENABLE ROW LEVEL SECURITY;

--
-- Name: app_user; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.app_user ENABLE ROW LEVEL SECURITY;

--
-- Name: approval; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.approval ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_queue; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_queue ENABLE ROW LEVEL SECURITY;

--
-- Name: canary; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.canary ENABLE ROW LEVEL SECURITY;

--
-- Name: conversation; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.conversation ENABLE ROW LEVEL SECURITY;

--
-- Name: delivery; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.delivery ENABLE ROW LEVEL SECURITY;

--
-- Name: directory; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.directory ENABLE ROW LEVEL SECURITY;

--
-- Name: agent gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.agent FOR SELECT TO ringfence_gate USING (true);

--
-- Name: api_key gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.api_key FOR SELECT TO ringfence_gate USING (true);

--
-- Name: delivery gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.delivery TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: directory gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.directory FOR SELECT TO ringfence_gate USING (true);

--
-- Name: idempotency gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.idempotency TO ringfence_gate USING (true);

--
-- Name: invalidation gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.invalidation TO ringfence_gate USING (true);

--
-- Name: key_destruction gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.key_destruction TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: partner gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.partner FOR SELECT TO ringfence_gate USING (true);

--
-- Name: run gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.run FOR SELECT TO ringfence_gate USING (true);

--
-- Name: run_lease gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.run_lease TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: token_use gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.token_use TO ringfence_gate USING (true);

--
-- Name: idempotency; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.idempotency ENABLE ROW LEVEL SECURITY;

--
-- Name: invalidation; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.invalidation ENABLE ROW LEVEL SECURITY;

--
-- Name: key_destruction; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_destruction ENABLE ROW LEVEL SECURITY;

--
-- Name: key_set; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_set ENABLE ROW LEVEL SECURITY;

--
-- Name: key_set_fetch; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_set_fetch ENABLE ROW LEVEL SECURITY;

--
-- Name: message; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.message ENABLE ROW LEVEL SECURITY;

--
-- Name: organization; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.organization ENABLE ROW LEVEL SECURITY;

--
-- Name: partner; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.partner ENABLE ROW LEVEL SECURITY;

--
-- Name: probe_day; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.probe_day ENABLE ROW LEVEL SECURITY;

--
-- Name: probe_result; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.probe_result ENABLE ROW LEVEL SECURITY;

--
-- Name: probe_state; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.probe_state ENABLE ROW LEVEL SECURITY;

--
-- Name: rate_limit; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.rate_limit ENABLE ROW LEVEL SECURITY;

--
-- Name: refresh_token; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refresh_token ENABLE ROW LEVEL SECURITY;

--
-- Name: refused_login; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refused_login ENABLE ROW LEVEL SECURITY;

--
-- Name: run; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.run ENABLE ROW LEVEL SECURITY;

--
-- Name: run_event; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.run_event ENABLE ROW LEVEL SECURITY;

--
-- Name: run_lease; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.run_lease ENABLE ROW LEVEL SECURITY;

--
-- Name: schedule; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.schedule ENABLE ROW LEVEL SECURITY;

--
-- Name: schedule_run; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.schedule_run ENABLE ROW LEVEL SECURITY;

--
-- Name: session; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.session ENABLE ROW LEVEL SECURITY;

--
-- Name: signing_key; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.signing_key ENABLE ROW LEVEL SECURITY;

--
-- Name: signing_key_use; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.signing_key_use ENABLE ROW LEVEL SECURITY;

--
-- Name: signing_secret; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.signing_secret ENABLE ROW LEVEL SECURITY;

--
-- Name: spending; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.spending ENABLE ROW LEVEL SECURITY;

--
-- Name: api_key tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.api_key TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: app_user tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.app_user TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (id = COALESCE(( SELECT ctx.owner() AS owner), id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (id = COALESCE(( SELECT ctx.owner() AS owner), id))));

--
-- Name: approval tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.approval TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: audit_queue tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_queue TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: canary tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.canary TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: conversation tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.conversation TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: delivery tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.delivery TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: directory tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.directory TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: idempotency tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.idempotency TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: invalidation tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.invalidation TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: key_destruction tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.key_destruction TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: key_set tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.key_set TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: key_set_fetch tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.key_set_fetch TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: message tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.message TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: organization tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.organization TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: probe_day tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.probe_day TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: probe_result tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.probe_result TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: probe_state tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.probe_state TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: rate_limit tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.rate_limit TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: refresh_token tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refresh_token TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: refused_login tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refused_login TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: run tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.run TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: run_event tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.run_event TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: run_lease tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.run_lease TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: schedule tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.schedule TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: schedule_run tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.schedule_run TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: session tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.session TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: signing_key_use tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.signing_key_use TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: signing_secret tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.signing_secret TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: spending tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.spending TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: token_use tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.token_use TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent tenant_delete; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_delete ON app.agent FOR DELETE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent_version tenant_delete; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_delete ON app.agent_version FOR DELETE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: partner tenant_delete; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_delete ON app.partner FOR DELETE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: signing_key tenant_delete; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_delete ON app.signing_key FOR DELETE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent tenant_insert; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_insert ON app.agent FOR INSERT TO ringfence_owner, ringfence_app WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent_version tenant_insert; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_insert ON app.agent_version FOR INSERT TO ringfence_owner, ringfence_app WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: partner tenant_insert; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_insert ON app.partner FOR INSERT TO ringfence_owner, ringfence_app WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: signing_key tenant_insert; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_insert ON app.signing_key FOR INSERT TO ringfence_owner, ringfence_app WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent tenant_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_read ON app.agent FOR SELECT TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner_above() AS partner_above)));

--
-- Name: agent_version tenant_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_read ON app.agent_version FOR SELECT TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner_above() AS partner_above)));

--
-- Name: partner tenant_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_read ON app.partner FOR SELECT TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner_above() AS partner_above)));

--
-- Name: signing_key tenant_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_read ON app.signing_key FOR SELECT TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner_above() AS partner_above)));

--
-- Name: agent tenant_update; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_update ON app.agent FOR UPDATE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: agent_version tenant_update; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_update ON app.agent_version FOR UPDATE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: partner tenant_update; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_update ON app.partner FOR UPDATE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: signing_key tenant_update; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant_update ON app.signing_key FOR UPDATE TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: token_use; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.token_use ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA app; Type: ACL; Schema: -; Owner: ringfence_owner
--

GRANT USAGE ON SCHEMA app TO ringfence_app;
GRANT USAGE ON SCHEMA app TO ringfence_gate;
GRANT USAGE ON SCHEMA app TO ringfence_seal;

--
-- Name: SCHEMA ctx; Type: ACL; Schema: -; Owner: ringfence_owner
--

GRANT USAGE ON SCHEMA ctx TO ringfence_app;
GRANT USAGE ON SCHEMA ctx TO ringfence_gate;
GRANT USAGE ON SCHEMA ctx TO ringfence_seal;

--
-- Name: SCHEMA gate; Type: ACL; Schema: -; Owner: ringfence_owner
--

GRANT USAGE ON SCHEMA gate TO ringfence_app;
GRANT ALL ON SCHEMA gate TO ringfence_gate;

--
-- Name: SCHEMA planted; Type: ACL; Schema: -; Owner: ringfence_owner
--

GRANT USAGE ON SCHEMA planted TO ringfence_app;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

REVOKE USAGE ON SCHEMA public FROM PUBLIC;

--
-- Name: FUNCTION approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) TO ringfence_app;

--
-- Name: FUNCTION cancel_approval(wanted uuid); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.cancel_approval(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.cancel_approval(wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION fence(held_run uuid, held_by uuid, held_attempt integer); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.fence(held_run uuid, held_by uuid, held_attempt integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.fence(held_run uuid, held_by uuid, held_attempt integer) TO ringfence_app;

--
-- Name: FUNCTION has_budget(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.has_budget() FROM PUBLIC;
GRANT ALL ON FUNCTION app.has_budget() TO ringfence_app;

--
-- Name: FUNCTION keep_approval(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_approval() FROM PUBLIC;

--
-- Name: FUNCTION may_spend(for_user uuid); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.may_spend(for_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.may_spend(for_user uuid) TO ringfence_app;

--
-- Name: FUNCTION refuse_change(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.refuse_change() FROM PUBLIC;

--
-- Name: FUNCTION reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) TO ringfence_app;

--
-- Name: FUNCTION sealed_heads(most integer); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_heads(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_heads(most integer) TO ringfence_app;

--
-- Name: FUNCTION settle(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.settle() FROM PUBLIC;

--
-- Name: FUNCTION spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid) TO ringfence_app;

--
-- Name: FUNCTION spending_left(for_user uuid, but_run uuid, OUT tokens_left bigint, OUT micros_left bigint); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.spending_left(for_user uuid, but_run uuid, OUT tokens_left bigint, OUT micros_left bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION app.spending_left(for_user uuid, but_run uuid, OUT tokens_left bigint, OUT micros_left bigint) TO ringfence_app;

--
-- Name: FUNCTION this_month(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.this_month() FROM PUBLIC;
GRANT ALL ON FUNCTION app.this_month() TO ringfence_app;

--
-- Name: FUNCTION claimed_org(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.claimed_org() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.claimed_org() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.claimed_org() TO ringfence_gate;

--
-- Name: FUNCTION claimed_partner(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.claimed_partner() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.claimed_partner() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.claimed_partner() TO ringfence_gate;

--
-- Name: FUNCTION claimed_scope(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.claimed_scope() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.claimed_scope() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.claimed_scope() TO ringfence_gate;

--
-- Name: FUNCTION claimed_scope_id(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.claimed_scope_id() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.claimed_scope_id() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.claimed_scope_id() TO ringfence_gate;

--
-- Name: FUNCTION newest_kid(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.newest_kid() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.newest_kid() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.newest_kid() TO ringfence_gate;

--
-- Name: FUNCTION org(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.org() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.org() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.org() TO ringfence_gate;

--
-- Name: FUNCTION owner(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.owner() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.owner() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.owner() TO ringfence_gate;

--
-- Name: FUNCTION partner(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.partner() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.partner() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.partner() TO ringfence_gate;

--
-- Name: FUNCTION partner_above(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.partner_above() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.partner_above() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.partner_above() TO ringfence_gate;

--
-- Name: FUNCTION person(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.person() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.person() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.person() TO ringfence_gate;

--
-- Name: FUNCTION platform(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.platform() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.platform() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.platform() TO ringfence_gate;

--
-- Name: FUNCTION policy(t regclass, verb text, name text, shown text, allowed text); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.policy(t regclass, verb text, name text, shown text, allowed text) FROM PUBLIC;

--
-- Name: PROCEDURE protect(IN t regclass, IN scope text, IN owner text, IN audited boolean, IN readable_below boolean, IN verbs text[]); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON PROCEDURE ctx.protect(IN t regclass, IN scope text, IN owner text, IN audited boolean, IN readable_below boolean, IN verbs text[]) FROM PUBLIC;

--
-- Name: FUNCTION role(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.role() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.role() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.role() TO ringfence_gate;

--
-- Name: FUNCTION scope(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.scope() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.scope() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.scope() TO ringfence_gate;

--
-- Name: FUNCTION scope_id(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.scope_id() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.scope_id() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.scope_id() TO ringfence_gate;

--
-- Name: FUNCTION stamp(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.stamp() FROM PUBLIC;

--
-- Name: FUNCTION user_id(); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.user_id() FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.user_id() TO ringfence_app;
GRANT ALL ON FUNCTION ctx.user_id() TO ringfence_gate;

--
-- Name: FUNCTION verified(wanted text); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION ctx.verified(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION ctx.verified(wanted text) TO ringfence_app;
GRANT ALL ON FUNCTION ctx.verified(wanted text) TO ringfence_gate;

--
-- Name: FUNCTION claim_deliveries(new_holder uuid, seconds double precision, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) TO ringfence_app;

--
-- Name: FUNCTION claim_runs(new_holder uuid, seconds double precision, most integer, share integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer) TO ringfence_app;

--
-- Name: FUNCTION defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.defer_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer, error text, seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION deliveries(wanted text, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.deliveries(wanted text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.deliveries(wanted text, most integer) TO ringfence_app;

--
-- Name: FUNCTION end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) TO ringfence_app;

--
-- Name: FUNCTION expire(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.expire() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.expire() TO ringfence_app;

--
-- Name: FUNCTION expire_deliveries(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.expire_deliveries() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.expire_deliveries() TO ringfence_app;

--
-- Name: FUNCTION extend_leases(held_by uuid, seconds double precision, executed uuid[]); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.extend_leases(held_by uuid, seconds double precision, executed uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.extend_leases(held_by uuid, seconds double precision, executed uuid[]) TO ringfence_app;

--
-- Name: FUNCTION finish_key_destruction(in_scope uuid, wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.finish_key_destruction(in_scope uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.finish_key_destruction(in_scope uuid, wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION invalidations_since(horizon xid8); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.invalidations_since(horizon xid8) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.invalidations_since(horizon xid8) TO ringfence_app;

--
-- Name: FUNCTION lapsed_runs(seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.lapsed_runs(seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.lapsed_runs(seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION partner_of_agent(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.partner_of_agent(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.partner_of_agent(wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION partner_of_api_key(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.partner_of_api_key(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.partner_of_api_key(wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION partner_of_issuer(wanted text); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.partner_of_issuer(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.partner_of_issuer(wanted text) TO ringfence_app;

--
-- Name: FUNCTION partner_of_organization(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.partner_of_organization(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.partner_of_organization(wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION pending_key_destructions(most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.pending_key_destructions(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.pending_key_destructions(most integer) TO ringfence_app;

--
-- Name: FUNCTION release_leases(held_by uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.release_leases(held_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.release_leases(held_by uuid) TO ringfence_app;

--
-- Name: FUNCTION replay_delivery(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.replay_delivery(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.replay_delivery(wanted uuid) TO ringfence_app;

--
-- Name: TABLE agent; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.agent TO ringfence_app;

--
-- Name: COLUMN agent.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.agent TO ringfence_gate;

--
-- Name: COLUMN agent.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.agent TO ringfence_gate;

--
-- Name: TABLE agent_version; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT ON TABLE app.agent_version TO ringfence_app;

--
-- Name: TABLE api_key; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.api_key TO ringfence_app;

--
-- Name: COLUMN api_key.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.api_key TO ringfence_gate;

--
-- Name: COLUMN api_key.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.api_key TO ringfence_gate;

--
-- Name: TABLE app_user; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.app_user TO ringfence_app;

--
-- Name: TABLE approval; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.approval TO ringfence_app;

--
-- Name: TABLE audit_queue; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: TABLE canary; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.canary TO ringfence_app;

--
-- Name: TABLE conversation; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.conversation TO ringfence_app;

--
-- Name: TABLE delivery; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.delivery TO ringfence_app;
GRANT DELETE ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.user_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(user_id) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(kind) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.payload; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(payload) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.status; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(status),UPDATE(status) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.attempts; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(attempts),UPDATE(attempts) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.next_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(next_at),UPDATE(next_at) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.holder; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(holder),UPDATE(holder) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.last_error; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(last_error),UPDATE(last_error) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.created_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(created_at) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: COLUMN delivery.ended_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(ended_at),UPDATE(ended_at) ON TABLE app.delivery TO ringfence_gate;

--
-- Name: TABLE directory; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.directory TO ringfence_app;

--
-- Name: COLUMN directory.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.directory TO ringfence_gate;

--
-- Name: COLUMN directory.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.directory TO ringfence_gate;

--
-- Name: TABLE idempotency; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.idempotency TO ringfence_app;
GRANT DELETE ON TABLE app.idempotency TO ringfence_gate;

--
-- Name: COLUMN idempotency.expires_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(expires_at) ON TABLE app.idempotency TO ringfence_gate;

--
-- Name: TABLE invalidation; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT ON TABLE app.invalidation TO ringfence_app;
GRANT DELETE ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: COLUMN invalidation.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: COLUMN invalidation.kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(kind) ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: COLUMN invalidation.subject_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(subject_id) ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: COLUMN invalidation.xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(xid) ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: COLUMN invalidation.at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(at) ON TABLE app.invalidation TO ringfence_gate;

--
-- Name: TABLE key_destruction; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT ON TABLE app.key_destruction TO ringfence_app;

--
-- Name: COLUMN key_destruction.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: COLUMN key_destruction.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: COLUMN key_destruction.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: COLUMN key_destruction.user_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(user_id) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: COLUMN key_destruction.done_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(done_at),UPDATE(done_at) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: TABLE key_set; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.key_set TO ringfence_app;

--
-- Name: TABLE key_set_fetch; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.key_set_fetch TO ringfence_app;

--
-- Name: TABLE message; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.message TO ringfence_app;

--
-- Name: TABLE organization; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.organization TO ringfence_app;

--
-- Name: TABLE partner; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.partner TO ringfence_app;

--
-- Name: COLUMN partner.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.partner TO ringfence_gate;

--
-- Name: COLUMN partner.issuer; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(issuer) ON TABLE app.partner TO ringfence_gate;

--
-- Name: TABLE probe_day; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.probe_day TO ringfence_app;

--
-- Name: TABLE probe_result; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.probe_result TO ringfence_app;

--
-- Name: TABLE probe_state; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.probe_state TO ringfence_app;

--
-- Name: TABLE rate_limit; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.rate_limit TO ringfence_app;

--
-- Name: TABLE refresh_token; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.refresh_token TO ringfence_app;

--
-- Name: TABLE refused_login; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.refused_login TO ringfence_app;

--
-- Name: TABLE run; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.run TO ringfence_app;

--
-- Name: COLUMN run.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.run TO ringfence_gate;

--
-- Name: COLUMN run.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.run TO ringfence_gate;

--
-- Name: COLUMN run.conversation_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(conversation_id) ON TABLE app.run TO ringfence_gate;

--
-- Name: COLUMN run.user_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(user_id) ON TABLE app.run TO ringfence_gate;

--
-- Name: COLUMN run.status; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(status) ON TABLE app.run TO ringfence_gate;

--
-- Name: COLUMN run.cancel_requested_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(cancel_requested_at) ON TABLE app.run TO ringfence_gate;

--
-- Name: TABLE run_event; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.run_event TO ringfence_app;

--
-- Name: TABLE run_lease; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.run_lease TO ringfence_app;

--
-- Name: COLUMN run_lease.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.run_lease TO ringfence_gate;

--
-- Name: COLUMN run_lease.run_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(run_id) ON TABLE app.run_lease TO ringfence_gate;

--
-- Name: COLUMN run_lease.holder; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(holder),UPDATE(holder) ON TABLE app.run_lease TO ringfence_gate;

--
-- Name: COLUMN run_lease.attempt; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(attempt),UPDATE(attempt) ON TABLE app.run_lease TO ringfence_gate;

--
-- Name: COLUMN run_lease.until; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(until),UPDATE(until) ON TABLE app.run_lease TO ringfence_gate;

--
-- Name: TABLE schedule; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.schedule TO ringfence_app;

--
-- Name: TABLE schedule_run; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.schedule_run TO ringfence_app;

--
-- Name: TABLE session; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.session TO ringfence_app;

--
-- Name: TABLE signing_key; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.signing_key TO ringfence_app;

--
-- Name: TABLE signing_key_use; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.signing_key_use TO ringfence_app;

--
-- Name: TABLE signing_secret; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.signing_secret TO ringfence_app;

--
-- Name: TABLE spending; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.spending TO ringfence_app;

--
-- Name: TABLE token_use; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.token_use TO ringfence_app;
GRANT DELETE ON TABLE app.token_use TO ringfence_gate;

--
-- Name: COLUMN token_use.expires_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(expires_at) ON TABLE app.token_use TO ringfence_gate;

--
-- Name: TABLE pg_attribute; Type: ACL; Schema: planted; Owner: ringfence_owner
--

GRANT SELECT ON TABLE planted.pg_attribute TO ringfence_app;

--
-- Name: TABLE pg_class; Type: ACL; Schema: planted; Owner: ringfence_owner
--

GRANT SELECT ON TABLE planted.pg_class TO ringfence_app;

--
-- Name: TABLE pg_policy; Type: ACL; Schema: planted; Owner: ringfence_owner
--

GRANT SELECT ON TABLE planted.pg_policy TO ringfence_app;

--
-- Name: TABLE pg_proc; Type: ACL; Schema: planted; Owner: ringfence_owner
--

GRANT SELECT ON TABLE planted.pg_proc TO ringfence_app;

--
-- Name: TABLE pg_trigger; Type: ACL; Schema: planted; Owner: ringfence_owner
--

GRANT SELECT ON TABLE planted.pg_trigger TO ringfence_app;

--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: ringfence_owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE ringfence_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

--
-- PostgreSQL database dump complete
--
