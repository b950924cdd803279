-- Why: a file that was handed in for a message and never sent stayed for ever, in its user's quota.

-- squawk-ignore require-concurrent-index-creation
create index file_unsent on app.file (org_id, id) where purpose = 'message' and conversation_id is null;
grant select (purpose, conversation_id, status, created_at) on app.file to ringfence_gate;

set local role ringfence_gate;

-- Users' files that are so old and never went with a message, in the order in which they came.
create function gate.unsent_files(after_id uuid, seconds float8, most int)
returns table (org_id uuid, partner_id uuid, file_id uuid, user_id uuid) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select f.org_id, d.partner_id, f.id, f.user_id
  from app.file f join app.directory d on d.org_id = f.org_id
  where f.purpose = 'message' and f.conversation_id is null and f.status <> 'uploading' and f.id > after_id
    and f.created_at < clock_timestamp() - make_interval(secs => seconds)
  order by f.id limit most
$$;
revoke execute on function gate.unsent_files(uuid, float8, int) from public;
grant execute on function gate.unsent_files(uuid, float8, int) to ringfence_app;

set local role ringfence_owner;
