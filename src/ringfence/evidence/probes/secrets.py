"""Probes of organizations' secrets: the server's own role cannot read a value, and whatever is done leaves its entry.

Keeps SEC-01, SEC-02. Proved in tests/evidence/test_probes_secrets.py.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import Role, UserId
from ringfence.controls.tenancy import DatabaseError, Statement, gate, nothing, scalar
from ringfence.evidence.probes.plant import nowhere, plant_run, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_REFUSED = "42501"
_HOST = "canary.invalid"
_NAMES = Statement("select name from app.secret limit 1", scalar)
# Each would give a value to whoever can make the server run a statement of theirs.
_READS = {
    "is read": Statement("select value from app.secret limit 1", scalar),
    "is asked about": Statement("select id from app.secret where length(value) > 0 limit 1", scalar),
    "is read with its row": Statement("select to_jsonb(s)::text from app.secret s limit 1", scalar),
    "is copied into a column that is shown": Statement(
        "update app.secret set allowed_hosts = array[encode(value, 'hex')]", nothing
    ),
    "is given back by its deletion": Statement("delete from app.secret returning value", scalar),
}
_ADD = Statement("insert into app.secret (id, name, value, allowed_hosts) values ($1, $2, $3, $4)", nothing)
_REPLACE = Statement("update app.secret set value = $2 where id = $1", nothing)
_DELETE = Statement("delete from app.secret where id = $1", nothing)
_LEASE = Statement(
    "insert into app.run_lease (run_id, holder, attempt, until) values ($1, $2, 1, clock_timestamp())", nothing
)
_RECORDED = Statement("select action from app.audit_queue where target_id = $1 and outcome = 'success'", scalar)


async def _write_only(ground: Ground) -> Finding:
    """Tries to read values by statements of its own; that it can list names in the same way is the control."""
    faults = [f"a value {how}" for how, statement in _READS.items() if not await _is_refused(ground, statement)]
    return weighed(
        faults,
        well=f"The server's own role was refused a secret's value in {len(_READS)} of {len(_READS)} ways.",
        faulty="The server's own role can read secrets' values in {} ways.",
        looked_at=len(_READS),
        control=not await _is_refused(ground, _NAMES),
        facts={"ways": len(_READS)},
    )


async def _is_refused(ground: Ground, statement: Statement[Any]) -> bool:
    try:
        async with rolled_back(ground.database.org(nowhere())) as tx:
            await tx.run(statement())
    except DatabaseError as failure:
        if failure.sqlstate != _REFUSED:
            raise
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Acts:
    """What was done to two secrets, and what the log says of it; and of an id that nobody touched."""

    kept: list[str]
    dropped: list[str]
    untouched: list[str]
    is_taken: bool


async def _audited(ground: Ground) -> Finding:
    """Makes, replaces, uses and deletes secrets without telling the log, in a transaction that is rolled back."""
    done = await _act(ground)
    wanted = {
        "secret.created": done.kept,
        "secret.replaced": done.kept,
        "secret.used": done.kept,
        "secret.deleted": done.dropped,
    }
    faults = [f"no entry of {action}" for action, entries in wanted.items() if entries.count(action) != 1]
    return weighed(
        faults,
        well=f"The database wrote an entry of its own for each of {len(wanted)} acts on secrets.",
        faulty="The database wrote no entry, or not one, for {} acts on secrets.",
        looked_at=len(wanted),
        control=done.is_taken and not done.untouched,
        facts={"acts": len(wanted)},
    )


async def _act(ground: Ground) -> _Acts:
    kept, dropped, holder = ids.new(), ids.new(), ids.new()
    async with rolled_back(ground.database.org(nowhere())) as tx:
        run = await plant_run(tx)
        await tx.run(
            _LEASE(run.run_id, holder),
            _ADD(kept, "PLANTED", b"", [_HOST]),
            _REPLACE(kept, b"planted"),
            _ADD(dropped, "DROPPED", b"", [_HOST]),
            _DELETE(dropped),
        )
        user = tx.as_user(UserId(run.user_id), Role.MEMBER)
        taken = (await user.fetch(gate.take_secret("PLANTED", host=_HOST, run_id=run.run_id, holder=holder)))[0]
        entries: list[list[str]] = await user.pipeline(*(_RECORDED(one) for one in (kept, dropped, _nobodys())))
    return _Acts(*entries, is_taken=taken.outcome == "taken")


def _nobodys() -> UUID:
    return ids.new()


PROBES = (
    Probe(
        "secrets.write_only",
        ("SEC-01",),
        "Secrets are written and never read back",
        timedelta(minutes=5),
        _write_only,
    ),
    Probe(
        "secrets.audited",
        ("SEC-02",),
        "The database itself records what is done to a secret",
        timedelta(minutes=15),
        _audited,
    ),
)
