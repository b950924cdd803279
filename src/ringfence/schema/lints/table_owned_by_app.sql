-- An owner may disable row security: everything belongs to ringfence_owner, which nobody can log in as.
select c.oid::regclass::text as "table",
  'belongs to ' || pg_get_userbyid(c.relowner) as fault,
  'alter table ' || c.oid::regclass::text || ' owner to ringfence_owner' as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and (pg_get_userbyid(c.relowner) in ('ringfence_app', 'ringfence_gate', 'ringfence_seal')
    or (n.nspname in ('app', 'ctx', 'gate') and pg_get_userbyid(c.relowner) <> 'ringfence_owner'))
union all
select p.oid::regprocedure::text, 'belongs to ringfence_app', 'alter routine ' || p.oid::regprocedure::text || ' owner to ringfence_owner'
from pg_proc p
where pg_get_userbyid(p.proowner) = 'ringfence_app'
union all
select n.nspname::text, 'belongs to ' || pg_get_userbyid(n.nspowner), 'alter schema ' || n.nspname || ' owner to ringfence_owner'
from pg_namespace n
where pg_get_userbyid(n.nspowner) = 'ringfence_app'
  or (n.nspname in ('app', 'ctx', 'gate') and pg_get_userbyid(n.nspowner) <> 'ringfence_owner')
order by 1
