"""Performs the tool calls that a model asked for, in order; asks a person where one must agree.

What a crash interrupted is repeated only where that is harmless, else a person is asked.
"""

from dataclasses import dataclass

from ringfence.controls import audit
from ringfence.controls.tenancy import Bound

from . import tools
from .arguments import ArgumentsRefused
from .asking import UNKNOWN, Asking, Question, Reason
from .declaration import ToolDeclaration
from .events import ToolCompleted
from .exact import Exact, exact
from .file_tools import FileTools
from .hold import Hold
from .models import ToolCall
from .telling import Telling

_NO_TOOL = tools.ToolResult("There is no such tool.", is_error=True)


@dataclass(frozen=True, slots=True)
class Performing:
    """Performs the calls of this process's runs."""

    asking: Asking
    registry: dict[str, tools.Perform] | None
    http: tools.HttpTools | None
    files: FileTools

    async def perform(self, run: Telling) -> None:
        """Performs what is pending; committed is the start of each call before it begins, and the last one's end."""
        interrupted = set(run.progress.begun) if run.is_taken_over else set[str]()
        while run.progress.pending:
            call = run.progress.pending[0]
            declaration = run.agent.allows(call.name)
            if declaration is None:
                run.begin(call, _decided(run.hold, refused="no_such_tool"))
                result = _NO_TOOL
            else:
                result = await self._result(run, call, declaration, is_interrupted=call.call_id in interrupted)
            done = ToolCompleted(call.call_id, call.name, result.text, result.is_error, result.sources)
            run.progress.performed(done)
            run.owe(done)
        await run.settle()
        run.is_taken_over = False

    async def _result(
        self, run: Telling, call: ToolCall, declaration: ToolDeclaration, *, is_interrupted: bool
    ) -> tools.ToolResult:
        reason = _reason(run, call, declaration, is_interrupted=is_interrupted)
        if reason is None and not declaration.asks:
            run.begin(call, _decided(run.hold, effect=declaration.effect))
            await run.settle()
            return await self._performed(run, call, declaration)
        try:
            bound = exact(declaration, call)
        except ArgumentsRefused as refusal:
            run.begin(call, _decided(run.hold, effect=declaration.effect, refused="bad_arguments"))
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
                of_files = self.files.of(call.name, run.hold)
                registry = self.registry if of_files is None else {call.name: of_files}
                return await tools.perform(call, idempotency_key=run.key(call), registry=registry)
            return await tools.perform_http(self.http, declaration, call, hold=run.hold, idempotency_key=run.key(call))


def _reason(run: Telling, call: ToolCall, declaration: ToolDeclaration, *, is_interrupted: bool) -> Reason | None:
    """Why a person must agree to this call, if one must."""
    if is_interrupted and not declaration.idempotent:
        return "interrupted"
    if call.call_id in run.progress.begun or not declaration.asks:
        return None
    return "always" if declaration.approval == "always" else "policy"


def _decided(hold: Hold, *, effect: str | None = None, refused: str | None = None) -> Bound[None]:
    """The entry of a call that nobody is asked about: made or not made, and why; its name may be anybody's text.

    What a person is asked about has the entries of its approval instead.
    """
    return audit.entry(
        audit.Actor.system(hold.holder),
        audit.Action.RUN_TOOL_DECIDED,
        target=hold.run_id,
        outcome="success" if refused is None else "refused",
        reason=refused,
        origin=audit.Origin.internal(),
        within=hold.scope.org_id,
        **({} if effect is None else {"effect": effect}),
    )
