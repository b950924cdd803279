-- Keys, indexes and references of an organization's table begin with org_id (a partner's with partner_id, where it
-- refers or is referred to): a unique value over all tenants is an oracle, and a reference by id alone points past them.
with declared as (
  select distinct p.polrelid as id, case
    when pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) like '%ctx.org()%' then 'org_id'
    when pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) like '%ctx.partner()%' then 'partner_id'
    when pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) like '%ctx.person()%' then 'person_id'
    when pg_get_expr(coalesce(p.polqual, p.polwithcheck), p.polrelid) like '%ctx.scope_id()%' then 'scope_id'
  end as root
  from pg_policy p
), owned as (
  select d.id, d.root, a.attnum as root_number, a.attnotnull, pg_get_expr(f.adbin, f.adrelid) as root_default
  from declared d
  left join pg_attribute a on a.attrelid = d.id and a.attname = d.root
  left join pg_attrdef f on f.adrelid = d.id and f.adnum = a.attnum
  where d.root is not null
)
select o.id::regclass::text as "table", o.root || ' may be null or has no default from the context' as fault,
  o.root || ' uuid not null default ctx.claimed_'
    || case o.root when 'scope_id' then o.root else replace(o.root, '_id', '') end || '()' as mend
from owned o
where o.attnotnull is not true or o.root_default is null or o.root_default not in ('ctx.claimed_org()', 'ctx.claimed_partner()', 'ctx.claimed_scope_id()')
union all
select o.id::regclass::text, 'no primary key', 'primary key (' || o.root || ', id)'
from owned o
where not exists (select from pg_index i where i.indrelid = o.id and i.indisprimary)
union all
select o.id::regclass::text, 'index ' || i.indexrelid::regclass::text || ' does not begin with ' || o.root,
  'make ' || o.root || ' the first column of ' || i.indexrelid::regclass::text
from owned o
join pg_index i on i.indrelid = o.id
where i.indkey[0] is distinct from o.root_number and (i.indisprimary or o.root = 'org_id')
  -- A BRIN index knows ranges of pages and no value. Asked of the real catalogue, as a planted index has no method.
  and not exists (select from pg_catalog.pg_class c join pg_catalog.pg_am m on m.oid = c.relam
    where c.oid = i.indexrelid and m.amname = 'brin')
union all
select o.id::regclass::text, 'reference ' || k.conname || ' does not begin with ' || o.root || ' on both sides',
  'foreign key (' || o.root || ', ...) references ' || k.confrelid::regclass::text || ' (' || o.root || ', ...)'
from owned o
join pg_constraint k on k.conrelid = o.id and k.contype = 'f'
left join pg_attribute far on far.attrelid = k.confrelid and far.attnum = k.confkey[1]
where k.conkey[1] is distinct from o.root_number or far.attname is distinct from o.root
union all
select o.id::regclass::text, 'reference ' || k.conname || ' sets ' || o.root || ' to null',
  'on delete set null (x_id): name the column'
from owned o
join pg_constraint k on k.conrelid = o.id and k.contype = 'f'
where (k.confdeltype in ('n', 'd') and (k.confdelsetcols is null or o.root_number = any (k.confdelsetcols))) or k.confupdtype in ('n', 'd')
order by 1, 2
