"""Probes that the running database is the one that the data map describes, column by column, and has no fault of it.

A column that somebody added by hand is data that nobody classified, seals, exports or erases. Keeps PRV-02, CRY-01.
Proved in tests/evidence/test_probes_datamap.py.
"""

from datetime import timedelta

from ringfence.controls import datamap
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_PLANTED = {"unclassified_column", "unsealed_column", "not_of_the_build"}


async def _catalogue(ground: Ground) -> Finding:
    """The planted catalogue is the plant: in it a column has no class, and a sealed one is text."""
    found = await datamap.catalogue(ground.database)
    faults = [str(fault) for fault in (*datamap.faults(found), *datamap.drift(found.columns))]
    sealed = len(datamap.sealed())
    return weighed(
        faults,
        well=f"All {len(found.columns)} columns are classified as in the build's map of data, {sealed} of them sealed.",
        faulty="The database differs from its data map in {} places.",
        looked_at=len(found.columns),
        control=await _sees_planted(ground),
        facts={"columns": len(found.columns), "tables": len(found.tables), "sealed": sealed},
    )


async def _sees_planted(ground: Ground) -> bool:
    planted = await datamap.planted(ground.database)
    return {fault.lint for fault in (*datamap.faults(planted), *datamap.drift(planted.columns))} >= _PLANTED


PROBES = (
    Probe("datamap.catalogue", ("PRV-02",), "Every column is in the data map", timedelta(minutes=15), _catalogue),
)
