"""Probes that the audit log's table can only grow. Keeps AUD-02 (in part).

Asks the catalogue who may change it and whether its triggers are on, and tries. Proved in
tests/evidence/test_probes_catalogue.py.
"""

from datetime import timedelta

from ringfence.controls.tenancy import Bound, DatabaseError, PlatformScope, Statement, lints, nothing, scalar
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_REFUSED = "42501"
_RIGHTS = Statement(
    "with held as (select c.relacl as acl from pg_class c where c.oid = 'app.audit_queue'::regclass "
    "union all select t.attacl from pg_attribute t where t.attrelid = 'app.audit_queue'::regclass) "
    "select coalesce(r.rolname, 'public') || ' may ' || a.privilege_type from held h, aclexplode(h.acl) a "
    "left join pg_roles r on r.oid = a.grantee "
    "where a.privilege_type not in ('SELECT', 'INSERT') and r.rolname is distinct from 'ringfence_owner'",
    scalar,
)
_MISSING = Statement(
    "select 'no trigger ' || wanted.name from (values ('append_only'), ('append_only_truncate')) as wanted (name) "
    "where not exists (select from pg_trigger t where t.tgrelid = 'app.audit_queue'::regclass "
    "and t.tgname = wanted.name and t.tgenabled in ('O', 'A'))",
    scalar,
)
_TRIES = {
    "update": Statement("update app.audit_queue set reason = reason where false", nothing),
    "delete": Statement("delete from app.audit_queue where false", nothing),
    "truncate": Statement("truncate app.audit_queue", nothing),
}
_ALLOWED = Statement("update app.schedule set until = until where false", nothing)


async def _append_only(ground: Ground) -> Finding:
    """Plants: a trigger that is switched off in the planted catalogue, and a change of a table that may be changed."""
    rights, missing = await ground.database.read(PlatformScope(), _RIGHTS(), _MISSING())
    planted = (await ground.database.read(PlatformScope(), lints.PLANTED(), _MISSING()))[1]
    tried = [f"{verb} is let through" for verb, attempt in _TRIES.items() if await _is_let_through(ground, attempt())]
    faults = [*(str(right) for right in rights), *missing, *tried]
    return weighed(
        faults,
        well="Nobody may change or delete an entry: no right to, a trigger against it, and three attempts refused.",
        faulty="The audit log could be changed in {} ways.",
        looked_at=len(_TRIES),
        control=bool(planted) and await _is_let_through(ground, _ALLOWED()),
        facts={"attempts_refused": len(_TRIES) - len(tried)},
    )


async def _is_let_through(ground: Ground, attempt: Bound[None]) -> bool:
    try:
        async with rolled_back(ground.database.platform()) as tx:
            await tx.run(attempt)
    except DatabaseError as refused:
        if refused.sqlstate != _REFUSED:
            raise
        return False
    return True


PROBES = (Probe("audit.append_only", ("AUD-02",), "The audit log can only grow", timedelta(minutes=5), _append_only),)
