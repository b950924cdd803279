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
-- Name: acting(text, uuid, text, text, bytea); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select set_config('ringfence.act', jsonb_build_object('kind', kind, 'id', id, 'permission', permission,
    'request_id', request_id, 'address_hash', encode(address_hash, 'hex'))::text, true)
$$;

ALTER FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea) OWNER TO ringfence_owner;

--
-- Name: acting(text, uuid, text, text, bytea, text); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select set_config('ringfence.act', jsonb_build_object('kind', kind, 'id', id, 'permission', permission,
    'request_id', request_id, 'address_hash', encode(address_hash, 'hex'), 'network', network)::text, true)
$$;

ALTER FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text) OWNER TO ringfence_owner;

--
-- Name: approval_ends(timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select greatest(expires_at, decided_at + interval '1 minute') $$;

ALTER FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) OWNER TO ringfence_owner;

--
-- Name: attach_files(uuid, uuid[]); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.attach_files(to_message uuid, wanted uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  attached int;
begin
  insert into app.message_file (message_id, file_id, user_id, seq)
  select m.id, f.id, m.user_id, named.seq from unnest(wanted) with ordinality as named (id, seq)
  join app.message m on m.id = to_message
  join app.file f on f.id = named.id and f.status = 'ready' and (f.user_id is null or f.user_id = m.user_id);
  get diagnostics attached = row_count;
  if attached <> cardinality(wanted) then raise exception 'a file is not there or not ready' using errcode = 'RF004'; end if;
  update app.file f set conversation_id = m.conversation_id from app.message m
  where m.id = to_message and f.id = any (wanted) and f.user_id is not null and f.conversation_id is null;
end $$;

ALTER FUNCTION app.attach_files(to_message uuid, wanted uuid[]) OWNER TO ringfence_owner;

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
-- Name: fence_file(uuid, uuid, integer); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.fence_file(held_file uuid, held_by uuid, held_attempt integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform from app.file_work where file_id = held_file and holder = held_by and attempts = held_attempt for no key update;
  if not found then raise exception 'this process no longer holds the file' using errcode = 'RF001'; end if;
end $$;

ALTER FUNCTION app.fence_file(held_file uuid, held_by uuid, held_attempt integer) OWNER TO ringfence_owner;

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
-- Name: holds_audit_lock(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.holds_audit_lock() RETURNS boolean
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select pg_try_advisory_xact_lock(hashtextextended('ringfence audit sealer', 0))
$$;

ALTER FUNCTION app.holds_audit_lock() OWNER TO ringfence_owner;

--
-- Name: is_resealed(bytea, bytea); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.is_resealed(before bytea, becomes bytea) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
  select before is not distinct from becomes
    or (length(before) = length(becomes) and substr(before, 1, 1) in ('\x01', '\x02') and substr(becomes, 1, 1) in ('\x01', '\x02') and substr(before, 2, 16) <> substr(becomes, 2, 16))
$$;

ALTER FUNCTION app.is_resealed(before bytea, becomes bytea) OWNER TO ringfence_owner;

--
-- Name: keep_a_year(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_a_year() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  if tg_op <> 'DELETE' or current_user <> 'ringfence_seal' or old.at >= now() - interval '1 year' then
    raise exception '% is append-only', tg_table_name using errcode = '42501';
  end if;
  return old;
end $$;

ALTER FUNCTION app.keep_a_year() OWNER TO ringfence_owner;

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
  if (new.org_id, new.id, new.run_id, new.user_id, new.step, new.effect, new.call_binding, new.args_binding,
      new.approvers, new.created_at, new.expires_at)
    is distinct from (old.org_id, old.id, old.run_id, old.user_id, old.step, old.effect, old.call_binding,
      old.args_binding, old.approvers, old.created_at, old.expires_at)
  then
    raise exception 'what was asked does not change' using errcode = 'RF003';
  end if;
  if new.details is distinct from old.details then
    if app.is_resealed(old.details, new.details) and (new.status, new.decided_at, new.decided_by, new.spent_at, new.spent_as)
      is not distinct from (old.status, old.decided_at, old.decided_by, old.spent_at, old.spent_as)
    then
      return new;
    end if;
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
-- Name: keep_audit_log(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_audit_log() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if tg_op = 'DELETE'
    or (new.scope, new.scope_id) is distinct from (old.scope, old.scope_id)
    or new.size < old.size
    or (new.size = old.size and (new.root, new.frontier) is distinct from (old.root, old.frontier))
    or new.published_size < old.published_size
    or new.pruned_to < old.pruned_to
  then
    raise exception 'a log only grows' using errcode = '42501';
  end if;
  return new;
end $$;

ALTER FUNCTION app.keep_audit_log() OWNER TO ringfence_owner;

--
-- Name: keep_audit_stream(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_audit_stream() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if tg_op = 'DELETE' and current_user = 'ringfence_gate' then return old; end if;
  if ctx.role() not in ('partner', 'operator') then
    raise exception 'streams are the partner''s to keep' using errcode = '42501';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  if tg_op = 'UPDATE' and new.target is distinct from old.target and app.is_resealed(old.target, new.target) is not true then
    raise exception 'a stream goes where it went' using errcode = '42501';
  end if;
  return new;
end $$;

ALTER FUNCTION app.keep_audit_stream() OWNER TO ringfence_owner;

--
-- Name: keep_checkpoint(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_checkpoint() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
begin
  if tg_op = 'DELETE' and current_user = 'ringfence_seal' and old.at < now() - interval '2 days' and exists (
    select from app.audit_checkpoint later where later.scope = old.scope and later.scope_id = old.scope_id
      and later.size > old.size and later.at::date = old.at::date) then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;

ALTER FUNCTION app.keep_checkpoint() OWNER TO ringfence_owner;

--
-- Name: keep_sealed(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_sealed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  before jsonb := to_jsonb(old);
  becomes jsonb := to_jsonb(new);
  name text;
begin
  if current_user = 'ringfence_gate' then return new; end if;
  if before - tg_argv is distinct from becomes - tg_argv then
    raise exception '% does not change', tg_table_name using errcode = '42501';
  end if;
  foreach name in array tg_argv loop
    if app.is_resealed((before ->> name)::bytea, (becomes ->> name)::bytea) is not true then
      raise exception '%.% does not change', tg_table_name, name using errcode = '42501';
    end if;
  end loop;
  return new;
end $$;

ALTER FUNCTION app.keep_sealed() OWNER TO ringfence_owner;

--
-- Name: keep_secret(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.keep_secret() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION app.keep_secret() OWNER TO ringfence_owner;

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
-- Name: model_keys(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.model_keys() RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select array(select s.name from app.secret s where s.name in ('MODEL_ANTHROPIC', 'MODEL_GOOGLE', 'MODEL_OPENAI', 'MODEL_XAI'))
$$;

ALTER FUNCTION app.model_keys() OWNER TO ringfence_owner;

--
-- Name: record_secret(text, uuid, text, jsonb, text, uuid); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text DEFAULT NULL::text, by_id uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text, by_id uuid) OWNER TO ringfence_owner;

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
-- Name: reseal(text, text[], bytea[], bytea[]); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $_$
declare
  at record;
  changed bigint;
begin
  if exists (select from unnest(befores, becomes) u(old_value, new_value) where app.is_resealed(u.old_value, u.new_value) is not true) then
    raise exception 'this is not the same value sealed anew' using errcode = '42501';
  end if;
  select s.source, s.name, s.keys, s.parsed into at from app.sealed_place(wanted) s;
  execute format(
    'with held as materialized (select %s, u.becomes from unnest($1, $2, $3) u(key, before, becomes) cross join lateral '
    '(select %s from %s t where (%s) = (%s) and t.%I = u.before for no key update of t skip locked) row_at), '
    'changed as (update %s t set %I = held.becomes from held where (%s) = (%s) returning 1) select count(*) from changed',
    replace(at.keys, 't.', 'row_at.'), at.keys, at.source, at.keys, replace(at.parsed, '$key', 'u.key'), at.name,
    at.source, at.name, at.keys, replace(at.keys, 't.', 'held.')) into changed using row_keys, befores, becomes;
  return changed;
end $_$;

ALTER FUNCTION app.reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]) OWNER TO ringfence_owner;

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
-- Name: sealed_count(text); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_count(wanted text) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  counted bigint;
begin
  execute format('select count(*) from %s', (select s.source from app.sealed_place(wanted) s)) into counted;
  return counted;
end $$;

ALTER FUNCTION app.sealed_count(wanted text) OWNER TO ringfence_owner;

--
-- Name: sealed_heads(integer); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_heads(most integer) RETURNS TABLE(place text, head bytea, size integer)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  each record;
begin
  for each in select s.place, s.source, s.name, s.newest from app.sealed_places() s where s.scope = ctx.scope() and s.source <> ''
  loop
    return query execute format(
      'select %L::text, substr(sample.value, 1, 17), length(sample.value) from (select %I as value from %s where %I is not null order by %s limit $1) as sample',
      each.place, each.name, each.source, each.name, each.newest) using most;
  end loop;
  if ctx.scope() = 'org' then
    return query select s.place, s.head, s.size from gate.secret_heads(most) s;
  end if;
end $_$;

ALTER FUNCTION app.sealed_heads(most integer) OWNER TO ringfence_owner;

--
-- Name: sealed_page(text, text, bytea[], integer); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_page(wanted text, after text, leaves bytea[], most integer) RETURNS TABLE(key text, id uuid, value bytea)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  at record;
begin
  select s.source, s.name, s.keys, s.shown, s.own_id, s.parsed into at from app.sealed_place(wanted) s;
  return query execute format(
    'select %s, %s, case when substr(t.%I, 2, 16) = any ($1) then t.%I end from %s t %s order by %s limit $2',
    at.shown, at.own_id, at.name, at.name, at.source,
    case when after is not null then 'where (' || at.keys || ') > (' || replace(at.parsed, '$key', '$3') || ')' else '' end, at.keys)
    using leaves, most, after;
end $_$;

ALTER FUNCTION app.sealed_page(wanted text, after text, leaves bytea[], most integer) OWNER TO ringfence_owner;

--
-- Name: sealed_place(text); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_place(wanted text) RETURNS TABLE(source text, name text, keys text, shown text, own_id text, parsed text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  select c.oid::regclass::text, a.attname::text, string_agg(format('t.%I', k.attname), ', ' order by key.place),
    'concat_ws('' '', ' || string_agg(format('t.%I::text', k.attname), ', ' order by key.place) || ')',
    case when exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'id') then 't.id' else 'null::uuid' end,
    string_agg(format('split_part($key, '' '', %s)::%s', key.place, format_type(k.atttypid, k.atttypmod)), ', ' order by key.place)
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype
  join pg_index i on i.indrelid = c.oid and i.indisprimary
  cross join unnest(i.indkey::int2[]) with ordinality as key (number, place)
  join pg_attribute k on k.attrelid = c.oid and k.attnum = key.number
  where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
    and col_description(c.oid, a.attnum) ~ '^class=(personal|content|secret);'
    and 'app.' || c.relname || '.' || a.attname = wanted
  group by c.oid, a.attname
$_$;

ALTER FUNCTION app.sealed_place(wanted text) OWNER TO ringfence_owner;

--
-- Name: sealed_places(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.sealed_places() RETURNS TABLE(place text, source text, name text, scope text, newest text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select c.oid::regclass::text || '.' || a.attname, c.oid::regclass::text, a.attname::text, wanted.scope,
    coalesce((select string_agg(format('%I desc', k.attname), ', ' order by key.place)
      from pg_index i, unnest(i.indkey::int2[]) with ordinality as key (number, place)
      join pg_attribute k on k.attrelid = c.oid and k.attnum = key.number where i.indrelid = c.oid and i.indisprimary), '1')
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype
  cross join (values ('org', 'ctx.org()'), ('partner', 'ctx.partner%'), ('platform', 'ctx.platform()')) as wanted (scope, shape)
  where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
    and col_description(c.oid, a.attnum) ~ '^class=(personal|content|secret|vector);'
    and has_column_privilege(c.oid, a.attnum, 'select')
    and exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')
      and 'ringfence_app'::regrole = any (p.polroles)
      and (pg_get_expr(p.polqual, c.oid) like '%' || wanted.shape || '%' or pg_get_expr(p.polqual, c.oid) like '%ctx.scope_id()%'))
  union all
  -- Written and never read back: the gate gives their heads.
  select 'app.secret.value', '', '', 'org', ''
  order by 1, 4
$$;

ALTER FUNCTION app.sealed_places() OWNER TO ringfence_owner;

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
-- Name: time_ordered_id(); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.time_ordered_id() RETURNS uuid
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

ALTER FUNCTION app.time_ordered_id() OWNER TO ringfence_owner;

--
-- Name: unfounded_entries(xid8, xid8); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.unfounded_entries(since xid8, until xid8) RETURNS TABLE(kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION app.unfounded_entries(since xid8, until xid8) OWNER TO ringfence_owner;

--
-- Name: unrecorded(xid8, xid8); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.unrecorded(since xid8, until xid8) RETURNS TABLE(kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select c.kind, c.scope, c.scope_id, c.subject_id, c.xid, c.compared from app.unrecorded_changes(since, until) c
  union all
  select e.kind, e.scope, e.scope_id, e.subject_id, e.xid, e.compared from app.unfounded_entries(since, until) e
$$;

ALTER FUNCTION app.unrecorded(since xid8, until xid8) OWNER TO ringfence_owner;

--
-- Name: unrecorded_changes(xid8, xid8); Type: FUNCTION; Schema: app; Owner: ringfence_owner
--

CREATE FUNCTION app.unrecorded_changes(since xid8, until xid8) RETURNS TABLE(kind text, scope text, scope_id uuid, subject_id uuid, xid xid8, compared bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
end $_$;

ALTER FUNCTION app.unrecorded_changes(since xid8, until xid8) OWNER TO ringfence_owner;

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
-- Name: share_unowned(regclass); Type: PROCEDURE; Schema: ctx; Owner: ringfence_owner
--

CREATE PROCEDURE ctx.share_unowned(IN t regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform ctx.policy(t, 'select', 'shared_read', 'org_id = (select ctx.org()) and user_id is null', null);
  perform ctx.policy(t, 'all', 'shared', 'org_id = (select ctx.org()) and user_id is null and (select ctx.owner()) is null',
    'org_id = (select ctx.org()) and user_id is null and (select ctx.owner()) is null');
end $$;

ALTER PROCEDURE ctx.share_unowned(IN t regclass) OWNER TO ringfence_owner;

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
-- Name: claim_audit_streams(uuid, double precision, integer, integer, integer, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer) RETURNS TABLE(scope text, scope_id uuid, id uuid, kind text, is_slow boolean, attempt bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with held as materialized (
    select case when w.scope = 'partner' then w.scope_id else d.partner_id end as partner_id, w.is_slow, count(*) as places
    from app.audit_stream_work w left join app.directory d on w.scope = 'org' and d.org_id = w.scope_id
    where w.holder = new_holder and w.next_at > clock_timestamp() group by 1, 2
  ), ready as materialized (
    select w.scope_id, w.stream_id, w.is_slow, w.next_at, case when w.scope = 'partner' then w.scope_id else d.partner_id end as partner_id
    from app.audit_stream_work w
    join app.audit_stream s on s.scope_id = w.scope_id and s.id = w.stream_id and s.status = 'active'
    join app.audit_log l on l.scope = w.scope and l.scope_id = w.scope_id
    left join app.directory d on w.scope = 'org' and d.org_id = w.scope_id
    where (w.next_at <= clock_timestamp() or w.next_at > clock_timestamp() + interval '26 hours')
      and case when s.kind in ('webhook', 'syslog') then l.size > w.next_index else l.published_size > 0 end
  ), due as materialized (
    select r.scope_id, r.stream_id, r.is_slow, r.next_at, coalesce(h.places, 0) +
      row_number() over (partition by r.partner_id, r.is_slow order by r.next_at, r.stream_id) as place
    from ready r left join held h on h.partner_id = r.partner_id and h.is_slow = r.is_slow
  ), quick as (
    select w.scope_id, w.stream_id from due d join app.audit_stream_work w on w.scope_id = d.scope_id and w.stream_id = d.stream_id
    where not d.is_slow and d.place <= a_partner and w.next_at = d.next_at
    order by d.place, d.next_at, d.stream_id limit most
    for update of w skip locked
  ), slow as (
    select w.scope_id, w.stream_id from due d join app.audit_stream_work w on w.scope_id = d.scope_id and w.stream_id = d.stream_id
    where d.is_slow and d.place <= a_partner_slow and w.next_at = d.next_at
    order by d.place, d.next_at, d.stream_id limit most_slow
    for update of w skip locked
  )
  update app.audit_stream_work w
  set holder = new_holder, attempt = w.attempt + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from (select q.scope_id, q.stream_id from quick q union all select o.scope_id, o.stream_id from slow o) due
  where w.scope_id = due.scope_id and w.stream_id = due.stream_id
  returning w.scope, w.scope_id, w.stream_id,
    (select s.kind from app.audit_stream s where s.scope_id = w.scope_id and s.id = w.stream_id), w.is_slow, w.attempt
$$;

ALTER FUNCTION gate.claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer) OWNER TO ringfence_gate;

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
-- Name: claim_embeddings(uuid, double precision, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_embeddings(new_holder uuid, seconds double precision, most integer) RETURNS TABLE(org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with due as (
    select w.org_id, w.file_id, f.user_id, d.partner_id
    from app.embedding_work w
    join app.file_index f on f.org_id = w.org_id and f.file_id = w.file_id
    join app.directory d on d.org_id = w.org_id
    where w.next_at <= clock_timestamp()
    order by w.next_at, w.file_id
    limit most
    for update of w skip locked
  )
  update app.embedding_work w
  set holder = new_holder, attempts = w.attempts + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from due where w.org_id = due.org_id and w.file_id = due.file_id
  returning w.org_id, due.partner_id, w.file_id, due.user_id, w.attempts
$$;

ALTER FUNCTION gate.claim_embeddings(new_holder uuid, seconds double precision, most integer) OWNER TO ringfence_gate;

--
-- Name: claim_files(uuid, double precision, integer, text[]); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_files(new_holder uuid, seconds double precision, most integer, stages text[]) RETURNS TABLE(org_id uuid, partner_id uuid, file_id uuid, user_id uuid, stage text, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with due as (
    select w.org_id, w.file_id, f.user_id, d.partner_id
    from app.file_work w
    join app.file f on f.org_id = w.org_id and f.id = w.file_id
    join app.directory d on d.org_id = w.org_id
    where w.next_at <= clock_timestamp() and w.stage = any (stages)
    order by w.next_at, w.file_id
    limit most
    for update of w skip locked
  )
  update app.file_work w
  set holder = new_holder, attempts = w.attempts + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from due where w.org_id = due.org_id and w.file_id = due.file_id
  returning w.org_id, due.partner_id, w.file_id, due.user_id, w.stage, w.attempts
$$;

ALTER FUNCTION gate.claim_files(new_holder uuid, seconds double precision, most integer, stages text[]) OWNER TO ringfence_gate;

--
-- Name: claim_readings(uuid, double precision, integer, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.claim_readings(new_holder uuid, seconds double precision, most integer, share integer) RETURNS TABLE(org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with held as (
    select w.org_id, count(*) as files from app.file_work w
    where w.stage = 'read' and w.holder is not null and w.next_at > clock_timestamp() group by w.org_id
  ), turned as (
    select w.org_id, w.file_id, w.next_at,
      row_number() over (partition by w.org_id order by w.next_at, w.file_id) + coalesce(held.files, 0) as turn
    from app.file_work w left join held on held.org_id = w.org_id
    where w.stage = 'read' and w.next_at <= clock_timestamp()
  ), taken as (
    select w.org_id, w.file_id, f.user_id, d.partner_id
    from turned
    join app.file_work w on w.org_id = turned.org_id and w.file_id = turned.file_id
    join app.file f on f.org_id = w.org_id and f.id = w.file_id
    join app.directory d on d.org_id = w.org_id
    where turned.turn <= share and w.stage = 'read' and w.next_at <= clock_timestamp()
    order by turned.turn, turned.next_at, turned.file_id
    limit most
    for update of w skip locked
  )
  update app.file_work w
  set holder = new_holder, attempts = w.attempts + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from taken where w.org_id = taken.org_id and w.file_id = taken.file_id
  returning w.org_id, taken.partner_id, w.file_id, taken.user_id, w.attempts
$$;

ALTER FUNCTION gate.claim_readings(new_holder uuid, seconds double precision, most integer, share integer) OWNER TO ringfence_gate;

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
-- Name: count_reads(text); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.count_reads(counted text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.count_reads(counted text) OWNER TO ringfence_gate;

--
-- Name: count_refusals(text); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.count_refusals(counted text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.count_refusals(counted text) OWNER TO ringfence_gate;

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
-- Name: destroyed_keys(uuid, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.destroyed_keys(after_id uuid, most integer) RETURNS TABLE(scope_id uuid, id uuid, org_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select k.scope_id, k.id, k.org_id, k.user_id from app.key_destruction k
  where k.done_at is not null and k.id > after_id order by k.id limit most
$$;

ALTER FUNCTION gate.destroyed_keys(after_id uuid, most integer) OWNER TO ringfence_gate;

--
-- Name: doom_former_object(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.doom_former_object() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if old.object_id is not null then
    insert into app.doomed_object (org_id, object_id, file_id)
    values (old.org_id, old.object_id, case when old.status <> 'uploading' and new.object_id is not null then old.id end)
    on conflict do nothing;
  end if;
  return null;
end $$;

ALTER FUNCTION gate.doom_former_object() OWNER TO ringfence_gate;

--
-- Name: doom_former_objects(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.doom_former_objects() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update app.doomed_object d set file_id = null where d.org_id = old.org_id and d.file_id = old.id;
  return null;
end $$;

ALTER FUNCTION gate.doom_former_objects() OWNER TO ringfence_gate;

--
-- Name: doom_object(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.doom_object() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if old.object_id is not null then
    insert into app.doomed_object (org_id, object_id) values (old.org_id, old.object_id) on conflict do nothing;
  end if;
  return null;
end $$;

ALTER FUNCTION gate.doom_object() OWNER TO ringfence_gate;

--
-- Name: drop_streams(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.drop_streams() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  delete from app.audit_stream s where s.scope = 'org' and s.scope_id = old.org_id;
  return null;
end $$;

ALTER FUNCTION gate.drop_streams() OWNER TO ringfence_gate;

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
-- Name: enter_counts(integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.enter_counts(most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.enter_counts(most integer) OWNER TO ringfence_gate;

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
-- Name: file_bytes(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.file_bytes(wanted uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ select coalesce(sum(f.size_bytes), 0)::bigint from app.file f where f.org_id = wanted $$;

ALTER FUNCTION gate.file_bytes(wanted uuid) OWNER TO ringfence_gate;

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
-- Name: keep_erased(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.keep_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into app.erased_organization (partner_id, org_id) values (old.partner_id, old.org_id);
  return null;
end $$;

ALTER FUNCTION gate.keep_erased() OWNER TO ringfence_gate;

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
-- Name: log_of_delivery(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.log_of_delivery(wanted uuid) RETURNS TABLE(scope text, scope_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select d.scope, d.scope_id from app.delivery d where d.id = wanted and d.status = 'failed'
$$;

ALTER FUNCTION gate.log_of_delivery(wanted uuid) OWNER TO ringfence_gate;

--
-- Name: note_login(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.note_login() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.note_login() OWNER TO ringfence_gate;

--
-- Name: organization_of_secret(uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.organization_of_secret(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select s.org_id from app.secret s join app.directory d on d.org_id = s.org_id
  where s.id = wanted and d.partner_id = ctx.partner()
$$;

ALTER FUNCTION gate.organization_of_secret(wanted uuid) OWNER TO ringfence_gate;

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
-- Name: reconcile(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.reconcile() RETURNS TABLE(compared bigint, faults text[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.reconcile() OWNER TO ringfence_gate;

--
-- Name: refuse_erased(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.refuse_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if exists (select from app.erased_organization e where e.org_id = new.org_id) then
    raise exception 'an organization of this id was erased' using errcode = '23505';
  end if;
  return new;
end $$;

ALTER FUNCTION gate.refuse_erased() OWNER TO ringfence_gate;

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

--
-- Name: reseal_secret(uuid, bytea, bytea); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.reseal_secret(wanted uuid, before bytea, becomes bytea) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with resealed as (
    update app.secret s set value = becomes where s.org_id = ctx.org() and s.id = wanted and s.value = before
      and ctx.role() = 'operator' and app.is_resealed(s.value, becomes)
    returning 1
  )
  select count(*) from resealed
$$;

ALTER FUNCTION gate.reseal_secret(wanted uuid, before bytea, becomes bytea) OWNER TO ringfence_gate;

--
-- Name: seal_append(xid8, uuid, text[], uuid[], bigint[], bytea[], bytea[], integer[], bigint[], uuid[], bytea[], integer[], integer[], bigint[], bytea[]); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
declare
  known app.audit_sealer;
  bound xid8 := pg_snapshot_xmin(pg_current_snapshot());
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  wanted constant int := cardinality(entry_ids);
  befores bigint[];
begin
  perform ctx.platform();
  if not app.holds_audit_lock() then
    raise exception 'another seals' using errcode = '55P03';
  end if;
  known := (select s from app.audit_sealer s where s.shard = 0);
  if known.resume_at is null and (to_xid > bound or (to_xid = bound and to_id <> nobody)
    or (to_xid, to_id) < (known.horizon, known.after_id))
  then
    raise exception 'the cursor moves forward, and no further than the horizon' using errcode = '22023';
  end if;
  befores := array(
    select coalesce(a.size, 0) from unnest(log_scopes, log_scope_ids) with ordinality as l (scope, scope_id, number)
    left join app.audit_log a on a.scope_id = l.scope_id and a.scope = l.scope order by l.number);
  if cardinality(log_scopes) <> (
    select count(*) from (
      select e.log, count(*) as entries, min(e.index) as least, max(e.index) as greatest
      from unnest(entry_logs, indices) as e (log, index) group by e.log
    ) as g
    where g.entries = sizes[g.log] - befores[g.log] and g.least = befores[g.log] and g.greatest = sizes[g.log] - 1)
    or wanted <> (select coalesce(sum(sizes[l.number] - befores[l.number]), 0) from generate_subscripts(sizes, 1) as l (number))
  then
    raise exception 'indices are dense' using errcode = '22023';
  end if;
  insert into app.audit_sealed (scope, scope_id, index, entry_id, leaf_hash)
    select log_scopes[e.log], log_scope_ids[e.log], e.index, e.entry_id, e.hash
    from unnest(entry_logs, indices, entry_ids, hashes) as e (log, index, entry_id, hash);
  if wanted <> (
    select count(*) from unnest(entry_logs, entry_ids) as e (log, entry_id)
    join app.audit_queue q on q.scope_id = log_scope_ids[e.log] and q.id = e.entry_id and q.scope = log_scopes[e.log]
      and (known.resume_at is not null or q.xid < bound))
  then
    raise exception 'there is no such entry, or it is not final' using errcode = '22023';
  end if;
  if known.resume_at is null and exists (
    select from app.audit_queue q
    where (q.xid, q.id) > (known.horizon, known.after_id) and (q.xid, q.id) <= (to_xid, to_id)
      and not exists (select from app.audit_sealed d where d.scope_id = q.scope_id and d.entry_id = q.id))
  then
    raise exception 'an entry was left out' using errcode = '22023';
  end if;
  insert into app.audit_log (scope, scope_id, size, root, frontier)
    select l.scope, l.scope_id, l.size, l.root, l.frontier
    from unnest(log_scopes, log_scope_ids, sizes, roots, frontiers) as l (scope, scope_id, size, root, frontier)
    on conflict on constraint audit_log_pkey do update
    set size = excluded.size, root = excluded.root, frontier = excluded.frontier, sealed_at = clock_timestamp();
  insert into app.audit_node (scope, scope_id, level, index, hash)
    select log_scopes[n.log], log_scope_ids[n.log], n.level, n.index, n.hash
    from unnest(node_logs, node_levels, node_indices, node_hashes) as n (log, level, index, hash);
  update app.audit_sealer s set rounds = s.rounds + 1, sealed_at = clock_timestamp(),
    -- At the end of a walk the ids of this cluster go on.
    horizon = case when known.resume_at is not null and to_id = nobody then known.resume_at else to_xid end,
    after_id = to_id, walked = s.walked + case when known.resume_at is null then 0 else wanted end,
    resume_at = case when to_id = nobody then null else s.resume_at end
  where s.shard = 0;
  return wanted;
end $$;

ALTER FUNCTION gate.seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]) OWNER TO ringfence_seal;

--
-- Name: seal_claim(uuid, double precision, double precision, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer) RETURNS TABLE(scope text, scope_id uuid)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with due as (
    select l.scope, l.scope_id from app.audit_log l
    where (select ctx.platform()) and l.size > l.published_size and l.stopped is null
      and (l.published_at is null
        or l.published_at not between clock_timestamp() - make_interval(secs => idle_seconds) and clock_timestamp())
      and (l.publishing_until is null
        or l.publishing_until not between clock_timestamp() and clock_timestamp() + interval '2 minutes')
    order by l.published_at nulls first
    limit most
    for update of l skip locked
  )
  update app.audit_log l set publisher = new_holder, publishing_until = clock_timestamp() + make_interval(secs => seconds)
  from due where l.scope = due.scope and l.scope_id = due.scope_id
  returning l.scope, l.scope_id
$$;

ALTER FUNCTION gate.seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer) OWNER TO ringfence_seal;

--
-- Name: seal_claim_one(text, uuid, uuid, double precision); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with claimed as (
    update app.audit_log l set publisher = new_holder, publishing_until = clock_timestamp() + make_interval(secs => seconds)
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id
      and (l.publishing_until is null or l.publisher = new_holder
        or l.publishing_until not between clock_timestamp() and clock_timestamp() + interval '2 minutes')
    returning 1
  )
  select count(*) from claimed
$$;

ALTER FUNCTION gate.seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision) OWNER TO ringfence_seal;

--
-- Name: seal_cleaned(text, uuid, bigint); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_cleaned(in_scope text, in_id uuid, upto bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with cleaned as (
    update app.audit_log l set cleaned_to = upto
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.cleaned_to < upto and upto <= l.pruned_to returning 1
  )
  select count(*) from cleaned
$$;

ALTER FUNCTION gate.seal_cleaned(in_scope text, in_id uuid, upto bigint) OWNER TO ringfence_seal;

--
-- Name: seal_due(); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_due() RETURNS TABLE(is_due boolean, system_identifier bigint, timeline integer, rounds bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
declare
  known app.audit_sealer;
begin
  perform ctx.platform();
  known := (select s from app.audit_sealer s where s.shard = 0);
  select c.system_identifier into seal_due.system_identifier from pg_control_system() c;
  select c.timeline_id into timeline from pg_control_checkpoint() c;
  rounds := coalesce(known.rounds, 0);
  is_due := known.system_identifier is distinct from seal_due.system_identifier
    or known.resume_at is not null
    or exists (select from app.audit_queue q where (q.xid, q.id) > (known.horizon, known.after_id)
      and q.xid < pg_snapshot_xmin(pg_current_snapshot()));
  return next;
end $$;

ALTER FUNCTION gate.seal_due() OWNER TO ringfence_seal;

--
-- Name: seal_enter(bigint, text[], uuid[], bigint[], text[], bytea[], bytea, bytea, integer[], bigint[], bytea[]); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  many bigint := cardinality(hashes);
begin
  perform ctx.platform();
  if expected = 0 then
    insert into app.audit_log (scope, scope_id, size, root, frontier)
    values ('instance', '00000000-0000-0000-0000-000000000001', many, new_root, new_frontier) on conflict do nothing;
  else
    update app.audit_log l set size = expected + many, root = new_root, frontier = new_frontier, sealed_at = clock_timestamp()
    where l.scope = 'instance' and l.scope_id = '00000000-0000-0000-0000-000000000001' and l.size = expected and l.stopped is null;
  end if;
  if not found then
    return 0;
  end if;
  insert into app.audit_instance_leaf (index, scope, scope_id, size, text)
  select expected + leaf.place - 1, leaf.scope, leaf.id, leaf.size, leaf.text
  from unnest(scopes, ids, sizes, texts) with ordinality as leaf (scope, id, size, text, place);
  insert into app.audit_sealed (scope, scope_id, index, entry_id, leaf_hash, sealed_at)
  select 'instance', '00000000-0000-0000-0000-000000000001', expected + leaf.place - 1, gen_random_uuid(), leaf.hash, clock_timestamp()
  from unnest(hashes) with ordinality as leaf (hash, place);
  insert into app.audit_node (scope, scope_id, level, index, hash)
  select 'instance', '00000000-0000-0000-0000-000000000001', n.level, n.index, n.hash from unnest(node_levels, node_indices, node_hashes) as n (level, index, hash);
  update app.audit_log l set entered_size = entered.size
  from unnest(scopes, ids, sizes) as entered (scope, id, size)
  where l.scope = entered.scope and l.scope_id = entered.id and l.entered_size < entered.size
    and entered.size <= l.published_size; -- or nothing would be entered until the log is as large
  return many;
end $$;

ALTER FUNCTION gate.seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) OWNER TO ringfence_seal;

--
-- Name: seal_expire(); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_expire() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
  with refused as (
    delete from app.refused_login r where (select ctx.platform()) and r.minute < now() - interval '1 year' returning 1
  ), thinned as (
    delete from app.audit_checkpoint c where (select ctx.platform()) and c.at < now() - interval '2 days' and exists (
      select from app.audit_checkpoint later
      where later.scope = c.scope and later.scope_id = c.scope_id and later.size > c.size
        and (later.at at time zone 'utc')::date = (c.at at time zone 'utc')::date)
    returning 1
  )
  select (select count(*) from refused) + (select count(*) from thinned)
$$;

ALTER FUNCTION gate.seal_expire() OWNER TO ringfence_seal;

--
-- Name: seal_frontiers(uuid[]); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_frontiers(wanted uuid[]) RETURNS TABLE(scope text, scope_id uuid, size bigint, frontier bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform ctx.platform();
  return query select l.scope, l.scope_id, l.size, l.frontier from app.audit_log l where l.scope_id = any (wanted);
end $$;

ALTER FUNCTION gate.seal_frontiers(wanted uuid[]) OWNER TO ringfence_seal;

--
-- Name: seal_lag(double precision); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_lag(seconds double precision) RETURNS TABLE(waiting bigint, oldest double precision)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
declare
  known app.audit_sealer;
begin
  perform ctx.platform();
  known := (select s from app.audit_sealer s where s.shard = 0);
  return query
    select count(*) filter (where w.age > seconds), coalesce(max(w.age), 0) from (
      select extract(epoch from clock_timestamp() - q.at)::float8 as age from app.audit_queue q
      where (q.xid, q.id) > (coalesce(known.horizon, '0'), coalesce(known.after_id, '00000000-0000-0000-0000-000000000000'))
        and not exists (select from app.audit_sealed d where d.scope_id = q.scope_id and d.entry_id = q.id)
      order by q.xid, q.id limit 1000
    ) as w;
end $$;

ALTER FUNCTION gate.seal_lag(seconds double precision) OWNER TO ringfence_seal;

--
-- Name: seal_logs(text, uuid, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_logs(after_scope text, after_id uuid, most integer) RETURNS TABLE(scope text, scope_id uuid, published_size bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select l.scope, l.scope_id, l.published_size from app.audit_log l
  where (select ctx.platform()) and (l.scope, l.scope_id) > (after_scope, after_id) order by l.scope, l.scope_id limit most
$$;

ALTER FUNCTION gate.seal_logs(after_scope text, after_id uuid, most integer) OWNER TO ringfence_seal;

--
-- Name: seal_open(); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_open() RETURNS TABLE(bound xid8, resume_at xid8, has_moved boolean, walked bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  here bigint := (select c.system_identifier from pg_control_system() c);
begin
  perform ctx.platform();
  if not app.holds_audit_lock() then
    return;
  end if;
  bound := pg_snapshot_xmin(pg_current_snapshot());
  insert into app.audit_sealer (shard) values (0) on conflict do nothing;
  update app.audit_sealer s set system_identifier = here, has_moved = s.system_identifier is not null, horizon = '0',
    after_id = '00000000-0000-0000-0000-000000000000', resume_at = seal_open.bound, walked = 0
  where s.shard = 0 and s.system_identifier is distinct from here;
  select s.resume_at, s.has_moved, s.walked into seal_open.resume_at, seal_open.has_moved, seal_open.walked
    from app.audit_sealer s where s.shard = 0;
  return next;
end $$;

ALTER FUNCTION gate.seal_open() OWNER TO ringfence_seal;

--
-- Name: seal_prunable(integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_prunable(most integer) RETURNS TABLE(scope text, scope_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
  select l.scope, l.scope_id from app.audit_log l
  where (select ctx.platform()) and l.scope <> 'instance' and l.published_size > 0 and (l.cleaned_to < l.pruned_to or (
    select q.at from app.audit_sealed s join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id
    where s.scope = l.scope and s.scope_id = l.scope_id and s.index >= l.pruned_to and s.index < l.published_size
    order by s.index limit 1) < now() - interval '1 year')
  order by l.scope, l.scope_id limit most
$$;

ALTER FUNCTION gate.seal_prunable(most integer) OWNER TO ringfence_seal;

--
-- Name: seal_prune(text, uuid, uuid, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_prune(in_scope text, in_id uuid, held_by uuid, most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
declare
  log record;
  upto bigint;
begin
  perform ctx.platform();
  select l.pruned_to, l.published_size into log from app.audit_log l
    where l.scope = in_scope and l.scope_id = in_id and l.publisher = held_by and l.publishing_until > clock_timestamp() for update;
  if not found then
    return null;
  end if;
  with looked_at as (
    select s.index, q.at from app.audit_sealed s join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id
    where s.scope = in_scope and s.scope_id = in_id and s.index >= log.pruned_to and s.index < log.published_size
    order by s.index limit most
  ), young as (
    select min(a.index) as first from looked_at a where a.at >= now() - interval '1 year'
  )
  -- NOTE: up to the last that is old, not to the first that is young: an entry between them was taken away, and would
  -- be said to be pruned.
  select coalesce(max(a.index) + 1, log.pruned_to) into upto
  from looked_at a cross join young y where y.first is null or a.index < y.first;
  delete from app.audit_queue q using app.audit_sealed s
  where s.scope = in_scope and s.scope_id = in_id and s.index >= log.pruned_to and s.index < upto
    and q.scope_id = in_id and q.id = s.entry_id and q.at < now() - interval '1 year';
  update app.audit_log l set pruned_to = upto where l.scope = in_scope and l.scope_id = in_id;
  return upto;
end $$;

ALTER FUNCTION gate.seal_prune(in_scope text, in_id uuid, held_by uuid, most integer) OWNER TO ringfence_seal;

--
-- Name: seal_published(text, uuid, uuid, bigint, bytea, text); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with published as (
    update app.audit_log l
    set published_size = new_size, published_root = new_root, checkpoint = note, published_at = clock_timestamp(),
      publisher = null, publishing_until = null
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.publisher = held_by
      and l.publishing_until > clock_timestamp() and l.stopped is null and new_size between greatest(l.published_size, 1) and l.size
    returning 1
  ), kept as (
    insert into app.audit_checkpoint (scope, scope_id, size, note, at)
    select in_scope, in_id, new_size, note, clock_timestamp() from published
    on conflict on constraint audit_checkpoint_pkey do nothing
  )
  select count(*) from published
$$;

ALTER FUNCTION gate.seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) OWNER TO ringfence_seal;

--
-- Name: seal_release(text, uuid, uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_release(in_scope text, in_id uuid, held_by uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with released as (
    update app.audit_log l set publisher = null, publishing_until = null
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.publisher = held_by
    returning 1
  )
  select count(*) from released
$$;

ALTER FUNCTION gate.seal_release(in_scope text, in_id uuid, held_by uuid) OWNER TO ringfence_seal;

--
-- Name: seal_replay(text, uuid, bigint, uuid, uuid[], bytea[], bytea[], bytea, bytea, integer[], bigint[], bytea[]); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  many constant bigint := cardinality(hashes);
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
  perform ctx.platform();
  if cardinality(ids) <> many or cardinality(leaves) <> many or exists (
    select from unnest(hashes, leaves) as leaf (hash, data) where leaf.data <> '' and leaf.hash <> sha256('\x00'::bytea || leaf.data))
  then
    raise exception 'a leaf is not what its hash says' using errcode = '22023';
  end if;
  if in_scope <> 'instance' and exists (
    select from unnest(ids, leaves) with ordinality as leaf (id, data, place),
      lateral (select convert_from(nullif(leaf.data, ''), 'UTF8')::jsonb as said) j
    where j.said is not null and ((j.said ->> 'log', (j.said ->> 'index')::bigint, (j.said ->> 'id')::uuid)
      is distinct from (in_scope || '/' || in_id, expected + leaf.place - 1, leaf.id)
      or (j.said ->> 'at')::timestamptz > clock_timestamp() + interval '1 hour'))
  then
    raise exception 'a leaf of another place, or of a time to come' using errcode = '22023';
  end if;
  if not app.holds_audit_lock() then
    return 0;
  end if;
  if expected = 0 then
    insert into app.audit_log (scope, scope_id, size, root, frontier)
    values (in_scope, in_id, many, new_root, new_frontier) on conflict do nothing;
  else
    update app.audit_log l set size = expected + many, root = new_root, frontier = new_frontier, sealed_at = clock_timestamp()
    where l.scope = in_scope and l.scope_id = in_id and l.size = expected and l.stopped is null;
  end if;
  if not found then
    return 0;
  end if;
  if in_scope = 'instance' then
    insert into app.audit_instance_leaf (index, scope, scope_id, size, text)
    select expected + leaf.place - 1, named.parts[1], named.parts[2]::uuid, split_part(j.said, chr(10), 2)::bigint, j.said
    from unnest(leaves) with ordinality as leaf (data, place),
      lateral (select convert_from(nullif(leaf.data, ''), 'UTF8') as said) j,
      lateral (select regexp_match(split_part(j.said, chr(10), 1), '/audit/(org|partner|platform)/([0-9a-f-]{36})$') as parts) named
    where j.said is not null;
    update app.audit_log l set entered_size = greatest(l.entered_size, e.size)
    from (select r.scope, r.scope_id, max(r.size) as size from app.audit_instance_leaf r where r.index >= expected
      group by r.scope, r.scope_id) as e
    where l.scope = e.scope and l.scope_id = e.scope_id;
  else
    insert into app.audit_queue (scope, scope_id, id, xid, at, actor_kind, actor_id, action, target_kind, target_id, outcome,
      reason, permission, request_id, address_hash, network, details)
    select in_scope, in_id, leaf.id, '3', (j.said ->> 'at')::timestamptz, j.said #>> '{actor,kind}', (j.said #>> '{actor,id}')::uuid,
      j.said ->> 'action', j.said #>> '{target,kind}', (j.said #>> '{target,id}')::uuid, j.said ->> 'outcome', j.said ->> 'reason',
      j.said ->> 'permission', j.said ->> 'request_id', decode(j.said ->> 'address_hash', 'hex'), j.said ->> 'network', j.said -> 'details'
    from unnest(ids, leaves) as leaf (id, data), lateral (select convert_from(nullif(leaf.data, ''), 'UTF8')::jsonb as said) j
    where j.said is not null
    on conflict (scope_id, id) do nothing;
  end if;
  insert into app.audit_sealed (scope, scope_id, index, entry_id, leaf_hash, sealed_at)
  select in_scope, in_id, expected + leaf.place - 1, leaf.id, leaf.hash, clock_timestamp()
  from unnest(ids, hashes) with ordinality as leaf (id, hash, place);
  insert into app.audit_node (scope, scope_id, level, index, hash)
  select in_scope, in_id, n.level, n.index, n.hash from unnest(node_levels, node_indices, node_hashes) as n (level, index, hash);
  insert into app.audit_queue (scope, scope_id, id, actor_kind, actor_id, action, outcome, details)
  select case when in_scope = 'instance' then 'platform' else in_scope end, case when in_scope = 'instance' then nobody else in_id end,
    app.time_ordered_id(), 'system', held_by, 'audit.recovered', 'success', jsonb_build_object('cause', 'restored', 'entries', many);
  return many;
end $_$;

ALTER FUNCTION gate.seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) OWNER TO ringfence_seal;

--
-- Name: seal_resume(text, uuid, bigint, bigint, bigint); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  why text;
begin
  perform ctx.platform();
  select l.stopped into why from app.audit_log l
    where l.scope = in_scope and l.scope_id = in_id and l.size = at_size and l.published_size = at_published for update;
  if why is null then
    return 0;
  end if;
  update app.audit_log l set stopped = null, publisher = null, publishing_until = null where l.scope = in_scope and l.scope_id = in_id;
  insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, details)
  select told.scope, told.scope_id, app.time_ordered_id(), 'operator', 'audit.resumed', 'success',
    jsonb_build_object('cause', why, 'from_index', from_index, 'log', in_scope, 'log_id', in_id)
  from (values (in_scope, in_id) union values ('platform', nobody)) as told (scope, scope_id) where told.scope <> 'instance';
  return 1;
end $$;

ALTER FUNCTION gate.seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) OWNER TO ringfence_seal;

--
-- Name: seal_rows(xid8, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_rows(upto xid8, most integer) RETURNS TABLE(xid xid8, is_sealed boolean, scope text, scope_id uuid, id uuid, at text, actor_kind text, actor_id text, action text, target_kind text, target_id text, outcome text, reason text, permission text, request_id text, address_hash text, network text, details text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
declare
  known app.audit_sealer;
begin
  perform ctx.platform();
  known := (select s from app.audit_sealer s where s.shard = 0);
  if upto > pg_snapshot_xmin(pg_current_snapshot()) then
    raise exception 'entries at or above the horizon are not final' using errcode = '22023';
  end if;
  if known.resume_at is not null then
    upto := '18446744073709551615';
  end if;
  return query
    select q.xid, d.entry_id is not null,
      q.scope, q.scope_id, q.id, to_char(q.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), q.actor_kind,
      q.actor_id::text, q.action, q.target_kind, q.target_id::text, q.outcome, q.reason, q.permission, q.request_id,
      encode(q.address_hash, 'hex'), q.network, q.details::text
    from app.audit_queue q left join app.audit_sealed d on d.scope_id = q.scope_id and d.entry_id = q.id
    where (q.xid, q.id) > (known.horizon, known.after_id) and q.xid < upto
    order by q.xid, q.id limit most;
end $$;

ALTER FUNCTION gate.seal_rows(upto xid8, most integer) OWNER TO ringfence_seal;

--
-- Name: seal_stop(text, uuid, text); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_stop(in_scope text, in_id uuid, why text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with stopped as (
    update app.audit_log l set stopped = why
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.stopped is null and why in ('fork', 'altered') returning 1
  )
  select count(*) from stopped
$$;

ALTER FUNCTION gate.seal_stop(in_scope text, in_id uuid, why text) OWNER TO ringfence_seal;

--
-- Name: seal_stopped(); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_stopped() RETURNS TABLE(scope text, scope_id uuid, why text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select l.scope, l.scope_id, l.stopped from app.audit_log l
  where (select ctx.platform()) and l.stopped is not null order by l.scope, l.scope_id
$$;

ALTER FUNCTION gate.seal_stopped() OWNER TO ringfence_seal;

--
-- Name: seal_to_enter(integer); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_to_enter(most integer) RETURNS TABLE(scope text, scope_id uuid, size bigint, note text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select l.scope, l.scope_id, l.published_size, l.checkpoint from app.audit_log l
  where (select ctx.platform()) and l.published_size > l.entered_size and l.scope <> 'instance' and l.stopped is null
  order by l.published_at limit most
$$;

ALTER FUNCTION gate.seal_to_enter(most integer) OWNER TO ringfence_seal;

--
-- Name: seal_unpublished(double precision); Type: FUNCTION; Schema: gate; Owner: ringfence_seal
--

CREATE FUNCTION gate.seal_unpublished(seconds double precision) RETURNS TABLE(waiting bigint, oldest double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select count(*), coalesce(max(extract(epoch from clock_timestamp() - s.sealed_at)), 0)::float8
  from app.audit_log l join app.audit_sealed s on s.scope_id = l.scope_id and s.index = l.published_size and s.scope = l.scope
  where (select ctx.platform()) and l.published_size < l.size and s.sealed_at < clock_timestamp() - make_interval(secs => seconds)
$$;

ALTER FUNCTION gate.seal_unpublished(seconds double precision) OWNER TO ringfence_seal;

--
-- Name: secret_heads(integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.secret_heads(most integer) RETURNS TABLE(place text, head bytea, size integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select 'app.secret.value', substr(s.value, 1, 17), length(s.value) from app.secret s where s.org_id = ctx.org()
  order by s.id desc limit most
$$;

ALTER FUNCTION gate.secret_heads(most integer) OWNER TO ringfence_gate;

--
-- Name: secrets_to_reseal(bytea, integer, uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.secrets_to_reseal(newest_key bytea, most integer, held_by uuid) RETURNS TABLE(id uuid, value bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.secrets_to_reseal(newest_key bytea, most integer, held_by uuid) OWNER TO ringfence_gate;

--
-- Name: take_secret(text, text, uuid, uuid); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.take_secret(wanted text, for_host text, for_run uuid, held_by uuid) RETURNS TABLE(outcome text, id uuid, value bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION gate.take_secret(wanted text, for_host text, for_run uuid, held_by uuid) OWNER TO ringfence_gate;

--
-- Name: unrecorded_here(); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.unrecorded_here() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select u.kind from app.unrecorded(pg_current_xact_id(), (pg_current_xact_id()::text::bigint + 1)::text::xid8) u
  where u.kind <> '' order by 1
$$;

ALTER FUNCTION gate.unrecorded_here() OWNER TO ringfence_gate;

--
-- Name: unsent_files(uuid, double precision, integer); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.unsent_files(after_id uuid, seconds double precision, most integer) RETURNS TABLE(org_id uuid, partner_id uuid, file_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  select f.org_id, d.partner_id, f.id, f.user_id
  from app.file f join app.directory d on d.org_id = f.org_id
  where f.purpose = 'message' and f.conversation_id is null and f.status <> 'uploading' and f.id > after_id
    and f.created_at < clock_timestamp() - make_interval(secs => seconds)
  order by f.id limit most
$$;

ALTER FUNCTION gate.unsent_files(after_id uuid, seconds double precision, most integer) OWNER TO ringfence_gate;

--
-- Name: want_embeddings(text); Type: FUNCTION; Schema: gate; Owner: ringfence_gate
--

CREATE FUNCTION gate.want_embeddings(wanted text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  with missing as (
    insert into app.embedding_work (org_id, file_id)
    select f.org_id, f.file_id from app.file_index f
    where not exists (select from app.vector_segment s
      where s.org_id = f.org_id and s.file_id = f.file_id and s.model = wanted)
    on conflict do nothing
    returning 1
  )
  select count(*) from missing
$$;

ALTER FUNCTION gate.want_embeddings(wanted text) OWNER TO ringfence_gate;

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
-- Name: audit_checkpoint; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_checkpoint (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT audit_checkpoint_size_check CHECK ((size > 0))
);

ALTER TABLE ONLY app.audit_checkpoint FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_checkpoint OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_checkpoint.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_checkpoint.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_checkpoint.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_checkpoint.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_checkpoint.size; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_checkpoint.size IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_checkpoint.note; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_checkpoint.note IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_checkpoint.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_checkpoint.at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: audit_instance_leaf; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_instance_leaf (
    index bigint NOT NULL,
    scope text NOT NULL,
    scope_id uuid NOT NULL,
    size bigint NOT NULL,
    text text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY app.audit_instance_leaf FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_instance_leaf OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_instance_leaf.index; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.index IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_instance_leaf.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_instance_leaf.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_instance_leaf.size; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.size IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_instance_leaf.text; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.text IS 'class=operational; owner=platform; clock=proof; note=a checkpoint without its signatures: origin, size, root and time';

--
-- Name: COLUMN audit_instance_leaf.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_instance_leaf.at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: audit_log; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_log (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    frontier bytea NOT NULL,
    sealed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    published_size bigint DEFAULT 0 NOT NULL,
    published_root bytea,
    checkpoint text,
    published_at timestamp with time zone,
    pruned_to bigint DEFAULT 0 NOT NULL,
    publisher uuid,
    publishing_until timestamp with time zone,
    entered_size bigint DEFAULT 0 NOT NULL,
    cleaned_to bigint DEFAULT 0 NOT NULL,
    stopped text,
    CONSTRAINT audit_log_check CHECK ((length(frontier) = (32 * bit_count((size)::bit(64))))),
    CONSTRAINT audit_log_check1 CHECK (((published_size >= 0) AND (published_size <= size))),
    CONSTRAINT audit_log_root_check CHECK ((length(root) = 32)),
    CONSTRAINT audit_log_size_check CHECK ((size > 0))
);

ALTER TABLE ONLY app.audit_log FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_log OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_log.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.size; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.size IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.root; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.root IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.frontier; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.frontier IS 'class=operational; owner=platform; clock=proof; note=the roots of the perfect subtrees, left to right';

--
-- Name: COLUMN audit_log.sealed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.sealed_at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.published_size; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.published_size IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.published_root; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.published_root IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.checkpoint; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.checkpoint IS 'class=operational; owner=platform; clock=proof; note=the newest signed note, which anybody may read';

--
-- Name: COLUMN audit_log.published_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.published_at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.pruned_to; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.pruned_to IS 'class=operational; owner=platform; clock=proof; note=entries below are gone, their hashes are not';

--
-- Name: COLUMN audit_log.publisher; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.publisher IS 'class=identifier; owner=platform; clock=proof; note=the process that publishes it just now';

--
-- Name: COLUMN audit_log.publishing_until; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.publishing_until IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_log.entered_size; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.entered_size IS 'class=operational; owner=platform; clock=proof; note=the newest published size that the instance tree has a leaf of';

--
-- Name: COLUMN audit_log.cleaned_to; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.cleaned_to IS 'class=operational; owner=platform; clock=proof; note=up to here the object store holds no pruned entry any more';

--
-- Name: COLUMN audit_log.stopped; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_log.stopped IS 'class=operational; owner=platform; clock=proof; note=why nothing is sealed or published any more: fork or altered';

--
-- Name: audit_node; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_node (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    level integer NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_node_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_node_index_check CHECK ((index >= 0)),
    CONSTRAINT audit_node_level_check CHECK (((level >= 1) AND (level <= 7)))
);

ALTER TABLE ONLY app.audit_node FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_node OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_node.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_node.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_node.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_node.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_node.level; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_node.level IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_node.index; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_node.index IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_node.hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_node.hash IS 'class=operational; owner=platform; clock=proof; note=SHA-256 over leaf hashes';

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
    network text,
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
-- Name: COLUMN audit_queue.network; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_queue.network IS 'class=operational; owner=platform; clock=one year; note=loopback, private, public or unknown';

--
-- Name: audit_sealed; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_sealed (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    index bigint NOT NULL,
    entry_id uuid NOT NULL,
    leaf_hash bytea NOT NULL,
    sealed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT audit_sealed_index_check CHECK ((index >= 0)),
    CONSTRAINT audit_sealed_leaf_hash_check CHECK ((length(leaf_hash) = 32))
);

ALTER TABLE ONLY app.audit_sealed FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_sealed OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_sealed.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_sealed.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_sealed.index; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.index IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN audit_sealed.entry_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.entry_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN audit_sealed.leaf_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.leaf_hash IS 'class=operational; owner=platform; clock=proof; note=SHA-256 of the entry, which holds a random id';

--
-- Name: COLUMN audit_sealed.sealed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealed.sealed_at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: audit_sealer; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_sealer (
    shard integer NOT NULL,
    system_identifier bigint,
    horizon xid8 DEFAULT '0'::xid8 NOT NULL,
    after_id uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    resume_at xid8,
    has_moved boolean DEFAULT false NOT NULL,
    walked bigint DEFAULT 0 NOT NULL,
    rounds bigint DEFAULT 0 NOT NULL,
    sealed_at timestamp with time zone,
    CONSTRAINT audit_sealer_shard_check CHECK ((shard = 0))
);

ALTER TABLE ONLY app.audit_sealer FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_sealer OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_sealer.shard; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.shard IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN audit_sealer.system_identifier; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.system_identifier IS 'class=operational; owner=platform; clock=none; note=of the cluster whose transaction ids these are';

--
-- Name: COLUMN audit_sealer.horizon; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.horizon IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN audit_sealer.after_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.after_id IS 'class=identifier; owner=platform; clock=none';

--
-- Name: COLUMN audit_sealer.resume_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.resume_at IS 'class=operational; owner=platform; clock=none; note=set while the queue is walked';

--
-- Name: COLUMN audit_sealer.has_moved; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.has_moved IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN audit_sealer.walked; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.walked IS 'class=operational; owner=platform; clock=none; note=entries that the walk sealed';

--
-- Name: COLUMN audit_sealer.rounds; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.rounds IS 'class=operational; owner=platform; clock=none; note=only ever grows, so that a database that went back is seen';

--
-- Name: COLUMN audit_sealer.sealed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_sealer.sealed_at IS 'class=operational; owner=platform; clock=none';

--
-- Name: audit_stream; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_stream (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    form text,
    status text DEFAULT 'active'::text NOT NULL,
    target bytea NOT NULL,
    secret bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    secret_rotated_at timestamp with time zone,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT audit_stream_check CHECK (((form IS NOT NULL) = (kind = 'webhook'::text))),
    CONSTRAINT audit_stream_check1 CHECK (((secret IS NOT NULL) = (kind = ANY (ARRAY['webhook'::text, 'checkpoint_webhook'::text])))),
    CONSTRAINT audit_stream_form_check CHECK ((form = ANY (ARRAY['standard'::text, 'lines'::text, 'hec'::text]))),
    CONSTRAINT audit_stream_kind_check CHECK ((kind = ANY (ARRAY['webhook'::text, 'syslog'::text, 'checkpoint_webhook'::text, 'checkpoint_mail'::text]))),
    CONSTRAINT audit_stream_scope_check CHECK ((scope = ANY (ARRAY['org'::text, 'partner'::text]))),
    CONSTRAINT audit_stream_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text])))
);

ALTER TABLE ONLY app.audit_stream FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_stream OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_stream.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.scope IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.scope_id IS 'class=identifier; owner=organization; clock=account; note=of the organization, or of the partner whose own log it is';

--
-- Name: COLUMN audit_stream.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.kind IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.form; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.form IS 'class=operational; owner=organization; clock=account; note=how a webhook carries entries';

--
-- Name: COLUMN audit_stream.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.status IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.target; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.target IS 'class=personal; owner=organization; clock=account; note=URL, or host with its authorities, or mail address, sealed';

--
-- Name: COLUMN audit_stream.secret; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.secret IS 'class=secret; owner=organization; clock=account; note=what webhooks are signed with, sealed; shown once';

--
-- Name: COLUMN audit_stream.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.created_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.secret_rotated_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.secret_rotated_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream.changed_xid IS 'class=operational; owner=platform; clock=row';

--
-- Name: audit_stream_work; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_stream_work (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    stream_id uuid NOT NULL,
    next_index bigint NOT NULL,
    sending_to bigint,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder uuid,
    attempt bigint DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    is_slow boolean DEFAULT false NOT NULL,
    last_error text,
    last_failed_at timestamp with time zone,
    last_delivered_at timestamp with time zone,
    CONSTRAINT audit_stream_work_check CHECK ((sending_to > next_index)),
    CONSTRAINT audit_stream_work_next_index_check CHECK ((next_index >= 0))
);

ALTER TABLE ONLY app.audit_stream_work FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_stream_work OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_stream_work.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.scope IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream_work.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.scope_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream_work.stream_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.stream_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream_work.next_index; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.next_index IS 'class=operational; owner=organization; clock=account; note=the first entry of the log that has not arrived';

--
-- Name: COLUMN audit_stream_work.sending_to; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.sending_to IS 'class=operational; owner=organization; clock=account; note=behind the last entry of what is being sent';

--
-- Name: COLUMN audit_stream_work.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.next_at IS 'class=operational; owner=organization; clock=account; note=due from then on; while held, the end of the lease';

--
-- Name: COLUMN audit_stream_work.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.holder IS 'class=identifier; owner=organization; clock=account; note=the process that sends';

--
-- Name: COLUMN audit_stream_work.attempt; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.attempt IS 'class=operational; owner=organization; clock=account; note=of claims, the fence of who holds it';

--
-- Name: COLUMN audit_stream_work.failures; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.failures IS 'class=operational; owner=organization; clock=account; note=in a row';

--
-- Name: COLUMN audit_stream_work.is_slow; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.is_slow IS 'class=operational; owner=organization; clock=account; note=it waits with others of its kind, and holds nobody else up';

--
-- Name: COLUMN audit_stream_work.last_error; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.last_error IS 'class=operational; owner=organization; clock=account; note=a code, never what a server said';

--
-- Name: COLUMN audit_stream_work.last_failed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.last_failed_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN audit_stream_work.last_delivered_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_stream_work.last_delivered_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: audit_visit; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.audit_visit (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid,
    api_key_id uuid,
    role text NOT NULL,
    vouched_at timestamp with time zone NOT NULL,
    ticket_hash bytea NOT NULL,
    ticket_until timestamp with time zone NOT NULL,
    cookie_hash bytea,
    opened_at timestamp with time zone,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT audit_visit_check CHECK (((session_id IS NULL) <> (api_key_id IS NULL))),
    CONSTRAINT audit_visit_check1 CHECK (((opened_at IS NULL) = (cookie_hash IS NULL))),
    CONSTRAINT audit_visit_check2 CHECK (((opened_at IS NULL) = (expires_at IS NULL)))
);

ALTER TABLE ONLY app.audit_visit FORCE ROW LEVEL SECURITY;

ALTER TABLE app.audit_visit OWNER TO ringfence_owner;

--
-- Name: COLUMN audit_visit.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.org_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.user_id IS 'class=identifier; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.session_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.session_id IS 'class=identifier; owner=user; clock=session; note=the session that asked for the link';

--
-- Name: COLUMN audit_visit.api_key_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.api_key_id IS 'class=identifier; owner=user; clock=session; note=the partner''s key that asked for the link';

--
-- Name: COLUMN audit_visit.role; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.role IS 'class=operational; owner=user; clock=session; note=as it was: another role ends the visit';

--
-- Name: COLUMN audit_visit.vouched_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.vouched_at IS 'class=operational; owner=user; clock=session; note=what is cut off later ends the visit';

--
-- Name: COLUMN audit_visit.ticket_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.ticket_hash IS 'class=identifier; owner=user; clock=session; note=keyed hash; the ticket itself is never stored';

--
-- Name: COLUMN audit_visit.ticket_until; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.ticket_until IS 'class=operational; owner=user; clock=session; note=60 seconds after it was made';

--
-- Name: COLUMN audit_visit.cookie_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.cookie_hash IS 'class=identifier; owner=user; clock=session; note=keyed hash; the cookie itself is never stored';

--
-- Name: COLUMN audit_visit.opened_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.opened_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.expires_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.expires_at IS 'class=operational; owner=user; clock=session; note=30 minutes after it was opened';

--
-- Name: COLUMN audit_visit.ended_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.ended_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.created_at IS 'class=operational; owner=user; clock=session';

--
-- Name: COLUMN audit_visit.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.audit_visit.changed_xid IS 'class=operational; owner=platform; clock=row';

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
-- Name: configuration; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.configuration (
    process text NOT NULL,
    host bytea NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL
);

ALTER TABLE ONLY app.configuration FORCE ROW LEVEL SECURITY;

ALTER TABLE app.configuration OWNER TO ringfence_owner;

--
-- Name: COLUMN configuration.process; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.configuration.process IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN configuration.host; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.configuration.host IS 'class=identifier; owner=platform; clock=none; note=keyed hash of the host name';

--
-- Name: COLUMN configuration.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.configuration.name IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN configuration.digest; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.configuration.digest IS 'class=operational; owner=platform; clock=none; note=keyed hash of what a setting was set to';

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
-- Name: database_login; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.database_login (
    minute timestamp with time zone NOT NULL,
    role text NOT NULL,
    role_oid bigint NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT database_login_role_check CHECK ((role = ANY (ARRAY['superuser'::text, 'bypasses_row_security'::text, 'owner'::text, 'gate'::text, 'seal'::text, 'administrator'::text])))
);

ALTER TABLE ONLY app.database_login FORCE ROW LEVEL SECURITY;

ALTER TABLE app.database_login OWNER TO ringfence_owner;

--
-- Name: COLUMN database_login.minute; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.database_login.minute IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN database_login.role; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.database_login.role IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN database_login.role_oid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.database_login.role_oid IS 'class=operational; owner=platform; clock=one minute; note=of the role in pg_roles';

--
-- Name: COLUMN database_login.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.database_login.count IS 'class=operational; owner=platform; clock=one minute';

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
-- Name: discrepancy; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.discrepancy (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    scope_id uuid NOT NULL,
    subject_id uuid,
    xid xid8 NOT NULL
);

ALTER TABLE ONLY app.discrepancy FORCE ROW LEVEL SECURITY;

ALTER TABLE app.discrepancy OWNER TO ringfence_owner;

--
-- Name: COLUMN discrepancy.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.at IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.kind IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.scope IS 'class=operational; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.scope_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.subject_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.subject_id IS 'class=identifier; owner=platform; clock=proof';

--
-- Name: COLUMN discrepancy.xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.discrepancy.xid IS 'class=operational; owner=platform; clock=proof';

--
-- Name: doomed_object; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.doomed_object (
    org_id uuid NOT NULL,
    object_id uuid NOT NULL,
    doomed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    file_id uuid
);

ALTER TABLE ONLY app.doomed_object FORCE ROW LEVEL SECURITY;

ALTER TABLE app.doomed_object OWNER TO ringfence_owner;

--
-- Name: COLUMN doomed_object.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.doomed_object.org_id IS 'class=identifier; owner=platform; clock=until deleted';

--
-- Name: COLUMN doomed_object.object_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.doomed_object.object_id IS 'class=identifier; owner=platform; clock=until deleted';

--
-- Name: COLUMN doomed_object.doomed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.doomed_object.doomed_at IS 'class=operational; owner=platform; clock=until deleted';

--
-- Name: COLUMN doomed_object.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.doomed_object.file_id IS 'class=identifier; owner=platform; clock=until deleted; note=of a file that is still there, sealed anew: a backup of the database from before needs this one while its key is kept';

--
-- Name: embedding_work; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.embedding_work (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    file_id uuid NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder uuid
);

ALTER TABLE ONLY app.embedding_work FORCE ROW LEVEL SECURITY;

ALTER TABLE app.embedding_work OWNER TO ringfence_owner;

--
-- Name: COLUMN embedding_work.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.embedding_work.org_id IS 'class=identifier; owner=platform; clock=work';

--
-- Name: COLUMN embedding_work.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.embedding_work.file_id IS 'class=identifier; owner=platform; clock=work';

--
-- Name: COLUMN embedding_work.attempts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.embedding_work.attempts IS 'class=operational; owner=platform; clock=work; note=counted when claimed, so that a crash counts too, and the fence of who holds it';

--
-- Name: COLUMN embedding_work.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.embedding_work.next_at IS 'class=operational; owner=platform; clock=work; note=due from then on; while held, the end of the lease';

--
-- Name: COLUMN embedding_work.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.embedding_work.holder IS 'class=identifier; owner=platform; clock=work; note=the process that does it';

--
-- Name: erased_organization; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.erased_organization (
    partner_id uuid DEFAULT ctx.claimed_partner() NOT NULL,
    org_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY app.erased_organization FORCE ROW LEVEL SECURITY;

ALTER TABLE app.erased_organization OWNER TO ringfence_owner;

--
-- Name: COLUMN erased_organization.partner_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.erased_organization.partner_id IS 'class=identifier; owner=partner; clock=account';

--
-- Name: COLUMN erased_organization.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.erased_organization.org_id IS 'class=identifier; owner=partner; clock=account; note=a number that was made for an organization';

--
-- Name: COLUMN erased_organization.erased_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.erased_organization.erased_at IS 'class=operational; owner=partner; clock=account';

--
-- Name: file; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    user_id uuid,
    purpose text NOT NULL,
    conversation_id uuid,
    name bytea NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    object_id uuid,
    in_pieces boolean DEFAULT false NOT NULL,
    status text DEFAULT 'uploading'::text NOT NULL,
    refused_code text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    ready_at timestamp with time zone,
    text_note text,
    text_chars integer,
    CONSTRAINT file_check CHECK (((purpose = 'message'::text) = (user_id IS NOT NULL))),
    CONSTRAINT file_purpose_check CHECK ((purpose = ANY (ARRAY['message'::text, 'knowledge'::text]))),
    CONSTRAINT file_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT file_status_check CHECK ((status = ANY (ARRAY['uploading'::text, 'scanning'::text, 'processing'::text, 'ready'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT file_text_note_check CHECK ((text_note = ANY (ARRAY['no_text'::text, 'cut'::text])))
);

ALTER TABLE ONLY app.file FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file OWNER TO ringfence_owner;

--
-- Name: COLUMN file.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.user_id IS 'class=identifier; owner=user; clock=retention; note=null for a file of the organization''s knowledge';

--
-- Name: COLUMN file.purpose; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.purpose IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN file.conversation_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.conversation_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.name IS 'class=content; owner=user; clock=retention; note=under the user''s key, or the organization''s for its knowledge';

--
-- Name: COLUMN file.media_type; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.media_type IS 'class=operational; owner=user; clock=retention; note=what the content is, not what was said of it';

--
-- Name: COLUMN file.size_bytes; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.size_bytes IS 'class=operational; owner=user; clock=retention; note=announced while it is uploaded, counted afterwards';

--
-- Name: COLUMN file.object_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.object_id IS 'class=identifier; owner=user; clock=retention; note=random; the last part of its name in the object store';

--
-- Name: COLUMN file.in_pieces; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.in_pieces IS 'class=operational; owner=user; clock=retention; note=it came by the protocol for resumable uploads';

--
-- Name: COLUMN file.status; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.status IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN file.refused_code; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.refused_code IS 'class=operational; owner=user; clock=retention; note=why it was refused or failed';

--
-- Name: COLUMN file.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.created_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN file.ready_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.ready_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN file.text_note; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.text_note IS 'class=operational; owner=user; clock=retention; note=a ready file without text, or with the beginning of it';

--
-- Name: COLUMN file.text_chars; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file.text_chars IS 'class=operational; owner=user; clock=retention; note=how much of it agents can read; null until it was read';

--
-- Name: file_chunk; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file_chunk (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    file_id uuid NOT NULL,
    seq integer NOT NULL,
    user_id uuid,
    passage bytea NOT NULL
);

ALTER TABLE ONLY app.file_chunk FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file_chunk OWNER TO ringfence_owner;

--
-- Name: COLUMN file_chunk.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_chunk.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_chunk.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_chunk.file_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_chunk.seq; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_chunk.seq IS 'class=operational; owner=user; clock=retention; note=from 1 on';

--
-- Name: COLUMN file_chunk.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_chunk.user_id IS 'class=identifier; owner=user; clock=retention; note=as the file''s: null for the organization''s knowledge';

--
-- Name: COLUMN file_chunk.passage; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_chunk.passage IS 'class=content; owner=user; clock=retention; note=place and text, sealed under the file''s owner';

--
-- Name: file_index; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file_index (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    file_id uuid NOT NULL,
    user_id uuid,
    language text NOT NULL,
    chunks integer NOT NULL,
    indexed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT file_index_chunks_check CHECK ((chunks >= 0)),
    CONSTRAINT file_index_language_check CHECK ((language = ANY (ARRAY['en'::text, 'da'::text, 'es'::text])))
);

ALTER TABLE ONLY app.file_index FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file_index OWNER TO ringfence_owner;

--
-- Name: COLUMN file_index.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_index.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.file_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_index.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.user_id IS 'class=identifier; owner=user; clock=retention; note=null for a file of the organization''s knowledge';

--
-- Name: COLUMN file_index.language; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.language IS 'class=operational; owner=user; clock=retention; note=of most of its text, by its commonest words';

--
-- Name: COLUMN file_index.chunks; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.chunks IS 'class=operational; owner=user; clock=retention';

--
-- Name: COLUMN file_index.indexed_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_index.indexed_at IS 'class=operational; owner=user; clock=retention';

--
-- Name: file_part; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file_part (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    file_id uuid NOT NULL,
    seq integer NOT NULL,
    object_id uuid NOT NULL,
    size_bytes bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT file_part_size_bytes_check CHECK ((size_bytes > 0))
);

ALTER TABLE ONLY app.file_part FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file_part OWNER TO ringfence_owner;

--
-- Name: COLUMN file_part.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.org_id IS 'class=identifier; owner=user; clock=24 hours';

--
-- Name: COLUMN file_part.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.file_id IS 'class=identifier; owner=user; clock=24 hours';

--
-- Name: COLUMN file_part.seq; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.seq IS 'class=operational; owner=user; clock=24 hours';

--
-- Name: COLUMN file_part.object_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.object_id IS 'class=identifier; owner=user; clock=24 hours; note=random; the last part of its name in the object store';

--
-- Name: COLUMN file_part.size_bytes; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.size_bytes IS 'class=operational; owner=user; clock=24 hours';

--
-- Name: COLUMN file_part.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_part.created_at IS 'class=operational; owner=user; clock=24 hours';

--
-- Name: file_word; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file_word (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    token bigint NOT NULL,
    file_id uuid NOT NULL,
    part smallint NOT NULL,
    user_id uuid,
    weight smallint NOT NULL,
    places integer[] NOT NULL,
    CONSTRAINT file_word_places_check CHECK (((cardinality(places) >= 1) AND (cardinality(places) <= 512)))
)
WITH (autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE ONLY app.file_word FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file_word OWNER TO ringfence_owner;

--
-- Name: COLUMN file_word.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_word.token; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.token IS 'class=vector; owner=user; clock=retention; note=keyed hash of a word under the owner''s index key';

--
-- Name: COLUMN file_word.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.file_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN file_word.part; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.part IS 'class=operational; owner=user; clock=retention; note=chunk / 512';

--
-- Name: COLUMN file_word.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.user_id IS 'class=identifier; owner=user; clock=retention; note=as its file''s';

--
-- Name: COLUMN file_word.weight; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.weight IS 'class=vector; owner=user; clock=retention; note=the greatest of its places'' weights';

--
-- Name: COLUMN file_word.places; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_word.places IS 'class=vector; owner=user; clock=retention; note=chunks in which the word stands, each with a weight from 1 to 15';

--
-- Name: file_work; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.file_work (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    file_id uuid NOT NULL,
    stage text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder uuid,
    CONSTRAINT file_work_stage_check CHECK ((stage = ANY (ARRAY['upload'::text, 'scan'::text, 'read'::text])))
);

ALTER TABLE ONLY app.file_work FORCE ROW LEVEL SECURITY;

ALTER TABLE app.file_work OWNER TO ringfence_owner;

--
-- Name: COLUMN file_work.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.org_id IS 'class=identifier; owner=platform; clock=work';

--
-- Name: COLUMN file_work.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.file_id IS 'class=identifier; owner=platform; clock=work';

--
-- Name: COLUMN file_work.stage; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.stage IS 'class=operational; owner=platform; clock=work';

--
-- Name: COLUMN file_work.attempts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.attempts IS 'class=operational; owner=platform; clock=work; note=counted when claimed, so that a crash counts too, and the fence of who holds it';

--
-- Name: COLUMN file_work.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.next_at IS 'class=operational; owner=platform; clock=work; note=due from then on; while held, the end of the lease';

--
-- Name: COLUMN file_work.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.file_work.holder IS 'class=identifier; owner=platform; clock=work; note=the process that does it';

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
-- Name: key_rotation; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.key_rotation (
    id uuid NOT NULL,
    owner text NOT NULL,
    cause text NOT NULL,
    leaves bytea[] NOT NULL,
    state text DEFAULT 'sealing'::text NOT NULL,
    rotated_at timestamp with time zone,
    kept_days integer NOT NULL,
    pass_at timestamp with time zone,
    place text,
    after text,
    total bigint DEFAULT 0 NOT NULL,
    looked_at bigint DEFAULT 0 NOT NULL,
    found bigint DEFAULT 0 NOT NULL,
    resealed bigint DEFAULT 0 NOT NULL,
    damaged bigint DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    holder uuid,
    until timestamp with time zone,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    moved_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT key_rotation_cause_check CHECK ((cause = ANY (ARRAY['command'::text, 'age'::text, 'api'::text]))),
    CONSTRAINT key_rotation_kept_days_check CHECK ((kept_days >= 0)),
    CONSTRAINT key_rotation_owner_check CHECK ((owner ~ '^(platform|partner/[0-9a-f]{32}|organization/[0-9a-f]{32}(/user/[0-9a-f]{32})?)$'::text)),
    CONSTRAINT key_rotation_state_check CHECK ((state = ANY (ARRAY['sealing'::text, 'settling'::text, 'kept'::text, 'done'::text, 'void'::text])))
);

ALTER TABLE ONLY app.key_rotation FORCE ROW LEVEL SECURITY;

ALTER TABLE app.key_rotation OWNER TO ringfence_owner;

--
-- Name: COLUMN key_rotation.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.id IS 'class=identifier; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.owner; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.owner IS 'class=identifier; owner=platform; clock=one year; note=the path of an organization, user or partner in the keystore';

--
-- Name: COLUMN key_rotation.cause; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.cause IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.leaves; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.leaves IS 'class=identifier; owner=platform; clock=one year; note=ids of the keys that are being left';

--
-- Name: COLUMN key_rotation.state; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.state IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.rotated_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.rotated_at IS 'class=operational; owner=platform; clock=one year; note=when every owner had its new key';

--
-- Name: COLUMN key_rotation.kept_days; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.kept_days IS 'class=operational; owner=platform; clock=one year; note=how long the old keys are kept after that';

--
-- Name: COLUMN key_rotation.pass_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.pass_at IS 'class=operational; owner=platform; clock=one year; note=when the pass began';

--
-- Name: COLUMN key_rotation.place; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.place IS 'class=operational; owner=platform; clock=one year; note=where the pass is';

--
-- Name: COLUMN key_rotation.after; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.after IS 'class=identifier; owner=platform; clock=one year; note=the last row that the pass looked at';

--
-- Name: COLUMN key_rotation.total; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.total IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.looked_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.looked_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.found; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.found IS 'class=operational; owner=platform; clock=one year; note=in this pass, under an old key';

--
-- Name: COLUMN key_rotation.resealed; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.resealed IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.damaged; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.damaged IS 'class=operational; owner=platform; clock=one year; note=in this pass, values that do not open';

--
-- Name: COLUMN key_rotation.next_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.next_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.holder; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.holder IS 'class=identifier; owner=platform; clock=one year; note=the process that works on it';

--
-- Name: COLUMN key_rotation.until; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.until IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.requested_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.requested_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.moved_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.moved_at IS 'class=operational; owner=platform; clock=one year';

--
-- Name: COLUMN key_rotation.ended_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.key_rotation.ended_at IS 'class=operational; owner=platform; clock=one year';

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
    citations bytea,
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
-- Name: COLUMN message.citations; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message.citations IS 'class=content; owner=user; clock=retention; note=file, name and place of what the answer cites';

--
-- Name: message_file; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.message_file (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    message_id uuid NOT NULL,
    file_id uuid NOT NULL,
    user_id uuid NOT NULL,
    seq integer NOT NULL
);

ALTER TABLE ONLY app.message_file FORCE ROW LEVEL SECURITY;

ALTER TABLE app.message_file OWNER TO ringfence_owner;

--
-- Name: COLUMN message_file.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message_file.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message_file.message_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message_file.message_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message_file.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message_file.file_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message_file.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message_file.user_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN message_file.seq; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.message_file.seq IS 'class=operational; owner=user; clock=retention; note=the order in which they were sent';

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
-- Name: read_count; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.read_count (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    minute timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    route text NOT NULL,
    permission text NOT NULL,
    address_hash bytea NOT NULL,
    network text NOT NULL,
    count bigint NOT NULL
);

ALTER TABLE ONLY app.read_count FORCE ROW LEVEL SECURITY;

ALTER TABLE app.read_count OWNER TO ringfence_owner;

--
-- Name: COLUMN read_count.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.scope IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.scope_id IS 'class=identifier; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.minute; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.minute IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.actor_kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.actor_kind IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.actor_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.actor_id IS 'class=identifier; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.route; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.route IS 'class=operational; owner=platform; clock=one minute; note=as the API description writes it';

--
-- Name: COLUMN read_count.permission; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.permission IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.address_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.address_hash IS 'class=identifier; owner=platform; clock=one minute; note=keyed hash of the IP address, key per scope and month';

--
-- Name: COLUMN read_count.network; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.network IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN read_count.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.read_count.count IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: reconciliation; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.reconciliation (
    shard integer NOT NULL,
    horizon xid8 NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    compared bigint DEFAULT 0 NOT NULL,
    CONSTRAINT reconciliation_shard_check CHECK ((shard = 0))
);

ALTER TABLE ONLY app.reconciliation FORCE ROW LEVEL SECURITY;

ALTER TABLE app.reconciliation OWNER TO ringfence_owner;

--
-- Name: COLUMN reconciliation.shard; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.reconciliation.shard IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN reconciliation.horizon; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.reconciliation.horizon IS 'class=operational; owner=platform; clock=none; note=everything below was held against the log';

--
-- Name: COLUMN reconciliation.at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.reconciliation.at IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN reconciliation.compared; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.reconciliation.compared IS 'class=operational; owner=platform; clock=none';

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
-- Name: refused_count; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.refused_count (
    scope text DEFAULT ctx.claimed_scope() NOT NULL,
    scope_id uuid DEFAULT ctx.claimed_scope_id() NOT NULL,
    minute timestamp with time zone NOT NULL,
    action text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    reason text NOT NULL,
    address_hash bytea NOT NULL,
    network text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT refused_count_action_check CHECK ((action = ANY (ARRAY['auth.refused'::text, 'api_key.refused'::text])))
);

ALTER TABLE ONLY app.refused_count FORCE ROW LEVEL SECURITY;

ALTER TABLE app.refused_count OWNER TO ringfence_owner;

--
-- Name: COLUMN refused_count.scope; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.scope IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.scope_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.scope_id IS 'class=identifier; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.minute; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.minute IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.action; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.action IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.actor_kind; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.actor_kind IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.actor_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.actor_id IS 'class=identifier; owner=platform; clock=one minute; note=nil where nobody was proven';

--
-- Name: COLUMN refused_count.subject_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.subject_id IS 'class=identifier; owner=platform; clock=one minute; note=the session or API key, nil where there is none';

--
-- Name: COLUMN refused_count.reason; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.reason IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.address_hash; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.address_hash IS 'class=identifier; owner=platform; clock=one minute; note=keyed hash of the IP address, key per scope and month';

--
-- Name: COLUMN refused_count.network; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.network IS 'class=operational; owner=platform; clock=one minute';

--
-- Name: COLUMN refused_count.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_count.count IS 'class=operational; owner=platform; clock=one minute';

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
-- Name: refused_record; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.refused_record (
    day date DEFAULT ((now() AT TIME ZONE 'utc'::text))::date NOT NULL,
    place text NOT NULL,
    row_id bytea NOT NULL,
    count bigint NOT NULL,
    first_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY app.refused_record FORCE ROW LEVEL SECURITY;

ALTER TABLE app.refused_record OWNER TO ringfence_owner;

--
-- Name: COLUMN refused_record.day; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.day IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN refused_record.place; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.place IS 'class=operational; owner=platform; clock=90 days; note=table and column';

--
-- Name: COLUMN refused_record.row_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.row_id IS 'class=identifier; owner=platform; clock=90 days; note=the row that the record is bound to';

--
-- Name: COLUMN refused_record.count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.count IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN refused_record.first_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.first_at IS 'class=operational; owner=platform; clock=90 days';

--
-- Name: COLUMN refused_record.last_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.refused_record.last_at IS 'class=operational; owner=platform; clock=90 days';

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
-- Name: secret; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.secret (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    value bytea NOT NULL,
    allowed_hosts text[] NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    replaced_at timestamp with time zone,
    last_used_at timestamp with time zone,
    use_count bigint DEFAULT 0 NOT NULL,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT secret_allowed_hosts_check CHECK (((cardinality(allowed_hosts) >= 1) AND (cardinality(allowed_hosts) <= 20))),
    CONSTRAINT secret_name_check CHECK ((name ~ '^[A-Z][A-Z0-9_]{0,63}$'::text))
);

ALTER TABLE ONLY app.secret FORCE ROW LEVEL SECURITY;

ALTER TABLE app.secret OWNER TO ringfence_owner;

--
-- Name: COLUMN secret.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.org_id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN secret.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.id IS 'class=identifier; owner=organization; clock=account';

--
-- Name: COLUMN secret.name; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.name IS 'class=operational; owner=organization; clock=account; note=as tools ask for it';

--
-- Name: COLUMN secret.value; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.value IS 'class=secret; owner=organization; clock=account; note=sealed together with name and hosts; gate.take_secret alone gives it';

--
-- Name: COLUMN secret.allowed_hosts; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.allowed_hosts IS 'class=operational; owner=organization; clock=account; note=what is sealed with the value decides';

--
-- Name: COLUMN secret.version; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.version IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN secret.created_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.created_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN secret.replaced_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.replaced_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN secret.last_used_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.last_used_at IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN secret.use_count; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.use_count IS 'class=operational; owner=organization; clock=account';

--
-- Name: COLUMN secret.changed_xid; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.secret.changed_xid IS 'class=operational; owner=platform; clock=row';

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
-- Name: store_owner; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.store_owner (
    shard integer NOT NULL,
    claim uuid NOT NULL,
    turn uuid NOT NULL,
    next_turn uuid NOT NULL,
    turned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT store_owner_shard_check CHECK ((shard = 0))
);

ALTER TABLE ONLY app.store_owner FORCE ROW LEVEL SECURITY;

ALTER TABLE app.store_owner OWNER TO ringfence_owner;

--
-- Name: COLUMN store_owner.shard; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.store_owner.shard IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN store_owner.claim; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.store_owner.claim IS 'class=identifier; owner=platform; clock=none; note=random, made anew by each claim';

--
-- Name: COLUMN store_owner.turn; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.store_owner.turn IS 'class=operational; owner=platform; clock=none; note=random, changes every few minutes here and in the store';

--
-- Name: COLUMN store_owner.next_turn; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.store_owner.next_turn IS 'class=operational; owner=platform; clock=none';

--
-- Name: COLUMN store_owner.turned_at; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.store_owner.turned_at IS 'class=operational; owner=platform; clock=none';

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
-- Name: vector_segment; Type: TABLE; Schema: app; Owner: ringfence_owner
--

CREATE TABLE app.vector_segment (
    org_id uuid DEFAULT ctx.claimed_org() NOT NULL,
    id uuid NOT NULL,
    file_id uuid NOT NULL,
    part smallint NOT NULL,
    user_id uuid,
    model text NOT NULL,
    vectors bytea NOT NULL
);

ALTER TABLE ONLY app.vector_segment FORCE ROW LEVEL SECURITY;

ALTER TABLE app.vector_segment OWNER TO ringfence_owner;

--
-- Name: COLUMN vector_segment.org_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.org_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN vector_segment.id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.id IS 'class=identifier; owner=user; clock=retention; note=new whenever the vectors are';

--
-- Name: COLUMN vector_segment.file_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.file_id IS 'class=identifier; owner=user; clock=retention';

--
-- Name: COLUMN vector_segment.part; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.part IS 'class=operational; owner=user; clock=retention; note=chunk / 512';

--
-- Name: COLUMN vector_segment.user_id; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.user_id IS 'class=identifier; owner=user; clock=retention; note=as its file''s';

--
-- Name: COLUMN vector_segment.model; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.model IS 'class=operational; owner=user; clock=retention; note=what made the vectors';

--
-- Name: COLUMN vector_segment.vectors; Type: COMMENT; Schema: app; Owner: ringfence_owner
--

COMMENT ON COLUMN app.vector_segment.vectors IS 'class=content; owner=user; clock=retention; note=vectors of one byte a dimension, under the user''s key, or the organization''s for its knowledge';

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
-- Name: audit_checkpoint audit_checkpoint_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (scope_id, scope, size);

--
-- Name: audit_instance_leaf audit_instance_leaf_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_instance_leaf
    ADD CONSTRAINT audit_instance_leaf_pkey PRIMARY KEY (index);

--
-- Name: audit_log audit_log_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (scope_id, scope);

--
-- Name: audit_node audit_node_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_node
    ADD CONSTRAINT audit_node_pkey PRIMARY KEY (scope_id, level, index);

--
-- Name: audit_queue audit_queue_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_queue
    ADD CONSTRAINT audit_queue_pkey PRIMARY KEY (scope_id, id);

--
-- Name: audit_sealed audit_sealed_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_sealed
    ADD CONSTRAINT audit_sealed_pkey PRIMARY KEY (scope_id, index);

--
-- Name: audit_sealed audit_sealed_scope_id_entry_id_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_sealed
    ADD CONSTRAINT audit_sealed_scope_id_entry_id_key UNIQUE (scope_id, entry_id);

--
-- Name: audit_sealer audit_sealer_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_sealer
    ADD CONSTRAINT audit_sealer_pkey PRIMARY KEY (shard);

--
-- Name: audit_stream audit_stream_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_stream
    ADD CONSTRAINT audit_stream_pkey PRIMARY KEY (scope_id, id);

--
-- Name: audit_stream_work audit_stream_work_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_stream_work
    ADD CONSTRAINT audit_stream_work_pkey PRIMARY KEY (scope_id, stream_id);

--
-- Name: audit_visit audit_visit_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_visit
    ADD CONSTRAINT audit_visit_pkey PRIMARY KEY (org_id, id);

--
-- Name: canary canary_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (name);

--
-- Name: configuration configuration_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.configuration
    ADD CONSTRAINT configuration_pkey PRIMARY KEY (process, host, name);

--
-- Name: conversation conversation_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (org_id, id);

--
-- Name: database_login database_login_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.database_login
    ADD CONSTRAINT database_login_pkey PRIMARY KEY (minute, role_oid);

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
-- Name: discrepancy discrepancy_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.discrepancy
    ADD CONSTRAINT discrepancy_pkey PRIMARY KEY (id);

--
-- Name: doomed_object doomed_object_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.doomed_object
    ADD CONSTRAINT doomed_object_pkey PRIMARY KEY (org_id, object_id);

--
-- Name: embedding_work embedding_work_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.embedding_work
    ADD CONSTRAINT embedding_work_pkey PRIMARY KEY (org_id, file_id);

--
-- Name: erased_organization erased_organization_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.erased_organization
    ADD CONSTRAINT erased_organization_pkey PRIMARY KEY (partner_id, org_id);

--
-- Name: file_chunk file_chunk_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_chunk
    ADD CONSTRAINT file_chunk_pkey PRIMARY KEY (org_id, file_id, seq);

--
-- Name: file_index file_index_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_index
    ADD CONSTRAINT file_index_pkey PRIMARY KEY (org_id, file_id);

--
-- Name: file_part file_part_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_part
    ADD CONSTRAINT file_part_pkey PRIMARY KEY (org_id, file_id, seq);

--
-- Name: file file_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (org_id, id);

--
-- Name: file_word file_word_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_word
    ADD CONSTRAINT file_word_pkey PRIMARY KEY (org_id, token, file_id, part) INCLUDE (user_id, weight, places);

--
-- Name: file_work file_work_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_work
    ADD CONSTRAINT file_work_pkey PRIMARY KEY (org_id, file_id);

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
-- Name: key_rotation key_rotation_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.key_rotation
    ADD CONSTRAINT key_rotation_pkey PRIMARY KEY (id);

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
-- Name: message_file message_file_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message_file
    ADD CONSTRAINT message_file_pkey PRIMARY KEY (org_id, message_id, file_id);

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
-- Name: read_count read_count_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.read_count
    ADD CONSTRAINT read_count_pkey PRIMARY KEY (scope_id, minute, actor_id, route, address_hash);

--
-- Name: reconciliation reconciliation_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.reconciliation
    ADD CONSTRAINT reconciliation_pkey PRIMARY KEY (shard);

--
-- Name: refresh_token refresh_token_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (org_id, hash);

--
-- Name: refused_count refused_count_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refused_count
    ADD CONSTRAINT refused_count_pkey PRIMARY KEY (scope_id, minute, action, actor_id, subject_id, reason, address_hash);

--
-- Name: refused_login refused_login_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refused_login
    ADD CONSTRAINT refused_login_pkey PRIMARY KEY (minute, reason, address_hash);

--
-- Name: refused_record refused_record_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.refused_record
    ADD CONSTRAINT refused_record_pkey PRIMARY KEY (day, place, row_id);

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
-- Name: secret secret_org_id_name_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.secret
    ADD CONSTRAINT secret_org_id_name_key UNIQUE (org_id, name);

--
-- Name: secret secret_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (org_id, id);

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
-- Name: store_owner store_owner_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.store_owner
    ADD CONSTRAINT store_owner_pkey PRIMARY KEY (shard);

--
-- Name: token_use token_use_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.token_use
    ADD CONSTRAINT token_use_pkey PRIMARY KEY (partner_id, jti);

--
-- Name: vector_segment vector_segment_org_id_file_id_part_key; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.vector_segment
    ADD CONSTRAINT vector_segment_org_id_file_id_part_key UNIQUE (org_id, file_id, part);

--
-- Name: vector_segment vector_segment_pkey; Type: CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.vector_segment
    ADD CONSTRAINT vector_segment_pkey PRIMARY KEY (org_id, id);

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
-- Name: app_user_by_change; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX app_user_by_change ON app.app_user USING brin ((((changed_xid)::text)::bigint)) WITH (pages_per_range='16', autosummarize='on');

--
-- Name: approval_by_run; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX approval_by_run ON app.approval USING btree (org_id, run_id, id);

--
-- Name: approval_open; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX approval_open ON app.approval USING btree (org_id, run_id) WHERE (status = ANY (ARRAY['pending'::text, 'approved'::text]));

--
-- Name: audit_instance_leaf_by_log; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_instance_leaf_by_log ON app.audit_instance_leaf USING btree (scope_id, scope, size);

--
-- Name: audit_log_unpublished; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_log_unpublished ON app.audit_log USING btree (sealed_at) WHERE (published_size < size);

--
-- Name: audit_queue_by_actor; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_queue_by_actor ON app.audit_queue USING btree (scope_id, actor_id, id) WHERE (actor_id IS NOT NULL);

--
-- Name: audit_queue_by_target; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_queue_by_target ON app.audit_queue USING btree (scope_id, target_id, id) WHERE (target_id IS NOT NULL);

--
-- Name: audit_queue_by_xid; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_queue_by_xid ON app.audit_queue USING btree (xid, id);

--
-- Name: audit_queue_rare; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_queue_rare ON app.audit_queue USING btree (scope_id, action, id) WHERE (action <> ALL (ARRAY['auth.exchange'::text, 'auth.refresh'::text, 'data.read'::text, 'run.finished'::text, 'run.started'::text, 'secret.used'::text]));

--
-- Name: audit_queue_refused; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_queue_refused ON app.audit_queue USING btree (scope_id, id) WHERE (outcome <> 'success'::text);

--
-- Name: audit_stream_work_due; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_stream_work_due ON app.audit_stream_work USING btree (is_slow, next_at, stream_id);

--
-- Name: audit_visit_by_session; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_visit_by_session ON app.audit_visit USING btree (org_id, session_id);

--
-- Name: audit_visit_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX audit_visit_by_user ON app.audit_visit USING btree (org_id, user_id);

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
-- Name: discrepancy_by_time; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX discrepancy_by_time ON app.discrepancy USING btree (at);

--
-- Name: doomed_object_by_file; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX doomed_object_by_file ON app.doomed_object USING btree (org_id, file_id) WHERE (file_id IS NOT NULL);

--
-- Name: doomed_object_oldest; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX doomed_object_oldest ON app.doomed_object USING btree (doomed_at);

--
-- Name: erased_organization_by_org; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX erased_organization_by_org ON app.erased_organization USING btree (org_id);

--
-- Name: file_by_conversation; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX file_by_conversation ON app.file USING btree (org_id, conversation_id) WHERE (conversation_id IS NOT NULL);

--
-- Name: file_by_object; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX file_by_object ON app.file USING btree (org_id, object_id);

--
-- Name: file_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX file_by_user ON app.file USING btree (org_id, user_id, id);

--
-- Name: file_index_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX file_index_by_user ON app.file_index USING btree (org_id, user_id) INCLUDE (chunks);

--
-- Name: file_part_by_object; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX file_part_by_object ON app.file_part USING btree (org_id, object_id);

--
-- Name: file_unsent; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX file_unsent ON app.file USING btree (org_id, id) WHERE ((purpose = 'message'::text) AND (conversation_id IS NULL));

--
-- Name: file_word_by_file; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX file_word_by_file ON app.file_word USING btree (org_id, file_id);

--
-- Name: idempotency_by_expiry; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX idempotency_by_expiry ON app.idempotency USING btree (expires_at);

--
-- Name: invalidation_by_xid; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX invalidation_by_xid ON app.invalidation USING btree (xid);

--
-- Name: key_rotation_due; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX key_rotation_due ON app.key_rotation USING btree (next_at, id) WHERE (ended_at IS NULL);

--
-- Name: key_rotation_open; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE UNIQUE INDEX key_rotation_open ON app.key_rotation USING btree (owner) WHERE (state = ANY (ARRAY['sealing'::text, 'settling'::text]));

--
-- Name: message_by_conversation; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX message_by_conversation ON app.message USING btree (org_id, conversation_id, id);

--
-- Name: message_by_run; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX message_by_run ON app.message USING btree (org_id, run_id);

--
-- Name: message_file_by_file; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX message_file_by_file ON app.message_file USING btree (org_id, file_id);

--
-- Name: probe_result_by_probe; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX probe_result_by_probe ON app.probe_result USING btree (probe, started_at);

--
-- Name: rate_limit_by_arrival; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX rate_limit_by_arrival ON app.rate_limit USING btree (arrival);

--
-- Name: read_count_by_minute; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX read_count_by_minute ON app.read_count USING btree (minute);

--
-- Name: refresh_token_by_session; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX refresh_token_by_session ON app.refresh_token USING btree (org_id, session_id);

--
-- Name: refused_count_by_minute; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX refused_count_by_minute ON app.refused_count USING btree (minute);

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
-- Name: session_by_change; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX session_by_change ON app.session USING brin ((((changed_xid)::text)::bigint)) WITH (pages_per_range='16', autosummarize='on');

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
-- Name: vector_segment_by_user; Type: INDEX; Schema: app; Owner: ringfence_owner
--

CREATE INDEX vector_segment_by_user ON app.vector_segment USING btree (org_id, user_id, model) INCLUDE (id);

--
-- Name: key_newest; Type: INDEX; Schema: ctx; Owner: ringfence_owner
--

CREATE UNIQUE INDEX key_newest ON ctx.key USING btree (((until IS NULL))) WHERE (until IS NULL);

--
-- Name: audit_checkpoint append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION app.keep_checkpoint();

--
-- Name: audit_instance_leaf append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_instance_leaf FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_node append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_node FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_queue append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_queue FOR EACH ROW EXECUTE FUNCTION app.keep_a_year();

--
-- Name: audit_sealed append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.audit_sealed FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_sealer append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE ON app.audit_sealer FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: discrepancy append_only; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON app.discrepancy FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_checkpoint append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_instance_leaf append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_instance_leaf FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_log append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_log FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_node append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_node FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_queue append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_queue FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_sealed append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_sealed FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: audit_sealer append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.audit_sealer FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: discrepancy append_only_truncate; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.discrepancy FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

--
-- Name: file doom; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER doom AFTER DELETE ON app.file FOR EACH ROW EXECUTE FUNCTION gate.doom_object();

--
-- Name: file_part doom; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER doom AFTER DELETE ON app.file_part FOR EACH ROW EXECUTE FUNCTION gate.doom_object();

--
-- Name: file doom_all_former; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER doom_all_former AFTER DELETE ON app.file FOR EACH ROW EXECUTE FUNCTION gate.doom_former_objects();

--
-- Name: file doom_former; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER doom_former AFTER UPDATE OF object_id ON app.file FOR EACH ROW WHEN ((old.object_id IS DISTINCT FROM new.object_id)) EXECUTE FUNCTION gate.doom_former_object();

--
-- Name: directory drop_streams; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER drop_streams AFTER DELETE ON app.directory FOR EACH ROW EXECUTE FUNCTION gate.drop_streams();

--
-- Name: agent_version immutable; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER immutable BEFORE UPDATE ON app.agent_version FOR EACH ROW EXECUTE FUNCTION app.keep_sealed('instructions', 'tools');

--
-- Name: delivery immutable; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER immutable BEFORE UPDATE OF payload ON app.delivery FOR EACH ROW EXECUTE FUNCTION app.keep_sealed('payload');

--
-- Name: signing_secret immutable; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER immutable BEFORE UPDATE ON app.signing_secret FOR EACH ROW EXECUTE FUNCTION app.keep_sealed('secret');

--
-- Name: approval keep; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON app.approval FOR EACH ROW EXECUTE FUNCTION app.keep_approval();

--
-- Name: audit_log keep; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep BEFORE DELETE OR UPDATE ON app.audit_log FOR EACH ROW EXECUTE FUNCTION app.keep_audit_log();

--
-- Name: audit_stream keep; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep BEFORE INSERT OR DELETE OR UPDATE ON app.audit_stream FOR EACH ROW EXECUTE FUNCTION app.keep_audit_stream();

--
-- Name: secret keep; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep BEFORE INSERT OR DELETE OR UPDATE ON app.secret FOR EACH ROW EXECUTE FUNCTION app.keep_secret();

--
-- Name: directory keep_erased; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER keep_erased AFTER DELETE ON app.directory FOR EACH ROW EXECUTE FUNCTION gate.keep_erased();

--
-- Name: directory refuse_erased; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER refuse_erased BEFORE INSERT OR UPDATE OF org_id ON app.directory FOR EACH ROW EXECUTE FUNCTION gate.refuse_erased();

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

CREATE TRIGGER stamp BEFORE UPDATE OF kind, digest, name, scopes, address_ranges, expires_at, revoked_at, successor_id ON app.api_key FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: app_user stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.app_user FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: audit_stream stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.audit_stream FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

--
-- Name: audit_visit stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.audit_visit FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

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
-- Name: secret stamp; Type: TRIGGER; Schema: app; Owner: ringfence_owner
--

CREATE TRIGGER stamp BEFORE UPDATE ON app.secret FOR EACH ROW EXECUTE FUNCTION ctx.stamp();

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
-- Name: audit_stream_work audit_stream_work_scope_id_stream_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_stream_work
    ADD CONSTRAINT audit_stream_work_scope_id_stream_id_fkey FOREIGN KEY (scope_id, stream_id) REFERENCES app.audit_stream(scope_id, id) ON DELETE CASCADE;

--
-- Name: audit_visit audit_visit_org_id_session_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_visit
    ADD CONSTRAINT audit_visit_org_id_session_id_fkey FOREIGN KEY (org_id, session_id) REFERENCES app.session(org_id, id) ON DELETE CASCADE;

--
-- Name: audit_visit audit_visit_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.audit_visit
    ADD CONSTRAINT audit_visit_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

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
-- Name: embedding_work embedding_work_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.embedding_work
    ADD CONSTRAINT embedding_work_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file_index(org_id, file_id) ON DELETE CASCADE;

--
-- Name: erased_organization erased_organization_partner_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.erased_organization
    ADD CONSTRAINT erased_organization_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.partner(partner_id);

--
-- Name: file_chunk file_chunk_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_chunk
    ADD CONSTRAINT file_chunk_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file(org_id, id) ON DELETE CASCADE;

--
-- Name: file_index file_index_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_index
    ADD CONSTRAINT file_index_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file(org_id, id) ON DELETE CASCADE;

--
-- Name: file file_org_id_conversation_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file
    ADD CONSTRAINT file_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES app.conversation(org_id, id) ON DELETE CASCADE;

--
-- Name: file file_org_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file
    ADD CONSTRAINT file_org_id_fkey FOREIGN KEY (org_id) REFERENCES app.organization(org_id) ON DELETE CASCADE;

--
-- Name: file file_org_id_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file
    ADD CONSTRAINT file_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES app.app_user(org_id, id) ON DELETE CASCADE;

--
-- Name: file_part file_part_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_part
    ADD CONSTRAINT file_part_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file(org_id, id) ON DELETE CASCADE;

--
-- Name: file_word file_word_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_word
    ADD CONSTRAINT file_word_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file_index(org_id, file_id) ON DELETE CASCADE;

--
-- Name: file_work file_work_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.file_work
    ADD CONSTRAINT file_work_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file(org_id, id) ON DELETE CASCADE;

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
-- Name: message_file message_file_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message_file
    ADD CONSTRAINT message_file_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file(org_id, id) ON DELETE CASCADE;

--
-- Name: message_file message_file_org_id_message_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.message_file
    ADD CONSTRAINT message_file_org_id_message_id_fkey FOREIGN KEY (org_id, message_id) REFERENCES app.message(org_id, id) ON DELETE CASCADE;

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
-- Name: secret secret_org_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.secret
    ADD CONSTRAINT secret_org_id_fkey FOREIGN KEY (org_id) REFERENCES app.organization(org_id) ON DELETE CASCADE;

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
-- Name: vector_segment vector_segment_org_id_file_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: ringfence_owner
--

ALTER TABLE ONLY app.vector_segment
    ADD CONSTRAINT vector_segment_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES app.file_index(org_id, file_id) ON DELETE CASCADE;

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
-- Name: audit_checkpoint; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_checkpoint ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_instance_leaf; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_instance_leaf ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_log; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_log ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_node; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_node ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_queue; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_queue ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_sealed; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_sealed ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_sealer; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_sealer ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_stream; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_stream ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_stream_work; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_stream_work ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_visit; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.audit_visit ENABLE ROW LEVEL SECURITY;

--
-- Name: canary; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.canary ENABLE ROW LEVEL SECURITY;

--
-- Name: configuration; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.configuration ENABLE ROW LEVEL SECURITY;

--
-- Name: conversation; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.conversation ENABLE ROW LEVEL SECURITY;

--
-- Name: database_login; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.database_login ENABLE ROW LEVEL SECURITY;

--
-- Name: delivery; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.delivery ENABLE ROW LEVEL SECURITY;

--
-- Name: directory; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.directory ENABLE ROW LEVEL SECURITY;

--
-- Name: discrepancy; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.discrepancy ENABLE ROW LEVEL SECURITY;

--
-- Name: doomed_object; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.doomed_object ENABLE ROW LEVEL SECURITY;

--
-- Name: embedding_work; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.embedding_work ENABLE ROW LEVEL SECURITY;

--
-- Name: erased_organization; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.erased_organization ENABLE ROW LEVEL SECURITY;

--
-- Name: file; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file ENABLE ROW LEVEL SECURITY;

--
-- Name: file_chunk; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file_chunk ENABLE ROW LEVEL SECURITY;

--
-- Name: file_index; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file_index ENABLE ROW LEVEL SECURITY;

--
-- Name: file_part; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file_part ENABLE ROW LEVEL SECURITY;

--
-- Name: file_word; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file_word ENABLE ROW LEVEL SECURITY;

--
-- Name: file_work; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.file_work ENABLE ROW LEVEL SECURITY;

--
-- Name: agent gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.agent FOR SELECT TO ringfence_gate USING (true);

--
-- Name: api_key gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.api_key FOR SELECT TO ringfence_gate USING (true);

--
-- Name: app_user gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.app_user FOR SELECT TO ringfence_gate USING (true);

--
-- Name: audit_log gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.audit_log FOR SELECT TO ringfence_gate USING (true);

--
-- Name: audit_queue gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.audit_queue TO ringfence_gate USING (true) WITH CHECK ((((action = 'data.read'::text) AND (scope = ANY (ARRAY['org'::text, 'partner'::text]))) OR ((action = ANY (ARRAY['auth.refused'::text, 'api_key.refused'::text])) AND (outcome = 'refused'::text)) OR ((action = 'database.login'::text) AND (scope = 'platform'::text)) OR ((scope = 'org'::text) AND (( SELECT ctx.scope() AS scope) = 'org'::text) AND (scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (action ~~ 'secret.%'::text))));

--
-- Name: audit_stream gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.audit_stream TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: audit_stream_work gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.audit_stream_work TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: audit_visit gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.audit_visit FOR SELECT TO ringfence_gate USING (true);

--
-- Name: database_login gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.database_login TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: delivery gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.delivery TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: directory gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.directory FOR SELECT TO ringfence_gate USING (true);

--
-- Name: discrepancy gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.discrepancy TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: doomed_object gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.doomed_object TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: embedding_work gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.embedding_work TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: erased_organization gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.erased_organization TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: file gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.file FOR SELECT TO ringfence_gate USING (true);

--
-- Name: file_index gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.file_index FOR SELECT TO ringfence_gate USING (true);

--
-- Name: file_work gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.file_work TO ringfence_gate USING (true) WITH CHECK (true);

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
-- Name: key_set gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.key_set FOR SELECT TO ringfence_gate USING (true);

--
-- Name: organization gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.organization FOR SELECT TO ringfence_gate USING (true);

--
-- Name: partner gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.partner FOR SELECT TO ringfence_gate USING (true);

--
-- Name: read_count gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.read_count TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: reconciliation gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.reconciliation TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: refused_count gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.refused_count TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: refused_login gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.refused_login TO ringfence_gate USING ((minute > (now() - '1 day'::interval)));

--
-- Name: run gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.run FOR SELECT TO ringfence_gate USING (true);

--
-- Name: run_lease gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.run_lease TO ringfence_gate USING (true) WITH CHECK (true);

--
-- Name: secret gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.secret TO ringfence_gate USING (true) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: session gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.session FOR SELECT TO ringfence_gate USING (true);

--
-- Name: signing_key gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.signing_key FOR SELECT TO ringfence_gate USING (true);

--
-- Name: token_use gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.token_use TO ringfence_gate USING (true);

--
-- Name: vector_segment gate; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY gate ON app.vector_segment FOR SELECT TO ringfence_gate USING (true);

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
-- Name: key_rotation; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_rotation ENABLE ROW LEVEL SECURITY;

--
-- Name: key_set; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_set ENABLE ROW LEVEL SECURITY;

--
-- Name: key_set_fetch; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.key_set_fetch ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_queue listed; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY listed ON app.audit_queue AS RESTRICTIVE FOR INSERT TO ringfence_owner, ringfence_app WITH CHECK ((((details - string_to_array(('{"data.read": "count minute route", "auth.logout": "user_id", "command.run": "command", "key.created": "owner", "key.retired": "count owner", "key.rotated": "count owner", "run.started": "agent_id agent_version conversation_id", "secret.used": "host run_id version", "user.erased": "conversations organization_id runs", "auth.refresh": "user_id", "auth.refused": "count minute", "file.deleted": "purpose", "file.refused": "purpose", "key.resealed": "count owner", "probe.failed": "probe", "run.finished": "attempt cost_micros failure_code input_tokens interrupted_by output_tokens state", "user.changed": "fields role", "user.created": "role", "user.resumed": "organization_id", "access.denied": "", "agent.created": "version", "agent.retired": "version", "audit.resumed": "cause from_index log log_id", "auth.exchange": "organization_id role signing_key_id user_id", "command.ended": "command seconds", "file.uploaded": "purpose size_bytes", "key.destroyed": "owner", "run.cancelled": "conversation_id", "store.claimed": "cause", "approval.spent": "effect run_id", "audit.exported": "format from_index", "audit.verified": "entries faults", "database.login": "count minute role role_oid", "record.refused": "column table", "secret.created": "version", "secret.deleted": "version", "secret.refused": "host run_id", "agent.versioned": "version", "api_key.created": "scope_count", "api_key.refused": "count minute", "api_key.revoked": "", "api_key.rotated": "successor_id", "audit.recovered": "cause entries logs", "key_set.changed": "added refused withdrawn", "key_set.created": "", "partner.created": "", "partner.resumed": "", "probe.recovered": "probe", "secret.replaced": "version", "secret.resealed": "", "user.restricted": "organization_id", "approval.decided": "decision effect run_id", "approval.expired": "effect run_id", "key.root_rotated": "", "run.tool_decided": "effect", "settings.changed": "fields", "audit.page_closed": "", "audit.page_opened": "", "delivery.replayed": "", "file.upload_begun": "size_bytes", "approval.cancelled": "effect run_id", "approval.requested": "approvers cause effect run_id", "audit.link_created": "user_id", "key.rotation_asked": "cause owner", "partner.restricted": "", "audit_stream.paused": "kind", "audit_stream.tested": "kind", "auth.refresh_reused": "user_id", "key_set.unavailable": "", "organization.erased": "conversations runs users", "signing_key.created": "algorithm", "signing_key.refused": "", "signing_key.revoked": "", "signing_key.rotated": "successor_id", "audit.signer_rotated": "", "audit_stream.created": "kind", "audit_stream.deleted": "kind", "audit_stream.resumed": "kind", "conversation.created": "agent_id", "conversation.deleted": "messages runs", "organization.changed": "fields", "organization.created": "source", "organization.resumed": "", "audit.signer_replaced": "", "configuration.changed": "process settings", "file.upload_abandoned": "", "organization.restricted": "", "user.rectified_by_claims": "fields role", "audit_stream.secret_rotated": "kind"}'::jsonb ->> action), ' '::text)) = '{}'::jsonb) AND (actor_kind = ANY (ARRAY['user'::text, 'api_key'::text, 'operator'::text, 'system'::text, 'unknown'::text, 'partner'::text])) AND COALESCE((target_kind ~ '^[a-z][a-z0-9_]{0,39}$'::text), true) AND COALESCE((reason ~ '^[a-z][a-z0-9_]{0,39}$'::text), true) AND COALESCE((permission ~ '^[a-z_]{1,40}:[a-z_]{1,40}$'::text), true) AND COALESCE((network = ANY (ARRAY['loopback'::text, 'private'::text, 'public'::text, 'unknown'::text])), true)));

--
-- Name: message; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.message ENABLE ROW LEVEL SECURITY;

--
-- Name: message_file; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.message_file ENABLE ROW LEVEL SECURITY;

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
-- Name: read_count; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.read_count ENABLE ROW LEVEL SECURITY;

--
-- Name: reconciliation; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.reconciliation ENABLE ROW LEVEL SECURITY;

--
-- Name: refresh_token; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refresh_token ENABLE ROW LEVEL SECURITY;

--
-- Name: refused_count; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refused_count ENABLE ROW LEVEL SECURITY;

--
-- Name: refused_login; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refused_login ENABLE ROW LEVEL SECURITY;

--
-- Name: refused_record; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.refused_record ENABLE ROW LEVEL SECURITY;

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
-- Name: audit_checkpoint seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_checkpoint TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: audit_instance_leaf seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_instance_leaf TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: audit_log seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_log TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: audit_node seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_node TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: audit_queue seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_queue FOR SELECT TO ringfence_seal USING (true);

--
-- Name: audit_sealed seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_sealed TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: audit_sealer seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.audit_sealer TO ringfence_seal USING (true) WITH CHECK (true);

--
-- Name: refused_login seal; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal ON app.refused_login TO ringfence_seal USING ((minute < (now() - '1 year'::interval)));

--
-- Name: audit_queue seal_prune; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal_prune ON app.audit_queue FOR DELETE TO ringfence_seal USING ((at < (now() - '1 year'::interval)));

--
-- Name: audit_queue seal_replay; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY seal_replay ON app.audit_queue FOR INSERT TO ringfence_seal WITH CHECK (true);

--
-- Name: secret; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;

--
-- Name: session; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.session ENABLE ROW LEVEL SECURITY;

--
-- Name: file shared; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared ON app.file TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL)));

--
-- Name: file_chunk shared; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared ON app.file_chunk TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL)));

--
-- Name: file_index shared; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared ON app.file_index TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL)));

--
-- Name: file_word shared; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared ON app.file_word TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL)));

--
-- Name: vector_segment shared; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared ON app.vector_segment TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL) AND (( SELECT ctx.owner() AS owner) IS NULL)));

--
-- Name: file shared_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared_read ON app.file FOR SELECT TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL)));

--
-- Name: file_chunk shared_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared_read ON app.file_chunk FOR SELECT TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL)));

--
-- Name: file_index shared_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared_read ON app.file_index FOR SELECT TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL)));

--
-- Name: file_word shared_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared_read ON app.file_word FOR SELECT TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL)));

--
-- Name: vector_segment shared_read; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY shared_read ON app.vector_segment FOR SELECT TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id IS NULL)));

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
-- Name: store_owner; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.store_owner ENABLE ROW LEVEL SECURITY;

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
-- Name: audit_checkpoint tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_checkpoint TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_instance_leaf tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_instance_leaf TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: audit_log tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_log TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_node tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_node TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_queue tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_queue TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_sealed tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_sealed TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_sealer tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_sealer TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: audit_stream tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_stream TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_stream_work tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_stream_work TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: audit_visit tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.audit_visit TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: canary tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.canary TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: configuration tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.configuration TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: conversation tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.conversation TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: database_login tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.database_login TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: delivery tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.delivery TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: directory tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.directory TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: discrepancy tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.discrepancy TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: doomed_object tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.doomed_object TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: embedding_work tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.embedding_work TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: erased_organization tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.erased_organization TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: file tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: file_chunk tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file_chunk TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: file_index tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file_index TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: file_part tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file_part TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: file_word tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file_word TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

--
-- Name: file_work tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.file_work TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

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
-- Name: key_rotation tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.key_rotation TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

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
-- Name: message_file tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.message_file TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

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
-- Name: read_count tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.read_count TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: reconciliation tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.reconciliation TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: refresh_token tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refresh_token TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

--
-- Name: refused_count tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refused_count TO ringfence_owner, ringfence_app USING ((scope_id = ( SELECT ctx.scope_id() AS scope_id))) WITH CHECK (((scope_id = ( SELECT ctx.scope_id() AS scope_id)) AND (scope = ( SELECT ctx.scope() AS scope))));

--
-- Name: refused_login tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refused_login TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: refused_record tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.refused_record TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

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
-- Name: secret tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.secret TO ringfence_owner, ringfence_app USING ((org_id = ( SELECT ctx.org() AS org))) WITH CHECK ((org_id = ( SELECT ctx.org() AS org)));

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
-- Name: store_owner tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.store_owner TO ringfence_owner, ringfence_app USING (( SELECT ctx.platform() AS platform)) WITH CHECK (( SELECT ctx.platform() AS platform));

--
-- Name: token_use tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.token_use TO ringfence_owner, ringfence_app USING ((partner_id = ( SELECT ctx.partner() AS partner))) WITH CHECK ((partner_id = ( SELECT ctx.partner() AS partner)));

--
-- Name: vector_segment tenant; Type: POLICY; Schema: app; Owner: ringfence_owner
--

CREATE POLICY tenant ON app.vector_segment TO ringfence_owner, ringfence_app USING (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id)))) WITH CHECK (((org_id = ( SELECT ctx.org() AS org)) AND (user_id = COALESCE(( SELECT ctx.owner() AS owner), user_id))));

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
-- Name: vector_segment; Type: ROW SECURITY; Schema: app; Owner: ringfence_owner
--

ALTER TABLE app.vector_segment ENABLE ROW LEVEL SECURITY;

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
GRANT USAGE ON SCHEMA gate TO ringfence_seal;

--
-- Name: SCHEMA planted; Type: ACL; Schema: -; Owner: ringfence_owner
--

GRANT USAGE ON SCHEMA planted TO ringfence_app;

--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

REVOKE USAGE ON SCHEMA public FROM PUBLIC;

--
-- Name: FUNCTION acting(kind text, id uuid, permission text, request_id text, address_hash bytea); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea) TO ringfence_app;

--
-- Name: FUNCTION acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.acting(kind text, id uuid, permission text, request_id text, address_hash bytea, network text) TO ringfence_app;

--
-- Name: FUNCTION approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.approval_ends(expires_at timestamp with time zone, decided_at timestamp with time zone) TO ringfence_app;

--
-- Name: FUNCTION attach_files(to_message uuid, wanted uuid[]); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.attach_files(to_message uuid, wanted uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION app.attach_files(to_message uuid, wanted uuid[]) TO ringfence_app;

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
-- Name: FUNCTION fence_file(held_file uuid, held_by uuid, held_attempt integer); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.fence_file(held_file uuid, held_by uuid, held_attempt integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.fence_file(held_file uuid, held_by uuid, held_attempt integer) TO ringfence_app;

--
-- Name: FUNCTION has_budget(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.has_budget() FROM PUBLIC;
GRANT ALL ON FUNCTION app.has_budget() TO ringfence_app;

--
-- Name: FUNCTION holds_audit_lock(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.holds_audit_lock() FROM PUBLIC;
GRANT ALL ON FUNCTION app.holds_audit_lock() TO ringfence_seal;

--
-- Name: FUNCTION is_resealed(before bytea, becomes bytea); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.is_resealed(before bytea, becomes bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION app.is_resealed(before bytea, becomes bytea) TO ringfence_app;
GRANT ALL ON FUNCTION app.is_resealed(before bytea, becomes bytea) TO ringfence_gate;

--
-- Name: FUNCTION keep_a_year(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_a_year() FROM PUBLIC;

--
-- Name: FUNCTION keep_approval(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_approval() FROM PUBLIC;

--
-- Name: FUNCTION keep_audit_log(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_audit_log() FROM PUBLIC;

--
-- Name: FUNCTION keep_audit_stream(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_audit_stream() FROM PUBLIC;

--
-- Name: FUNCTION keep_checkpoint(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_checkpoint() FROM PUBLIC;

--
-- Name: FUNCTION keep_sealed(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_sealed() FROM PUBLIC;

--
-- Name: FUNCTION keep_secret(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.keep_secret() FROM PUBLIC;

--
-- Name: FUNCTION may_spend(for_user uuid); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.may_spend(for_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.may_spend(for_user uuid) TO ringfence_app;

--
-- Name: FUNCTION model_keys(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.model_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION app.model_keys() TO ringfence_app;

--
-- Name: FUNCTION record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text, by_id uuid); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text, by_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text, by_id uuid) TO ringfence_app;
GRANT ALL ON FUNCTION app.record_secret(act text, target uuid, is_refused text, more jsonb, by_kind text, by_id uuid) TO ringfence_gate;

--
-- Name: FUNCTION refuse_change(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.refuse_change() FROM PUBLIC;

--
-- Name: FUNCTION reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION app.reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]) TO ringfence_app;

--
-- Name: FUNCTION reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION app.reserve(for_run uuid, for_user uuid, most_tokens bigint, most_micros bigint) TO ringfence_app;

--
-- Name: FUNCTION sealed_count(wanted text); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_count(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_count(wanted text) TO ringfence_app;

--
-- Name: FUNCTION sealed_heads(most integer); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_heads(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_heads(most integer) TO ringfence_app;

--
-- Name: FUNCTION sealed_page(wanted text, after text, leaves bytea[], most integer); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_page(wanted text, after text, leaves bytea[], most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_page(wanted text, after text, leaves bytea[], most integer) TO ringfence_app;

--
-- Name: FUNCTION sealed_place(wanted text); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_place(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_place(wanted text) TO ringfence_app;

--
-- Name: FUNCTION sealed_places(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.sealed_places() FROM PUBLIC;
GRANT ALL ON FUNCTION app.sealed_places() TO ringfence_app;

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
-- Name: FUNCTION time_ordered_id(); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.time_ordered_id() FROM PUBLIC;
GRANT ALL ON FUNCTION app.time_ordered_id() TO ringfence_app;
GRANT ALL ON FUNCTION app.time_ordered_id() TO ringfence_gate;
GRANT ALL ON FUNCTION app.time_ordered_id() TO ringfence_seal;

--
-- Name: FUNCTION unfounded_entries(since xid8, until xid8); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.unfounded_entries(since xid8, until xid8) FROM PUBLIC;
GRANT ALL ON FUNCTION app.unfounded_entries(since xid8, until xid8) TO ringfence_gate;

--
-- Name: FUNCTION unrecorded(since xid8, until xid8); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.unrecorded(since xid8, until xid8) FROM PUBLIC;
GRANT ALL ON FUNCTION app.unrecorded(since xid8, until xid8) TO ringfence_gate;

--
-- Name: FUNCTION unrecorded_changes(since xid8, until xid8); Type: ACL; Schema: app; Owner: ringfence_owner
--

REVOKE ALL ON FUNCTION app.unrecorded_changes(since xid8, until xid8) FROM PUBLIC;
GRANT ALL ON FUNCTION app.unrecorded_changes(since xid8, until xid8) TO ringfence_gate;

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
GRANT ALL ON FUNCTION ctx.platform() TO ringfence_seal;

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
-- Name: PROCEDURE share_unowned(IN t regclass); Type: ACL; Schema: ctx; Owner: ringfence_owner
--

REVOKE ALL ON PROCEDURE ctx.share_unowned(IN t regclass) FROM PUBLIC;

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
GRANT ALL ON FUNCTION ctx.verified(wanted text) TO ringfence_seal;

--
-- Name: FUNCTION claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_audit_streams(new_holder uuid, seconds double precision, most integer, most_slow integer, a_partner integer, a_partner_slow integer) TO ringfence_app;

--
-- Name: FUNCTION claim_deliveries(new_holder uuid, seconds double precision, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_deliveries(new_holder uuid, seconds double precision, most integer) TO ringfence_app;

--
-- Name: FUNCTION claim_embeddings(new_holder uuid, seconds double precision, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_embeddings(new_holder uuid, seconds double precision, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_embeddings(new_holder uuid, seconds double precision, most integer) TO ringfence_app;

--
-- Name: FUNCTION claim_files(new_holder uuid, seconds double precision, most integer, stages text[]); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_files(new_holder uuid, seconds double precision, most integer, stages text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_files(new_holder uuid, seconds double precision, most integer, stages text[]) TO ringfence_app;

--
-- Name: FUNCTION claim_readings(new_holder uuid, seconds double precision, most integer, share integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_readings(new_holder uuid, seconds double precision, most integer, share integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_readings(new_holder uuid, seconds double precision, most integer, share integer) TO ringfence_app;

--
-- Name: FUNCTION claim_runs(new_holder uuid, seconds double precision, most integer, share integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.claim_runs(new_holder uuid, seconds double precision, most integer, share integer) TO ringfence_app;

--
-- Name: FUNCTION count_reads(counted text); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.count_reads(counted text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.count_reads(counted text) TO ringfence_app;

--
-- Name: FUNCTION count_refusals(counted text); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.count_refusals(counted text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.count_refusals(counted text) TO ringfence_app;

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
-- Name: FUNCTION destroyed_keys(after_id uuid, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.destroyed_keys(after_id uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.destroyed_keys(after_id uuid, most integer) TO ringfence_app;

--
-- Name: FUNCTION doom_former_object(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.doom_former_object() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.doom_former_object() TO ringfence_owner;

--
-- Name: FUNCTION doom_former_objects(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.doom_former_objects() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.doom_former_objects() TO ringfence_owner;

--
-- Name: FUNCTION doom_object(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.doom_object() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.doom_object() TO ringfence_owner;

--
-- Name: FUNCTION drop_streams(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.drop_streams() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.drop_streams() TO ringfence_owner;

--
-- Name: FUNCTION end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.end_delivery(held_by uuid, in_scope uuid, wanted uuid, held_attempt integer) TO ringfence_app;

--
-- Name: FUNCTION enter_counts(most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.enter_counts(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.enter_counts(most integer) TO ringfence_app;

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
-- Name: FUNCTION file_bytes(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.file_bytes(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.file_bytes(wanted uuid) TO ringfence_app;

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
-- Name: FUNCTION keep_erased(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.keep_erased() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.keep_erased() TO ringfence_owner;

--
-- Name: FUNCTION lapsed_runs(seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.lapsed_runs(seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.lapsed_runs(seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION log_of_delivery(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.log_of_delivery(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.log_of_delivery(wanted uuid) TO ringfence_app;

--
-- Name: FUNCTION note_login(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.note_login() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.note_login() TO ringfence_app;

--
-- Name: FUNCTION organization_of_secret(wanted uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.organization_of_secret(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.organization_of_secret(wanted uuid) TO ringfence_app;

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
-- Name: FUNCTION reconcile(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.reconcile() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.reconcile() TO ringfence_app;

--
-- Name: FUNCTION refuse_erased(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.refuse_erased() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.refuse_erased() TO ringfence_owner;

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
-- Name: FUNCTION reseal_secret(wanted uuid, before bytea, becomes bytea); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.reseal_secret(wanted uuid, before bytea, becomes bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.reseal_secret(wanted uuid, before bytea, becomes bytea) TO ringfence_app;

--
-- Name: FUNCTION seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[], roots bytea[], frontiers bytea[], entry_logs integer[], indices bigint[], entry_ids uuid[], hashes bytea[], node_logs integer[], node_levels integer[], node_indices bigint[], node_hashes bytea[]) TO ringfence_app;

--
-- Name: FUNCTION seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_claim(new_holder uuid, seconds double precision, idle_seconds double precision, most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION seal_cleaned(in_scope text, in_id uuid, upto bigint); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_cleaned(in_scope text, in_id uuid, upto bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_cleaned(in_scope text, in_id uuid, upto bigint) TO ringfence_app;

--
-- Name: FUNCTION seal_due(); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_due() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_due() TO ringfence_app;

--
-- Name: FUNCTION seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_enter(expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) TO ringfence_app;

--
-- Name: FUNCTION seal_expire(); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_expire() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_expire() TO ringfence_app;

--
-- Name: FUNCTION seal_frontiers(wanted uuid[]); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_frontiers(wanted uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_frontiers(wanted uuid[]) TO ringfence_app;

--
-- Name: FUNCTION seal_lag(seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_lag(seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_lag(seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION seal_logs(after_scope text, after_id uuid, most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_logs(after_scope text, after_id uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_logs(after_scope text, after_id uuid, most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_open(); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_open() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_open() TO ringfence_app;

--
-- Name: FUNCTION seal_prunable(most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_prunable(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_prunable(most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_prune(in_scope text, in_id uuid, held_by uuid, most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_prune(in_scope text, in_id uuid, held_by uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_prune(in_scope text, in_id uuid, held_by uuid, most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) TO ringfence_app;

--
-- Name: FUNCTION seal_release(in_scope text, in_id uuid, held_by uuid); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_release(in_scope text, in_id uuid, held_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_release(in_scope text, in_id uuid, held_by uuid) TO ringfence_app;

--
-- Name: FUNCTION seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_replay(in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea, node_levels integer[], node_indices bigint[], node_hashes bytea[]) TO ringfence_app;

--
-- Name: FUNCTION seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) TO ringfence_app;

--
-- Name: FUNCTION seal_rows(upto xid8, most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_rows(upto xid8, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_rows(upto xid8, most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_stop(in_scope text, in_id uuid, why text); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_stop(in_scope text, in_id uuid, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_stop(in_scope text, in_id uuid, why text) TO ringfence_app;

--
-- Name: FUNCTION seal_stopped(); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_stopped() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_stopped() TO ringfence_app;

--
-- Name: FUNCTION seal_to_enter(most integer); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_to_enter(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_to_enter(most integer) TO ringfence_app;

--
-- Name: FUNCTION seal_unpublished(seconds double precision); Type: ACL; Schema: gate; Owner: ringfence_seal
--

REVOKE ALL ON FUNCTION gate.seal_unpublished(seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.seal_unpublished(seconds double precision) TO ringfence_app;

--
-- Name: FUNCTION secret_heads(most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.secret_heads(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.secret_heads(most integer) TO ringfence_app;

--
-- Name: FUNCTION secrets_to_reseal(newest_key bytea, most integer, held_by uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.secrets_to_reseal(newest_key bytea, most integer, held_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.secrets_to_reseal(newest_key bytea, most integer, held_by uuid) TO ringfence_app;

--
-- Name: FUNCTION take_secret(wanted text, for_host text, for_run uuid, held_by uuid); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.take_secret(wanted text, for_host text, for_run uuid, held_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.take_secret(wanted text, for_host text, for_run uuid, held_by uuid) TO ringfence_app;

--
-- Name: FUNCTION unrecorded_here(); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.unrecorded_here() FROM PUBLIC;
GRANT ALL ON FUNCTION gate.unrecorded_here() TO ringfence_app;

--
-- Name: FUNCTION unsent_files(after_id uuid, seconds double precision, most integer); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.unsent_files(after_id uuid, seconds double precision, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.unsent_files(after_id uuid, seconds double precision, most integer) TO ringfence_app;

--
-- Name: FUNCTION want_embeddings(wanted text); Type: ACL; Schema: gate; Owner: ringfence_gate
--

REVOKE ALL ON FUNCTION gate.want_embeddings(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION gate.want_embeddings(wanted text) TO ringfence_app;

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
-- Name: COLUMN agent.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.agent TO ringfence_gate;

--
-- Name: TABLE agent_version; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT ON TABLE app.agent_version TO ringfence_app;

--
-- Name: COLUMN agent_version.instructions; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(instructions) ON TABLE app.agent_version TO ringfence_app;

--
-- Name: COLUMN agent_version.tools; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(tools) ON TABLE app.agent_version TO ringfence_app;

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
-- Name: COLUMN api_key.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.api_key TO ringfence_gate;

--
-- Name: TABLE app_user; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.app_user TO ringfence_app;

--
-- Name: COLUMN app_user.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.app_user TO ringfence_gate;

--
-- Name: COLUMN app_user.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.app_user TO ringfence_gate;

--
-- Name: COLUMN app_user.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.app_user TO ringfence_gate;

--
-- Name: TABLE approval; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.approval TO ringfence_app;

--
-- Name: TABLE audit_checkpoint; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_checkpoint TO ringfence_app;
GRANT SELECT,INSERT,DELETE ON TABLE app.audit_checkpoint TO ringfence_seal;

--
-- Name: TABLE audit_instance_leaf; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_instance_leaf TO ringfence_app;
GRANT SELECT,INSERT ON TABLE app.audit_instance_leaf TO ringfence_seal;

--
-- Name: TABLE audit_log; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_log TO ringfence_app;
GRANT SELECT,INSERT ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope) ON TABLE app.audit_log TO ringfence_gate;

--
-- Name: COLUMN audit_log.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id) ON TABLE app.audit_log TO ringfence_gate;

--
-- Name: COLUMN audit_log.size; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(size) ON TABLE app.audit_log TO ringfence_seal;
GRANT SELECT(size) ON TABLE app.audit_log TO ringfence_gate;

--
-- Name: COLUMN audit_log.root; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(root) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.frontier; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(frontier) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.sealed_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(sealed_at) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.published_size; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(published_size) ON TABLE app.audit_log TO ringfence_seal;
GRANT SELECT(published_size) ON TABLE app.audit_log TO ringfence_gate;

--
-- Name: COLUMN audit_log.published_root; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(published_root) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.checkpoint; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(checkpoint) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.published_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(published_at) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.pruned_to; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(pruned_to) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.publisher; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(publisher) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.publishing_until; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(publishing_until) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.entered_size; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(entered_size) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.cleaned_to; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(cleaned_to) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: COLUMN audit_log.stopped; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(stopped) ON TABLE app.audit_log TO ringfence_seal;

--
-- Name: TABLE audit_node; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_node TO ringfence_app;
GRANT SELECT,INSERT ON TABLE app.audit_node TO ringfence_seal;

--
-- Name: TABLE audit_queue; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_queue TO ringfence_app;
GRANT SELECT,INSERT,DELETE ON TABLE app.audit_queue TO ringfence_seal;

--
-- Name: COLUMN audit_queue.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope),INSERT(scope) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(scope) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id),INSERT(scope_id) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(scope_id) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id),INSERT(id) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(id) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(xid) ON TABLE app.audit_queue TO ringfence_gate;

--
-- Name: COLUMN audit_queue.at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(at) ON TABLE app.audit_queue TO ringfence_gate;

--
-- Name: COLUMN audit_queue.actor_kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(actor_kind) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(actor_kind) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.actor_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(actor_id) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(actor_id) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.action; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(action),INSERT(action) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(action) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.target_kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(target_kind) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(target_kind) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.target_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(target_id),INSERT(target_id) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(target_id) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.outcome; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(outcome),INSERT(outcome) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(outcome) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.reason; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(reason) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(reason) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.permission; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(permission) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(permission) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.request_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(request_id) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(request_id) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.address_hash; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(address_hash) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(address_hash) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.details; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(details) ON TABLE app.audit_queue TO ringfence_gate;
GRANT INSERT(details) ON TABLE app.audit_queue TO ringfence_app;

--
-- Name: COLUMN audit_queue.network; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(network) ON TABLE app.audit_queue TO ringfence_app;
GRANT INSERT(network) ON TABLE app.audit_queue TO ringfence_gate;

--
-- Name: TABLE audit_sealed; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_sealed TO ringfence_app;
GRANT SELECT,INSERT ON TABLE app.audit_sealed TO ringfence_seal;

--
-- Name: TABLE audit_sealer; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.audit_sealer TO ringfence_app;
GRANT SELECT,INSERT,UPDATE ON TABLE app.audit_sealer TO ringfence_seal;

--
-- Name: TABLE audit_stream; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.audit_stream TO ringfence_app;
GRANT DELETE ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(kind) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.status; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(status) ON TABLE app.audit_stream TO ringfence_app;
GRANT SELECT(status) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: COLUMN audit_stream.target; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(target) ON TABLE app.audit_stream TO ringfence_app;

--
-- Name: COLUMN audit_stream.secret; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(secret) ON TABLE app.audit_stream TO ringfence_app;

--
-- Name: COLUMN audit_stream.secret_rotated_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(secret_rotated_at) ON TABLE app.audit_stream TO ringfence_app;

--
-- Name: COLUMN audit_stream.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.audit_stream TO ringfence_gate;

--
-- Name: TABLE audit_stream_work; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.audit_stream_work TO ringfence_app;

--
-- Name: COLUMN audit_stream_work.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(scope_id) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.stream_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(stream_id) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.next_index; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(next_index) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.next_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(next_at),UPDATE(next_at) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.holder; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(holder),UPDATE(holder) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.attempt; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(attempt),UPDATE(attempt) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: COLUMN audit_stream_work.is_slow; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(is_slow) ON TABLE app.audit_stream_work TO ringfence_gate;

--
-- Name: TABLE audit_visit; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.audit_visit TO ringfence_app;

--
-- Name: COLUMN audit_visit.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.audit_visit TO ringfence_gate;

--
-- Name: COLUMN audit_visit.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.audit_visit TO ringfence_gate;

--
-- Name: COLUMN audit_visit.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.audit_visit TO ringfence_gate;

--
-- Name: TABLE canary; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.canary TO ringfence_app;

--
-- Name: TABLE configuration; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.configuration TO ringfence_app;

--
-- Name: TABLE conversation; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.conversation TO ringfence_app;

--
-- Name: TABLE database_login; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.database_login TO ringfence_app;
GRANT SELECT,INSERT,DELETE ON TABLE app.database_login TO ringfence_gate;

--
-- Name: COLUMN database_login.count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(count) ON TABLE app.database_login TO ringfence_gate;

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
GRANT UPDATE(payload) ON TABLE app.delivery TO ringfence_app;

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
-- Name: COLUMN directory.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.directory TO ringfence_gate;

--
-- Name: TABLE discrepancy; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.discrepancy TO ringfence_app;
GRANT SELECT ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(id) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.kind; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(kind) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.scope; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(scope) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.scope_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(scope_id) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.subject_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(subject_id) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: COLUMN discrepancy.xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(xid) ON TABLE app.discrepancy TO ringfence_gate;

--
-- Name: TABLE doomed_object; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,DELETE ON TABLE app.doomed_object TO ringfence_app;

--
-- Name: COLUMN doomed_object.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id),INSERT(org_id) ON TABLE app.doomed_object TO ringfence_gate;

--
-- Name: COLUMN doomed_object.object_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(object_id) ON TABLE app.doomed_object TO ringfence_gate;

--
-- Name: COLUMN doomed_object.file_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(file_id),INSERT(file_id),UPDATE(file_id) ON TABLE app.doomed_object TO ringfence_gate;

--
-- Name: TABLE embedding_work; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.embedding_work TO ringfence_app;

--
-- Name: COLUMN embedding_work.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id),INSERT(org_id) ON TABLE app.embedding_work TO ringfence_gate;

--
-- Name: COLUMN embedding_work.file_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(file_id),INSERT(file_id) ON TABLE app.embedding_work TO ringfence_gate;

--
-- Name: COLUMN embedding_work.attempts; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(attempts),UPDATE(attempts) ON TABLE app.embedding_work TO ringfence_gate;

--
-- Name: COLUMN embedding_work.next_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(next_at),UPDATE(next_at) ON TABLE app.embedding_work TO ringfence_gate;

--
-- Name: COLUMN embedding_work.holder; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(holder),UPDATE(holder) ON TABLE app.embedding_work TO ringfence_gate;

--
-- Name: TABLE erased_organization; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.erased_organization TO ringfence_app;

--
-- Name: COLUMN erased_organization.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(partner_id) ON TABLE app.erased_organization TO ringfence_gate;

--
-- Name: COLUMN erased_organization.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id),INSERT(org_id) ON TABLE app.erased_organization TO ringfence_gate;

--
-- Name: TABLE file; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file TO ringfence_app;

--
-- Name: COLUMN file.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.user_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(user_id) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.purpose; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(purpose) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.conversation_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(conversation_id) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.size_bytes; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(size_bytes) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.status; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(status) ON TABLE app.file TO ringfence_gate;

--
-- Name: COLUMN file.created_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(created_at) ON TABLE app.file TO ringfence_gate;

--
-- Name: TABLE file_chunk; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file_chunk TO ringfence_app;

--
-- Name: TABLE file_index; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file_index TO ringfence_app;

--
-- Name: COLUMN file_index.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.file_index TO ringfence_gate;

--
-- Name: COLUMN file_index.file_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(file_id) ON TABLE app.file_index TO ringfence_gate;

--
-- Name: COLUMN file_index.user_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(user_id) ON TABLE app.file_index TO ringfence_gate;

--
-- Name: TABLE file_part; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file_part TO ringfence_app;

--
-- Name: TABLE file_word; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file_word TO ringfence_app;

--
-- Name: TABLE file_work; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.file_work TO ringfence_app;

--
-- Name: COLUMN file_work.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.file_work TO ringfence_gate;

--
-- Name: COLUMN file_work.file_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(file_id) ON TABLE app.file_work TO ringfence_gate;

--
-- Name: COLUMN file_work.stage; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(stage) ON TABLE app.file_work TO ringfence_gate;

--
-- Name: COLUMN file_work.attempts; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(attempts),UPDATE(attempts) ON TABLE app.file_work TO ringfence_gate;

--
-- Name: COLUMN file_work.next_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(next_at),UPDATE(next_at) ON TABLE app.file_work TO ringfence_gate;

--
-- Name: COLUMN file_work.holder; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(holder),UPDATE(holder) ON TABLE app.file_work TO ringfence_gate;

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
-- Name: COLUMN key_destruction.requested_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(requested_at) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: COLUMN key_destruction.done_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(done_at),UPDATE(done_at) ON TABLE app.key_destruction TO ringfence_gate;

--
-- Name: TABLE key_rotation; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.key_rotation TO ringfence_app;

--
-- Name: TABLE key_set; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.key_set TO ringfence_app;

--
-- Name: COLUMN key_set.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.key_set TO ringfence_gate;

--
-- Name: COLUMN key_set.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.key_set TO ringfence_gate;

--
-- Name: COLUMN key_set.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.key_set TO ringfence_gate;

--
-- Name: TABLE key_set_fetch; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.key_set_fetch TO ringfence_app;

--
-- Name: TABLE message; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.message TO ringfence_app;

--
-- Name: TABLE message_file; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.message_file TO ringfence_app;

--
-- Name: TABLE organization; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.organization TO ringfence_app;

--
-- Name: COLUMN organization.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.organization TO ringfence_gate;

--
-- Name: COLUMN organization.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.organization TO ringfence_gate;

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
-- Name: COLUMN partner.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.partner TO ringfence_gate;

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
-- Name: TABLE read_count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.read_count TO ringfence_app;
GRANT SELECT,INSERT,DELETE ON TABLE app.read_count TO ringfence_gate;

--
-- Name: COLUMN read_count.count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(count) ON TABLE app.read_count TO ringfence_gate;

--
-- Name: TABLE reconciliation; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.reconciliation TO ringfence_app;
GRANT SELECT ON TABLE app.reconciliation TO ringfence_gate;

--
-- Name: COLUMN reconciliation.shard; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(shard) ON TABLE app.reconciliation TO ringfence_gate;

--
-- Name: COLUMN reconciliation.horizon; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(horizon),UPDATE(horizon) ON TABLE app.reconciliation TO ringfence_gate;

--
-- Name: COLUMN reconciliation.at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(at) ON TABLE app.reconciliation TO ringfence_gate;

--
-- Name: COLUMN reconciliation.compared; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(compared),UPDATE(compared) ON TABLE app.reconciliation TO ringfence_gate;

--
-- Name: TABLE refresh_token; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.refresh_token TO ringfence_app;

--
-- Name: TABLE refused_count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT ON TABLE app.refused_count TO ringfence_app;
GRANT SELECT,INSERT,DELETE ON TABLE app.refused_count TO ringfence_gate;

--
-- Name: COLUMN refused_count.count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(count) ON TABLE app.refused_count TO ringfence_gate;

--
-- Name: TABLE refused_login; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.refused_login TO ringfence_app;
GRANT DELETE ON TABLE app.refused_login TO ringfence_seal;
GRANT SELECT,DELETE ON TABLE app.refused_login TO ringfence_gate;

--
-- Name: COLUMN refused_login.minute; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(minute) ON TABLE app.refused_login TO ringfence_seal;

--
-- Name: TABLE refused_record; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.refused_record TO ringfence_app;

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
-- Name: TABLE secret; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT DELETE ON TABLE app.secret TO ringfence_app;

--
-- Name: COLUMN secret.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id),INSERT(org_id) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(org_id) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id),INSERT(id) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(id) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.name; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(name),INSERT(name) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(name) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.value; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT INSERT(value),UPDATE(value) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(value),UPDATE(value) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.allowed_hosts; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(allowed_hosts),INSERT(allowed_hosts),UPDATE(allowed_hosts) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(allowed_hosts) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.version; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(version) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(version) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.created_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(created_at) ON TABLE app.secret TO ringfence_app;

--
-- Name: COLUMN secret.replaced_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(replaced_at) ON TABLE app.secret TO ringfence_app;

--
-- Name: COLUMN secret.last_used_at; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(last_used_at) ON TABLE app.secret TO ringfence_app;
GRANT UPDATE(last_used_at) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.use_count; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(use_count) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(use_count),UPDATE(use_count) ON TABLE app.secret TO ringfence_gate;

--
-- Name: COLUMN secret.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.secret TO ringfence_app;
GRANT SELECT(changed_xid) ON TABLE app.secret TO ringfence_gate;

--
-- Name: TABLE session; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.session TO ringfence_app;

--
-- Name: COLUMN session.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.session TO ringfence_gate;

--
-- Name: COLUMN session.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.session TO ringfence_gate;

--
-- Name: COLUMN session.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.session TO ringfence_gate;

--
-- Name: TABLE signing_key; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.signing_key TO ringfence_app;

--
-- Name: COLUMN signing_key.partner_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(partner_id) ON TABLE app.signing_key TO ringfence_gate;

--
-- Name: COLUMN signing_key.id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(id) ON TABLE app.signing_key TO ringfence_gate;

--
-- Name: COLUMN signing_key.changed_xid; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(changed_xid) ON TABLE app.signing_key TO ringfence_gate;

--
-- Name: TABLE signing_key_use; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.signing_key_use TO ringfence_app;

--
-- Name: TABLE signing_secret; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE ON TABLE app.signing_secret TO ringfence_app;

--
-- Name: COLUMN signing_secret.secret; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT UPDATE(secret) ON TABLE app.signing_secret TO ringfence_app;

--
-- Name: TABLE spending; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.spending TO ringfence_app;

--
-- Name: TABLE store_owner; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE app.store_owner TO ringfence_app;

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
-- Name: TABLE vector_segment; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE app.vector_segment TO ringfence_app;

--
-- Name: COLUMN vector_segment.org_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(org_id) ON TABLE app.vector_segment TO ringfence_gate;

--
-- Name: COLUMN vector_segment.file_id; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(file_id) ON TABLE app.vector_segment TO ringfence_gate;

--
-- Name: COLUMN vector_segment.model; Type: ACL; Schema: app; Owner: ringfence_owner
--

GRANT SELECT(model) ON TABLE app.vector_segment TO ringfence_gate;

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
