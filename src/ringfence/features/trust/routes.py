"""/trust for people and machines, security.txt and verify.py: public, cached for moments, the same for everybody."""

from functools import cache
from importlib import resources
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base.problem import Problem, not_found
from ringfence.evidence.verdict import Standing
from ringfence.features.edge import Call, CallDep, json_of, problems
from ringfence.features.edge.access import Public
from ringfence.features.trust import rendering
from ringfence.features.trust.board import Chosen, Control
from ringfence.features.trust.center import Answered, Center, Moment, answered
from ringfence.features.trust.model import ControlOut, TrustOut
from ringfence.features.trust.words import Family

router = APIRouter(tags=["trust"])
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_BOTH = ["GET", "HEAD"]
_PAGE_HEADERS = {
    "Cache-Control": "public, max-age=10",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
}
_OPEN = {"Cache-Control": "public, max-age=10", "Access-Control-Allow-Origin": "*"}
_FILE_AGE = {"Cache-Control": "public, max-age=3600"}

FrameworkQuery = Annotated[Family | None, Query(description="Only controls that answer this framework.")]
StateQuery = Annotated[Standing | None, Query(description="Only controls that stand so.")]
PromiseId = Annotated[str, Path(description="A control's id, such as TEN-01.", max_length=20)]


@router.head("/trust.json", include_in_schema=False)
@router.get("/trust.json", response_model=TrustOut, summary="Every control as it stands", responses=problems(429))
async def as_json(
    _public: Public, call: CallDep, framework: FrameworkQuery = None, state: StateQuery = None
) -> Response:
    """Each promise with its state, live check, history and evidence; nothing of any customer."""
    return await _overview_json(call, Chosen(framework, state))


@router.head("/trust/{promise_id}.json", include_in_schema=False)
@router.get("/trust/{promise_id}.json", response_model=ControlOut, summary="One control", responses=problems(404, 429))
async def one_as_json(promise_id: PromiseId, _public: Public, call: CallDep) -> Response:
    """A promise with its state, live check, history and evidence."""
    return await _control_json(call, promise_id)


@router.api_route("/trust", methods=_BOTH, include_in_schema=False)
async def overview(_public: Public, call: CallDep) -> Response:
    """The page, or JSON for whoever asks for that alone."""
    chosen = _chosen(call.request)
    if _wants_json(call.request):
        return await _overview_json(call, chosen or Chosen())
    moment = await _moment(call)
    made = moment.answer(f"html {chosen}", lambda: moment.pages.overview(chosen))
    return _page(call.request, made)


@router.api_route("/trust/disclosure", methods=_BOTH, include_in_schema=False)
async def disclosure(_public: Public, request: Request) -> Response:
    """How to report a flaw, and what to expect."""
    return _page(request, answered(rendering.prose_page("disclosure", _center(request).site)))


@router.api_route("/trust/integrators", methods=_BOTH, include_in_schema=False)
async def integrators(_public: Public, request: Request) -> Response:
    """What a product that embeds this does itself."""
    return _page(request, answered(rendering.prose_page("integrators", _center(request).site)))


@router.api_route("/trust/{promise_id}", methods=_BOTH, include_in_schema=False)
async def control(promise_id: PromiseId, _public: Public, call: CallDep) -> Response:
    """The page of one control, or JSON for whoever asks for that alone."""
    if _wants_json(call.request):
        return await _control_json(call, promise_id)
    moment = await _moment(call)
    try:
        found = _control(moment, promise_id)
    except Problem:
        return _page(call.request, answered(rendering.missing_page(_center(call.request).site)), status=404)
    return _page(call.request, moment.answer(f"html {found.id}", lambda: moment.pages.control(found)))


@router.head("/.well-known/security.txt", include_in_schema=False)
@router.get(
    "/.well-known/security.txt",
    summary="Where to report a flaw (RFC 9116)",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(404, 429)},
)
async def security_txt(_public: Public, request: Request) -> Response:
    """The operator's signed file, or one with their contact."""
    return _answer(request, answered(_center(request).security.text()), "text/plain; charset=utf-8", _FILE_AGE)


@router.head("/verify.py", include_in_schema=False)
@router.get(
    "/verify.py",
    summary="The program that checks an audit log without us",
    response_class=Response,
    responses={200: {"content": {"text/x-python": {"schema": {"type": "string"}}}}, **problems(429)},
)
async def verifier(_public: Public, request: Request) -> Response:
    """One file for Python 3.9 or later that needs no network and nothing else; `--help` tells how."""
    headers = {**_FILE_AGE, "Content-Disposition": 'attachment; filename="verify.py"'}
    return _answer(request, _verifier(), "text/x-python; charset=utf-8", headers)


def _center(request: Request) -> Center:
    return cast("Center", request.app.state.trust)


@cache
def _verifier() -> Answered:
    return answered((resources.files("ringfence.evidence") / "verify.py").read_bytes())


async def _moment(call: Call) -> Moment:
    return await _center(call.request).moment(call.kernel.database, call.kernel.publisher)


async def _overview_json(call: Call, chosen: Chosen) -> Response:
    moment = await _moment(call)
    made = moment.answer(f"json {chosen}", lambda: json_of(TrustOut.of(moment.board, chosen)))
    return _answer(call.request, made, _JSON, _OPEN)


async def _control_json(call: Call, promise_id: str) -> Response:
    moment = await _moment(call)
    control = _control(moment, promise_id)
    made = moment.answer(f"json {control.id}", lambda: json_of(ControlOut.of(control)))
    return _answer(call.request, made, _JSON, _OPEN)


def _control(moment: Moment, promise_id: str) -> Control:
    found = moment.board.controls.get(promise_id.upper())
    if found is None:
        raise not_found()
    return found


def _chosen(request: Request) -> Chosen | None:
    """What the address filters by; None for a value that we do not know."""
    asked = request.query_params
    framework, state = asked.get("framework"), asked.get("state")
    try:
        return Chosen(
            None if framework is None else Family(framework),
            None if state is None else Standing(state),
        )
    except ValueError:
        return None


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return _JSON in accept and "text/html" not in accept


def _page(request: Request, made: Answered, *, status: int = 200) -> Response:
    headers = {**_PAGE_HEADERS, "Content-Security-Policy": rendering.policy()}
    return _answer(request, made, _HTML, headers, status=status)


def _answer(request: Request, made: Answered, kind: str, headers: dict[str, str], *, status: int = 200) -> Response:
    """The body, compressed where the caller takes that; 304 for one that it has."""
    sent = {**headers, "ETag": made.etag, "Vary": "Accept, Accept-Encoding"}
    if status == 200 and made.etag in request.headers.get("if-none-match", ""):  # noqa: PLR2004 - a page that is there
        return Response(status_code=304, headers=sent)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(made.zipped, status, media_type=kind, headers={**sent, "Content-Encoding": "gzip"})
    return Response(made.content, status, media_type=kind, headers=sent)
