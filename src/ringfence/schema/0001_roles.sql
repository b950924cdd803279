-- Why: separated roles, so that the server's own role can neither bypass row security nor own a table.
-- as: admin
do $$
begin
  if not exists (select from pg_roles where rolname = 'ringfence_owner') then create role ringfence_owner nologin; end if;
  if not exists (select from pg_roles where rolname = 'ringfence_app') then create role ringfence_app login; end if;
  if not exists (select from pg_roles where rolname = 'ringfence_gate') then create role ringfence_gate nologin; end if;
  if not exists (select from pg_roles where rolname = 'ringfence_seal') then create role ringfence_seal nologin; end if;
end $$;
-- The migrating administrator must be able to act as each of them; on managed Postgres nobody is superuser.
do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant ringfence_owner, ringfence_gate, ringfence_seal to %I with set true, inherit false', current_user);
  end if;
end $$;
-- Limits belong to the role, so that they hold behind any pooler.
alter role ringfence_app set statement_timeout = '15s';
alter role ringfence_app set lock_timeout = '5s';
alter role ringfence_app set idle_in_transaction_session_timeout = '20s';
alter role ringfence_app set search_path = pg_catalog;
alter role ringfence_app set row_security = on;
-- Every statement is a constant looked up by ids: planning it anew with each execution cost more than running it.
alter role ringfence_app set plan_cache_mode = 'force_generic_plan';
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to ringfence_app', current_database());
  execute format('grant create on database %I to ringfence_owner', current_database());
end $$;
revoke all on schema public from public;
