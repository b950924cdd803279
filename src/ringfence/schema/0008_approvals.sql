-- Why: approvals that bind: a question to a person about one call with exactly these arguments, good for one use.

create table app.approval (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  run_id uuid not null,
  user_id uuid not null,
  step int not null,
  effect text not null check (effect in (
    'read', 'fetch', 'private', 'internal_send', 'send', 'modify', 'grant', 'pay', 'destroy', 'credential', 'exec')),
  call_binding bytea not null check (length(call_binding) = 32),
  args_binding bytea not null check (length(args_binding) = 32),
  details bytea not null,
  approvers text not null check (approvers in ('user', 'admin', 'four_eyes')),
  status text not null default 'pending' check (status in ('pending', 'approved', 'denied', 'expired', 'cancelled', 'spent')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  spent_at timestamptz,
  spent_as uuid,
  primary key (org_id, id),
  foreign key (org_id, run_id) references app.run (org_id, id) on delete cascade,
  -- A day at the most, and an hour for clocks that differ.
  check (expires_at < created_at + interval '25 hours')
);
create index approval_by_run on app.approval (org_id, run_id, id);
-- A run asks one question at a time: whatever two processes believe.
create unique index approval_open on app.approval (org_id, run_id) where status in ('pending', 'approved');
comment on column app.approval.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.approval.id is 'class=identifier; owner=user; clock=retention';
comment on column app.approval.run_id is 'class=identifier; owner=user; clock=retention';
comment on column app.approval.user_id is 'class=identifier; owner=user; clock=retention; note=the run''s user';
comment on column app.approval.step is 'class=operational; owner=user; clock=retention';
comment on column app.approval.effect is 'class=operational; owner=user; clock=retention';
comment on column app.approval.call_binding is 'class=identifier; owner=user; clock=retention; note=keyed hash of the call''s idempotency key';
comment on column app.approval.args_binding is 'class=identifier; owner=user; clock=retention; note=keyed hash of the SHA-256 of the arguments, which alone could be guessed';
comment on column app.approval.details is 'class=content; owner=user; clock=retention';
comment on column app.approval.approvers is 'class=operational; owner=user; clock=retention';
comment on column app.approval.status is 'class=operational; owner=user; clock=retention';
comment on column app.approval.created_at is 'class=operational; owner=user; clock=retention';
comment on column app.approval.expires_at is 'class=operational; owner=user; clock=retention';
comment on column app.approval.decided_at is 'class=operational; owner=user; clock=retention';
comment on column app.approval.decided_by is 'class=identifier; owner=user; clock=retention';
comment on column app.approval.spent_at is 'class=operational; owner=user; clock=retention';
comment on column app.approval.spent_as is 'class=identifier; owner=user; clock=retention; note=the one execution that it was spent on';
-- No delete: an answer goes with its run, and never makes room for another one.
call ctx.protect('app.approval', scope => 'org', owner => 'user_id', verbs => array['select', 'insert', 'update']);

-- What raw SQL may do to an approval, whoever runs it: ask, and move on by these steps alone. Who decides is taken from
-- the signed context, so that nobody agrees for somebody else, or to what is not theirs to agree to.
create function app.keep_approval() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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

-- Until when an approval can be spent: its own end, and a minute more for who agreed in the last second.
create function app.approval_ends(expires_at timestamptz, decided_at timestamptz) returns timestamptz language sql immutable
set search_path = pg_catalog, pg_temp as $$ select greatest(expires_at, decided_at + interval '1 minute') $$;
grant execute on function app.approval_ends(timestamptz, timestamptz) to ringfence_app;

create trigger keep before insert or update on app.approval for each row execute function app.keep_approval();

-- Spends an approval on one execution, or raises. The same execution may say it again: its commit's answer was lost.
create function app.spend_approval(wanted uuid, of_run uuid, of_call bytea, of_args bytea, execution uuid)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update app.approval set status = 'spent', spent_as = execution
  where id = wanted and run_id = of_run and call_binding = of_call and args_binding = of_args and status = 'approved'
    and app.approval_ends(expires_at, decided_at) > clock_timestamp();
  if found then return; end if;
  perform from app.approval where id = wanted and run_id = of_run and call_binding = of_call and args_binding = of_args
    and status = 'spent' and spent_as = execution;
  if not found then raise exception 'there is no such approval to spend' using errcode = 'RF002'; end if;
end $$;
grant execute on function app.spend_approval(uuid, uuid, bytea, bytea, uuid) to ringfence_app;
