-- Why: rotation of keys: what is sealed under an older key of its owner is sealed anew, a batch at a time beside everybody else.

-- One rotation of an owner's keys, from the new versions to the end of the old ones. It begins with the ids of the keys
-- that it leaves, so that a process that goes on after another's death knows which new ones are there already.
--   sealing   a pass over all places      settling  writers may still hold an old key: another pass follows
--   kept      all is sealed anew; the old keys wait for the last backup that needs them      done, void (owner erased)
create table app.key_rotation (
  id uuid primary key,
  owner text not null check (owner ~ '^(platform|partner/[0-9a-f]{32}|organization/[0-9a-f]{32}(/user/[0-9a-f]{32})?)$'),
  cause text not null check (cause in ('command', 'age', 'api')),
  leaves bytea[] not null,
  state text not null default 'sealing' check (state in ('sealing', 'settling', 'kept', 'done', 'void')),
  rotated_at timestamptz,
  kept_days int not null check (kept_days >= 0),
  pass_at timestamptz,
  place text,
  after text,
  total bigint not null default 0,
  looked_at bigint not null default 0,
  found bigint not null default 0,
  resealed bigint not null default 0,
  damaged bigint not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  holder uuid,
  until timestamptz,
  requested_at timestamptz not null default clock_timestamp(),
  moved_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
-- One at a time: a second request finds the first.
create unique index key_rotation_open on app.key_rotation (owner) where state in ('sealing', 'settling');
create index key_rotation_due on app.key_rotation (next_at, id) where ended_at is null;
comment on column app.key_rotation.id is 'class=identifier; owner=platform; clock=one year';
comment on column app.key_rotation.owner is 'class=identifier; owner=platform; clock=one year; note=the path of an organization, user or partner in the keystore';
comment on column app.key_rotation.cause is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.leaves is 'class=identifier; owner=platform; clock=one year; note=ids of the keys that are being left';
comment on column app.key_rotation.state is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.rotated_at is 'class=operational; owner=platform; clock=one year; note=when every owner had its new key';
comment on column app.key_rotation.kept_days is 'class=operational; owner=platform; clock=one year; note=how long the old keys are kept after that';
comment on column app.key_rotation.pass_at is 'class=operational; owner=platform; clock=one year; note=when the pass began';
comment on column app.key_rotation.place is 'class=operational; owner=platform; clock=one year; note=where the pass is';
comment on column app.key_rotation.after is 'class=identifier; owner=platform; clock=one year; note=the last row that the pass looked at';
comment on column app.key_rotation.total is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.looked_at is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.found is 'class=operational; owner=platform; clock=one year; note=in this pass, under an old key';
comment on column app.key_rotation.resealed is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.damaged is 'class=operational; owner=platform; clock=one year; note=in this pass, values that do not open';
comment on column app.key_rotation.next_at is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.holder is 'class=identifier; owner=platform; clock=one year; note=the process that works on it';
comment on column app.key_rotation.until is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.requested_at is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.moved_at is 'class=operational; owner=platform; clock=one year';
comment on column app.key_rotation.ended_at is 'class=operational; owner=platform; clock=one year';
call ctx.protect('app.key_rotation', scope => 'platform');

-- Whether a value may be the same one sealed anew: as long as it was, a record of a version that we know (both are of the
-- same lengths, and it may go to the other), under another key.
-- No setting of its own: so the planner takes its expression in, instead of calling it for each value.
create function app.is_resealed(before bytea, becomes bytea) returns boolean language sql immutable as $$
  select before is not distinct from becomes
    or (length(before) = length(becomes) and substr(before, 1, 1) in ('\x01', '\x02') and substr(becomes, 1, 1) in ('\x01', '\x02') and substr(before, 2, 16) <> substr(becomes, 2, 16))
$$;
revoke execute on function app.is_resealed(bytea, bytea) from public;
grant execute on function app.is_resealed(bytea, bytea) to ringfence_app, ringfence_gate;

-- What does not change, but for the named columns, which may be sealed anew.
create function app.keep_sealed() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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

drop trigger immutable on app.agent_version;
create trigger immutable before update on app.agent_version for each row execute function app.keep_sealed('instructions', 'tools');
grant update (instructions, tools) on app.agent_version to ringfence_app;
create trigger immutable before update on app.signing_secret for each row execute function app.keep_sealed('secret');
grant update (secret) on app.signing_secret to ringfence_app;
create trigger immutable before update of payload on app.delivery for each row execute function app.keep_sealed('payload');
grant update (payload) on app.delivery to ringfence_app;

-- As before (0008), and what an approver was shown may be sealed anew, which changes nothing else.
create or replace function app.keep_approval() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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

-- The next values of a sealed column (`app.message.text`) in the context's scope, behind a row: the row's key, its
-- id where it has one, and the value where one of these keys sealed it. It runs as its caller, so it sees what the caller may see.
create function app.sealed_page(wanted text, after text, leaves bytea[], most int)
returns table (key text, id uuid, value bytea) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  at record;
begin
  select s.source, s.name, s.keys, s.shown, s.own_id, s.parsed into at from app.sealed_place(wanted) s;
  return query execute format(
    'select %s, %s, case when substr(t.%I, 2, 16) = any ($1) then t.%I end from %s t %s order by %s limit $2',
    at.shown, at.own_id, at.name, at.name, at.source,
    case when after is not null then 'where (' || at.keys || ') > (' || replace(at.parsed, '$key', '$3') || ')' else '' end, at.keys)
    using leaves, most, after;
end $$;

-- Puts values in the place of those that they were made from, where they are still there. Rows that somebody else holds
-- are left for another time: who reseals waits for nobody, and so can be part of no deadlock. The rows are fetched one by
-- one by their keys, whatever a planner without statistics thinks: else each batch would read the whole organization.
create function app.reseal(wanted text, row_keys text[], befores bytea[], becomes bytea[]) returns bigint language plpgsql
set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off as $$
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
end $$;

-- How many rows of a sealed column's table there are in the context's scope.
create function app.sealed_count(wanted text) returns bigint language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  counted bigint;
begin
  execute format('select count(*) from %s', (select s.source from app.sealed_place(wanted) s)) into counted;
  return counted;
end $$;

-- How a sealed column is asked for: its table, its primary key as columns, as text, and back from text.
create function app.sealed_place(wanted text) returns table (source text, name text, keys text, shown text, own_id text, parsed text)
language sql stable set search_path = pg_catalog, pg_temp as $$
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
$$;
revoke execute on function app.sealed_place(text), app.sealed_count(text), app.sealed_page(text, text, bytea[], int), app.reseal(text, text[], bytea[], bytea[]) from public;
grant execute on function app.sealed_place(text), app.sealed_count(text), app.sealed_page(text, text, bytea[], int), app.reseal(text, text[], bytea[], bytea[])
  to ringfence_app;
