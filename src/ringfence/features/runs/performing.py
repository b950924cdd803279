"""Performs the tool calls that a model asked for, in order; asks a person where one must agree.

What a crash interrupted is repeated only where that is harmless, else a person is asked.
"""

from dataclasses import dataclass

from . import tools
from .arguments import ArgumentsRefused
from .asking import UNKNOWN, Asking, Question, Reason
from .declaration import ToolDeclaration
from .events import ToolCompleted
from .exact import Exact, exact
from .models import ToolCall
from .telling import Telling

_NO_TOOL = tools.ToolResult("There is no such tool.", is_error=True)


@dataclass(frozen=True, slots=True)
class Performing:
    """Performs the calls of this process's runs."""

    asking: Asking
    registry: dict[str, tools.Perform] | None
    http: tools.HttpTools | None

    async def perform(self, run: Telling) -> None:
        """Performs what is pending; committed is the start of each call before it begins, and the last one's end."""
        interrupted = set(run.progress.begun) if run.is_taken_over else set[str]()
        while run.progress.pending:
            call = run.progress.pending[0]
            declaration = run.agent.allows(call.name)
            if declaration is None:
                run.begin(call)
                result = _NO_TOOL
            else:
                result = await self._result(run, call, declaration, is_interrupted=call.call_id in interrupted)
            done = ToolCompleted(call.call_id, call.name, result.text, result.is_error)
            run.progress.performed(done)
            run.owe(done)
        await run.settle()
        run.is_taken_over = False

    async def _result(
        self, run: Telling, call: ToolCall, declaration: ToolDeclaration, *, is_interrupted: bool
    ) -> tools.ToolResult:
        reason = _reason(run, call, declaration, is_interrupted=is_interrupted)
        if reason is None and not declaration.asks:
            run.begin(call)
            await run.settle()
            return await self._performed(run, call, declaration)
        try:
            bound = exact(declaration, call)
        except ArgumentsRefused as refusal:
            run.begin(call)
            text = f"{refusal.text} {UNKNOWN}" if reason == "interrupted" else refusal.text
            return tools.ToolResult(text, is_error=True)
        return await self._exactly(run, bound, declaration, reason)

    async def _exactly(
        self, run: Telling, bound: Exact, declaration: ToolDeclaration, reason: Reason | None
    ) -> tools.ToolResult:
        """Performs the very bytes that were agreed to, now or before a crash."""
        if reason is not None:
            instead = await self.asking.agreed(run, Question(bound, declaration, reason))
            if instead is not None:
                return instead
        return await self._performed(run, bound.call, declaration)

    async def _performed(self, run: Telling, call: ToolCall, declaration: ToolDeclaration) -> tools.ToolResult:
        with run.hold.outside():
            if declaration.http is None:
                return await tools.perform(call, idempotency_key=run.key(call), registry=self.registry)
            return await tools.perform_http(self.http, declaration, call, hold=run.hold, idempotency_key=run.key(call))


def _reason(run: Telling, call: ToolCall, declaration: ToolDeclaration, *, is_interrupted: bool) -> Reason | None:
    """Why a person must agree to this call, if one must."""
    if is_interrupted and not declaration.idempotent:
        return "interrupted"
    if call.call_id in run.progress.begun or not declaration.asks:
        return None
    return "always" if declaration.approval == "always" else "policy"
