"""Answers: JSON bodies, and the problems of the OpenAPI document."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from ringfence.base import problem
from ringfence.features.edge.inputs import Output

T = TypeVar("T")


class PageOf(Output, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: Sequence[T]
    next_cursor: str | None


class FieldErrorOut(Output):
    """Where in the body, as a JSON pointer, and what is wrong there."""

    pointer: str
    detail: str


class ProblemOut(Output):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldErrorOut] | None = None


def answer(status: int, body: BaseModel | None = None) -> Response:
    """The response with this body as JSON; no body at all for 204."""
    if body is None:
        return Response(status_code=status)
    return Response(json_of(body), status_code=status, media_type="application/json")


def json_of(body: BaseModel) -> bytes:
    """The body's JSON, in one pass and without a tree of dictionaries."""
    return body.__pydantic_serializer__.to_json(body)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may refuse with, for its `responses=`."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {problem.MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
