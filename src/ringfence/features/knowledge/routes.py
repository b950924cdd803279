"""Search over HTTP."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base.problem import not_found
from ringfence.controls.tenancy import scope_of
from ringfence.features import edge
from ringfence.features.edge.access import FilesRead

from .bodies import SearchNew, SearchOut, found_out
from .search import Asked, Search

router = APIRouter(prefix="/api/v1/knowledge", tags=["Knowledge"])


async def _search(request: Request) -> Search:
    return cast("Search", request.app.state.search)


@router.post("/search", response_model=SearchOut, responses=edge.problems(400, 401, 403, 404, 413, 422, 429, 503))
async def search(body: SearchNew, caller: FilesRead, search: Annotated[Search, Depends(_search)]) -> Response:
    """Finds passages in the organization's knowledge and in the files of the caller's own messages, the best first."""
    if caller.user_id is None:
        raise not_found()
    asked = Asked(body.query, caller.user_id, body.limit, body.file_ids)
    found = await search.find(scope_of(caller), asked)
    return edge.answer(200, SearchOut(items=[found_out(one) for one in found]))
