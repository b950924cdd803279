"""`ringfence keys move`: another place for the keys, beside running servers, which make no key until it is done."""

import sys

from ringfence.base.crypto import Secret
from ringfence.cli.deployment import beside, choice_of
from ringfence.cli.keys_progress import shown_by
from ringfence.controls.keystore import (
    Choice,
    KeystoreRefusal,
    RootKey,
    cancel_move,
    end_of,
    finish_move,
    is_left,
    move_keystore,
    root_named,
)
from ringfence.settings import Settings

_ALL = 100


def move(to: str, *, root: str | None) -> int:
    """Copies every key to the place named, holds both against each other, and makes that one count."""
    settings = Settings()
    choice = choice_of(settings)
    if to == choice.driver:
        raise KeystoreRefusal(f"the keys are at {to} already")
    if root is not None and to != "file":
        raise KeystoreRefusal("--root is for a keystore of files: OpenBao is its own root")
    source, destination = end_of(choice.driver, choice), end_of(to, choice, root=_root(root, choice, settings))
    if is_left(source, destination):
        # A command that was killed between two marks, and stands in the log, is brought to its end: nothing opens.
        count = move_keystore(source, destination, told=lambda _done, _all: None)
    else:
        with beside(settings, command="keys_move"), shown_by(sys.stdout) as progress:
            count = move_keystore(
                source,
                destination,
                told=lambda done, of: progress.show(f"keys to {to}", percent=done * _ALL // max(of, 1)),
            )
    print("\n".join(_lines(choice.driver, to, count=count, root=root)))
    return 0


def finish() -> int:
    """Destroys the keys in the place that was left."""
    settings = Settings()
    choice = choice_of(settings)
    destination = end_of(choice.driver, choice)
    mark = destination.mark()
    if mark is None:
        raise KeystoreRefusal(f"nothing was moved to {choice.driver}: set RINGFENCE_KEYSTORE to the new place first")
    with beside(settings, command="keys_move_finish"):
        finish_move(end_of(mark.other, choice), destination)
    print(f"The keys at {mark.other} are destroyed; its copies and snapshots are yours to end.")
    return 0


def cancel() -> int:
    """Ends a move that is not done: the copy is destroyed, and keys are made again where they are."""
    settings = Settings()
    choice = choice_of(settings)
    source = end_of(choice.driver, choice)
    mark = source.mark()
    if mark is None:
        raise KeystoreRefusal(f"{choice.driver} is not being moved")
    with beside(settings, command="keys_move_cancel"):
        cancel_move(source, end_of(mark.other, choice))
    print(f"The keys stay at {choice.driver}; what was copied to {mark.other} is destroyed.")
    return 0


def _root(root: str | None, choice: Choice, settings: Settings) -> RootKey | None:
    if root in {None, "file"}:
        return None
    given = settings.encryption_key_next
    return root_named(str(root), choice, given=Secret(given.get_secret_value().encode()) if given is not None else None)


def _lines(source: str, to: str, *, count: int, root: str | None) -> list[str]:
    lines = [f"The keys of {count:,} owners are at {to} now, each opened there and held against the one at {source}."]
    lines.append(f"Processes that run refuse to read keys. Set RINGFENCE_KEYSTORE={to} and restart every one.")
    if to != "file":
        lines.append("Take ENCRYPTION_KEY and RINGFENCE_ROOT_KEY away: OpenBao is the root now.")
    elif root is None or root == "file":
        lines.append("Its root key lies in root.key: back it up, apart from the keystore.")
    else:
        lines.append(f"Its root key is that of --root {root}: name it by ENCRYPTION_KEY or RINGFENCE_ROOT_KEY.")
    return [*lines, f"Then destroy the keys at {source}: ringfence keys move --finish"]
