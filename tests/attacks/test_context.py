"""Forged, expired, borrowed and missing contexts: none opens anything, and all fail alike."""

from datetime import timedelta

import psycopg
import pytest

from ringfence.base import clock
from ringfence.base.principal import OrgId, Role
from ringfence.controls.tenancy import ContextKey, OrgScope, PartnerScope, PlatformScope, rotate_context
from tests.world import CONTEXT_ROOT, Cast, Stage, plant

READ = "select count(*) from app.app_user"
ONE_ERROR = "no valid tenant context"


def attempt(stage: Stage, context: str | None, query: str = READ) -> str:
    """What the app role gets for a query under a context that it set itself: the answer or the error's first line."""
    with psycopg.connect(stage.app_url, autocommit=True) as connection:
        return attempt_on(connection, context, query)


def attempt_on(connection: psycopg.Connection, context: str | None, query: str = READ) -> str:
    """The same on a connection that serves many attempts, each in a transaction of its own."""
    try:
        with connection.transaction():
            if context is not None:
                connection.execute("select set_config('ringfence.ctx', %s, true)", [context])
            return str(connection.execute(query.encode()).fetchone())
    except psycopg.Error as refused:
        return f"{refused.sqlstate}: {str(refused).splitlines()[0]}"


REFUSED = f"42501: {ONE_ERROR}"


def good(stage: Stage, cast: Cast) -> str:
    return stage.key.sign(cast.as_user(cast.alice, cast.rose, Role.ADMIN)).decode()


@pytest.mark.promise("TEN-01", "TEN-02")
async def test_a_signed_context_sees_its_own_organization_alone(stage: Stage):
    cast = await plant(stage)
    assert attempt(stage, good(stage, cast)) == "(2,)"
    assert attempt(stage, stage.key.sign(OrgScope(cast.northwind, cast.thorn, Role.ADMIN)).decode()) == "(1,)"


@pytest.mark.promise("TEN-02")
@pytest.mark.parametrize(
    "context", [None, "", "v1", "v1|" * 11, "|" * 11, "\\", "'; drop table x", "v1|g1|org" + "|" * 9]
)
def test_no_context_is_an_error_and_never_an_empty_list(stage: Stage, context: str | None):
    assert attempt(stage, context) == REFUSED


@pytest.mark.promise("TEN-01")
async def test_every_changed_character_of_a_context_is_refused_alike(stage: Stage):
    context = good(stage, await plant(stage))
    with psycopg.connect(stage.app_url, autocommit=True) as connection:
        assert attempt_on(connection, context) == "(2,)"
        for position in range(len(context)):
            changed = "0" if context[position] != "0" else "1"
            forged = context[:position] + changed + context[position + 1 :]
            assert attempt_on(connection, forged) == REFUSED, position


@pytest.mark.promise("TEN-01")
async def test_a_context_of_an_unknown_key_or_past_its_time_is_refused(stage: Stage):
    cast = await plant(stage)
    scope = cast.as_user(cast.alice, cast.rose)
    assert attempt(stage, ContextKey(stage.key.kid, b"guess").sign(scope).decode()) == REFUSED
    assert attempt(stage, ContextKey("k9", stage.key.secret).sign(scope).decode()) == REFUSED
    try:
        clock.travel(-timedelta(minutes=2))
        expired = stage.key.sign(scope).decode()
    finally:
        clock.travel(timedelta())
    assert attempt(stage, expired) == REFUSED


@pytest.mark.promise("TEN-01")
async def test_a_context_of_another_scope_opens_no_organization(stage: Stage):
    cast = await plant(stage)
    for scope in (PartnerScope(cast.northwind), PlatformScope()):
        assert attempt(stage, stage.key.sign(scope).decode()) == REFUSED
    partner_rows = "select count(*) from app.directory"
    assert attempt(stage, good(stage, cast), partner_rows) == REFUSED
    assert attempt(stage, stage.key.sign(PartnerScope(cast.northwind)).decode(), partner_rows) == "(2,)"


@pytest.mark.promise("TEN-01")
async def test_an_unknown_organization_is_empty_and_a_narrow_role_sees_its_own_rows(stage: Stage):
    cast = await plant(stage)
    nobody = OrgScope(cast.northwind, OrgId(cast.alice), Role.ADMIN)
    assert attempt(stage, stage.key.sign(nobody).decode()) == "(0,)"
    assert attempt(stage, stage.key.sign(cast.as_user(cast.bob, cast.rose)).decode()) == "(1,)"


@pytest.mark.promise("TEN-01")
async def test_a_narrow_role_without_a_user_fails_closed(stage: Stage):
    cast = await plant(stage)
    context = stage.key.sign(OrgScope(cast.northwind, cast.rose, Role.MEMBER)).decode()
    assert attempt(stage, context).startswith("22P02")


@pytest.mark.promise("TEN-01")
def test_the_app_role_cannot_read_or_make_context_keys(stage: Stage):
    for query in ("select ipad from ctx.key", "insert into ctx.key values ('x', '', '')", "set role ringfence_owner"):
        assert attempt(stage, None, query).startswith("42501"), query


@pytest.mark.promise("TEN-01")
async def test_two_context_keys_are_valid_at_a_time_and_no_third(stage: Stage):
    cast = await plant(stage)
    contexts = [good(stage, cast)]
    for _ in range(2):
        newer = rotate_context(stage.admin_url, CONTEXT_ROOT)
        contexts.append(newer.sign(cast.as_user(cast.alice, cast.rose, Role.ADMIN)).decode())
    assert [attempt(stage, context) for context in contexts] == [REFUSED, "(2,)", "(2,)"]
