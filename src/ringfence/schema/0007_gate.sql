-- Why: the closed list of look-ups across organizations; each runs as a role of its own with column grants and returns ids only.
create policy gate on app.partner for select to ringfence_gate using (true);
grant select (partner_id, issuer) on app.partner to ringfence_gate;
create policy gate on app.api_key for select to ringfence_gate using (true);
grant select (partner_id, id) on app.api_key to ringfence_gate;
create policy gate on app.run_lease to ringfence_gate using (true) with check (true);
grant select (org_id, run_id, holder, attempt, until) on app.run_lease to ringfence_gate;
grant update (holder, attempt, until) on app.run_lease to ringfence_gate;
create policy gate on app.run for select to ringfence_gate using (true);
grant select (org_id, id, conversation_id, status, user_id, cancel_requested_at) on app.run to ringfence_gate;
create policy gate on app.directory for select to ringfence_gate using (true);
grant select (partner_id, org_id) on app.directory to ringfence_gate;
create policy gate on app.invalidation to ringfence_gate using (true);
grant select (kind, subject_id, xid, id, at) on app.invalidation to ringfence_gate;
grant delete on app.invalidation to ringfence_gate;
create policy gate on app.key_destruction to ringfence_gate using (true) with check (true);
grant select (scope_id, id, org_id, user_id, done_at) on app.key_destruction to ringfence_gate;
grant update (done_at) on app.key_destruction to ringfence_gate;
create policy gate on app.token_use to ringfence_gate using (true);
grant select (expires_at), delete on app.token_use to ringfence_gate;
create policy gate on app.idempotency to ringfence_gate using (true);
grant select (expires_at), delete on app.idempotency to ringfence_gate;
-- An organization stands in one directory: whoever could enter it into a second one could enter it.

set local role ringfence_gate;

create function gate.partner_of_issuer(wanted text) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select p.partner_id from app.partner p where p.issuer = wanted $$;

create function gate.partner_of_api_key(wanted uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select k.partner_id from app.api_key k where k.id = wanted $$;

-- A refresh token names its organization alone.
create function gate.partner_of_organization(wanted uuid) returns uuid language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select d.partner_id from app.directory d where d.org_id = wanted $$;

-- Takes over runs whose lease ran out or that never started, oldest first. A queued one waits for whichever run of its
-- conversation is active (of two that begin at once the later id may win) and for those queued before it; an active one
-- waits for nobody. `skip locked` keeps processes out of each other's way; the new attempt fences the old holder.
create function gate.claim_runs(new_holder uuid, seconds float8, most int)
returns table (org_id uuid, run_id uuid, partner_id uuid, user_id uuid, attempt int) language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with due as (
    select l.org_id, l.run_id, r.user_id, d.partner_id
    from app.run_lease l
    join app.run r on r.org_id = l.org_id and r.id = l.run_id
    join app.directory d on d.org_id = l.org_id
    where l.until < clock_timestamp() and (r.status <> 'queued' or not exists (
      select from app.run other
      where other.org_id = r.org_id and other.conversation_id = r.conversation_id and other.id <> r.id
        and (other.status in ('running', 'waiting') or (other.status = 'queued' and other.id < r.id))))
    order by l.until, l.run_id
    limit most
    for update of l skip locked
  )
  update app.run_lease l
  set holder = new_holder, attempt = l.attempt + 1, until = clock_timestamp() + make_interval(secs => seconds)
  from due where l.org_id = due.org_id and l.run_id = due.run_id
  returning l.org_id, l.run_id, due.partner_id, due.user_id, l.attempt
$$;

-- The heartbeat: extends what this holder still has of the runs that it executes, and says which are to be cancelled.
-- A lease that it does not know of (the answer of its claim was lost) runs out.
create function gate.extend_leases(held_by uuid, seconds float8, executed uuid[])
returns table (run_id uuid, attempt int, is_cancelled boolean) language sql security definer
set search_path = pg_catalog, pg_temp as $$
  update app.run_lease l set until = clock_timestamp() + make_interval(secs => seconds)
  from app.run r
  where l.holder = held_by and l.run_id = any (executed) and r.org_id = l.org_id and r.id = l.run_id
  returning l.run_id, l.attempt, r.cancel_requested_at is not null
$$;

-- Hands all runs of this holder to whoever asks first.
create function gate.release_leases(held_by uuid) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with released as (
    update app.run_lease l set holder = null, until = '-infinity' where l.holder = held_by returning 1
  )
  select count(*) from released
$$;

-- Rows of transactions that had not ended at `horizon`, and the next horizon: a late commit is never missed.
create function gate.invalidations_since(horizon xid8)
returns table (kind text, subject_id uuid, at timestamptz, id uuid, next_horizon xid8) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select i.kind, i.subject_id, i.at, i.id, pg_snapshot_xmin(pg_current_snapshot())
  from (select pg_snapshot_xmin(pg_current_snapshot())) as now_at(xmin)
  left join app.invalidation i on i.xid >= horizon
$$;

create function gate.pending_key_destructions(most int)
returns table (scope_id uuid, id uuid, org_id uuid, user_id uuid) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select k.scope_id, k.id, k.org_id, k.user_id from app.key_destruction k where k.done_at is null order by k.id limit most
$$;

create function gate.finish_key_destruction(in_scope uuid, wanted uuid) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with finished as (
    update app.key_destruction k set done_at = now() where k.scope_id = in_scope and k.id = wanted and k.done_at is null returning 1
  )
  select count(*) from finished
$$;

-- Deletes what has served its time; the answer counts the rows.
create function gate.expire() returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with token_uses as (
    delete from app.token_use t where t.expires_at < now() returning 1
  ), answers as (
    delete from app.idempotency a where a.expires_at < now() returning 1
  ), invalidations as (
    delete from app.invalidation v where v.at < now() - interval '2 hours' returning 1
  )
  select (select count(*) from token_uses) + (select count(*) from answers) + (select count(*) from invalidations)
$$;

revoke execute on all functions in schema gate from public;
grant execute on all functions in schema gate to ringfence_app;
set local role ringfence_owner;
