-- A function is executable by everyone unless that is taken back; what is callable is granted by name.
select p.oid::regprocedure::text as "table",
  'executable by public' as fault,
  'revoke execute on routine ' || p.oid::regprocedure::text || ' from public' as mend
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('app', 'ctx', 'gate')
  and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
order by 1
