"""An organization's own key for a vendor of models: used instead of the deployment's, and never beside it.

Mutations and the tests that turn red: the deployment's key where the own one is refused ->
test_a_key_that_is_refused_ends_the_run; a provider kept with its key -> test_each_organization_pays_by_its_own_key.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from ringfence.base.outbound import Outbound
from ringfence.base.principal import OrgId, UserId
from ringfence.features.agents import template
from ringfence.features.runs.models import Access, ModelConfig, ModelError, ModelErrorCode, Models
from ringfence.features.runs.queries import RunRow
from ringfence.features.secrets.model import MODEL_KEYS, RESERVED
from tests.fakes import anthropic_server, gemini_server, model_server
from tests.running import Theatre, theatre
from tests.secrets_kept import keep, log_of
from tests.world import Stage

OWN = "sk-own-s3cret-0123"
DEPLOYMENTS = "sk-planted"


def headers_of(received: bytes | dict[str, str]) -> dict[str, str]:
    if isinstance(received, bytes):
        lines = [line.partition(": ") for line in received.decode("latin-1").splitlines()]
        received = {name: value for name, _, value in lines}
    return {name.lower(): value for name, value in received.items()}


@dataclass
class Vendors:
    """The stage with a vendor's server for each wire, under the deployment's key; None where it has none."""

    it: Theatre
    servers: dict[str, Any]
    models: Models

    def host(self, vendor: str) -> str:
        return urlsplit(self.servers[vendor].base_url).netloc

    def keys(self, vendor: str) -> list[str]:
        """The keys that reached a vendor, by whatever header it takes them."""
        named = ("authorization", "x-api-key", "x-goog-api-key")
        found = [headers_of(got.headers) for got in self.servers[vendor].requests]
        return [next(one[name].removeprefix("Bearer ") for name in named if name in one) for one in found]

    async def run(self, *models: str, org: OrgId | None = None, user: UserId | None = None) -> RunRow:
        caller = self.it.caller(user, org)
        here = self.it.process(self.models)
        started = await self.it.start(here, "Hello?", agent=await self.it.make_agent(*models), caller=caller)
        row = await self.it.final(started.run_id, caller)
        events = "".join(event.data.decode() for event in await self.it.stored(started.run_id, caller))
        assert "s3cret" not in events
        return row


@asynccontextmanager
async def vendors(stage: Stage, data: Path, *, key: str | None = DEPLOYMENTS) -> AsyncIterator[Vendors]:
    async with AsyncExitStack() as stack:
        it = await stack.enter_async_context(theatre(stage, data))
        fakes: dict[str, Any] = {"openai": model_server, "anthropic": anthropic_server, "google": gemini_server}
        servers = {name: await stack.enter_async_context(fake.serve()) for name, fake in fakes.items()}
        outbound = Outbound()
        stack.push_async_callback(outbound.close)
        secret = None if key is None else SecretStr(key)
        access = {name: Access(secret, server.base_url) for name, server in servers.items()}
        yield Vendors(it, servers, Models(ModelConfig(**access), outbound))


@pytest.mark.promise("AGT-02", "SEC-01", "SEC-02")
@pytest.mark.parametrize(
    ("vendor", "model"), [("openai", "openai:fake-2"), ("anthropic", "anthropic:fake-2"), ("google", "google:fake-2")]
)
async def test_each_organization_pays_by_its_own_key(stage: Stage, tmp_path: Path, vendor: str, model: str):
    async with vendors(stage, tmp_path) as it:
        secret_id = await keep(it.it, f"MODEL_{vendor.upper()}", it.host(vendor), value=OWN)
        cast = it.it.cast
        for org, user in ((cast.rose, cast.alice), (cast.thorn, cast.mallory), (cast.rose, cast.bob)):
            assert (await it.run(model, org=org, user=user)).status == "completed"
        assert it.keys(vendor) == [OWN, DEPLOYMENTS, OWN]
        used = await log_of(it.it)
        assert [(one.action, one.target_id, one.details["host"]) for one in used] == [
            ("secret.used", secret_id, it.host(vendor))
        ] * 2


@pytest.mark.promise("AGT-02")
async def test_a_key_that_is_refused_ends_the_run(stage: Stage, tmp_path: Path):
    async with vendors(stage, tmp_path) as it:
        row = await it.run("openai:401", "anthropic:fake-2")
        assert row.status == "completed", "the deployment's refused key is a reason to ask the next model"
        await keep(it.it, "MODEL_OPENAI", it.host("openai"), value=OWN)
        row = await it.run("openai:401", "anthropic:fake-2")
        assert (row.status, row.failure_code) == ("failed", "model_rejected")
        assert it.keys("openai") == [DEPLOYMENTS, OWN]
        assert it.keys("anthropic") == [DEPLOYMENTS]


@pytest.mark.promise("AGT-02", "SEC-01")
async def test_a_key_for_another_host_is_not_sent_and_not_replaced_by_the_deployments(stage: Stage, tmp_path: Path):
    async with vendors(stage, tmp_path) as it:
        await keep(it.it, "MODEL_OPENAI", "api.openai.com", value=OWN)
        row = await it.run("openai:fake-2", "openai:fake-3")
        assert (row.status, row.failure_code) == ("failed", "model_key_unavailable")
        assert it.keys("openai") == []
        [refused] = await log_of(it.it)
        assert (refused.action, refused.reason) == ("secret.refused", "host_not_allowed")


@pytest.mark.promise("AGT-02")
async def test_an_organization_with_a_key_needs_none_of_the_deployments(stage: Stage, tmp_path: Path):
    async with vendors(stage, tmp_path, key=None) as it:
        await keep(it.it, "MODEL_OPENAI", it.host("openai"), value=OWN)
        assert (await it.run("openai:fake-2")).status == "completed"
        assert it.keys("openai") == [OWN]


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        (None, "api.openai.com"),
        ("https://llm.example/v1/", "llm.example"),
        ("https://LLM.example:8443/v1", "llm.example:8443"),
        ("http://llm.example/v1", "llm.example:80"),
        ("http://[::1]:11434/v1", "[::1]:11434"),
    ],
)
def test_a_models_host_is_spelled_as_allowed_hosts_are(base_url: str | None, host: str):
    models = Models(ModelConfig(openai=Access(None, base_url)), Outbound())
    assert (models.host("openai:gpt"), models.vendor("openai-responses:o3")) == (host, "openai")
    assert models.vendor("scripted:demo") is None


def test_no_tool_may_ask_for_a_models_key():
    assert not any(template.is_for_tools(name) for name in [*MODEL_KEYS, f"{RESERVED}ANYTHING"])
    assert template.is_for_tools("CRM_KEY")


@pytest.mark.promise("AGT-02")
@pytest.mark.parametrize(
    ("error", "is_of_key"),
    [
        (ModelError(ModelErrorCode.REJECTED, "", status=401), True),
        (ModelError(ModelErrorCode.REJECTED, "", status=402), True),
        (ModelError(ModelErrorCode.REJECTED, "", status=403), True),
        (ModelError(ModelErrorCode.REJECTED, "", status=404), False),
        (ModelError(ModelErrorCode.RATE_LIMITED, "", status=429), True),
        (ModelError(ModelErrorCode.RATE_LIMITED, "", status=429, is_retryable=True), False),
        (ModelError(ModelErrorCode.UNAVAILABLE, "", status=503), False),
    ],
)
def test_what_a_vendor_says_of_a_key_is_told_from_what_it_says_of_itself(error: ModelError, *, is_of_key: bool):
    assert error.is_of_key is is_of_key
