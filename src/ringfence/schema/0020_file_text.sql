-- Why: the text of files as agents read and cite it, who takes it out of them, and which message a file was sent with.

alter table app.file add column text_note text check (text_note in ('no_text', 'cut'));
alter table app.file add column text_chars int;
comment on column app.file.text_note is 'class=operational; owner=user; clock=retention; note=a ready file without text, or with the beginning of it';
comment on column app.file.text_chars is 'class=operational; owner=user; clock=retention; note=how much of it agents can read; null until it was read';

-- About 1,200 characters each, in the order of the file. The place (page, sheet, slide) is sealed with the text: a
-- sheet's name is content too.
create table app.file_chunk (
  org_id uuid not null default ctx.claimed_org(),
  file_id uuid not null,
  seq int not null,
  user_id uuid,
  passage bytea not null,
  primary key (org_id, file_id, seq),
  foreign key (org_id, file_id) references app.file (org_id, id) on delete cascade
);
comment on column app.file_chunk.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_chunk.file_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_chunk.seq is 'class=operational; owner=user; clock=retention; note=from 1 on';
comment on column app.file_chunk.user_id is 'class=identifier; owner=user; clock=retention; note=as the file''s: null for the organization''s knowledge';
comment on column app.file_chunk.passage is 'class=content; owner=user; clock=retention; note=place and text, sealed under the file''s owner';
call ctx.protect('app.file_chunk', scope => 'org', owner => 'user_id');
call ctx.share_unowned('app.file_chunk');

create table app.message_file (
  org_id uuid not null default ctx.claimed_org(),
  message_id uuid not null,
  file_id uuid not null,
  user_id uuid not null,
  seq int not null,
  primary key (org_id, message_id, file_id),
  foreign key (org_id, message_id) references app.message (org_id, id) on delete cascade,
  foreign key (org_id, file_id) references app.file (org_id, id) on delete cascade
);
create index message_file_by_file on app.message_file (org_id, file_id);
comment on column app.message_file.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message_file.message_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message_file.file_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message_file.user_id is 'class=identifier; owner=user; clock=retention';
comment on column app.message_file.seq is 'class=operational; owner=user; clock=retention; note=the order in which they were sent';
call ctx.protect('app.message_file', scope => 'org', owner => 'user_id');

-- What an answer quotes of files, proved by the run that read them.
alter table app.message add column citations bytea;
comment on column app.message.citations is 'class=content; owner=user; clock=retention; note=file, name and place of what the answer cites';

-- Sends files with a message, in their order, or raises: each is there for its user and ready. What was handed in for a
-- message belongs to its conversation from then on, and goes with it.
create function app.attach_files(to_message uuid, wanted uuid[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
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
grant execute on function app.attach_files(uuid, uuid[]) to ringfence_app;

-- Fencing, as app.fence does for runs: raises unless this holder still has this attempt, and holds the row of the work.
create function app.fence_file(held_file uuid, held_by uuid, held_attempt int) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform from app.file_work where file_id = held_file and holder = held_by and attempts = held_attempt for no key update;
  if not found then raise exception 'this process no longer holds the file' using errcode = 'RF001'; end if;
end $$;
grant execute on function app.fence_file(uuid, uuid, int) to ringfence_app;

set local role ringfence_gate;

-- Leases files whose text is to be taken out. Organizations take turns, and have at most `share` under way in the whole
-- deployment: a thousand files of one do not stand before the first of another.
create function gate.claim_readings(new_holder uuid, seconds float8, most int, share int)
returns table (org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt int) language sql security definer
set search_path = pg_catalog, pg_temp as $$
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
revoke execute on function gate.claim_readings(uuid, float8, int, int) from public;
grant execute on function gate.claim_readings(uuid, float8, int, int) to ringfence_app;
set local role ringfence_owner;
