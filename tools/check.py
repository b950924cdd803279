"""Runs every check of the house in a fixed order, one line each; with --tests, the tests after them.

The static checks run two at a time; what a failed one said is printed below its line. Pytest comes last and speaks for
itself, so that its closing line is the last line of a green run. It runs twice side by side, because both wait a lot:
the tests, whose files are shared out among workers, and those in the browser, which are told after the others.

One check collects all tests without running them: it finds a test file that does not import before anything waits for
it, and what Python and pytest compile for it is kept. In a fresh clone each of five processes would otherwise compile
four thousand modules for itself, at the same time (66 s of processor time each, 25 s where they are kept).
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Each worker has a database of its own, and most of a test is waiting for one.
WORKERS = min(4, max(2, os.cpu_count() or 2))
SLOW = ("roots", "attacks", "promises", "evidence", "agui")
# Lines and branches of controls/ and base/ that tests run in their own process: to measure the programs that they start
# as well made each start twice as long (tests/conftest.py).
COVERED_PERCENT = 95
SQL = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "src/ringfence/schema").glob("[0-9]*.sql"))

CHECKS: dict[str, list[str]] = {
    # First, because those below profit from what it leaves compiled.
    "collection": [sys.executable, "-m", "pytest", "-m", "not long", "--collect-only", "-q"],
    "types": [str(BIN / "basedpyright"), "--warnings"],
    "ruff": [str(BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "lints": [sys.executable, "-m", "tools.lint"],
    "migrations": [str(BIN / "squawk"), *SQL],
    "web": [str(ROOT / "tools/web"), "check"],
    "clients": [str(ROOT / "tools/web"), "clients"],
    "web tests": [str(ROOT / "tools/web"), "test"],
    "sdk": [sys.executable, "-m", "tools.sdk", "--check"],
    "api types": [str(ROOT / "tools/web"), "types", "--check"],
}


def main() -> int:
    """Gives the exit code: zero only if every check and every test passed."""
    started = time.time()
    with ThreadPoolExecutor(2) as pool:
        passed = [
            _report(name, *outcome) for name, outcome in zip(CHECKS, pool.map(_run, CHECKS.values()), strict=True)
        ]
    failed = passed.count(False)
    print(f"checks: {len(passed) - failed} of {len(passed)} passed in {time.time() - started:.0f} s", flush=True)
    if "--tests" not in sys.argv[1:]:
        return int(failed > 0)
    return int(any(_tests(started)) or failed > 0)


def _tests(started: float) -> list[int]:
    """The exit codes of the tests, of those in the browser, and of what they cover."""
    environment = _environment() | {"RINGFENCE_CHECK_STARTED": str(started)}
    with TemporaryDirectory(prefix="rfcov-") as directory, TemporaryFile() as told:
        environment["COVERAGE_FILE"] = f"{directory}/data"
        pytest = ["-m", "pytest", "-m", "not long"]
        shared = ["--numprocesses", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder"]
        browser = subprocess.Popen(
            [sys.executable, *pytest, "tests/browser"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        tests = subprocess.run(
            [sys.executable, "-m", "coverage", "run", *pytest, *_directories(), *shared],
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        codes = [tests.returncode, browser.wait(), _coverage(environment)]
        told.seek(0)
        print(told.read().decode(errors="replace"), end="", flush=True)
    return codes


def _directories() -> list[str]:
    """All tests but the browser's; long files first, so that no worker is left alone with one at the end."""
    found = {path.parent.relative_to(ROOT).parts[1] for path in ROOT.glob("tests/**/test_*.py")} - {"browser", "long"}
    return [f"tests/{name}" for name in (*SLOW, *sorted(found - set(SLOW)))]


def _coverage(environment: dict[str, str]) -> int:
    """Zero where the tests cover enough of what enforces a promise (SDL-02); says how much, and what is missing."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, check=False, env=environment)
    least = f"--fail-under={COVERED_PERCENT}"
    done = subprocess.run([*coverage, "report", least], cwd=ROOT, check=False, env=environment, capture_output=True)
    lines = done.stdout.decode().strip().splitlines()
    total = next((line.split()[-1] for line in lines if line.startswith("TOTAL")), "nothing")
    print(f"covered: {total} of controls/ and base/, {COVERED_PERCENT}% at least", flush=True)
    if done.returncode != 0:
        print("\n".join(lines), flush=True)
    return done.returncode


def _environment() -> dict[str, str]:
    """Our own, in which Python keeps what it compiled.

    Many machines of CI forbid it to; hundreds of starts would each compile 600 files anew.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run(command: list[str]) -> tuple[int, str, float]:
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=_environment(),
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - started


def _report(name: str, code: int, output: str, seconds: float) -> bool:
    print(f"{'ok    ' if code == 0 else 'FAILED'} {name:<10} {seconds:5.1f} s", flush=True)
    if code != 0:
        print("  " + output.strip().replace("\n", "\n  "), flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
