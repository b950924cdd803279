"""The permission matrix of a running server, as text: one line a route and caller, with the outcome."""

from collections.abc import Iterator
from pathlib import Path

from tests.attacks.matrix.scene import BODIES, SACRIFICES, Scene
from tests.served import Answer, request

WIDTH = 96
"""Of method and path; behind it stands the caller."""
CALLER = slice(WIDTH + 1, WIDTH + 31)
CELL = slice(WIDTH + 31, None)
EXPECTED = Path(__file__).with_name("expected.txt")
HEAD = """\
# What every caller gets from every route of the OpenAPI document. Path ids are Alice's: organization Rose of Northwind.
# Bodies are good ones, so what stands here is permission alone. A message of the product, never edited without thought:
# python -m tests.attacks.matrix
"""


def routes(scene: Scene) -> list[tuple[str, str]]:
    """Every method and path of the server's own document."""
    document = request(scene.cast.server.base_url, "GET", "/openapi.json").json
    return sorted((path, method.upper()) for path, operations in document["paths"].items() for method in operations)


def outcome(answer: Answer) -> str:
    """The status, and of a refusal its code; of HEAD there is the status alone."""
    return str(answer.status) if answer.status < 400 or not answer.raw else f"{answer.status} {answer.code}"


def lines(scene: Scene) -> Iterator[str]:
    """The table of this server."""
    for path, method in routes(scene):
        route = f"{method} {path}"
        yield from (f"{route:<{WIDTH}} {caller:<30} {cell}" for caller, cell in _cells(scene, route))


def _cells(scene: Scene, route: str) -> Iterator[tuple[str, str]]:
    method, path = route.split()
    sacrifice: dict[str, str] | None = None
    for caller in scene.callers:
        if sacrifice is None:
            sacrifice = SACRIFICES[route](scene) if route in SACRIFICES else {}
        body = BODIES[route](scene) if route in BODIES else None
        cell = outcome(scene.ask(method, path, caller=caller, objects=sacrifice, body=body))
        if cell[0] == "2":
            sacrifice = None
        yield caller, cell


def text(scene: Scene) -> str:
    """The table with its head, as it is committed."""
    return HEAD + "\n".join(lines(scene)) + "\n"
