"""The register tells the truth: its paths exist, its tests carry the mark, and no promise is claimed without proof."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from ringfence.evidence import register
from ringfence.evidence.probes import Probe
from ringfence.evidence.probes.catalogue import BY_NAME
from ringfence.evidence.register import How, Promise, State
from tools.lint.source import Finding

REGISTER = "src/ringfence/promises.toml"
ID = re.compile(r"\b[A-Z]{3}-\d\d\b")


def check(top: Path, files: Mapping[str, str], probes: Mapping[str, Probe] = BY_NAME) -> Iterator[Finding]:
    """Yields where the register and the tree disagree; `files` maps the path of each Python file to its text."""
    try:
        promises = register.load((top / REGISTER).read_text()).promises
    except (FileNotFoundError, ValueError) as error:
        yield _broken("", str(error))
        return
    marks = {path: _marks(text) for path, text in files.items() if path.startswith("tests/") and "promise(" in text}
    for promise in promises.values():
        yield from _row(promise, top, marks)
        yield from _probes(promise, probes)
    yield from _unlisted(promises, marks)
    yield from _unnamed(promises, probes)
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
    if promise.code and not promise.tests and not promise.probe:
        yield _broken(promise.id, "it names code but neither test nor probe: a promise without proof is none")
    if not promise.open and promise.state is State.OPEN:
        yield _broken(promise.id, "nothing keeps it: say so with open = ['everything']")
    if not promise.open and How.PROBED in promise.how and not promise.probe:
        yield _broken(promise.id, "it says `probed` and names no probe: write one, or list it under open")


def _probes(promise: Promise, probes: Mapping[str, Probe]) -> Iterator[Finding]:
    """Names that no probe has, and a cadence that is not theirs; the register says how often the slowest looks."""
    known = [probes[name] for name in promise.probes if name in probes]
    for name in promise.probes:
        if name not in probes:
            yield _broken(promise.id, f"there is no probe {name}: see evidence/probes/catalogue.py")
        elif promise.id not in probes[name].promises:
            yield _broken(promise.id, f"the probe {name} does not name it: add it to the probe's promises")
    if known and promise.cadence != (said := cadence(max(probe.cadence for probe in known))):
        yield _broken(promise.id, f"its probes look {said!r} at the slowest: write that as the cadence")


def _unnamed(promises: Mapping[str, Promise], probes: Mapping[str, Probe]) -> Iterator[Finding]:
    """Probes that name a promise which does not name them."""
    for probe in probes.values():
        for promise_id in probe.promises:
            promise = promises.get(promise_id)
            if promise is None:
                yield _broken("", f"the probe {probe.name} names {promise_id}, which is no promise of ours")
            elif probe.name not in promise.probes:
                yield _broken(promise_id, f"add the probe {probe.name}, which names it")


def cadence(every: timedelta) -> str:
    """How the register writes it: `5 minutes`, `1 hour`."""
    minutes = round(every.total_seconds() / 60)
    count, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{count} {unit}" + ("" if count == 1 else "s")


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
