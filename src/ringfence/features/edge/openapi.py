"""The OpenAPI 3.1 document, complete and true: every operation names the refusals that it shares with all others."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from ringfence.base.problem import MEDIA_TYPE
from ringfence.features.edge import versions
from ringfence.features.edge.access import declared
from ringfence.features.edge.answers import ProblemOut, problems

PERMISSION = "x-permission"
_SHARED = (400, 404, 405, 408, 413, 422, 429, 500, 503)
_PROTECTED = (401, 403)
_REF = "#/components/schemas/{model}"
_HEADERS = {
    "Request-Id": {
        "description": "The id of this request, as logs and audit entries name it.",
        "schema": {"type": "string"},
    },
    versions.NAME: versions.HEADER,
}


def describe(api: FastAPI) -> None:
    """Makes the application serve the completed document."""

    def document() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = _complete(
                get_openapi(title=api.title, version=api.version, routes=api.routes, openapi_version="3.1.0")
            )
            _declare(api.openapi_schema, api.routes)
        return api.openapi_schema

    api.openapi = document


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schema = ProblemOut.model_json_schema(ref_template=_REF, mode="serialization")
    schemas = components.setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    schemas["ProblemOut"] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A session token, or a partner's API key."}
    }
    components["parameters"] = {"RingfenceVersion": versions.PARAMETER}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete_operation(path, operation)
    return document


def _declare(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Names what each operation demands of its caller: `isolation.matrix` holds the running system against it.

    NOTE: an operation without it makes that probe red, and the lint of routes fails before.
    """
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            demands = filter(None, (declared(dependency.call) for dependency in route.dependant.dependencies))
            demand = next(demands, None)
            for method in route.methods or () if demand else ():
                document["paths"][route.path_format][method.lower()][PERMISSION] = demand


def _complete_operation(path: str, operation: dict[str, Any]) -> None:
    is_open = path.startswith(("/api/v1/embed/", "/api/v1/oauth/", "/healthz", "/readyz", "/trust", "/.well-known/"))
    wanted = _SHARED if is_open else (*_SHARED, *_PROTECTED)
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/RingfenceVersion"})
    responses = operation.setdefault("responses", {})
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)
    for status, response in problems(*wanted).items():
        content = responses.setdefault(str(status), response).setdefault("content", {})
        content.setdefault(MEDIA_TYPE, response["content"][MEDIA_TYPE])
    for response in responses.values():
        response.setdefault("headers", {}).update(_HEADERS)
    if not is_open:
        operation["security"] = [{"bearer": []}]
