"""A contract fuzzer against the running server's own document: no server error, no answer that is not documented."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.served import request
from tests.served_cast import Cast, served_cast

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
EXAMPLES, LONG_EXAMPLES = 6, 150


@pytest.fixture(scope="module")
def cast() -> Iterator[Cast]:
    """A server of its own: a fuzzer restricts and erases whatever it finds."""
    with served_cast() as made:
        yield made


def fuzz(cast: Cast, *, examples: int) -> list[str]:
    """What is wrong, as a user and as a partner's key."""
    document = request(cast.server.base_url, "GET", "/openapi.json").json
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=cast.server.base_url)
    wrong, ids = list[str](), _ids(cast)
    with requests.Session() as http:
        operations: Any = schema.get_all_operations()
        for operation in (found.ok() for found in operations):
            for bearer in _credentials(cast, operation.path):
                wrong += _fuzz(operation, http, bearer, ids=ids, examples=examples)
    return wrong


def _credentials(cast: Cast, path: str) -> list[str]:
    if path.startswith("/api/v1/partner"):
        return [cast.northwind.api_key]
    return [cast.alice.session]


def _ids(cast: Cast) -> dict[str, str]:
    """Half of what is asked for exists: Thorn's objects, so that nobody who asks is restricted. None is erased."""
    return {
        "org_id": cast.northwind.organizations["thorn"],
        "user_id": cast.mallory.id,
        "agent_id": cast.northwind.agent,
        "run_id": cast.alice.ask("Good morning.")["id"],
        "approval_id": cast.alice.be_asked()["id"],
        "version": "1",
    }


def _fuzz(operation: Any, http: requests.Session, bearer: str, *, ids: dict[str, str], examples: int) -> list[str]:
    faults: list[str] = []
    asked = 0

    @seed(7)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        for name in case.path_parameters or {}:
            if asked % 2 and name in ids and operation.method.upper() != "DELETE":
                case.path_parameters[name] = ids[name]
        try:
            response = case.call(session=http, headers={"Authorization": f"Bearer {bearer}"}, timeout=30)
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as fault:
            faults.append(f"{case.as_curl_command()}: {fault}"[:2000])

    ask()
    return faults


@pytest.mark.promise("SDL-02")
def test_a_contract_fuzzer_finds_no_server_error_and_no_undocumented_answer(cast: Cast):
    assert not (wrong := fuzz(cast, examples=EXAMPLES)), "\n".join(wrong)


@pytest.mark.long
@pytest.mark.promise("SDL-02")
def test_a_long_fuzz_finds_no_server_error_and_no_undocumented_answer(cast: Cast):
    assert not (wrong := fuzz(cast, examples=LONG_EXAMPLES)), "\n".join(wrong)
