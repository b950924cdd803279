-- Without FORCE the owner walks past every policy, and with it each definer function and migration.
select c.oid::regclass::text as "table",
  'row security is not forced' as fault,
  'alter table ' || c.oid::regclass::text || ' force row level security' as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'app' and c.relkind in ('r', 'p', 'f') and not c.relforcerowsecurity
order by 1
