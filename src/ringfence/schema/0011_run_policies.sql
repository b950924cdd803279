-- Why: what a second message in a running conversation does, and a share of runs for each organization.
alter table app.run add column interrupted_by uuid;
comment on column app.run.interrupted_by is 'class=identifier; owner=user; clock=retention; note=the later run of the conversation that this one made room for';

-- Cancels a question that nobody may answer any more, or raises: so its audit entry, in the same commit, is true.
create function app.cancel_approval(wanted uuid) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update app.approval set status = 'cancelled' where id = wanted and status in ('pending', 'approved');
  if not found then raise exception 'there is no such open approval' using errcode = 'RF002'; end if;
end $$;
grant execute on function app.cancel_approval(uuid) to ringfence_app;

set local role ringfence_gate;

-- The same in one more way: with `share`, the most runs that one organization may have executed at once. The release
-- before calls it without. Organizations take turns, so that a thousand runs of one do not stand before the first of
-- another; within a turn the oldest goes first, so that nobody starves. A run that has begun, or is only to be ended,
-- is under way already: it goes before the organization's queued ones and is not counted against its share again.
-- The release before finds the new one by the same three arguments: the fourth has a default.
-- squawk-ignore ban-drop-function
drop function gate.claim_runs(uuid, float8, int);
create function gate.claim_runs(new_holder uuid, seconds float8, most int, share int default 2147483647)
returns table (org_id uuid, run_id uuid, partner_id uuid, user_id uuid, attempt int) language sql security definer
set search_path = pg_catalog, pg_temp as $$
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
revoke execute on function gate.claim_runs(uuid, float8, int, int) from public;
grant execute on function gate.claim_runs(uuid, float8, int, int) to ringfence_app;
set local role ringfence_owner;
