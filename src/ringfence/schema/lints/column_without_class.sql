-- The register of personal data is read from these comments: a column without one is data that nobody answers for.
select c.oid::regclass::text || '.' || a.attname as "table",
  'no class, owner and clock' as fault,
  'comment on column ' || c.oid::regclass::text || '.' || a.attname
    || ' is ''class=identifier|operational|personal|content|secret|vector; owner=user|organization|partner|platform; clock=...''' as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('app', 'ctx') and c.relkind in ('r', 'p', 'f')
  and coalesce(col_description(c.oid, a.attnum), '') !~
    '^class=(identifier|operational|personal|content|secret|vector); owner=(user|organization|partner|platform); clock=[^;=]+(; note=.+)?$'
order by 1
