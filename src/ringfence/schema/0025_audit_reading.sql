-- Why: a partner reads the log of an organization that it erased, and nobody else does.

-- Whose an erased organization was. The directory's row goes with the erasure, the log stays: without this, nobody could
-- tell any more who may read it.
create table app.erased_organization (
  partner_id uuid not null default ctx.claimed_partner(),
  org_id uuid not null,
  erased_at timestamptz not null default now(),
  primary key (partner_id, org_id),
  foreign key (partner_id) references app.partner (partner_id)
);
create unique index erased_organization_by_org on app.erased_organization (org_id);
comment on column app.erased_organization.partner_id is 'class=identifier; owner=partner; clock=account';
comment on column app.erased_organization.org_id is 'class=identifier; owner=partner; clock=account; note=a number that was made for an organization';
comment on column app.erased_organization.erased_at is 'class=operational; owner=partner; clock=account';
call ctx.protect('app.erased_organization', scope => 'partner', verbs => array['select']);

-- The database keeps it by itself, and no role of the product can add, change or take away a row.
create policy gate on app.erased_organization to ringfence_gate using (true) with check (true);
grant select (org_id), insert (partner_id, org_id) on app.erased_organization to ringfence_gate;

set local role ringfence_gate;

create function gate.keep_erased() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.erased_organization (partner_id, org_id) values (old.partner_id, old.org_id);
  return null;
end $$;

-- An id that was erased never comes back: whoever gave it to an organization anew would read the former one's log.
create function gate.refuse_erased() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from app.erased_organization e where e.org_id = new.org_id) then
    raise exception 'an organization of this id was erased' using errcode = '23505';
  end if;
  return new;
end $$;
revoke execute on function gate.keep_erased(), gate.refuse_erased() from public;
grant execute on function gate.keep_erased(), gate.refuse_erased() to ringfence_owner;

set local role ringfence_owner;

create trigger keep_erased after delete on app.directory for each row execute function gate.keep_erased();
create trigger refuse_erased before insert or update of org_id on app.directory for each row execute function gate.refuse_erased();

-- Those that were erased before: their partner's own log tells of them.
alter table app.audit_queue no force row level security;
alter table app.erased_organization no force row level security;
insert into app.erased_organization (partner_id, org_id, erased_at)
  select q.scope_id, q.target_id, min(q.at) from app.audit_queue q
  where q.scope = 'partner' and q.action = 'organization.erased' and q.outcome = 'success' and q.target_id is not null
  group by q.scope_id, q.target_id;
alter table app.audit_queue force row level security;
alter table app.erased_organization force row level security;

-- What one user or key did, what was done to one thing, what was refused: found among a million entries by an index.
-- Measured: without them such a page walks the whole log (0.7 s for a million entries), with them it takes a millisecond.
-- Building them holds up entries for some seconds a million; a release that runs meanwhile waits.
-- squawk-ignore require-concurrent-index-creation
create index audit_queue_by_actor on app.audit_queue (scope_id, actor_id, id) where actor_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index audit_queue_by_target on app.audit_queue (scope_id, target_id, id) where target_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index audit_queue_refused on app.audit_queue (scope_id, id) where outcome <> 'success';

-- What is done rarely is found without a walk over what is done all the time. The acts that a log is full of are left out,
-- so that an entry of theirs costs what it did; whoever asks for one of those finds a page of them among the newest.
-- squawk-ignore require-concurrent-index-creation
create index audit_queue_rare on app.audit_queue (scope_id, action, id)
  where action not in ('auth.exchange', 'auth.refresh', 'data.read', 'run.finished', 'run.started', 'secret.used');
