"""What every test stands on: async tests, no sockets beyond this machine, promises by id."""

import asyncio
import gc
import inspect
import os
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from ringfence.base.postgres import Server
from tests.openbao import BaoServer
from tests.openbao import running as openbao
from tests.served_cast import Cast, served_cast
from tests.world import Stage, make_template
from tests.world import stage as open_stage
from tests.world_postgres import shared_cluster

# No test asserts a time, and an example is slow on a machine that does something else as well.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
PROMISE = re.compile(r"[A-Z]{3}-\d\d")
LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs each `async def test_*` in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}), debug=False)
    return True


def pytest_configure() -> None:
    """Keeps the measuring of coverage to the workers: whatever program a test starts runs as it does elsewhere.

    Collects no garbage while tests are imported, where there is none: to look for it took a seventh of the time.
    """
    gc.disable()
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_collection_finish() -> None:
    """From here on there is garbage again; what was imported is there to stay, and is not looked through for it."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses a promise mark without an id: it would prove nothing. Puts the browser's tests last.

    NOTE: the browser's driver keeps an event loop running in this thread, beside which no async test can have its own.
    """
    items.sort(key=lambda item: "tests/browser/" in item.nodeid)
    for item in items:
        for mark in item.iter_markers("promise"):
            if not mark.args or not all(PROMISE.fullmatch(str(promise)) for promise in mark.args):
                raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.promise('TEN-01'), one or more ids")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how long it took since `make test` began, checks included (tools/check.py gives its start)."""
    if started := os.environ.get("RINGFENCE_CHECK_STARTED"):
        terminalreporter.write_line(f"make test: {time.time() - float(started):.0f} s with the checks above")


@pytest.fixture(autouse=True, scope="session")
def _sockets_stay_on_this_machine():
    """A test that would call out fails at once, whatever library it uses."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}: only loopback and unix sockets are open")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="module")
def _what_a_module_leaves_open_is_its_own():
    """Collects at each module's end: what nobody closed fails there, and not whichever test is run much later."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One embedded Postgres for the whole session."""
    with shared_cluster() as running:
        make_template(running)
        yield running


@pytest.fixture(scope="session")
def bao() -> Iterator[BaoServer]:
    """One real OpenBao server for the whole session; each test takes a prefix of its own."""
    with openbao() as running:
        yield running


@pytest.fixture(scope="module")
def stage(server: Server) -> Iterator[Stage]:
    """A migrated database for one module of tests."""
    with open_stage(server) as opened:
        yield opened


@pytest.fixture(scope="session")
def served() -> Iterator[Cast]:
    """One `ringfence serve` that tests share, with everybody logged in; whoever restricts or kills takes their own."""
    with served_cast() as cast:
        yield cast
