"""Keeps CRY-02, CRY-03. Moves a keystore from one driver to another: of two places one counts, at every moment.

1. The source is marked `leaving`: every process reads from it and none makes, changes or destroys a key.
2. The destination is marked `arriving` (nobody opens it) and takes in every owner, version, tombstone and server key.
3. Both are read again, and every key that opens there is held against the one that opens here.
4. The source is marked `left`: from that moment on nobody reads it. Then the destination is marked `arrived`.
5. `finish_move` destroys the keys of the source, whose mark stays: no process makes keys there again.

Killed between any two steps, the same call goes on. Proved in tests/controls/test_keystore_moving.py.
"""

from collections.abc import Callable
from typing import Final

from ringfence.base.crypto import random_bytes
from ringfence.controls.keystore.carried import End, Mark, MoveState, refuse_other
from ringfence.controls.keystore.keys import KeystoreRefusal

_AT_ONCE: Final = 50


def move_keystore(source: End, destination: End, *, told: Callable[[int, int], None]) -> int:
    """Copies everything and makes the destination count; how many owners. KeystoreRefusal; done again it goes on.

    `told` hears of how many owners out of how many are copied.
    """
    mark = _begun(source, destination)
    arriving = Mark(MoveState.ARRIVING, mark.move_id, source.name)
    if mark.state is MoveState.LEAVING:
        try:
            _copy(source, destination, told, during=arriving)
            count = _verify(source, destination)
            source.put_mark(Mark(MoveState.LEFT, mark.move_id, destination.name), after=mark)
        except KeystoreRefusal:
            if destination.mark() == Mark(MoveState.LEFT, mark.move_id, source.name):
                destination.wipe()  # It was given up while we copied: what came since must not stay there.
            raise
    else:
        count = sum(each.is_owned for each in destination.owners())
    destination.put_mark(Mark(MoveState.ARRIVED, mark.move_id, source.name), after=arriving)
    return count


def is_left(source: End, destination: End) -> bool:
    """Whether a move was killed when the source had ended and the destination had not begun."""
    left, arriving = source.mark(), destination.mark()
    return (
        left is not None
        and arriving is not None
        and (left.state, arriving.state) == (MoveState.LEFT, MoveState.ARRIVING)
        and left.move_id == arriving.move_id
    )


def cancel_move(source: End, destination: End) -> None:
    """Ends a move that is not done: the copy is destroyed first, then the source makes keys again; KeystoreRefusal."""
    mark = source.mark()
    if mark is None or mark.state is not MoveState.LEAVING:
        raise KeystoreRefusal(f"{source.name} is not being moved")
    there = destination.mark()
    if there is not None and there.move_id == mark.move_id:
        # What stays there is a word of where the keys are, so that nobody begins a keystore beside this one.
        destination.put_mark(Mark(MoveState.LEFT, mark.move_id, source.name), after=there)
        destination.wipe()
    source.put_mark(None, after=mark)


def finish_move(source: End, destination: End) -> None:
    """Destroys the keys of the place that was left; KeystoreRefusal unless all of them arrived where they count now."""
    left, arrived = source.mark(), destination.mark()
    if arrived is None or arrived.state is not MoveState.ARRIVED or arrived.other != source.name:
        raise KeystoreRefusal(f"the keys of {destination.name} did not come from {source.name}")
    if left is None or left.state is not MoveState.LEFT or left.move_id != arrived.move_id:
        raise KeystoreRefusal(f"{source.name} is not the keystore that was moved to {destination.name}")
    source.wipe()


def _begun(source: End, destination: End) -> Mark:
    """The source's mark, written now unless it is there; the destination is ready to take keys in then."""
    found = mark = source.mark()
    there = destination.mark()
    if mark is not None and mark.state in {MoveState.LEAVING, MoveState.LEFT} and mark.other != destination.name:
        raise KeystoreRefusal(f"{source.name} is moved to {mark.other} already, not to {destination.name}")
    if mark is not None and mark.state is MoveState.LEFT:
        if there is None or there.move_id != mark.move_id:
            raise KeystoreRefusal(f"{source.name} was moved to {mark.other}, which is another keystore now")
        if there.state is MoveState.ARRIVED:
            raise KeystoreRefusal(f"the keys are at {mark.other} already: set RINGFENCE_KEYSTORE to it")
        return mark
    if mark is not None and mark.state is MoveState.ARRIVING:
        raise KeystoreRefusal(f"{source.name} is itself the unfinished copy of {mark.other}")
    if mark is None or mark.state is not MoveState.LEAVING:
        _refuse_used(destination, there)
        mark = Mark(MoveState.LEAVING, random_bytes(16).hex(), destination.name)
    elif there is None or there.move_id != mark.move_id:
        _refuse_used(destination, there)
    source.put_mark(mark, after=found)
    destination.put_mark(Mark(MoveState.ARRIVING, mark.move_id, source.name), after=there)
    return mark


def _refuse_used(destination: End, there: Mark | None) -> None:
    if there is not None and there.state is not MoveState.LEFT:
        raise KeystoreRefusal(f"{destination.name} takes part in another move, with {there.other}")
    if not destination.is_empty():
        mend = "finish that move first: ringfence keys move --finish" if there else "it must be empty"
        raise KeystoreRefusal(f"{destination.name} holds keys already: {mend}")


def _copy(source: End, destination: End, told: Callable[[int, int], None], *, during: Mark) -> None:
    owners = list(source.owners())
    for start in range(0, len(owners), _AT_ONCE):
        refuse_other(destination.name, destination.mark(), during)
        destination.keep(owners[start : start + _AT_ONCE])
        told(min(start + _AT_ONCE, len(owners)), len(owners))


def _verify(source: End, destination: End) -> int:
    """Opens every key at both ends again; KeystoreRefusal where one is missing, another, or too many."""
    here = {each.path: each for each in source.owners()}
    there = {each.path: each for each in destination.owners()}
    wrong = [path for path, each in here.items() if not each.is_same(there.get(path))]
    wrong += [path for path in there if path not in here]
    if wrong:
        raise KeystoreRefusal(
            f"{destination.name} does not hold what {source.name} does ({len(wrong)} owners, {wrong[0]} among them): "
            "nothing was switched; give up by ringfence keys move --cancel, and begin again"
        )
    return sum(each.is_owned for each in here.values())
