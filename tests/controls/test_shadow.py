"""EMB-02: a shadow user's address is a pseudonym."""

import re

import pytest

from ringfence.base import ids
from ringfence.base.principal import OrgId, PartnerId
from ringfence.controls.identity import shadow

KEY = b"k" * 32
NORTHWIND = PartnerId(ids.new())
ROSE, THORN = OrgId(ids.new()), OrgId(ids.new())


def address(subject: str, *, key: bytes = KEY, partner: PartnerId = NORTHWIND, org: OrgId = ROSE) -> str:
    return shadow.address(key, partner, org_id=org, subject=subject, domain="ringfence.example")


@pytest.mark.promise("EMB-02")
def test_an_address_holds_the_partner_and_a_pseudonym():
    form = rf"[a-z2-7]{{24}}@{NORTHWIND}\.embed\.ringfence\.example"
    assert re.fullmatch(form, address("alice@rose.example"))


@pytest.mark.promise("EMB-02")
@pytest.mark.parametrize("subject", ["alice@rose.example", "alice", "Ålice", "u 1", "../..", "x" * 255])
def test_an_address_does_not_hold_the_platforms_user_id(subject: str):
    assert subject.lower() not in address(subject)


@pytest.mark.promise("EMB-02")
def test_an_address_stays_and_is_one_users_alone():
    assert address("alice") == address("alice")
    others = {
        address("Alice"),
        address("bob"),
        address("alice", org=THORN),
        address("alice", partner=PartnerId(ids.new())),
        address("alice", key=b"x" * 32),
    }
    assert len(others - {address("alice")}) == 5
