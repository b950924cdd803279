-- Every table within the app role's reach has row security and a policy; so has every partition and child of one.
-- ctx.key needs none: nobody but the owner has a grant on it (app_role_grants).
select c.oid::regclass::text as "table",
  case when not c.relrowsecurity then 'row security is off' else 'no policy' end as fault,
  'call ctx.protect(''' || c.oid::regclass::text || ''', scope => ...) in a migration' as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and (n.nspname = 'app'
    or exists (select from aclexplode(c.relacl) a where a.grantee in (0, coalesce(to_regrole('ringfence_app'), '0')::oid))
    or exists (select from pg_inherits i join pg_class p on p.oid = i.inhparent
      where i.inhrelid = c.oid and p.relnamespace = to_regnamespace('app')))
  and (not c.relrowsecurity or not exists (select from pg_policy p where p.polrelid = c.oid))
order by 1
