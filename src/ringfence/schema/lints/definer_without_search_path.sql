-- A definer function without a pinned search_path finds whatever its caller put in the way.
select p.oid::regprocedure::text as "table",
  'security definer without a pinned search_path' as fault,
  'alter function ' || p.oid::regprocedure::text || ' set search_path = pg_catalog, pg_temp' as mend
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  and p.prosecdef
  and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)
order by 1
