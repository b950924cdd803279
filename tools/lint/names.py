"""Names that have one home: time, ids, the environment, dynamic import, print, Principal, execute."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tools.lint.source import Finding, Module

COMMAND_LINE = "ringfence.cli"


@dataclass(frozen=True, slots=True)
class Home:
    """A name, the only modules that may mention it, and what everybody else does instead."""

    rule: str
    names: frozenset[str]
    homes: tuple[str, ...]
    remedy: str


HOMES = (
    Home(
        "clock",
        frozenset(
            {
                "datetime.datetime.now",
                "datetime.datetime.utcnow",
                "datetime.datetime.today",
                "datetime.date.today",
                "time.time",
                "time.time_ns",
                "time.monotonic",
                "time.monotonic_ns",
            }
        ),
        # The verifier stands alone, on a customer's machine: it has that machine's clock.
        ("ringfence.base.clock", "ringfence.base.ids", "ringfence.evidence.verify"),
        "take the time from ringfence.base.clock, so that a test can move it",
    ),
    Home(
        "ids",
        frozenset({"uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7"}),
        ("ringfence.base.ids",),
        "make ids with ringfence.base.ids.new(): UUIDv7, the same everywhere",
    ),
    Home(
        "environment",
        frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"}),
        ("ringfence.settings", COMMAND_LINE),
        "add a field to ringfence.settings.Settings and pass its value down from the root",
    ),
    Home(
        "dynamic-import",
        frozenset(
            {
                "builtins.__import__",
                "importlib.__import__",
                "importlib.import_module",
                "importlib.util.spec_from_file_location",
                "importlib.util.spec_from_loader",
                "pkgutil.resolve_name",
                "runpy.run_module",
                "runpy.run_path",
            }
        ),
        (),
        "write an import statement, inside the function if it is slow: the contracts must see it",
    ),
    Home(
        "print",
        frozenset({"builtins.print"}),
        (COMMAND_LINE,),
        "log an event by ringfence.base.log; only the command line prints",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    """Yields each mention of a name outside its home. A mention is enough: `default_factory=uuid4` is a call too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            origin = module.resolve(node)
            for home in HOMES:
                if origin in home.names and not module.is_in(*home.homes):
                    message = f"{origin.removeprefix('builtins.')}: {home.remedy}"
                    yield Finding(module.path, node.lineno, home.rule, message)
