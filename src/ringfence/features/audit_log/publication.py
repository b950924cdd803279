"""What anybody may see of the logs: the keys that sign their checkpoints, and the newest checkpoint over all of them.

Nothing of a customer is in either: keys, and a root that stands for roots.
"""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base.problem import not_found
from ringfence.features.edge import CallDep, problems
from ringfence.features.edge.access import Public

from .bodies import NOTE

router = APIRouter(tags=["Audit log"])
_OPEN: Final = {"Cache-Control": "public, max-age=5", "Access-Control-Allow-Origin": "*"}
_KEYS_EXAMPLE: Final = "ringfence.example/audit+6f1c0c7e+AZ0kZv1yXb0mF0Jb4n8zqUO3y4bq7mB8r1eJt4n0kKQx\n"
_KEYS: Final = {
    "description": "A verifier key a line (c2sp.org/signed-note), the oldest first.",
    "content": {"text/plain": {"schema": {"type": "string", "examples": [_KEYS_EXAMPLE]}}},
}


@router.head("/.well-known/ringfence-audit-keys", include_in_schema=False)
@router.get(
    "/.well-known/ringfence-audit-keys",
    summary="The keys that sign checkpoints",
    response_class=Response,
    responses={200: _KEYS, **problems(429, 503)},
)
async def keys(_public: Public, call: CallDep) -> Response:
    """Every key that this deployment ever signed checkpoints with, so that what was kept can be verified for ever."""
    verifiers = await call.kernel.publisher.pen.signers.verifiers()
    return _text(call.request, "".join(f"{verifier.line}\n" for verifier in verifiers))


@router.head("/api/v1/audit-log/instance", include_in_schema=False)
@router.get(
    "/api/v1/audit-log/instance",
    summary="The checkpoint over all logs",
    response_class=Response,
    responses={200: NOTE, **problems(404, 429, 503)},
)
async def instance(_public: Public, call: CallDep) -> Response:
    """The newest checkpoint of the tree whose leaves are the checkpoints of all logs; 404 before the first one."""
    note = await call.kernel.publisher.instance_checkpoint()
    if note is None:
        raise not_found()
    return _text(call.request, note)


def _text(request: Request, content: str) -> Response:
    body = b"" if request.method == "HEAD" else content.encode()
    return Response(body, media_type="text/plain; charset=utf-8", headers=_OPEN)
