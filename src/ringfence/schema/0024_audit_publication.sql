-- Why: what was published of the trees, the tree over all of them, and what may leave the log after its year.
alter table app.audit_log
  add column publisher uuid,
  add column publishing_until timestamptz,
  add column entered_size bigint not null default 0,
  add column cleaned_to bigint not null default 0,
  add column stopped text;
comment on column app.audit_log.publisher is 'class=identifier; owner=platform; clock=proof; note=the process that publishes it just now';
comment on column app.audit_log.publishing_until is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.entered_size is 'class=operational; owner=platform; clock=proof; note=the newest published size that the instance tree has a leaf of';
comment on column app.audit_log.cleaned_to is 'class=operational; owner=platform; clock=proof; note=up to here the object store holds no pruned entry any more';
comment on column app.audit_log.stopped is 'class=operational; owner=platform; clock=proof; note=why nothing is sealed or published any more: fork or altered';

-- The leaves of the tree over all trees: the text of each checkpoint that was published. Their hashes stand in
-- app.audit_sealed under the scope `instance` and an id that no organization and no partner has.
create table app.audit_instance_leaf (
  index bigint primary key,
  scope text not null,
  scope_id uuid not null,
  size bigint not null,
  text text not null,
  at timestamptz not null default clock_timestamp()
);
create index audit_instance_leaf_by_log on app.audit_instance_leaf (scope_id, scope, size);
comment on column app.audit_instance_leaf.index is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_instance_leaf.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_instance_leaf.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_instance_leaf.size is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_instance_leaf.text is 'class=operational; owner=platform; clock=proof; note=a checkpoint without its signatures: origin, size, root and time';
comment on column app.audit_instance_leaf.at is 'class=operational; owner=platform; clock=proof';
call ctx.protect('app.audit_instance_leaf', scope => 'platform', verbs => array['select']);
create trigger append_only before update or delete on app.audit_instance_leaf for each row execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_instance_leaf for each statement execute function app.refuse_change();

-- What this database knows of the marker in the object store, which says whose the store is (controls/objects/ownership.py).
create table app.store_owner (
  shard int primary key check (shard = 0),
  claim uuid not null,
  turn uuid not null,
  next_turn uuid not null,
  turned_at timestamptz not null default clock_timestamp()
);
comment on column app.store_owner.shard is 'class=operational; owner=platform; clock=none';
comment on column app.store_owner.claim is 'class=identifier; owner=platform; clock=none; note=random, made anew by each claim';
comment on column app.store_owner.turn is 'class=operational; owner=platform; clock=none; note=random, changes every few minutes here and in the store';
comment on column app.store_owner.next_turn is 'class=operational; owner=platform; clock=none';
comment on column app.store_owner.turned_at is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.store_owner', scope => 'platform', verbs => array['select', 'insert', 'update']);

-- An entry leaves the queue after exactly one year, by the one role that nobody logs in as; nothing else ever does.
-- NOTE: a year is counted in UTC. With the caller's time zone it could be two weeks shorter (a rule for summer time may
-- shift the clock by 320 hours), and the caller chooses that.
create function app.keep_a_year() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
begin
  if tg_op <> 'DELETE' or current_user <> 'ringfence_seal' or old.at >= now() - interval '1 year' then
    raise exception '% is append-only', tg_table_name using errcode = '42501';
  end if;
  return old;
end $$;
create or replace trigger append_only before update or delete on app.audit_queue for each row execute function app.keep_a_year();

-- What publication does across logs, as the role that seals: it reads ids, sizes and hashes of every log, writes the
-- heads of trees, and deletes entries that are older than a year; never anything else of an entry.
create policy seal_replay on app.audit_queue for insert to ringfence_seal with check (true);
create policy seal_prune on app.audit_queue for delete to ringfence_seal using (at < now() - interval '1 year');
grant insert, delete on app.audit_queue to ringfence_seal;
create policy seal on app.audit_instance_leaf to ringfence_seal using (true) with check (true);
grant select, insert on app.audit_instance_leaf to ringfence_seal;
create policy seal on app.refused_login to ringfence_seal using (minute < now() - interval '1 year');
grant select (minute), delete on app.refused_login to ringfence_seal;
grant delete on app.audit_checkpoint to ringfence_seal;
grant update (published_size, published_root, checkpoint, published_at, pruned_to, publisher, publishing_until, entered_size,
  cleaned_to, stopped) on app.audit_log to ringfence_seal;

grant create on schema gate to ringfence_seal;
-- What it does beyond sealing, it enters itself: nobody who calls it can leave that out.
grant execute on function app.time_ordered_id() to ringfence_seal;

set local role ringfence_seal;

-- Leases logs that have more than was published and were not published for so long, longest first.
-- NOTE: a moment of the future was written before the clock was set back: nobody waits until it comes. No lease is of
-- two minutes.
create function gate.seal_claim(new_holder uuid, seconds float8, idle_seconds float8, most int)
returns table (scope text, scope_id uuid) language sql security definer
set search_path = pg_catalog, pg_temp as $$
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

-- The same for one log, whatever it has, and for a holder who goes on; 0 while somebody else is at it.
create function gate.seal_claim_one(in_scope text, in_id uuid, new_holder uuid, seconds float8) returns bigint
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with claimed as (
    update app.audit_log l set publisher = new_holder, publishing_until = clock_timestamp() + make_interval(secs => seconds)
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id
      and (l.publishing_until is null or l.publisher = new_holder
        or l.publishing_until not between clock_timestamp() and clock_timestamp() + interval '2 minutes')
    returning 1
  )
  select count(*) from claimed
$$;

create function gate.seal_release(in_scope text, in_id uuid, held_by uuid) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with released as (
    update app.audit_log l set publisher = null, publishing_until = null
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.publisher = held_by
    returning 1
  )
  select count(*) from released
$$;

-- Records a checkpoint whose tiles are in the store. 0 where this holder has lost the log, or it is of another size
-- than a tree that was sealed: what is shown to anybody is read from here.
create function gate.seal_published(in_scope text, in_id uuid, held_by uuid, new_size bigint, new_root bytea, note text) returns bigint
language sql security definer
set search_path = pg_catalog, pg_temp as $$
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

-- Published checkpoints that the instance tree has no leaf of.
create function gate.seal_to_enter(most int) returns table (scope text, scope_id uuid, size bigint, note text)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select l.scope, l.scope_id, l.published_size, l.checkpoint from app.audit_log l
  where (select ctx.platform()) and l.published_size > l.entered_size and l.scope <> 'instance' and l.stopped is null
  order by l.published_at limit most
$$;

-- Appends leaves to the instance tree. 0 where it is not of the size that they were made for: somebody was first.
create function gate.seal_enter(
  expected bigint, scopes text[], ids uuid[], sizes bigint[], texts text[], hashes bytea[], new_root bytea, new_frontier bytea,
  node_levels int[], node_indices bigint[], node_hashes bytea[]
) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
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

-- Stops a log: its history is not the one that was published.
create function gate.seal_stop(in_scope text, in_id uuid, why text) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with stopped as (
    update app.audit_log l set stopped = why
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.stopped is null and why in ('fork', 'altered') returning 1
  )
  select count(*) from stopped
$$;

create function gate.seal_stopped() returns table (scope text, scope_id uuid, why text) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select l.scope, l.scope_id, l.stopped from app.audit_log l
  where (select ctx.platform()) and l.stopped is not null order by l.scope, l.scope_id
$$;

-- Logs with a leaf that was sealed so long ago and is not published yet, and the age of the oldest one in seconds.
create function gate.seal_unpublished(seconds float8) returns table (waiting bigint, oldest float8) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select count(*), coalesce(max(extract(epoch from clock_timestamp() - s.sealed_at)), 0)::float8
  from app.audit_log l join app.audit_sealed s on s.scope_id = l.scope_id and s.index = l.published_size and s.scope = l.scope
  where (select ctx.platform()) and l.published_size < l.size and s.sealed_at < clock_timestamp() - make_interval(secs => seconds)
$$;

-- Logs, the next in the order of their ids: for whoever looks at all of them, some at a time.
create function gate.seal_logs(after_scope text, after_id uuid, most int)
returns table (scope text, scope_id uuid, published_size bigint) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select l.scope, l.scope_id, l.published_size from app.audit_log l
  where (select ctx.platform()) and (l.scope, l.scope_id) > (after_scope, after_id) order by l.scope, l.scope_id limit most
$$;

-- A log that was stopped goes on behind what was signed, and says so itself, as does the platform's. 0 where it was not
-- stopped, or is another by now than was looked at.
create function gate.seal_resume(in_scope text, in_id uuid, at_size bigint, at_published bigint, from_index bigint) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
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

-- Puts back what a restored database has lost, out of the store: entries with the indices that were published. A row
-- that the restored queue still has stays as it is. 0 where the tree is not of the size that they follow.
-- An entry is taken out of the very leaf whose hash is sealed, an empty one for what is gone; that it was done is entered
-- in the same transaction. That the hashes are those that were signed, nobody can check here: there is no Ed25519.
-- NOTE: their transaction id lies below every horizon, so no sealer takes them for new.
create function gate.seal_replay(
  in_scope text, in_id uuid, expected bigint, held_by uuid, ids uuid[], hashes bytea[], leaves bytea[], new_root bytea, new_frontier bytea,
  node_levels int[], node_indices bigint[], node_hashes bytea[]
) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
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
end $$;

-- Logs whose oldest entry is older than a year, or whose store still holds one that was pruned.
create function gate.seal_prunable(most int) returns table (scope text, scope_id uuid) language sql stable security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
  select l.scope, l.scope_id from app.audit_log l
  where (select ctx.platform()) and l.scope <> 'instance' and l.published_size > 0 and (l.cleaned_to < l.pruned_to or (
    select q.at from app.audit_sealed s join app.audit_queue q on q.scope_id = s.scope_id and q.id = s.entry_id
    where s.scope = l.scope and s.scope_id = l.scope_id and s.index >= l.pruned_to and s.index < l.published_size
    order by s.index limit 1) < now() - interval '1 year')
  order by l.scope, l.scope_id limit most
$$;

-- Deletes published entries that are older than exactly one year, in the order of their indices, up to the first that is
-- younger; gives the index up to which the log is pruned. Their hashes stay, so that the rest still verifies.
create function gate.seal_prune(in_scope text, in_id uuid, held_by uuid, most int) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
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

create function gate.seal_cleaned(in_scope text, in_id uuid, upto bigint) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with cleaned as (
    update app.audit_log l set cleaned_to = upto
    where (select ctx.platform()) and l.scope = in_scope and l.scope_id = in_id and l.cleaned_to < upto and upto <= l.pruned_to returning 1
  )
  select count(*) from cleaned
$$;

-- What else has its time: refused log-ins after a year, and of checkpoints older than two days all but each day's last.
create function gate.seal_expire() returns bigint language sql security definer
set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
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

revoke execute on function gate.seal_claim(uuid, float8, float8, int), gate.seal_claim_one(text, uuid, uuid, float8),
  gate.seal_release(text, uuid, uuid), gate.seal_published(text, uuid, uuid, bigint, bytea, text), gate.seal_to_enter(int),
  gate.seal_enter(bigint, text[], uuid[], bigint[], text[], bytea[], bytea, bytea, int[], bigint[], bytea[]), gate.seal_stop(text, uuid, text),
  gate.seal_stopped(), gate.seal_resume(text, uuid, bigint, bigint, bigint), gate.seal_unpublished(float8), gate.seal_logs(text, uuid, int),
  gate.seal_replay(text, uuid, bigint, uuid, uuid[], bytea[], bytea[], bytea, bytea, int[], bigint[], bytea[]), gate.seal_prunable(int),
  gate.seal_prune(text, uuid, uuid, int), gate.seal_cleaned(text, uuid, bigint), gate.seal_expire() from public;
grant execute on function gate.seal_claim(uuid, float8, float8, int), gate.seal_claim_one(text, uuid, uuid, float8),
  gate.seal_release(text, uuid, uuid), gate.seal_published(text, uuid, uuid, bigint, bytea, text), gate.seal_to_enter(int),
  gate.seal_enter(bigint, text[], uuid[], bigint[], text[], bytea[], bytea, bytea, int[], bigint[], bytea[]), gate.seal_stop(text, uuid, text),
  gate.seal_stopped(), gate.seal_resume(text, uuid, bigint, bigint, bigint), gate.seal_unpublished(float8), gate.seal_logs(text, uuid, int),
  gate.seal_replay(text, uuid, bigint, uuid, uuid[], bytea[], bytea[], bytea, bytea, int[], bigint[], bytea[]), gate.seal_prunable(int),
  gate.seal_prune(text, uuid, uuid, int), gate.seal_cleaned(text, uuid, bigint), gate.seal_expire() to ringfence_app;
set local role ringfence_owner;
revoke create on schema gate from ringfence_seal;
