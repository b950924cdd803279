-- TRUNCATE knows no row security, REFERENCES probes keys, TRIGGER runs code as others, TEMPORARY hides objects in
-- front of ours. The roles of the product have none of them, nothing that they could pass on, and nothing on ctx.key.
-- Schema planted holds views of the catalogue for the probes' positive controls: to be read, and nothing else.
with held as (
  select a.grantee, a.privilege_type, a.is_grantable, n.nspname, c.oid::regclass::text as what
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
  union all
  select a.grantee, a.privilege_type, a.is_grantable, n.nspname, c.oid::regclass::text || '.' || t.attname
  from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a
), held_here as (
  select coalesce(r.rolname::text, 'public') as role, h.privilege_type as privilege, h.is_grantable, h.nspname, h.what
  from held h left join pg_roles r on r.oid = h.grantee
  where h.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and (h.grantee = 0 or r.rolname in ('ringfence_app', 'ringfence_gate', 'ringfence_seal'))
)
select h.what as "table", h.role || ' has ' || h.privilege || case when h.is_grantable then ' and may pass it on' else '' end as fault,
  'revoke ' || lower(h.privilege) || ' on ' || h.what || ' from ' || h.role as mend
from held_here h
where h.privilege not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') or h.is_grantable or h.role = 'public'
  or (h.nspname <> 'app' and (h.nspname, h.privilege, h.role) is distinct from ('planted', 'SELECT', 'ringfence_app'))
union all
select n.nspname::text, coalesce(r.rolname::text, 'public') || ' may create in schema ' || n.nspname,
  'revoke create on schema ' || n.nspname || ' from ' || coalesce(r.rolname::text, 'public')
from pg_namespace n, aclexplode(n.nspacl) a left join pg_roles r on r.oid = a.grantee
where a.privilege_type = 'CREATE' and (a.grantee = 0 or r.rolname in ('ringfence_app', 'ringfence_seal'))
union all
select d.datname::text, coalesce(r.rolname::text, 'public') || ' has ' || a.privilege_type || ' on the database',
  'revoke ' || lower(a.privilege_type) || ' on database ' || d.datname || ' from ' || coalesce(r.rolname::text, 'public')
from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a left join pg_roles r on r.oid = a.grantee
where d.datname = current_database() and a.privilege_type in ('TEMPORARY', 'CREATE')
  and (a.grantee = 0 or r.rolname in ('ringfence_app', 'ringfence_gate', 'ringfence_seal'))
order by 1, 2
