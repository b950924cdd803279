"""What stands behind the question mark of an address: what a route does not take is refused, not passed over."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from ringfence.app import routed
from ringfence.features.edge import parameters
from ringfence.features.ops import Told
from tests.house import House, house
from tests.world import Stage

LOG = "/api/v1/partner/audit-log"


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["detail"]) for error in answer.body["errors"]]


@pytest.mark.promise("AUD-05", "SDL-02")
async def test_a_misspelt_filter_selects_nothing_instead_of_everything(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        for path in (LOG, f"{LOG}/export"):
            answer = await home.api("GET", f"{path}?actoin=user.*&outcome=success")
            assert (answer.status, answer.body["code"]) == (422, "invalid_request")
            ((pointer, detail),) = faults(answer)
            assert pointer == "/query/actoin"
            assert "action, actor, actor_kind" in detail
        assert (await home.api("GET", f"{LOG}?action=user.*&outcome=success")).status == 200


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("limit=1&limit=2", ["/query/limit"]),
        ("limit=1&cursor", []),
        ("Limit=1", ["/query/Limit"]),
        ("=1", ["/query/"]),
        ("a%2Fb~c=1", ["/query/a~1b~0c"]),
        ("%ff=1", ["/query/\ufffd"]),
        ("x" * 5000, ["/query/" + "x" * 64]),
        ("&".join(f"p{at}" for at in range(100)), [f"/query/p{at}" for at in range(20)]),
    ],
    ids=["twice", "empty", "capital", "nameless", "escaped", "no UTF-8", "long", "a hundred"],
)
async def test_a_name_is_known_and_comes_once(stage: Stage, tmp_path: Path, query: str, pointers: list[str]):
    async with house(stage, tmp_path) as home:
        answer = await home.api("GET", f"/api/v1/partner/organizations?{query}")
        if pointers:
            assert (answer.status, answer.body["code"]) == (422, "invalid_request")
            assert [pointer for pointer, _ in faults(answer)] == pointers
        else:
            assert answer.body.get("code") in (None, "invalid_cursor")


async def test_a_route_without_parameters_takes_none_and_changes_nothing(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        before = (await home.api("GET", "/api/v1/partner/settings")).body
        answer = await home.api("PATCH", "/api/v1/partner/settings?dry_run=true", {"display_name": "Changed"})
        assert (answer.status, faults(answer)) == (422, [("/query/dry_run", "This address has no such parameter.")])
        assert (await home.api("GET", "/api/v1/partner/settings")).body == before


async def test_who_may_not_ask_learns_nothing_of_the_parameters(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        bare: House = home
        assert (await bare.api.as_(None)("GET", f"{LOG}?actoin=x")).status == 401
        assert (await (await bare.session("bob"))("GET", f"{LOG}?actoin=x")).status == 403


def test_each_parameter_of_the_description_is_taken_and_no_other():
    api = routed(Told())
    operations = api.openapi()["paths"]
    routes = [
        route
        for route in iter_route_contexts(api.routes)
        if isinstance(route.original_route, APIRoute) and route.include_in_schema
    ]
    assert len(routes) > 80
    for route in routes:
        for method in route.methods or ():
            described = operations[route.path_format][method.lower()].get("parameters", [])
            named = {one["name"] for one in described if one.get("in") == "query"}
            assert parameters.of(route.dependant) == named, f"{method} {route.path}"
