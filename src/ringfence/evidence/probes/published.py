"""Probe that what is shown of the audit logs lies in the store, whole and as it was signed. Keeps AUD-04.

Proved in tests/evidence/test_probes_published.py.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ringfence.base.problem import Problem
from ringfence.controls.audit import BadNote, Log, inspecting
from ringfence.controls.audit.inspecting import Look
from ringfence.controls.tenancy import PlatformScope, publication
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

_LATE_SECONDS: Final = 120.0
_TITLE: Final = "Published logs lie in the store as they were signed, and nothing waits to be published"


async def _published(ground: Ground) -> Finding:
    """Plants an altered tile in what was read, for each log: the same comparison must find it."""
    publisher = ground.publisher
    if publisher is None:
        return Finding(Outcome.UNKNOWN, "This process publishes nothing.", 0, control=False)
    stopped, waiting = await ground.database.read(
        PlatformScope(), publication.stopped(), publication.unpublished(_LATE_SECONDS)
    )
    faults = [f"a log was stopped: {one.why}" for one in stopped]
    try:
        await publisher.depot.hold()
    except Problem as problem:
        faults.append(f"nothing may be published in the store: {problem.code}")
    faults += ["a log waits for its publication for longer than two minutes"] * waiting[0].waiting
    looked_at, is_seeing = 0, True
    for log in await _logs(ground):
        try:
            found = await inspecting.look(publisher, ground.database, log)
        except BadNote:
            faults.append("a checkpoint is shown that is not signed by a key of ours for this log")
            continue
        if found is not None:
            looked_at += 1
            faults += inspecting.faults(found)
            is_seeing = is_seeing and _sees_plant(found)
    return weighed(
        faults,
        well=f"The tiles of {looked_at} published logs give the roots that were signed.",
        faulty="{} things are wrong with what is published of the logs.",
        looked_at=looked_at,
        control=is_seeing,
        facts={"logs": looked_at, "waiting": waiting[0].waiting, "stopped": len(stopped)},
    )


async def _logs(ground: Ground) -> list[Log]:
    scopes = await asyncio.to_thread(sample.organizations, ground.keystore)
    partners = await asyncio.to_thread(sample.partners, ground.keystore)
    return [Log.platform(), Log.instance(), *map(Log.of, scopes), *map(Log.of, partners)]


def _sees_plant(found: Look) -> bool:
    """Whether a hash that is another, in each tile that was read, would be told."""
    planted: list[Look] = []
    for level, hashes in found.edges.items():
        if hashes is not None:
            planted.append(replace(found, edges={**found.edges, level: _altered(hashes)}))
    for at, (tile, hashes) in enumerate(found.chain):
        if hashes is not None:
            chain = [*found.chain[:at], (tile, _altered(hashes)), *found.chain[at + 1 :]]
            planted.append(replace(found, chain=chain))
    return bool(planted) and all(map(inspecting.faults, planted))


def _altered(hashes: list[bytes]) -> list[bytes]:
    first, *others = hashes
    return [bytes([first[0] ^ 1, *first[1:]]), *others]


PROBES = (Probe("audit.published", ("AUD-04",), _TITLE, timedelta(minutes=5), _published),)
