"""Plants things for a probe in a transaction that is always rolled back, so that nothing of them stays."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NoReturn, TypeVar

from ringfence.controls.tenancy import Tx

T = TypeVar("T", bound=Tx)


class _RolledBackError(Exception):
    """Ends a transaction that must not be committed."""


@asynccontextmanager
async def rolled_back(opened: AbstractAsyncContextManager[T]) -> AsyncGenerator[T]:
    """The transaction, which is undone at the block's end whatever came of it."""
    try:
        async with opened as tx:
            yield tx
            _undo()
    except _RolledBackError:
        return


def _undo() -> NoReturn:
    raise _RolledBackError
