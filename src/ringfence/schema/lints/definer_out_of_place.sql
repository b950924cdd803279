-- Under FORCE a definer function of the owner sees no tenant's row, silently; one of a stronger role sees all of them.
-- The owner's are the two that read ctx.key; all others stand in schema gate and belong to a role with policies of its
-- own: ringfence_gate, or ringfence_seal for what writes the audit log's trees.
select p.oid::regprocedure::text as "table",
  'security definer as ' || pg_get_userbyid(p.proowner) as fault,
  'move it to schema gate and create it as ringfence_gate, with a policy and column grants' as mend
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  and p.prosecdef
  and not (n.nspname = 'gate' and pg_get_userbyid(p.proowner) in ('ringfence_gate', 'ringfence_seal'))
  and not (n.nspname = 'ctx' and p.proname in ('verified', 'newest_kid') and pg_get_userbyid(p.proowner) = 'ringfence_owner')
order by 1
