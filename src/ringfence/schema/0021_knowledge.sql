-- Why: what files say can be searched, by words that only the owner's key makes and, on request, by sealed vectors.

-- One row for each file that can be searched. `user_id` is the file's: null for the organization's knowledge.
create table app.file_index (
  org_id uuid not null default ctx.claimed_org(),
  file_id uuid not null,
  user_id uuid,
  language text not null check (language in ('en', 'da', 'es')),
  chunks int not null check (chunks >= 0),
  indexed_at timestamptz not null default now(),
  primary key (org_id, file_id),
  foreign key (org_id, file_id) references app.file (org_id, id) on delete cascade
);
create index file_index_by_user on app.file_index (org_id, user_id) include (chunks);
comment on column app.file_index.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_index.file_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_index.user_id is 'class=identifier; owner=user; clock=retention; note=null for a file of the organization''s knowledge';
comment on column app.file_index.language is 'class=operational; owner=user; clock=retention; note=of most of its text, by its commonest words';
comment on column app.file_index.chunks is 'class=operational; owner=user; clock=retention';
comment on column app.file_index.indexed_at is 'class=operational; owner=user; clock=retention';
call ctx.protect('app.file_index', scope => 'org', owner => 'user_id');
call ctx.share_unowned('app.file_index');

-- In which chunks of a file a word stands. `token` is 64 bits of an HMAC under the index key of the file's owner: equal
-- words of two owners have nothing in common. Each place is `chunk * 16 + weight`; positions are not kept.
-- A text-search vector was measured and left: `@@` is not leakproof, so row security forbids it any index; equality of
-- bigint is, so this key serves it, tenant first. A row holds at most 512 places, so that it fits into the index whole.
create table app.file_word (
  org_id uuid not null default ctx.claimed_org(),
  token bigint not null,
  file_id uuid not null,
  part smallint not null,
  user_id uuid,
  weight smallint not null,
  places int[] not null check (cardinality(places) between 1 and 512),
  primary key (org_id, token, file_id, part) include (user_id, weight, places),
  foreign key (org_id, file_id) references app.file_index (org_id, file_id) on delete cascade
);
create index file_word_by_file on app.file_word (org_id, file_id);
-- Whole files come and go, and each search wants the visibility map of the newest: sooner than a fifth of all.
alter table app.file_word set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
comment on column app.file_word.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_word.token is 'class=vector; owner=user; clock=retention; note=keyed hash of a word under the owner''s index key';
comment on column app.file_word.file_id is 'class=identifier; owner=user; clock=retention';
comment on column app.file_word.part is 'class=operational; owner=user; clock=retention; note=chunk / 512';
comment on column app.file_word.user_id is 'class=identifier; owner=user; clock=retention; note=as its file''s';
comment on column app.file_word.weight is 'class=vector; owner=user; clock=retention; note=the greatest of its places'' weights';
comment on column app.file_word.places is 'class=vector; owner=user; clock=retention; note=chunks in which the word stands, each with a weight from 1 to 15';
call ctx.protect('app.file_word', scope => 'org', owner => 'user_id');
call ctx.share_unowned('app.file_word');

-- The vectors of up to 512 chunks of one file, sealed together: they go when the file goes.
create table app.vector_segment (
  org_id uuid not null default ctx.claimed_org(),
  id uuid not null,
  file_id uuid not null,
  part smallint not null,
  user_id uuid,
  model text not null,
  vectors bytea not null,
  primary key (org_id, id),
  unique (org_id, file_id, part),
  foreign key (org_id, file_id) references app.file_index (org_id, file_id) on delete cascade
);
create index vector_segment_by_user on app.vector_segment (org_id, user_id, model) include (id);
comment on column app.vector_segment.org_id is 'class=identifier; owner=user; clock=retention';
comment on column app.vector_segment.file_id is 'class=identifier; owner=user; clock=retention';
comment on column app.vector_segment.part is 'class=operational; owner=user; clock=retention; note=chunk / 512';
comment on column app.vector_segment.user_id is 'class=identifier; owner=user; clock=retention; note=as its file''s';
comment on column app.vector_segment.id is 'class=identifier; owner=user; clock=retention; note=new whenever the vectors are';
comment on column app.vector_segment.model is 'class=operational; owner=user; clock=retention; note=what made the vectors';
comment on column app.vector_segment.vectors is 'class=content; owner=user; clock=retention; note=vectors of one byte a dimension, under the user''s key, or the organization''s for its knowledge';
call ctx.protect('app.vector_segment', scope => 'org', owner => 'user_id');
call ctx.share_unowned('app.vector_segment');

-- Files whose vectors are still to be made, and who makes them: a file that has them has no row here.
create table app.embedding_work (
  org_id uuid not null default ctx.claimed_org(),
  file_id uuid not null,
  attempts int not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  holder uuid,
  primary key (org_id, file_id),
  foreign key (org_id, file_id) references app.file_index (org_id, file_id) on delete cascade
);
comment on column app.embedding_work.org_id is 'class=identifier; owner=platform; clock=work';
comment on column app.embedding_work.file_id is 'class=identifier; owner=platform; clock=work';
comment on column app.embedding_work.attempts is 'class=operational; owner=platform; clock=work; note=counted when claimed, so that a crash counts too, and the fence of who holds it';
comment on column app.embedding_work.next_at is 'class=operational; owner=platform; clock=work; note=due from then on; while held, the end of the lease';
comment on column app.embedding_work.holder is 'class=identifier; owner=platform; clock=work; note=the process that does it';
call ctx.protect('app.embedding_work', scope => 'org');

create policy gate on app.file_index for select to ringfence_gate using (true);
grant select (org_id, file_id, user_id) on app.file_index to ringfence_gate;
create policy gate on app.vector_segment for select to ringfence_gate using (true);
grant select (org_id, file_id, model) on app.vector_segment to ringfence_gate;
create policy gate on app.embedding_work to ringfence_gate using (true) with check (true);
grant select (org_id, file_id, attempts, next_at, holder) on app.embedding_work to ringfence_gate;
grant insert (org_id, file_id) on app.embedding_work to ringfence_gate;
grant update (attempts, next_at, holder) on app.embedding_work to ringfence_gate;

set local role ringfence_gate;

-- Leases files that want vectors, oldest first. Its `next_at` is the lease's end: a holder that died loses it then.
create function gate.claim_embeddings(new_holder uuid, seconds float8, most int)
returns table (org_id uuid, partner_id uuid, file_id uuid, user_id uuid, attempt int) language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with due as (
    select w.org_id, w.file_id, f.user_id, d.partner_id
    from app.embedding_work w
    join app.file_index f on f.org_id = w.org_id and f.file_id = w.file_id
    join app.directory d on d.org_id = w.org_id
    where w.next_at <= clock_timestamp()
    order by w.next_at, w.file_id
    limit most
    for update of w skip locked
  )
  update app.embedding_work w
  set holder = new_holder, attempts = w.attempts + 1, next_at = clock_timestamp() + make_interval(secs => seconds)
  from due where w.org_id = due.org_id and w.file_id = due.file_id
  returning w.org_id, due.partner_id, w.file_id, due.user_id, w.attempts
$$;

-- Asks for the vectors of every file that has none of this model: after the operator named one, or another one.
create function gate.want_embeddings(wanted text) returns bigint language sql security definer
set search_path = pg_catalog, pg_temp as $$
  with missing as (
    insert into app.embedding_work (org_id, file_id)
    select f.org_id, f.file_id from app.file_index f
    where not exists (select from app.vector_segment s
      where s.org_id = f.org_id and s.file_id = f.file_id and s.model = wanted)
    on conflict do nothing
    returning 1
  )
  select count(*) from missing
$$;

revoke execute on function gate.claim_embeddings(uuid, float8, int), gate.want_embeddings(text) from public;
grant execute on function gate.claim_embeddings(uuid, float8, int), gate.want_embeddings(text) to ringfence_app;
set local role ringfence_owner;
