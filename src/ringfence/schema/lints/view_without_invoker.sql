-- A view reads as its owner unless it is told otherwise, and a materialized view holds every tenant's rows.
select c.oid::regclass::text as "table",
  case c.relkind when 'm' then 'a materialized view knows no row security' else 'a view that reads as its owner' end as fault,
  case c.relkind when 'm' then 'drop materialized view ' || c.oid::regclass::text
    else 'alter view ' || c.oid::regclass::text || ' set (security_invoker = true)' end as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  and (c.relkind = 'm'
    or (c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)))
order by 1
