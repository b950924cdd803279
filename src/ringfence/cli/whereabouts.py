"""`ringfence where`: the table of promises, or where the code, tests and probes of some of them are."""

import asyncio
import difflib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ringfence.evidence import register
from ringfence.evidence.register import Promise, Register

if TYPE_CHECKING:
    from ringfence.cli.deployment import Deployment

_MOST_PROBES = 60


def show(ids: Sequence[str], *, is_live: bool) -> int:
    """Prints each promise, or the table of all without ids; gives 1 where an id was never given to any."""
    known = register.load()
    results = _live() if is_live else {}
    if not ids:
        print("\n".join(_table(known, results)), flush=True)
        return 0
    missing = [wanted for wanted in ids if wanted.upper() not in known.promises]
    for wanted in ids:
        if wanted not in missing:
            print(_one(known, wanted, results), end="\n\n" if len(ids) > 1 else "\n", flush=True)
    for wanted in missing:
        print(f"There is no promise {wanted}. {_near(known, wanted)}", file=sys.stderr)
    return 1 if missing else 0


def _one(known: Register, wanted: str, results: Mapping[str, str]) -> str:
    promise = known.promises[wanted.upper()]
    told = [f"    {name}: {results[name]}" for name in _probes(promise) if name in results]
    text = known.where(wanted) or ""
    return "\n".join([text, "", "  Found by its probes:", *told]) if told else text


def _table(known: Register, results: Mapping[str, str]) -> list[str]:
    rows = [(promise.id, str(promise.state), _told(promise, results)) for promise in known.promises.values()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{one:<{widths[0]}}  {state:<{widths[1]}}  {probe}".rstrip() for one, state, probe in rows]


def _told(promise: Promise, results: Mapping[str, str]) -> str:
    names = [f"{name} {results[name].partition(',')[0]}" if name in results else name for name in _probes(promise)]
    text = ", ".join(names)
    return text if len(text) <= _MOST_PROBES else text[: _MOST_PROBES - 3] + "..."


def _probes(promise: Promise) -> list[str]:
    return [name.strip() for name in promise.probe.split(",") if name.strip()]


def _near(known: Register, wanted: str) -> str:
    """What the reader may have meant."""
    text = wanted.upper()
    area = [one for one in known.promises if one.partition("-")[0] == text.partition("-")[0]]
    near = difflib.get_close_matches(text, list(known.promises), n=5, cutoff=0.6) or area[:5]
    if near:
        return f"Near it: {', '.join(near)}."
    return "`ringfence where` lists them all."


def _live() -> dict[str, str]:
    """The last result of each probe, as the running deployment's database has it."""
    from ringfence.cli.deployment import beside  # noqa: PLC0415 - the register alone needs no database
    from ringfence.settings import Settings  # noqa: PLC0415 - as above

    with beside(Settings(), command="where") as deployment:
        return asyncio.run(_last_results(deployment))


async def _last_results(deployment: "Deployment") -> dict[str, str]:
    from ringfence.controls.tenancy import Database  # noqa: PLC0415 - as above
    from ringfence.evidence import history  # noqa: PLC0415 - as above

    database = Database(deployment.database_url, keys=deployment.context_key, size=1)
    try:
        states = await history.states(database)
    finally:
        await database.close()
    return {
        name: f"{state.outcome}, {state.summary} ({state.checked_at:%Y-%m-%d %H:%M} UTC)"
        for name, state in states.items()
    }
