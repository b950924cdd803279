"""Probes that entries are sealed in seconds, and that what was sealed still says the same. Keeps AUD-02, AUD-04.

Proved in tests/evidence/test_probes_sealing.py.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta

from ringfence.base import ids, merkle
from ringfence.controls import audit
from ringfence.controls.audit import Action, Actor, DamagedTree, Head, Origin, SealedEntry, stalls, trees
from ringfence.controls.tenancy import (
    Database,
    OrgScope,
    PartnerScope,
    PlatformScope,
    Scope,
    Statement,
    Tx,
    scalar,
)
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_SAMPLE = 64
_ME = Statement("select pg_backend_pid()::text", scalar)


async def _sealing(ground: Ground) -> Finding:
    """Plants an entry in a transaction that stays open for a moment: the look must see both the one and the other."""
    stall = await stalls.find(ground.database)
    faults = ["an entry waits to be sealed for longer than a minute"] * stall.lag.waiting
    faults += ["a prepared transaction was left open, and nothing younger is sealed"] * len(stall.forgotten)
    async with rolled_back(ground.database.platform()) as tx:
        control = await _sees_stall(tx)
    return weighed(
        faults,
        well="No entry waits to be sealed for longer than a minute, and no prepared transaction was left open.",
        faulty="{} entries wait for longer than a minute to be sealed, or transactions were left open.",
        # What was planted, where nothing waits.
        looked_at=len(stall.open) + 1,
        control=control,
        facts={"waiting": stall.lag.waiting, "open_transactions": len(stall.open)},
    )


async def _sees_stall(tx: Tx) -> bool:
    planted = audit.entry(Actor.system(ids.new()), Action.ACCESS_DENIED, origin=Origin.internal())
    _, lag, opened, me = await tx.pipeline(planted, *stalls.looks(0), _ME())
    return lag[0].waiting >= 1 and me[0] in {one.name for one in opened}


async def _tree(ground: Ground) -> Finding:
    """Plants, in what was read, an edit, a deletion, a gap, a root and a leaf: the same comparisons must name each."""
    faults: list[str] = []
    looked_at, is_seeing = 0, True
    scopes: list[Scope] = [PlatformScope()]
    scopes += await asyncio.to_thread(sample.organizations, ground.keystore)
    scopes += await asyncio.to_thread(sample.partners, ground.keystore)
    for scope in scopes:
        async with _opened(ground.database, scope) as tx:
            look = await _look(tx)
            if look is not None:
                proof = await _proof(tx, look)
                faults += [*_differences(look), *_broken(look, proof)]
                looked_at += len(look.leaves)
                is_seeing = is_seeing and _sees_plants(look) and _sees_other_roots(look, proof)
    return weighed(
        faults,
        well=f"{looked_at} entries are what was sealed, and their trees give the roots that are kept.",
        faulty="{} entries or trees are not what was sealed.",
        looked_at=looked_at,
        control=is_seeing,
        facts={"entries": looked_at},
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """Some leaves of a log, and the indices that they must have."""

    head: Head
    leaves: list[SealedEntry]
    indices: list[int]


async def _look(tx: Tx) -> _Look | None:
    """The newest entries and as many from a place at random; None for a log without any."""
    head = await trees.head(tx)
    if head is None:
        return None
    newest = max(0, head.size - _SAMPLE)
    older = random.randrange(newest + 1)  # noqa: S311 - a sample for a look, no secret
    first, last = await tx.pipeline(
        trees.entries_of(older, min(older + _SAMPLE, newest)), trees.entries_of(newest, head.size)
    )
    return _Look(head, [*first, *last], [*range(older, min(older + _SAMPLE, newest)), *range(newest, head.size)])


def _differences(look: _Look) -> list[str]:
    """What is wrong with these leaves by themselves."""
    changed = [
        "an entry was changed"
        for leaf in look.leaves
        if leaf.data is not None and merkle.leaf_hash(leaf.data) != leaf.leaf_hash
    ]
    deleted = [
        "an entry was deleted" for leaf in look.leaves if leaf.data is None and leaf.index >= look.head.pruned_to
    ]
    missing = [] if [leaf.index for leaf in look.leaves] == look.indices else ["leaves are missing"]
    return [*changed, *deleted, *missing]


@dataclass(frozen=True, slots=True)
class _Proof:
    """The root that the kept hashes give, and the way to it from one of the leaves."""

    root: bytes
    leaf: SealedEntry
    way: Sequence[bytes]


async def _proof(tx: Tx, look: _Look) -> _Proof | None:
    """None where hashes are missing."""
    leaf = random.choice(look.leaves)  # noqa: S311 - as above
    try:
        root, way = await trees.root(tx, look.head.size), await trees.inclusion(tx, leaf.index, look.head.size)
    except DamagedTree:
        return None
    return _Proof(root, leaf, way)


def _broken(look: _Look, proof: _Proof | None) -> list[str]:
    """Whether the hashes that are kept give the root that is kept, and the leaf is below it."""
    if proof is None:
        return ["hashes of a tree are missing"]
    head, leaf = look.head, proof.leaf
    is_in = merkle.verifies_inclusion(leaf.leaf_hash, index=leaf.index, size=head.size, proof=proof.way, root=head.root)
    return [] if proof.root == head.root and is_in else ["a tree does not give its root"]


def _sees_plants(look: _Look) -> bool:
    *others, last = look.leaves
    edited = replace(last, data=b"planted")
    deleted = replace(last, data=None)
    return (
        "an entry was changed" in _differences(replace(look, leaves=[*others, edited]))
        and ("an entry was deleted" in _differences(replace(look, leaves=[*others, deleted])) or _is_pruned(look))
        and "leaves are missing" in _differences(replace(look, leaves=others))
    )


def _sees_other_roots(look: _Look, proof: _Proof | None) -> bool:
    if proof is None:  # which is a fault by itself
        return True
    other = merkle.leaf_hash(b"planted")
    given, below = replace(proof, root=other), replace(proof, leaf=replace(proof.leaf, leaf_hash=other))
    return all("a tree does not give its root" in _broken(look, planted) for planted in (given, below))


def _is_pruned(look: _Look) -> bool:
    return look.head.pruned_to == look.head.size


def _opened(database: Database, scope: Scope) -> AbstractAsyncContextManager[Tx]:
    match scope:
        case OrgScope():
            return database.org(scope)
        case PartnerScope():
            return database.partner(scope)
        case _:
            return database.platform()


PROBES = (
    Probe("audit.sealing", ("AUD-02",), "Entries are sealed within seconds", timedelta(minutes=1), _sealing),
    Probe(
        "audit.tree",
        ("AUD-02", "AUD-04"),
        "What was sealed still says the same, and its trees give their roots",
        timedelta(minutes=5),
        _tree,
    ),
)
