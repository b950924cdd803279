"""Enters the operator's commands into the platform's log: that one begins, and what became of it. Keeps TEN-10.

`deployment.opened` and `deployment.beside` do it, so that no command reaches a deployment without its entries. Proved
in tests/promises/test_recorded_operators.py.
"""

import asyncio
import hmac
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from pydantic import SecretStr

from ringfence.base import clock
from ringfence.base.crypto import length_prefixed
from ringfence.controls import audit
from ringfence.controls.tenancy import (
    Bound,
    ContextKey,
    Database,
    DatabaseError,
    PlatformScope,
    Statement,
    nothing,
    scalar,
)

T = TypeVar("T")
_LABEL: Final = b"ringfence/configuration"
_OPTIONAL: Final = frozenset({"doctor"})
"""What must run on a database that cannot take an entry: it is asked what is wrong there."""
_KNOWN: Final = Statement(
    "select name || ' ' || encode(digest, 'hex') from app.configuration where process = $1 and host = $2", scalar
)
_KEEP: Final = Statement(
    "insert into app.configuration (process, host, name, digest)"
    " select $1, $2, u.name, u.digest from unnest($3::text[], $4::bytea[]) as u (name, digest)"
    " on conflict (process, host, name) do update set digest = excluded.digest",
    nothing,
)


@contextmanager
def recorded(url: str, key: ContextKey, command: str) -> Generator[None]:
    """Writes that the command begins, before anything is done; and that it ended, well or by a failure."""
    began = clock.monotonic()
    try:
        _write(url, key, _began(command))
    except DatabaseError:
        if command not in _OPTIONAL:
            raise
    outcome: audit.Outcome = "failure"
    try:
        yield
        outcome = "success"
    finally:
        # The database may be what failed: that is told by its own failure, not by this one.
        with suppress(Exception):
            _write(url, key, _ended(command, outcome, round(clock.monotonic() - began)))


def note_configuration(
    url: str, key: ContextKey, secret: bytes, process: str, settings: Mapping[str, Any]
) -> list[str]:
    """Enters the names of the settings that differ from this process's last start on this host; gives them.

    What they are set to is kept as a keyed hash alone, to be compared at the next start.
    """
    host = hmac.digest(secret, length_prefixed(_LABEL, socket.gethostname().encode()), "sha256")[:16]
    now = {
        name: hmac.digest(secret, length_prefixed(_LABEL, name.encode(), _text(value)), "sha256")
        for name, value in settings.items()
    }

    async def compare(database: Database) -> list[str]:
        rows = (await database.read(PlatformScope(), _KNOWN(process, host)))[0]
        known = dict(str(row).split(" ", 1) for row in rows)
        changed = sorted(name for name, digest in now.items() if known.get(name) != digest.hex())
        if changed:
            kept = _KEEP(process, host, changed, [now[name] for name in changed])
            # The first start of all changes nothing; a setting that a release brings along is named once.
            entries = [_changed(process, changed)] if known else []
            await database.write(PlatformScope(), kept, *entries)
        return changed if known else []

    return asyncio.run(_with(url, key, compare))


def _changed(process: str, names: Sequence[str]) -> Bound[None]:
    action = audit.Action.CONFIGURATION_CHANGED
    return audit.entry(
        audit.Actor.operator(), action, origin=audit.Origin.internal(), process=process, settings=list(names)
    )


def _began(command: str) -> Bound[None]:
    origin = audit.Origin.internal()
    return audit.entry(audit.Actor.operator(), audit.Action.COMMAND_RUN, origin=origin, command=command)


def _ended(command: str, outcome: audit.Outcome, seconds: int) -> Bound[None]:
    return audit.entry(
        audit.Actor.operator(),
        audit.Action.COMMAND_ENDED,
        outcome=outcome,
        origin=audit.Origin.internal(),
        command=command,
        seconds=seconds,
    )


def _text(value: object) -> bytes:
    return repr(value.get_secret_value() if isinstance(value, SecretStr) else value).encode()


def _write(url: str, key: ContextKey, bound: Bound[None]) -> None:
    async def write(database: Database) -> None:
        await database.write(PlatformScope(), bound)

    asyncio.run(_with(url, key, write))


async def _with(url: str, key: ContextKey, act: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(url, keys=key, size=1)
    try:
        return await act(database)
    finally:
        await database.close()
