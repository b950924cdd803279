-- Permissive policies add up: one that ctx.protect (or, for rows of nobody, ctx.share_unowned) did not generate opens the
-- table to everyone whom it names.
with policy as (
  select p.polrelid, p.polname::text as name, p.polcmd as verb, p.polpermissive as is_permissive,
    array(select coalesce(r.rolname::text, 'public') from unnest(p.polroles) role(id) left join pg_roles r on r.oid = role.id order by 1) as roles,
    pg_get_expr(p.polqual, p.polrelid) as shown,
    coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid)) as allowed
  from pg_policy p
), shape (shown, allowed) as (
  values
    ('^\(org_id = \( SELECT ctx\.org\(\) AS org\)\)$', null),
    ('^\(\(org_id = \( SELECT ctx\.org\(\) AS org\)\) AND \((\w+) = COALESCE\(\( SELECT ctx\.owner\(\) AS owner\), \1\)\)\)$', null),
    ('^\(\(org_id = \( SELECT ctx\.org\(\) AS org\)\) AND \(user_id IS NULL\) AND \(\( SELECT ctx\.owner\(\) AS owner\) IS NULL\)\)$', null),
    ('^\(partner_id = \( SELECT ctx\.partner\(\) AS partner\)\)$', null),
    ('^\(person_id = \( SELECT ctx\.person\(\) AS person\)\)$', null),
    ('^\( SELECT ctx\.platform\(\) AS platform\)$', null),
    ('^\(scope_id = \( SELECT ctx\.scope_id\(\) AS scope_id\)\)$',
      '^\(\(scope_id = \( SELECT ctx\.scope_id\(\) AS scope_id\)\) AND \(scope = \( SELECT ctx\.scope\(\) AS scope\)\)\)$')
)
select p.polrelid::regclass::text as "table",
  'policy ' || p.name || ' has no shape that ctx.protect makes' as fault,
  'drop policy ' || p.name || ' on ' || p.polrelid::regclass::text || ' and declare the table by ctx.protect' as mend
from policy p
-- A restrictive one opens nothing, and hides rows where it says what may be seen: one is known, which looks at new entries.
where not (not p.is_permissive and p.verb = 'a' and p.name = 'listed' and p.polrelid = to_regclass('app.audit_queue'))
  and (not p.is_permissive or not (
    (p.roles = array['ringfence_app', 'ringfence_owner'] and exists (
      select from shape s
      where coalesce(p.shown ~ s.shown, p.verb = 'a')
        and (p.verb in ('r', 'd') or p.allowed ~ coalesce(s.allowed, s.shown))
        and p.verb <> 'r'))
    or (p.roles = array['ringfence_app', 'ringfence_owner'] and p.verb = 'r'
      and (p.shown ~ '^\(partner_id = \( SELECT ctx\.partner_above\(\) AS partner_above\)\)$'
        or p.shown ~ '^\(\(org_id = \( SELECT ctx\.org\(\) AS org\)\) AND \(user_id IS NULL\)\)$'))
    or (p.roles = array['ringfence_gate'] and p.name = 'gate')
    or (p.roles = array['ringfence_seal'] and p.name in ('seal', 'seal_replay', 'seal_prune'))
  ))
order by 1, 2
