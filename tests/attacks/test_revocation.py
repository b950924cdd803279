"""Whatever is cut off is cut off in every process, within seconds: two processes share one database here."""

import re
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ringfence.base import ids
from ringfence.base.crypto import PartnerKey
from tests.fakes import jwks_server
from tests.served import (
    Answer,
    Partner,
    Process,
    User,
    deployment_directory,
    make_partner,
    parse_events,
    process,
    request,
)
from tests.world import Stage


@dataclass(frozen=True)
class Two:
    """Two processes, and a partner that speaks to the first."""

    here: Process
    there: Process
    northwind: Partner
    keys: jwks_server.Server


@pytest.fixture(scope="module")
def two(stage: Stage) -> Iterator[Two]:
    with (
        jwks_server.in_thread() as keys,
        deployment_directory() as directory,
        process(directory, stage=stage, name="here", egress_allow=keys.place) as here,
        process(directory, stage=stage, name="there", egress_allow=keys.place) as there,
    ):
        yield Two(here, there, make_partner(here, "northwind", ["rose"]), keys)


def until_refused(ask: Callable[[], Answer], *, seconds: float = 30) -> str:
    """The code of the refusal, once there is one; the bound is generous, for nothing here asserts a time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer.status == 401:
            return answer.code
        assert answer.status == 200, answer.raw
        time.sleep(0.1)
    raise AssertionError("it is still let in")


def cut_user(two: Two, user: User, org: str) -> None:
    assert two.northwind.call("PATCH", f"/organizations/{org}/users/{user.id}", {"status": "restricted"}).status == 200


def cut_organization(two: Two, _user: User, org: str) -> None:
    assert two.northwind.call("PATCH", f"/organizations/{org}", {"status": "restricted"}).status == 200


def cut_signing_key(two: Two, _user: User, _org: str) -> None:
    keys = two.northwind.call("GET", "/signing-keys").json["items"]
    (key,) = (key["id"] for key in keys if key["kid"] == two.northwind.key.kid and key["status"] == "active")
    assert two.northwind.call("DELETE", f"/signing-keys/{key}").status == 204
    two.northwind.take_key(f"after-{secrets.token_hex(4)}")


def cut_session(two: Two, user: User, _org: str) -> None:
    body = {"refresh_token": user.refresh}
    assert request(two.here.base_url, "POST", "/api/v1/embed/logout", body=body).status == 204


def cut_by_erasure(two: Two, user: User, org: str) -> None:
    assert two.northwind.call("DELETE", f"/organizations/{org}/users/{user.id}").status == 200


def cut_partner(two: Two, _user: User, _org: str) -> None:
    done = two.here.run("partner", "restrict", two.northwind.id)
    assert done.returncode == 0, done.stderr


@pytest.mark.promise("EMB-05", "EMB-06")
@pytest.mark.parametrize(
    "cut",
    [cut_session, cut_user, cut_by_erasure, cut_organization, cut_signing_key, cut_partner],
    ids=lambda cut: cut.__name__,
)
def test_who_is_cut_off_here_is_refused_there(two: Two, cut: Callable[[Two, User, str], None]):
    name = f"org-{secrets.token_hex(4)}"
    org = two.northwind.call("POST", "/organizations", {"external_id": name, "name": name}).json["id"]
    user = two.northwind.user("alice", name)
    there = user.at(two.there)
    assert there.call("GET", "/me").status == 200
    cut(two, user, org)
    assert until_refused(lambda: user.call("GET", "/me")) == "session_revoked"
    assert until_refused(lambda: there.call("GET", "/me")) == "session_revoked"


@pytest.mark.promise("KEY-01")
def test_the_key_of_a_partner_that_a_command_makes_works_in_every_process_and_is_said_once(two: Two):
    made = two.here.run("partner", "create", "Northerly", "--issuer", "https://northerly.example")
    assert made.returncode == 0, made.stderr
    said = re.fullmatch(r"partner ([0-9a-f-]{36})\napi key (rf_live_\w+)\n", made.stdout)
    assert said is not None, made.stdout
    assert "shown this once" in made.stderr
    assert said[2] not in made.stderr
    for server in (two.here, two.there):
        answer = request(server.base_url, "GET", "/api/v1/partner/settings", bearer=said[2])
        assert answer.status == 200, answer.raw


@pytest.mark.promise("KEY-01")
def test_a_revoked_api_key_is_refused_in_every_process(two: Two):
    southwind = make_partner(two.here, "southwind", ["briar"])
    key = southwind.call("POST", "/api-keys", {"name": "short"}).json

    def ask(server: Process) -> Answer:
        return request(server.base_url, "GET", "/api/v1/partner/settings", bearer=key["key"])

    assert ask(two.there).status == 200
    assert southwind.call("DELETE", f"/api-keys/{key['id']}").status == 204
    assert until_refused(lambda: ask(two.here)) == "key_revoked"
    assert until_refused(lambda: ask(two.there)) == "key_revoked"


@pytest.mark.promise("EMB-05")
def test_a_key_set_is_fetched_by_one_process_and_revoked_in_every_one(two: Two):
    eastwind = make_partner(two.here, "eastwind", ["lily"])
    eastwind.key = PartnerKey.kept_in(two.here.data.parent / "by-address.pem", "by-address")
    two.keys.say(jwks_server.jwks(jwks_server.jwk_of(eastwind.key.public_pem, kid="by-address")))
    registered = eastwind.call("POST", "/signing-keys", {"jwks_url": two.keys.url}).json
    user = eastwind.user("zoe", "lily")
    there = user.at(two.there)
    assert [one.call("GET", "/me").status for one in (user, there)] == [200, 200]
    for server in (two.here, two.there) * 5:
        eastwind.key.kid = str(ids.new())
        token = {"token": eastwind.key.sign(eastwind.claims("zoe", "lily"))}
        assert request(server.base_url, "POST", "/api/v1/embed/auth", body=token).status == 401
    assert two.keys.asked == 1  # by its registration; unknown kids ask once a minute, whichever process sees them
    assert eastwind.call("DELETE", f"/signing-keys/{registered['id']}").status == 204
    assert until_refused(lambda: user.call("GET", "/me")) == "session_revoked"
    assert until_refused(lambda: there.call("GET", "/me")) == "session_revoked"
    body = {"refresh_token": user.refresh}
    assert request(two.there.base_url, "POST", "/api/v1/embed/refresh", body=body).code == "session_revoked"


@pytest.mark.promise("EMB-05")
def test_a_stream_ends_when_its_session_is_cut_in_another_process(two: Two):
    briar = make_partner(two.here, "westwind", ["briar"], model="scripted:demo")
    zoe = briar.user("zoe", "briar")
    run = zoe.ask("Tell me a long story.")["id"]
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {zoe.session}"}
    asked = urllib.request.Request(f"{two.there.base_url}/api/v1/runs/{run}/events", headers=headers)
    with urllib.request.urlopen(asked, timeout=90) as stream:
        begun = stream.readline()
        cut_session(two, zoe, "")  # her log-out; a restriction would end the run itself, which may be seen first
        events = parse_events((begun + stream.read()).decode())
    assert events[0][1] == "run.started"
    assert events[-1][1] == "session.ended"
