-- Why: files that users and organizations hand in. Their content lies sealed in the object store, under names that only these rows know.

-- A message's file belongs to its user; a file of the organization's knowledge belongs to nobody in particular.
create table app.file (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  user_id uuid,
  purpose text not null check (purpose in ('message', 'knowledge')),
  conversation_id uuid,
  name bytea not null,
  media_type text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  object_id uuid,
  in_pieces boolean not null default false,
  status text not null default 'uploading' check (status in ('uploading', 'scanning', 'processing', 'ready', 'refused', 'failed')),
  refused_code text,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id) references app.organization (org_id) on delete cascade,
  foreign key (org_id, user_id) references app.app_user (org_id, id) on delete cascade,
  foreign key (org_id, conversation_id) references app.conversation (org_id, id) on delete cascade,
  check ((purpose = 'message') = (user_id is not null))
);
create index file_by_user on app.file (org_id, user_id, id);
create index file_by_conversation on app.file (org_id, conversation_id) where conversation_id is not null;
create unique index file_by_object on app.file (org_id, object_id);
comment on column app.file.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file.id is 'class=identifier; owner=user; clock=retention';
comment on column app.file.user_id is 'class=identifier; owner=user; clock=retention; note=null for a file of the organization''s knowledge';
comment on column app.file.purpose is 'class=operational; owner=user; clock=retention';
comment on column app.file.conversation_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file.name is 'class=content; owner=user; clock=retention; note=under the user''s key, or the organization''s for its knowledge';
comment on column app.file.media_type is 'class=operational; owner=user; clock=retention; note=what the content is, not what was said of it';
comment on column app.file.size_bytes is 'class=operational; owner=user; clock=retention; note=announced while it is uploaded, counted afterwards';
comment on column app.file.object_id is 'class=identifier; owner=user; clock=retention; note=random; the last part of its name in the object store';
comment on column app.file.in_pieces is 'class=operational; owner=user; clock=retention; note=it came by the protocol for resumable uploads';
comment on column app.file.status is 'class=operational; owner=user; clock=retention';
comment on column app.file.refused_code is 'class=operational; owner=user; clock=retention; note=why it was refused or failed';
comment on column app.file.created_at is 'class=operational; owner=user; clock=retention';
comment on column app.file.ready_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.file', scope => 'org', owner => 'user_id');

-- Declares that rows of nobody are the organization's own: every role of it reads them, and those that see all of it
-- write them. For tables under ctx.protect with an owner column `user_id`.
create procedure ctx.share_unowned(t regclass) language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform ctx.policy(t, 'select', 'shared_read', 'org_id = (select ctx.org()) and user_id is null', null);
  perform ctx.policy(t, 'all', 'shared', 'org_id = (select ctx.org()) and user_id is null and (select ctx.owner()) is null',
    'org_id = (select ctx.org()) and user_id is null and (select ctx.owner()) is null');
end $$;
revoke execute on procedure ctx.share_unowned(regclass) from public;
call ctx.share_unowned('app.file');

-- What has arrived of an upload that comes in pieces: each piece is a sealed object of its own until all are here.
create table app.file_part (
  org_id uuid not null default ctx.claimed_org(),
  file_id uuid not null,
  seq int not null,
  object_id uuid not null,
  size_bytes bigint not null check (size_bytes > 0),
  created_at timestamptz not null default clock_timestamp(),
  primary key (org_id, file_id, seq),
  foreign key (org_id, file_id) references app.file (org_id, id) on delete cascade
);
create unique index file_part_by_object on app.file_part (org_id, object_id);
comment on column app.file_part.org_id is 'class=identifier; owner=user; clock=24 hours';
comment on column app.file_part.file_id is 'class=identifier; owner=user; clock=24 hours';
comment on column app.file_part.seq is 'class=operational; owner=user; clock=24 hours';
comment on column app.file_part.object_id is 'class=identifier; owner=user; clock=24 hours; note=random; the last part of its name in the object store';
comment on column app.file_part.size_bytes is 'class=operational; owner=user; clock=24 hours';
comment on column app.file_part.created_at is 'class=operational; owner=user; clock=24 hours';
call ctx.protect('app.file_part', scope => 'org');

-- What is still to be done with a file, and who does it: small, because a file that is done has no row here.
--   upload  finish what is complete, remove what was given up      scan  ask the virus scanner      read  take its text out
create table app.file_work (
  org_id uuid not null default ctx.claimed_org(),
  file_id uuid not null,
  stage text not null check (stage in ('upload', 'scan', 'read')),
  attempts int not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  holder uuid,
  primary key (org_id, file_id),
  foreign key (org_id, file_id) references app.file (org_id, id) on delete cascade
);
comment on column app.file_work.org_id is 'class=identifier; owner=platform; clock=work';
comment on column app.file_work.file_id is 'class=identifier; owner=platform; clock=work';
comment on column app.file_work.stage is 'class=operational; owner=platform; clock=work';
comment on column app.file_work.attempts is 'class=operational; owner=platform; clock=work; note=counted when claimed, so that a crash counts too, and the fence of who holds it';
comment on column app.file_work.next_at is 'class=operational; owner=platform; clock=work; note=due from then on; while held, the end of the lease';
comment on column app.file_work.holder is 'class=identifier; owner=platform; clock=work; note=the process that does it';
call ctx.protect('app.file_work', scope => 'org');

-- Objects whose rows are gone, until the store has deleted them: no reference upward, for it outlives the organization.
create table app.doomed_object (
  org_id uuid not null,
  object_id uuid not null,
  doomed_at timestamptz not null default clock_timestamp(),
  file_id uuid,
  primary key (org_id, object_id)
);
create index doomed_object_oldest on app.doomed_object (doomed_at);
create index doomed_object_by_file on app.doomed_object (org_id, file_id) where file_id is not null;
comment on column app.doomed_object.org_id is 'class=identifier; owner=platform; clock=until deleted';
comment on column app.doomed_object.object_id is 'class=identifier; owner=platform; clock=until deleted';
comment on column app.doomed_object.doomed_at is 'class=operational; owner=platform; clock=until deleted';
comment on column app.doomed_object.file_id is 'class=identifier; owner=platform; clock=until deleted; note=of a file that is still there, sealed anew: a backup of the database from before needs this one while its key is kept';
call ctx.protect('app.doomed_object', scope => 'platform', verbs => array['select', 'delete']);

create policy gate on app.doomed_object to ringfence_gate using (true) with check (true);
grant select (org_id, file_id), insert (org_id, object_id, file_id), update (file_id) on app.doomed_object to ringfence_gate;
create policy gate on app.file for select to ringfence_gate using (true);
grant select (org_id, id, user_id, size_bytes) on app.file to ringfence_gate;
create policy gate on app.file_work to ringfence_gate using (true) with check (true);
grant select (org_id, file_id, stage, attempts, next_at, holder) on app.file_work to ringfence_gate;
grant update (attempts, next_at, holder) on app.file_work to ringfence_gate;

set local role ringfence_gate;

-- Dooms the object of a row that is deleted, however it came to that.
create function gate.doom_object() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if old.object_id is not null then
    insert into app.doomed_object (org_id, object_id) values (old.org_id, old.object_id) on conflict do nothing;
  end if;
  return null;
end $$;
grant execute on function gate.doom_object() to ringfence_owner;

-- Dooms the object of a row that has another one now; one that was sealed anew, not before the rotation has ended.
create function gate.doom_former_object() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if old.object_id is not null then
    insert into app.doomed_object (org_id, object_id, file_id)
    values (old.org_id, old.object_id, case when old.status <> 'uploading' and new.object_id is not null then old.id end)
    on conflict do nothing;
  end if;
  return null;
end $$;
grant execute on function gate.doom_former_object() to ringfence_owner;

-- What a deleted file had before it was sealed anew goes with it.
create function gate.doom_former_objects() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update app.doomed_object d set file_id = null where d.org_id = old.org_id and d.file_id = old.id;
  return null;
end $$;
grant execute on function gate.doom_former_objects() to ringfence_owner;

-- Leases work that is due, oldest first. Its `next_at` is the lease's end: a holder that died loses it then.
create function gate.claim_files(new_holder uuid, seconds float8, most int, stages text[])
returns table (org_id uuid, partner_id uuid, file_id uuid, user_id uuid, stage text, attempt int) language sql security definer
set search_path = pg_catalog, pg_temp as $$
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

-- How many bytes the files of one organization take, of which a narrow role sees its own alone.
create function gate.file_bytes(wanted uuid) returns bigint language sql stable security definer
set search_path = pg_catalog, pg_temp as $$ select coalesce(sum(f.size_bytes), 0)::bigint from app.file f where f.org_id = wanted $$;

revoke execute on function gate.doom_object(), gate.doom_former_object(), gate.doom_former_objects(), gate.file_bytes(uuid), gate.claim_files(uuid, float8, int, text[]) from public;
grant execute on function gate.file_bytes(uuid), gate.claim_files(uuid, float8, int, text[]) to ringfence_app;
set local role ringfence_owner;

create trigger doom after delete on app.file for each row execute function gate.doom_object();
create trigger doom_former after update of object_id on app.file for each row
  when (old.object_id is distinct from new.object_id) execute function gate.doom_former_object();
create trigger doom_all_former after delete on app.file for each row execute function gate.doom_former_objects();
create trigger doom after delete on app.file_part for each row execute function gate.doom_object();
