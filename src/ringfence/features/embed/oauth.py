"""The token exchange in the words of OAuth (RFC 8693): the same act as /embed/auth, with the same limits and checks.

Refusals of a grant leave as RFC 6749 section 5.2 has them, with status 400; a flood, a body that is too large and a
fault of ours stay problem+json, as everywhere.
"""

from typing import Final

from starlette.responses import Response

from ringfence.base.problem import Problem
from ringfence.features.edge import Call, answer
from ringfence.features.embed.oauth_model import Asked, Code, OAuthErrorOut, OAuthRefused, TokenOut, read

_REFUSED: Final = frozenset({401, 403, 413})


async def token(call: Call) -> Response:
    """The answer to a token request; Problem 429 and 503 for what is no matter of the grant."""
    request = call.request
    try:
        body = await request.body()
        content_type = request.headers.get("content-type", "")
        asked = read(content_type, request.url.query, body, audience=call.kernel.audience)
        given = await _granted(call, asked)
    except OAuthRefused as refused:
        said = answer(400, OAuthErrorOut(error=refused.error, error_description=_printable(refused.description)))
    else:
        call.let_read(call.page)
        said = answer(200, given)
    said.headers["Cache-Control"] = "no-store"
    said.headers["Pragma"] = "no-cache"
    return said


async def _granted(call: Call, asked: Asked) -> TokenOut:
    identity = call.kernel.identity
    act = identity.exchange if asked.grant_type == "exchange" else identity.refresh
    try:
        return TokenOut.of(await act(asked.token, call.origin, page=call.page))
    except Problem as problem:
        if problem.status not in _REFUSED:
            raise
        raise OAuthRefused(_error(asked, problem), problem.detail) from problem


def _error(asked: Asked, problem: Problem) -> Code:
    """RFC 8693 section 2.2.2 calls a bad subject token an invalid request; RFC 6749 a bad refresh token a bad grant."""
    if problem.code == "origin_not_allowed":
        return "unauthorized_client"
    return "invalid_request" if asked.grant_type == "exchange" else "invalid_grant"


def _printable(text: str) -> str:
    """What RFC 6749 lets a description hold: printable ASCII without quotes and backslashes."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else "'" if one == '"' else "?" for one in text)
