"""How the rows of a table end when their organization, user or partner is erased. Keeps PRV-02, PRV-01.

By a foreign key that cascades, or by a statement of the erasure that is named here; or they stay, and why. Proved in
tests/controls/test_datamap.py.
"""

from collections.abc import Collection, Iterable
from typing import Final

from ringfence.controls.datamap.columns import Column, Owner, Reference

ROOTS: Final = {
    Owner.USER: "app.app_user",
    Owner.ORGANIZATION: "app.organization",
    Owner.PARTNER: "app.partner",
}
_ROOT_COLUMNS: Final = {"org_id": Owner.ORGANIZATION, "user_id": Owner.USER, "partner_id": Owner.PARTNER}
BY_STATEMENT: Final = {
    "app.idempotency": "the erasure deletes an organization's; a user's lie under the user's key and end in 24 hours",
    "app.delivery": "the erasure deletes them, before the rows that they tell about",
    "app.audit_stream": "the erasure deletes them; the log itself stays",
    "app.audit_stream_work": "with its stream, which the erasure deletes",
    "app.directory": "the erasure deletes the organization's row last",
}
"""Tables without a foreign key upward whose rows the erasure deletes itself."""
LASTING: Final = {
    "app.key_destruction": "ids alone, one year: which key had to be destroyed, and that it was",
    "app.doomed_object": "random names of objects, until the store has deleted them",
    "app.token_use": "numbers of tokens, until those would expire anyway",
    "app.canary": "organizations of our own, planted for the probes",
    "app.erased_organization": "ids alone, as long as the partner: whose log an erased organization's is",
}
"""Tables whose rows name an organization or user by id and outlive it, with the reason."""
UNERASED: Final = {
    "app.spending": "what was spent stays the organization's; the user's id in it is set to null",
}
"""Tables with a user's id whose rows stay when the user goes, without that id."""


def missing(columns: Iterable[Column], references: Collection[Reference]) -> dict[str, str]:
    """The tables whose rows would outlive their owner, and which root they do not reach."""
    found: dict[str, str] = {}
    for table, needed in sorted(_needs(columns).items()):
        if table in BY_STATEMENT or table in LASTING:
            continue
        for owner in sorted(needed):
            if owner is Owner.USER and table in UNERASED:
                continue
            if not _reaches(table, ROOTS[owner], _binding(references, owner)):
                found[table] = ROOTS[owner]
    return found


def how(table: str, columns: Iterable[Column], references: Collection[Reference]) -> str:
    """How this table's rows end with their owner, in words; empty for those of the platform."""
    if (stated := BY_STATEMENT.get(table) or LASTING.get(table)) is not None:
        return stated
    needed = _needs(columns).get(table, set[Owner]())
    roots = [owner.value for owner in (Owner.USER, Owner.ORGANIZATION, Owner.PARTNER) if owner in needed]
    reached = [root for root in roots if _reaches(table, ROOTS[Owner(root)], _binding(references, Owner(root)))]
    if reached == [Owner.PARTNER.value]:
        return "with the partner, once partners can be erased"
    return f"with the {reached[0]}" if reached else ""


def _needs(columns: Iterable[Column]) -> dict[str, set[Owner]]:
    """Whose rows each table holds, by what its columns declare and by the ids that they carry."""
    found: dict[str, set[Owner]] = {}
    for column in columns:
        declared = column.declared
        if declared is None or not column.place.startswith("app."):
            continue
        needs = found.setdefault(column.table, set())
        if declared.owner is not Owner.PLATFORM:
            needs.add(declared.owner)
        if column.name in _ROOT_COLUMNS:
            needs.add(_ROOT_COLUMNS[column.name])
    return found


def _binding(references: Collection[Reference], owner: Owner) -> list[Reference]:
    """The references that take rows along: a row of nobody's goes with its organization, not with a user.

    Partners are not erased yet; what belongs to one must refer to it, and stops its deletion until then.
    """
    if owner is Owner.PARTNER:
        return list(references)
    is_direct = ROOTS[Owner.USER] if owner is Owner.USER else None
    return [one for one in references if one.cascades and (one.is_certain or one.refers_to == is_direct)]


def _reaches(table: str, root: str, references: Collection[Reference]) -> bool:
    seen, waiting = {table}, [table]
    while waiting:
        at = waiting.pop()
        if at == root:
            return True
        above = {one.refers_to for one in references if one.table == at}
        waiting += above - seen
        seen |= above
    return False
