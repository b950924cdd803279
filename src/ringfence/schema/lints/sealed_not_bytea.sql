-- Personal data, content and secrets are stored sealed, and a sealed record is bytea.
select c.oid::regclass::text || '.' || a.attname as "table",
  'class ' || substring(col_description(c.oid, a.attnum) from '^class=(\w+)') || ' as ' || format_type(a.atttypid, a.atttypmod) as fault,
  'store it sealed by the vault, as bytea' as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('app', 'ctx') and c.relkind in ('r', 'p', 'f')
  and substring(col_description(c.oid, a.attnum) from '^class=(\w+)') in ('personal', 'content', 'secret')
  and format_type(a.atttypid, null) not in ('bytea', 'bytea[]')
order by 1
