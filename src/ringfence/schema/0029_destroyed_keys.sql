-- Why: a keystore that is put back from an older copy brings destroyed keys back; the database remembers which.

set local role ringfence_gate;

-- What was destroyed, in the order in which it was asked for: read at each start, to destroy again what came back.
create function gate.destroyed_keys(after_id uuid, most int)
returns table (scope_id uuid, id uuid, org_id uuid, user_id uuid) language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select k.scope_id, k.id, k.org_id, k.user_id from app.key_destruction k
  where k.done_at is not null and k.id > after_id order by k.id limit most
$$;
revoke execute on function gate.destroyed_keys(uuid, int) from public;
grant execute on function gate.destroyed_keys(uuid, int) to ringfence_app;

set local role ringfence_owner;
