"""The register tells the truth: its paths exist, its tests carry the mark, and no promise is claimed without proof."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ringfence.evidence import register
from ringfence.evidence.register import How, Promise, State
from tools.lint.source import Finding

REGISTER = "src/ringfence/promises.toml"
ID = re.compile(r"\b[A-Z]{3}-\d\d\b")


def check(top: Path, files: Mapping[str, str]) -> Iterator[Finding]:
    """Yields where the register and the tree disagree; `files` maps the path of each Python file to its text."""
    try:
        promises = register.load((top / REGISTER).read_text()).promises
    except (FileNotFoundError, ValueError) as error:
        yield _broken("", str(error))
        return
    marks = {path: _marks(text) for path, text in files.items() if path.startswith("tests/") and "promise(" in text}
    for promise in promises.values():
        yield from _row(promise, top, marks)
    yield from _unlisted(promises, marks)
    for path, text in files.items():
        if path.startswith("src/ringfence/controls/"):
            claimed = set(ID.findall(ast.get_docstring(ast.parse(text)) or ""))
            for unknown in sorted(claimed - promises.keys()):
                yield Finding(path, 1, "promise", f"{unknown} is no promise of ours: see {REGISTER}")


def _row(promise: Promise, top: Path, marks: Mapping[str, Mapping[str, set[str]]]) -> Iterator[Finding]:
    for path in promise.code:
        if not (top / path).exists():
            yield _broken(promise.id, f"{path} does not exist")
    for test in promise.tests:
        path, _, name = test.partition("::")
        proofs = marks.get(path, {}).get(promise.id, set())
        if not (name in proofs if name else proofs):
            yield _broken(promise.id, f"{test} has no test marked @pytest.mark.promise({promise.id!r})")
    if promise.probe and not (top / f"src/ringfence/evidence/probes/{promise.probe}.py").exists():
        yield _broken(promise.id, f"there is no probe {promise.probe} in evidence/probes")
    if promise.code and not promise.tests and not promise.probe:
        yield _broken(promise.id, "it names code but neither test nor probe: a promise without proof is none")
    if not promise.open and promise.state is State.OPEN:
        yield _broken(promise.id, "nothing keeps it: say so with open = ['everything']")
    if not promise.open and How.PROBED in promise.how and not promise.probe:
        yield _broken(promise.id, "it says `probed` and names no probe: write one, or list it under open")


def _unlisted(promises: Mapping[str, Promise], marks: Mapping[str, Mapping[str, set[str]]]) -> Iterator[Finding]:
    for path, proofs in marks.items():
        for promise_id, names in proofs.items():
            promise = promises.get(promise_id)
            if promise is None:
                yield Finding(path, 1, "promise", f"{promise_id} is no promise of ours: see {REGISTER}")
            elif path not in promise.tests and (rest := {f"{path}::{name}" for name in names} - set(promise.tests)):
                yield _broken(promise_id, f"add {path} to its tests: it marks {len(rest)} that the row does not name")


def _marks(text: str) -> dict[str, set[str]]:
    """The tests of a file by the promise they are marked with; `pytestmark` marks each of them."""
    tree = ast.parse(text)
    found: dict[str, set[str]] = {}
    tests = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name.startswith("test")
    ]
    everywhere = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
    ]
    for test in tests:
        for mark in [*test.decorator_list, *everywhere]:
            for promise_id in _ids(mark):
                found.setdefault(promise_id, set()).add(test.name)
    return found


def _ids(mark: ast.expr) -> Iterator[str]:
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "promise":
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def _broken(promise_id: str, message: str) -> Finding:
    return Finding(REGISTER, 1, "promise", f"{promise_id}: {message}" if promise_id else message)
