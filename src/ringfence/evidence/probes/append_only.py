"""Probes that the audit log's tables can only grow: entries, leaves, trees, checkpoints. Keeps AUD-02 (in part).

Asks the catalogue who may change them and whether their triggers are on, and tries. Proved in
tests/evidence/test_probes_catalogue.py, and as each role of the product in tests/promises/test_recording.py.
"""

from datetime import timedelta
from typing import Final

from ringfence.controls.tenancy import Bound, DatabaseError, PlatformScope, Statement, lints, nothing, scalar
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_REFUSED: Final = "42501"
# What each role may do to each table, beside its owner, whom the triggers refuse. Two things more than to add: the one
# who seals moves a log's head on, which the trigger `keep` lets grow alone, and lets go of entries that are a year old
# (queue) and of checkpoints beside the one that is kept of a day.
_RIGHTS = Statement(
    "with allowed (named, role, rights) as (values "
    "('audit_queue', 'ringfence_app', 'SELECT INSERT'), ('audit_queue', 'ringfence_gate', 'SELECT INSERT'), "
    "('audit_queue', 'ringfence_seal', 'SELECT INSERT DELETE'), "
    "('audit_sealed', 'ringfence_app', 'SELECT'), ('audit_sealed', 'ringfence_seal', 'SELECT INSERT'), "
    "('audit_node', 'ringfence_app', 'SELECT'), ('audit_node', 'ringfence_seal', 'SELECT INSERT'), "
    "('audit_instance_leaf', 'ringfence_app', 'SELECT'), ('audit_instance_leaf', 'ringfence_seal', 'SELECT INSERT'), "
    "('audit_log', 'ringfence_app', 'SELECT'), ('audit_log', 'ringfence_gate', 'SELECT'), "
    "('audit_log', 'ringfence_seal', 'SELECT INSERT UPDATE'), "
    "('audit_checkpoint', 'ringfence_app', 'SELECT'), "
    "('audit_checkpoint', 'ringfence_seal', 'SELECT INSERT DELETE'), "
    "('audit_sealer', 'ringfence_app', 'SELECT'), ('audit_sealer', 'ringfence_seal', 'SELECT INSERT UPDATE'), "
    "('discrepancy', 'ringfence_app', 'SELECT'), ('discrepancy', 'ringfence_gate', 'SELECT INSERT')), "
    "held (named, acl) as (select c.relname::text, c.relacl from pg_class c "
    "where c.relnamespace = 'app'::regnamespace and c.relname in (select a.named from allowed a) "
    "union all select c.relname::text, t.attacl from pg_class c join pg_attribute t on t.attrelid = c.oid "
    "where c.relnamespace = 'app'::regnamespace and c.relname in (select a.named from allowed a)) "
    "select distinct coalesce(r.rolname::text, 'public') || ' may ' || x.privilege_type || ' ' || h.named "
    "from held h, aclexplode(h.acl) x left join pg_roles r on r.oid = x.grantee "
    "where r.rolname is distinct from 'ringfence_owner' and not exists (select from allowed a "
    "where a.named = h.named and a.role = r.rolname and x.privilege_type = any (string_to_array(a.rights, ' ')))",
    scalar,
)
_MISSING = Statement(
    "with wanted (named, trigger) as (values "
    "('audit_queue', 'append_only'), ('audit_queue', 'append_only_truncate'), "
    "('audit_sealed', 'append_only'), ('audit_sealed', 'append_only_truncate'), "
    "('audit_node', 'append_only'), ('audit_node', 'append_only_truncate'), "
    "('audit_instance_leaf', 'append_only'), ('audit_instance_leaf', 'append_only_truncate'), "
    "('audit_log', 'keep'), ('audit_log', 'append_only_truncate'), "
    "('audit_checkpoint', 'append_only'), ('audit_checkpoint', 'append_only_truncate'), "
    "('audit_sealer', 'append_only'), ('audit_sealer', 'append_only_truncate'), "
    "('discrepancy', 'append_only'), ('discrepancy', 'append_only_truncate')) "
    "select 'no trigger ' || w.trigger || ' on ' || w.named from wanted w where not exists (select from pg_trigger t "
    "where t.tgrelid = ('app.' || w.named)::regclass and t.tgname = w.trigger and t.tgenabled in ('O', 'A'))",
    scalar,
)
_TRIES: Final = {
    "update an entry": Statement("update app.audit_queue set reason = reason where false", nothing),
    "delete an entry": Statement("delete from app.audit_queue where false", nothing),
    "truncate the entries": Statement("truncate app.audit_queue", nothing),
    "update a leaf": Statement("update app.audit_sealed set leaf_hash = leaf_hash where false", nothing),
    "delete a leaf": Statement("delete from app.audit_sealed where false", nothing),
    "truncate the leaves": Statement("truncate app.audit_sealed", nothing),
    "update a node": Statement("update app.audit_node set hash = hash where false", nothing),
    "delete a node": Statement("delete from app.audit_node where false", nothing),
    "update a head": Statement("update app.audit_log set root = root where false", nothing),
    "delete a head": Statement("delete from app.audit_log where false", nothing),
    "update a checkpoint": Statement("update app.audit_checkpoint set note = note where false", nothing),
    "delete a checkpoint": Statement("delete from app.audit_checkpoint where false", nothing),
    "add a leaf": Statement("insert into app.audit_sealed (scope) select 'org' where false", nothing),
    "delete a discrepancy": Statement("delete from app.discrepancy where false", nothing),
}
_ALLOWED = Statement("update app.schedule set until = until where false", nothing)


async def _append_only(ground: Ground) -> Finding:
    """Plants: a trigger that is switched off in the planted catalogue, and a change of a table that may be changed."""
    rights, missing = await ground.database.read(PlatformScope(), _RIGHTS(), _MISSING())
    planted = (await ground.database.read(PlatformScope(), lints.PLANTED(), _MISSING()))[1]
    tried = [
        f"to {what} is let through" for what, attempt in _TRIES.items() if await _is_let_through(ground, attempt())
    ]
    faults = [*(str(right) for right in rights), *missing, *tried]
    return weighed(
        faults,
        well=f"Nobody may change or delete an entry, a leaf or a checkpoint: {len(_TRIES)} attempts were refused.",
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
