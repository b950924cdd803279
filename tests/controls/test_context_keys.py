"""The key that signs contexts: found by its name, followed after a rotation, missed with a clear message."""

import pytest

from ringfence.controls.tenancy import (
    NotProvisioned,
    PlatformScope,
    Statement,
    newest_context,
    provision_context,
    rotate_context,
    scalar,
)
from tests.world import CONTEXT_ROOT, Stage

SCOPE = Statement("select ctx.scope()", scalar)


def test_a_server_finds_the_newest_key_without_reading_it(stage: Stage):
    assert newest_context(stage.app_url, CONTEXT_ROOT) == provision_context(stage.admin_url, CONTEXT_ROOT) == stage.key


async def test_a_running_server_follows_a_rotation(stage: Stage):
    async with stage.open(size=1) as database:
        for _ in range(3):
            rotate_context(stage.admin_url, CONTEXT_ROOT)
            assert await database.read(PlatformScope(), SCOPE()) == [["platform"]]
            await database.follow_context_key(CONTEXT_ROOT)
        before = database._keys
        await database.follow_context_key(CONTEXT_ROOT)
        assert database._keys is before


async def test_a_database_without_a_key_is_named_as_such(stage: Stage):
    with stage.admin() as admin:
        admin.execute("delete from ctx.key")
    with pytest.raises(NotProvisioned, match="ringfence migrate"):
        newest_context(stage.app_url, CONTEXT_ROOT)
    async with stage.open(size=1) as database:
        before = database._keys
        await database.follow_context_key(CONTEXT_ROOT)
        assert database._keys is before
    assert rotate_context(stage.admin_url, CONTEXT_ROOT) == provision_context(stage.admin_url, CONTEXT_ROOT)
