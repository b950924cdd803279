-- Why: streams of the audit log to a customer's own systems: what goes where, and how far each has come.

create table app.audit_stream (
  scope text not null default ctx.claimed_scope() check (scope in ('org', 'partner')),
  scope_id uuid not null default ctx.claimed_scope_id(),
  id uuid not null,
  kind text not null check (kind in ('webhook', 'syslog', 'checkpoint_webhook', 'checkpoint_mail')),
  form text check (form in ('standard', 'lines', 'hec')),
  status text not null default 'active' check (status in ('active', 'paused')),
  target bytea not null,
  secret bytea,
  created_at timestamptz not null default clock_timestamp(),
  secret_rotated_at timestamptz,
  primary key (scope_id, id),
  check ((form is not null) = (kind = 'webhook')),
  check ((secret is not null) = (kind in ('webhook', 'checkpoint_webhook')))
);
comment on column app.audit_stream.scope is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream.scope_id is 'class=identifier; owner=organization; clock=account; note=of the organization, or of the partner whose own log it is';
comment on column app.audit_stream.id is 'class=identifier; owner=organization; clock=account';
comment on column app.audit_stream.kind is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream.form is 'class=operational; owner=organization; clock=account; note=how a webhook carries entries';
comment on column app.audit_stream.status is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream.target is 'class=personal; owner=organization; clock=account; note=URL, or host with its authorities, or mail address, sealed';
comment on column app.audit_stream.secret is 'class=secret; owner=organization; clock=account; note=what webhooks are signed with, sealed; shown once';
comment on column app.audit_stream.created_at is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream.secret_rotated_at is 'class=operational; owner=organization; clock=account';
call ctx.protect('app.audit_stream', scope => 'append', audited => true, verbs => array['select', 'insert', 'delete']);
grant update (status, target, secret, secret_rotated_at) on app.audit_stream to ringfence_app;

-- How far each has come. A claim is a lease whose end is `next_at`; `attempt` fences whoever held it before. Bounds of
-- what is being sent are written down before it is sent: who takes over sends the very same again, under the same id.
create table app.audit_stream_work (
  scope text not null default ctx.claimed_scope(),
  scope_id uuid not null default ctx.claimed_scope_id(),
  stream_id uuid not null,
  next_index bigint not null check (next_index >= 0),
  sending_to bigint check (sending_to > next_index),
  next_at timestamptz not null default clock_timestamp(),
  holder uuid,
  attempt bigint not null default 0,
  failures int not null default 0,
  is_slow boolean not null default false,
  last_error text,
  last_failed_at timestamptz,
  last_delivered_at timestamptz,
  primary key (scope_id, stream_id),
  foreign key (scope_id, stream_id) references app.audit_stream (scope_id, id) on delete cascade
);
create index audit_stream_work_due on app.audit_stream_work (is_slow, next_at, stream_id);
comment on column app.audit_stream_work.scope is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream_work.scope_id is 'class=identifier; owner=organization; clock=account';
comment on column app.audit_stream_work.stream_id is 'class=identifier; owner=organization; clock=account';
comment on column app.audit_stream_work.next_index is 'class=operational; owner=organization; clock=account; note=the first entry of the log that has not arrived';
comment on column app.audit_stream_work.sending_to is 'class=operational; owner=organization; clock=account; note=behind the last entry of what is being sent';
comment on column app.audit_stream_work.next_at is 'class=operational; owner=organization; clock=account; note=due from then on; while held, the end of the lease';
comment on column app.audit_stream_work.holder is 'class=identifier; owner=organization; clock=account; note=the process that sends';
comment on column app.audit_stream_work.attempt is 'class=operational; owner=organization; clock=account; note=of claims, the fence of who holds it';
comment on column app.audit_stream_work.failures is 'class=operational; owner=organization; clock=account; note=in a row';
comment on column app.audit_stream_work.is_slow is 'class=operational; owner=organization; clock=account; note=it waits with others of its kind, and holds nobody else up';
comment on column app.audit_stream_work.last_error is 'class=operational; owner=organization; clock=account; note=a code, never what a server said';
comment on column app.audit_stream_work.last_failed_at is 'class=operational; owner=organization; clock=account';
comment on column app.audit_stream_work.last_delivered_at is 'class=operational; owner=organization; clock=account';
call ctx.protect('app.audit_stream_work', scope => 'append', verbs => array['select', 'insert', 'update']);

-- A stream carries a log out of the house: the partner's to set up, whatever else runs SQL in an organization. Where it
-- goes does not change, but may be sealed anew.
create function app.keep_audit_stream() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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
create trigger keep before insert or update or delete on app.audit_stream for each row execute function app.keep_audit_stream();

create policy gate on app.audit_stream to ringfence_gate using (true) with check (true);
grant select (scope, scope_id, id, kind, status) on app.audit_stream to ringfence_gate;
grant delete on app.audit_stream to ringfence_gate;
create policy gate on app.audit_stream_work to ringfence_gate using (true) with check (true);
grant select (scope, scope_id, stream_id, next_index, next_at, holder, attempt, is_slow) on app.audit_stream_work to ringfence_gate;
grant update (holder, attempt, next_at) on app.audit_stream_work to ringfence_gate;
create policy gate on app.audit_log for select to ringfence_gate using (true);
grant select (scope, scope_id, size, published_size) on app.audit_log to ringfence_gate;

set local role ringfence_gate;

-- Leases streams whose log has more for them than has arrived. Those that were slow or failed lately have places of their
-- own, so that they take none from the others; and of both no partner has more than a share with this holder, and each has
-- its first one before any has its second: receivers of one partner that hang hold up no other partner's.
-- NOTE: what is due later than any pause, a checkpoint's of 25 hours among them, was written before the clock was set back.
create function gate.claim_audit_streams(new_holder uuid, seconds float8, most int, most_slow int, a_partner int, a_partner_slow int)
returns table (scope text, scope_id uuid, id uuid, kind text, is_slow boolean, attempt bigint)
language sql security definer set search_path = pg_catalog, pg_temp as $$
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

-- The release before this one knows of no streams, and erases organizations while this one serves, too: what becomes of
-- their streams is not left to it.
create function gate.drop_streams() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  delete from app.audit_stream s where s.scope = 'org' and s.scope_id = old.org_id;
  return null;
end $$;
revoke execute on function gate.drop_streams() from public;
grant execute on function gate.drop_streams() to ringfence_owner;

revoke execute on function gate.claim_audit_streams(uuid, float8, int, int, int, int) from public;
grant execute on function gate.claim_audit_streams(uuid, float8, int, int, int, int) to ringfence_app;
set local role ringfence_owner;

create trigger drop_streams after delete on app.directory for each row execute function gate.drop_streams();
