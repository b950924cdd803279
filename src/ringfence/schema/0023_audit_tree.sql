-- Why: the trees of the audit log: what was sealed, their heads, and the one who seals.

-- The app role says neither when nor in which transaction an entry was made: the defaults do. An entry with a
-- transaction id of the past would never be sealed, and its time could be anything.
revoke insert on app.audit_queue from ringfence_app;
grant insert (scope, scope_id, id, actor_kind, actor_id, action, target_kind, target_id, outcome, reason, permission,
  request_id, address_hash, details) on app.audit_queue to ringfence_app;
-- The sealer reads on where it stopped; what it costs an insertion is measured in bench/audit.py. Writers wait while it is
-- made: the migration runs in one transaction, and a year's entries of a busy deployment take some seconds.
-- squawk-ignore require-concurrent-index-creation
create index audit_queue_by_xid on app.audit_queue (xid, id);

-- Which entry is which leaf of its log's tree (RFC 6962), for ever: pruning takes the entry and leaves its hash.
create table app.audit_sealed (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  index bigint not null check (index >= 0),
  entry_id uuid not null,
  leaf_hash bytea not null check (length(leaf_hash) = 32),
  sealed_at timestamptz not null default clock_timestamp(),
  primary key (scope_id, index),
  unique (scope_id, entry_id)
);
comment on column app.audit_sealed.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_sealed.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_sealed.index is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_sealed.entry_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_sealed.leaf_hash is 'class=operational; owner=platform; clock=proof; note=SHA-256 of the entry, which holds a random id';
comment on column app.audit_sealed.sealed_at is 'class=operational; owner=platform; clock=proof';
call ctx.protect('app.audit_sealed', scope => 'append', verbs => array['select']);

-- The roots of perfect subtrees of 256, 256^2 ... leaves (level 1, 2 ...): proofs read these instead of all leaves,
-- and they are the hash tiles of C2SP's tlog-tiles above the first level.
create table app.audit_node (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  level int not null check (level between 1 and 7),
  index bigint not null check (index >= 0),
  hash bytea not null check (length(hash) = 32),
  primary key (scope_id, level, index)
);
comment on column app.audit_node.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_node.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_node.level is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_node.index is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_node.hash is 'class=operational; owner=platform; clock=proof; note=SHA-256 over leaf hashes';
call ctx.protect('app.audit_node', scope => 'append', verbs => array['select']);

-- The head of each log: how many leaves, their root, the compact range to go on from, and what was published of it.
create table app.audit_log (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  size bigint not null check (size > 0),
  root bytea not null check (length(root) = 32),
  frontier bytea not null check (length(frontier) = 32 * bit_count(size::bit(64))),
  sealed_at timestamptz not null default clock_timestamp(),
  published_size bigint not null default 0 check (published_size between 0 and size),
  published_root bytea,
  checkpoint text,
  published_at timestamptz,
  pruned_to bigint not null default 0,
  primary key (scope_id, scope)
);
create index audit_log_unpublished on app.audit_log (sealed_at) where published_size < size;
comment on column app.audit_log.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_log.size is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.root is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.frontier is 'class=operational; owner=platform; clock=proof; note=the roots of the perfect subtrees, left to right';
comment on column app.audit_log.sealed_at is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.published_size is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.published_root is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.checkpoint is 'class=operational; owner=platform; clock=proof; note=the newest signed note, which anybody may read';
comment on column app.audit_log.published_at is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_log.pruned_to is 'class=operational; owner=platform; clock=proof; note=entries below are gone, their hashes are not';
call ctx.protect('app.audit_log', scope => 'append', verbs => array['select']);

-- The signed notes that were published: what a customer's kept one is held against.
create table app.audit_checkpoint (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  size bigint not null check (size > 0),
  note text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (scope_id, scope, size)
);
comment on column app.audit_checkpoint.scope is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_checkpoint.scope_id is 'class=identifier; owner=platform; clock=proof';
comment on column app.audit_checkpoint.size is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_checkpoint.note is 'class=operational; owner=platform; clock=proof';
comment on column app.audit_checkpoint.at is 'class=operational; owner=platform; clock=proof';
call ctx.protect('app.audit_checkpoint', scope => 'append', verbs => array['select']);

-- Where the sealer is: every entry up to (horizon, after_id) is sealed. In a database that was not here before (another
-- system identifier), transaction ids mean nothing: the whole queue is walked once for entries that are not sealed, up
-- to `resume_at`, which is where the ids of this cluster go on.
create table app.audit_sealer (
  shard int primary key check (shard = 0),
  system_identifier bigint,
  horizon xid8 not null default '0',
  after_id uuid not null default '00000000-0000-0000-0000-000000000000',
  resume_at xid8,
  has_moved boolean not null default false,
  walked bigint not null default 0,
  rounds bigint not null default 0,
  sealed_at timestamptz
);
comment on column app.audit_sealer.shard is 'class=operational; owner=platform; clock=none';
comment on column app.audit_sealer.system_identifier is 'class=operational; owner=platform; clock=none; note=of the cluster whose transaction ids these are';
comment on column app.audit_sealer.horizon is 'class=operational; owner=platform; clock=none';
comment on column app.audit_sealer.after_id is 'class=identifier; owner=platform; clock=none';
comment on column app.audit_sealer.resume_at is 'class=operational; owner=platform; clock=none; note=set while the queue is walked';
comment on column app.audit_sealer.has_moved is 'class=operational; owner=platform; clock=none';
comment on column app.audit_sealer.walked is 'class=operational; owner=platform; clock=none; note=entries that the walk sealed';
comment on column app.audit_sealer.rounds is 'class=operational; owner=platform; clock=none; note=only ever grows, so that a database that went back is seen';
comment on column app.audit_sealer.sealed_at is 'class=operational; owner=platform; clock=none';
call ctx.protect('app.audit_sealer', scope => 'platform', verbs => array['select']);

create trigger append_only before update or delete on app.audit_sealed for each row execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_sealed for each statement execute function app.refuse_change();
create trigger append_only before update or delete on app.audit_node for each row execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_node for each statement execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_log for each statement execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_checkpoint for each statement execute function app.refuse_change();
create trigger append_only_truncate before truncate on app.audit_sealer for each statement execute function app.refuse_change();
create trigger append_only before delete on app.audit_sealer for each row execute function app.refuse_change();

-- A log only grows, whoever says otherwise.
create function app.keep_audit_log() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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
create trigger keep before update or delete on app.audit_log for each row execute function app.keep_audit_log();

create policy seal on app.audit_queue for select to ringfence_seal using (true);
grant select on app.audit_queue to ringfence_seal;
create policy seal on app.audit_sealed to ringfence_seal using (true) with check (true);
grant select, insert on app.audit_sealed to ringfence_seal;
create policy seal on app.audit_node to ringfence_seal using (true) with check (true);
grant select, insert on app.audit_node to ringfence_seal;
create policy seal on app.audit_log to ringfence_seal using (true) with check (true);
grant select, insert on app.audit_log to ringfence_seal;
grant update (size, root, frontier, sealed_at) on app.audit_log to ringfence_seal;
create policy seal on app.audit_checkpoint to ringfence_seal using (true) with check (true);
grant select, insert on app.audit_checkpoint to ringfence_seal;
create policy seal on app.audit_sealer to ringfence_seal using (true) with check (true);
grant select, insert, update on app.audit_sealer to ringfence_seal;
grant execute on function ctx.verified(text), ctx.platform() to ringfence_seal;

-- Whoever seals, publishes anew or prunes holds this until the end of its transaction; there is one a database.
create function app.holds_audit_lock() returns boolean language sql volatile set search_path = pg_catalog, pg_temp as $$
  select pg_try_advisory_xact_lock(hashtextextended('ringfence audit sealer', 0))
$$;
revoke execute on function app.holds_audit_lock() from public;
grant execute on function app.holds_audit_lock() to ringfence_seal;

grant usage, create on schema gate to ringfence_seal;
set local role ringfence_seal;

-- NOTE: a plan that reads a whole table was made while it was small and is kept while it grows to millions: the functions
-- that run each second allow none but the ways by index.

-- Whether there is anything to seal, asked without a lock; and what tells whether this is the database that it was.
create function gate.seal_due() returns table (is_due boolean, system_identifier bigint, timeline int, rounds bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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

-- Takes the lock and gives the bound of this round: entries of transactions below it are final. Nothing where another
-- seals. A database that was not here before begins its walk.
create function gate.seal_open() returns table (bound xid8, resume_at xid8, has_moved boolean, walked bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
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

-- The next entries in the order (transaction, id), all of them final, as text that a leaf is made of.
create function gate.seal_rows(upto xid8, most int) returns table (xid xid8, is_sealed boolean, scope text, scope_id uuid,
  id uuid, at text, actor_kind text, actor_id text, action text, target_kind text, target_id text, outcome text,
  reason text, permission text, request_id text, address_hash text, network text, details text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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

-- The compact ranges of these logs; one that has no entry yet is missing.
create function gate.seal_frontiers(wanted uuid[]) returns table (scope text, scope_id uuid, size bigint, frontier bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform ctx.platform();
  return query select l.scope, l.scope_id, l.size, l.frontier from app.audit_log l where l.scope_id = any (wanted);
end $$;

-- Appends leaves, and moves the cursor to (to_xid, to_id), the last entry that was looked at; the nil id means that
-- there was none left. Entries and nodes name their log by its place in the lists of logs, counted from 1. Refused as a
-- whole: without the lock, an entry that does not exist or is not final, one left out, an index that leaves a gap.
create function gate.seal_append(to_xid xid8, to_id uuid, log_scopes text[], log_scope_ids uuid[], sizes bigint[],
  roots bytea[], frontiers bytea[], entry_logs int[], indices bigint[], entry_ids uuid[], hashes bytea[],
  node_logs int[], node_levels int[], node_indices bigint[], node_hashes bytea[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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

-- Entries that wait for longer than this, counted up to a thousand, and how old the oldest is, in seconds.
create function gate.seal_lag(seconds float8) returns table (waiting bigint, oldest float8)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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

revoke execute on function gate.seal_due(), gate.seal_open(), gate.seal_rows(xid8, int), gate.seal_frontiers(uuid[]),
  gate.seal_append(xid8, uuid, text[], uuid[], bigint[], bytea[], bytea[], int[], bigint[], uuid[], bytea[], int[], int[], bigint[], bytea[]),
  gate.seal_lag(float8) from public;
grant execute on function gate.seal_due(), gate.seal_open(), gate.seal_rows(xid8, int), gate.seal_frontiers(uuid[]),
  gate.seal_append(xid8, uuid, text[], uuid[], bigint[], bytea[], bytea[], int[], bigint[], uuid[], bytea[], int[], int[], bigint[], bytea[]),
  gate.seal_lag(float8) to ringfence_app;
set local role ringfence_owner;
revoke create on schema gate from ringfence_seal;
