"""What a model wants back with its own turn, in the order in which it said things.

A provider that reasons before it calls a tool refuses the tool's answer, or forgets why it asked, unless its sealed
reasoning comes back unchanged and in place. So a turn keeps its order: "text" and "call" stand for what the turn says
itself, anything else is the provider's own object. Only the model that made it gets it back: another one refuses it.
"""

from typing import Any, Final

import msgspec

from .protocol import AssistantTurn, Carried, ModelRequest

TEXT: Final = "text"
CALL: Final = "call"


class _Kept(msgspec.Struct, frozen=True):
    model: str
    items: list[Any]


def kept(model: str, items: list[Any]) -> Carried:
    """The delta that keeps these items for the next request to the same model."""
    return Carried(msgspec.json.encode(_Kept(model, items)).decode())


def order(request: ModelRequest, turn: AssistantTurn) -> list[Any]:
    """The turn's items in order, each text and call of it once: as they came, or text and calls alone."""
    items = _own_items(request, turn)
    places: list[Any] = []
    for item in items:
        if item != TEXT or TEXT not in places:
            places.append(item)
    if turn.text and TEXT not in places:
        places.insert(0, TEXT)
    missing = len(turn.calls) - sum(item == CALL for item in places)
    return [*places, *[CALL] * missing] if missing >= 0 else [TEXT, *[CALL] * len(turn.calls)]


def _own_items(request: ModelRequest, turn: AssistantTurn) -> list[Any]:
    if not turn.carried:
        return []
    found = msgspec.json.decode(turn.carried, type=_Kept)
    return found.items if found.model == request.model else []
