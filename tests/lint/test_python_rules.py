"""Each rule finds what is planted and leaves the clean sample alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.lint import doors, failures, ignores, names, routes, sizes, slices, statements
from tools.lint.source import Finding, Module

Rule = Callable[[Module], Iterator[Finding]]
ELSEWHERE = "src/ringfence/features/runs/actions.py"
ROUTE = "@router.post('/runs')\nasync def create(body: NewRun, {parameter}) -> None: ..."

PLANTED: list[tuple[Rule, str, str, str]] = [
    (names.check, "clock", ELSEWHERE, "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
    (names.check, "clock", ELSEWHERE, "import datetime as d\nx = d.datetime.now(d.UTC)"),
    (names.check, "clock", ELSEWHERE, "import time\nx = time.time()"),
    (names.check, "clock", ELSEWHERE, "from time import monotonic\nx = monotonic()"),
    (names.check, "ids", ELSEWHERE, "from uuid import uuid4\nx = field(default_factory=uuid4)"),
    (names.check, "environment", ELSEWHERE, "import os\nx = os.environ['HOME']"),
    (names.check, "environment", "src/ringfence/climate.py", "import os\nx = os.getenv('HOME')"),
    (names.check, "dynamic-import", ELSEWHERE, "import importlib\nx = importlib.import_module('psycopg')"),
    (names.check, "dynamic-import", "src/ringfence/cli.py", "x = __import__('psycopg')"),
    (names.check, "print", ELSEWHERE, "print('hello')"),
    (doors.check, "principal", ELSEWHERE, "from ringfence.base.principal import Principal\nx = Principal(org=1)"),
    (doors.check, "principal", ELSEWHERE, "from ringfence.base import principal\nx = principal.Principal(org=1)"),
    (doors.check, "execute", ELSEWHERE, "async def f(connection): await connection.execute(b'select 1')"),
    (doors.check, "execute", "src/ringfence/controls/audit/queue.py", "def f(cursor): cursor.executemany('', [])"),
    (statements.check, "sql-format", ELSEWHERE, "x = f'select id from app.run where id = {y}'"),
    (statements.check, "sql-format", ELSEWHERE, "x = f'INSERT INTO {table} VALUES (1)'"),
    (statements.check, "sql-format", ELSEWHERE, "x = 'delete from app.run where id = %s' % y"),
    (statements.check, "sql-format", ELSEWHERE, "x = 'update app.run set n = {}'.format(y)"),
    (statements.check, "sql-format", ELSEWHERE, "x = 'select id from app.run where id = ' + y"),
    (statements.check, "sql-format", ELSEWHERE, "x = 'select id from ' 'app.run' + ' where ' + y"),
    (statements.check, "sql-star", ELSEWHERE, "x = 'select * from app.run'"),
    (statements.check, "sql-star", ELSEWHERE, "x = 'delete from app.run returning *'"),
    (failures.check, "blind-except", ELSEWHERE, "try: f()\nexcept Exception: pass"),
    (failures.check, "blind-except", ELSEWHERE, "try: f()\nexcept: pass"),
    (failures.check, "blind-except", ELSEWHERE, "try: f()\nexcept (ValueError, BaseException): pass"),
    (failures.check, "blind-except", ELSEWHERE, "from contextlib import suppress\nwith suppress(Exception): f()"),
    (routes.check, "open-route", "src/ringfence/features/runs/routes.py", ROUTE.format(parameter="x: int")),
    (
        routes.check,
        "open-route",
        "src/ringfence/features/runs/routes.py",
        "from ringfence.features.runs.access import RunsCreate\n" + ROUTE.format(parameter="x: RunsCreate"),
    ),
    (routes.check, "open-route", "src/ringfence/app.py", "app.add_api_route('/x', f)"),
    (slices.check, "slice", "src/ringfence/features/runs/model.py", "from ringfence.features.runs import actions"),
    (slices.check, "slice", "src/ringfence/features/runs/models/wire.py", "from ..workflow import ask"),
    (slices.check, "slice", "src/ringfence/features/runs/queries.py", "from ringfence.features.runs.model import Run"),
    (slices.check, "alone", "src/ringfence/evidence/verify.py", "from ringfence.base import merkle"),
    (slices.check, "alone", "src/ringfence/evidence/verify.py", "import cryptography.hazmat"),
    (sizes.check, "file-size", ELSEWHERE, "\n" * 401),
    (sizes.check, "file-size", "src/ringfence/evidence/verify.py", "\n" * 1_901),
    (sizes.check, "function-size", ELSEWHERE, "def f():\n" + "    x = 1\n" * 60),
    (sizes.check, "vague-name", "src/ringfence/features/runs/utils.py", ""),
    (sizes.check, "vague-name", "src/ringfence/features/run_manager.py", ""),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # noqa"),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # noqa: S101"),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # type: ignore[arg-type] - a reason does not help"),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # pyright: ignore - no rule is named here"),
    (ignores.check, "ignore", ELSEWHERE, "# ruff: noqa: S101 - the whole file at once"),
    (ignores.check, "ignore", ELSEWHERE, "# pyright: basic"),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # pragma: no cover"),
    (ignores.check, "ignore", ELSEWHERE, "x = 1  # noqa: S101 - a reason  # pyright: ignore[reportAny]"),
]

CLEAN: list[tuple[Rule, str, str]] = [
    (names.check, "src/ringfence/base/clock.py", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
    (names.check, ELSEWHERE, "from ringfence.base import clock\nx = clock.now()"),
    (names.check, "src/ringfence/cli/demo.py", "import os\nprint(os.environ)"),
    (names.check, ELSEWHERE, "def f():\n    import openai\n    return openai.time()"),
    (doors.check, "src/ringfence/controls/identity/caller.py", PLANTED[10][3]),
    (
        doors.check,
        ELSEWHERE,
        "from ringfence.base.principal import Principal\ndef f(p: Principal) -> Principal: return p",
    ),
    (doors.check, "src/ringfence/controls/tenancy/tx.py", "def f(cursor): cursor.execute('select 1')"),
    (statements.check, ELSEWHERE, "x = 'select id from app.run where id = %s'"),
    (statements.check, ELSEWHERE, "x = 'select id ' + 'from app.run'"),
    (statements.check, ELSEWHERE, "x = 'select count(*) from app.run'"),
    (statements.check, ELSEWHERE, "x = f'{name} was selected; update it'"),
    (statements.check, ELSEWHERE, "from psycopg import sql\nx = sql.SQL('drop role {}').format(sql.Identifier(y))"),
    (statements.check, ELSEWHERE, "def f():\n    'Never select * here.'"),
    (failures.check, "src/ringfence/app.py", "try: f()\nexcept Exception: pass"),
    (failures.check, ELSEWHERE, "try: f()\nexcept ValueError: pass"),
    (failures.check, ELSEWHERE, "try: f()\nexcept BaseException:\n    undo()\n    raise"),
    (
        routes.check,
        ELSEWHERE,
        "from ringfence.features.edge.access import RunsCreate\n" + ROUTE.format(parameter="caller: RunsCreate"),
    ),
    (
        routes.check,
        ELSEWHERE,
        "from ringfence.features.edge import access\n" + ROUTE.format(parameter="*, _: access.Public"),
    ),
    (slices.check, "src/ringfence/features/runs/routes.py", "from ringfence.features.runs import actions, model"),
    (slices.check, "src/ringfence/features/runs/model.py", "from ringfence.features.runs import queries"),
    (slices.check, "src/ringfence/features/runs/__init__.py", "from ringfence.features.runs.actions import start"),
    (slices.check, "src/ringfence/evidence/verify.py", "import hashlib, json"),
    (sizes.check, ELSEWHERE, "\n" * 400),
    (sizes.check, "src/ringfence/evidence/verify.py", "\n" * 1_900),
    (sizes.check, ELSEWHERE, "def f():\n" + "    x = 1\n" * 59),
    (sizes.check, "src/ringfence/features/runs/miscount.py", ""),
    (ignores.check, ELSEWHERE, "x = 1  # noqa: S101 - the reason stands here"),
    (ignores.check, ELSEWHERE, "x = 1  # pyright: ignore[reportAny, reportCall] - decoded JSON"),
    (ignores.check, ELSEWHERE, "x = '# noqa'  # an ordinary remark"),
]


@pytest.mark.promise("SDL-01", "SDL-02", "TEN-02", "TEN-05")
@pytest.mark.parametrize(("rule", "name", "path", "text"), PLANTED)
def test_a_planted_violation_is_found_with_its_remedy(rule: Rule, name: str, path: str, text: str):
    found = list(rule(Module(path, text + "\n" if name != "file-size" else text)))
    assert {finding.rule for finding in found} == {name}
    assert all(len(finding.message) > 30 for finding in found)


@pytest.mark.parametrize(("rule", "path", "text"), CLEAN)
def test_clean_code_passes(rule: Rule, path: str, text: str):
    assert list(rule(Module(path, text + "\n" if rule is not sizes.check else text))) == []


@pytest.fixture
def tree(tmp_path: Path):
    audit = tmp_path / "src/ringfence/controls/audit"
    audit.mkdir(parents=True)
    (audit / "__init__.py").write_text("from . import tree\n__all__ = ['record', 'tree']\n")
    (audit / "journal.py").touch()
    (audit / "tree.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "import ringfence.controls.audit.journal",
        "from ringfence.controls.audit import journal",
        "from ringfence.controls.audit.journal import append",
        "from ringfence.controls import audit\nx = audit.journal.append()",
    ],
)
def test_a_module_behind_a_controls_door_is_out_of_reach(tree: Path, text: str):
    assert {finding.rule for finding in doors.check(Module(ELSEWHERE, text, tree))} == {"door"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (ELSEWHERE, "from ringfence.controls import audit\nx = audit.record()\ny = audit.tree.root()"),
        (ELSEWHERE, "from ringfence.controls.tenancy import gate"),
        ("src/ringfence/controls/audit/__init__.py", "from ringfence.controls.audit.journal import append"),
    ],
)
def test_a_controls_door_is_open(tree: Path, path: str, text: str):
    assert list(doors.check(Module(path, text, tree))) == []
