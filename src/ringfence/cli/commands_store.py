"""The commands of the object store and their options: thin, as those of commands.py."""

import sys

from cyclopts import App

store = App(name="store", help="The object store: whose it is, and making this deployment its owner.")


@store.command(name="status")
def store_status() -> None:
    """Says whose the object store is; exit code 1 where this deployment may change nothing there."""
    from ringfence.cli import store as owned  # noqa: PLC0415 - quick help

    sys.exit(owned.status())


@store.command(name="claim")
def store_claim(*, held_by: str | None = None) -> None:
    """Makes this deployment the owner of its object store: after a restore, or a move to another database.

    The owner before changes nothing there from then on. Every log is compared with what lies in the store, and what
    this database lost of it is put back.

    Parameters
    ----------
    held_by
        The owner as `ringfence store status` shows it now, or `nobody`, or `unreadable`.

    """
    from ringfence.cli import store as owned  # noqa: PLC0415 - quick help

    sys.exit(owned.claim(held_by))
