"""ACC-01: the whole matrix as text, and who is asked what."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ringfence.base import clock, ids
from ringfence.base.principal import ActorKind, KeyId, OrgId, PartnerId, Principal, Role, SessionId, UserId
from ringfence.base.problem import Problem
from ringfence.controls import access
from ringfence.controls.access import CredentialKind, Permission, Reach

MATRIX = """
                      owner admin manager agent member viewer guest partner operator
me:read               s     s     s       s     s      s      s     -       -
conversations:read    s     s     s       s     s      s      s     -       -
conversations:create  s     s     s       s     s      -      -     -       -
conversations:delete  s     s     s       s     s      -      -     -       -
runs:read             s     s     s       s     s      s      s     -       -
runs:create           s     s     s       s     s      -      -     -       -
runs:cancel           s     s     s       s     s      -      -     -       -
approvals:read        s     s     s       s     s      s      s     -       -
approvals:decide      s     s     s       s     s      -      -     -       -
agents:read           s     s     s       s     s      s      s     k       -
agents:write          -     -     -       -     -      -      -     k       -
settings:read         -     -     -       -     -      -      -     k       -
settings:write        -     -     -       -     -      -      -     k       -
organizations:read    -     -     -       -     -      -      -     k       -
organizations:write   -     -     -       -     -      -      -     k       -
organizations:erase   -     -     -       -     -      -      -     k       -
users:read            -     -     -       -     -      -      -     k       -
users:write           -     -     -       -     -      -      -     k       -
users:erase           -     -     -       -     -      -      -     k       -
signing_keys:read     -     -     -       -     -      -      -     k       -
signing_keys:write    -     -     -       -     -      -      -     k       -
api_keys:read         -     -     -       -     -      -      -     k       -
api_keys:write        -     -     -       -     -      -      -     k       -
secrets:read          -     -     -       -     -      -      -     k       -
secrets:write         -     -     -       -     -      -      -     k       -
files:read            s     s     s       s     s      s      s     -       -
files:create          s     s     s       s     s      -      -     -       -
files:delete          s     s     s       s     s      -      -     -       -
knowledge:read        s     s     s       s     s      s      s     k       -
knowledge:write       s     s     s       -     -      -      -     k       -
audit_streams:read    -     -     -       -     -      -      -     k       -
audit_streams:write   -     -     -       -     -      -      -     k       -
audit:read            s     s     -       -     -      -      -     k       -
"""

ALICE = Principal(
    kind=ActorKind.USER,
    partner_id=PartnerId(ids.new()),
    role=Role.MEMBER,
    issued_at=clock.now(),
    org_id=OrgId(ids.new()),
    user_id=UserId(ids.new()),
    session_id=SessionId(ids.new()),
)
NORTHWINDS_KEY = Principal(
    kind=ActorKind.API_KEY,
    partner_id=ALICE.partner_id,
    role=Role.PARTNER,
    issued_at=clock.now(),
    key_id=KeyId(ids.new()),
    scopes=frozenset(access.PARTNER_SCOPES),
)


def actual() -> list[list[str]]:
    """The matrix as it decides: s by a session, k by an API key with every scope."""
    session = {role: replace(ALICE, role=role) for role in Role}
    key = {role: replace(NORTHWINDS_KEY, role=role, scopes=frozenset(Permission)) for role in Role}
    rows = [[str(role) for role in Role]]
    for permission in Permission:
        cells = ("s" * access.may(session[role], permission) + "k" * access.may(key[role], permission) for role in Role)
        rows.append([str(permission), *(cell or "-" for cell in cells)])
    return rows


@pytest.mark.promise("ACC-01")
def test_every_role_may_do_what_this_table_says_and_nothing_else():
    expected = [line.split() for line in MATRIX.strip().splitlines()]
    assert actual() == expected


@pytest.mark.promise("ACC-01")
def test_a_wider_role_may_all_that_a_narrower_one_may():
    people = [role for role in Role if role not in {Role.PARTNER, Role.OPERATOR}]
    for wider, narrower in pairwise(people):
        assert access.MATRIX[wider] >= access.MATRIX[narrower]


@pytest.mark.promise("ACC-01")
def test_a_refusal_is_a_403_that_names_the_permission():
    access.require(ALICE, Permission.RUNS_CREATE)
    with pytest.raises(Problem) as refused:
        access.require(replace(ALICE, role=Role.VIEWER), Permission.RUNS_CREATE)
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert "runs:create" in refused.value.detail


@pytest.mark.promise("ACC-01", "KEY-01")
def test_an_api_key_may_only_what_its_scopes_name():
    key = replace(NORTHWINDS_KEY, scopes=frozenset({"users:read", "runs:create", "no:such"}))
    assert access.granted(key) == {Permission.USERS_READ}


@pytest.mark.promise("ACC-01")
def test_scopes_on_a_session_give_nothing():
    assert access.granted(replace(ALICE, scopes=frozenset(Permission))) == access.MATRIX[Role.MEMBER]


@pytest.mark.promise("ACC-01")
@pytest.mark.parametrize("kind", [ActorKind.SYSTEM, ActorKind.OPERATOR])
def test_who_holds_no_credential_of_the_api_may_nothing(kind: ActorKind):
    assert access.granted(replace(ALICE, kind=kind, role=Role.OWNER)) == frozenset()


@pytest.mark.promise("KEY-01")
def test_a_new_key_has_its_makers_scopes_or_fewer_and_never_more():
    maker = replace(NORTHWINDS_KEY, scopes=frozenset({"users:read", "api_keys:write"}))
    assert access.narrow(maker, None) == maker.scopes
    assert access.narrow(maker, frozenset({Permission.USERS_READ})) == {Permission.USERS_READ}
    with pytest.raises(Problem) as refused:
        access.narrow(maker, frozenset({Permission.USERS_READ, Permission.USERS_ERASE}))
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert "users:erase" in refused.value.detail


@pytest.mark.promise("KEY-01")
def test_scopes_are_read_by_their_names():
    assert access.parse(["users:read", "users:read"]) == {Permission.USERS_READ}
    assert access.parse(sorted(access.PARTNER_SCOPES)) == access.PARTNER_SCOPES


@pytest.mark.promise("KEY-01")
@pytest.mark.parametrize("names", [["users:read", "users:fly"], ["runs:create"], ["USERS:READ"], []])
def test_a_scope_that_no_key_can_carry_is_refused(names: list[str]):
    with pytest.raises(Problem) as refused:
        access.parse(names)
    assert (refused.value.status, refused.value.code) == (422, "unknown_scope")
    assert all(error.pointer.startswith("/scopes/") for error in refused.value.errors)


@pytest.mark.promise("ACC-02")
def test_of_an_organizations_people_only_owner_admin_and_manager_see_everyones_rows():
    people = set(Role) - {Role.PARTNER, Role.OPERATOR}
    assert {role for role in people if access.reach(role) is Reach.ALL} == {Role.OWNER, Role.ADMIN, Role.MANAGER}
    assert {role for role in Role if access.reach(role) is Reach.ALL} == access.WIDE_ROLES


@pytest.mark.promise("ACC-01", "EMB-01")
def test_a_partner_can_make_no_owner():
    assert set(access.GRANTABLE_BY_EMBED) == {Role.ADMIN, Role.MEMBER, Role.VIEWER}


@pytest.mark.promise("ACC-01")
def test_each_permission_is_in_the_table_and_carried_by_some_credential():
    assert set(access.CARRIERS) == set(Permission)
    assert all(carriers and all(carriers.values()) for carriers in access.CARRIERS.values())
    assert {kind for carriers in access.CARRIERS.values() for kind in carriers} == set(CredentialKind)
