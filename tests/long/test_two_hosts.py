"""Two hosts with a database and an OpenBao, and no disk in common: what one seals the other reads, until its end."""

from contextlib import ExitStack

import pytest

from tests.openbao import ROOT_TOKEN, BaoServer, new_prefix
from tests.served import deployment_directory, make_partner, process
from tests.world import Stage

pytestmark = [pytest.mark.long, pytest.mark.promise("CRY-02", "CRY-03")]


def test_two_hosts_keep_their_keys_on_one_openbao(stage: Stage, bao: BaoServer):
    settings = {
        "keystore": f"openbao:{bao.address}",
        "openbao_token": ROOT_TOKEN,
        "openbao_prefix": new_prefix(),
    }
    with ExitStack() as stack:
        here, there = (stack.enter_context(deployment_directory()) for _ in range(2))
        one = stack.enter_context(process(here, stage=stage, name="one", **settings))
        northwind = make_partner(one, "northwind", ["rose", "thorn"])
        alice, mallory = northwind.user("alice", "rose"), northwind.user("mallory", "thorn")
        run = alice.finish(alice.ask("Hello")["id"])
        (there / "data").mkdir(mode=0o700)
        other = stack.enter_context(process(there, stage=stage, name="other", **settings))
        assert not (there / "data" / "keystore").exists()
        assert [event for _, event, _ in alice.at(other).events(run["id"])][-1] == "run.completed"
        assert mallory.at(other).finish(mallory.at(other).ask("Hello")["id"])["status"] == "completed"
        told = other.run("doctor")
        assert f"openbao:{bao.address}" in told.stdout
        rose = northwind.organizations["rose"]
        assert northwind.call("DELETE", f"/organizations/{rose}").status == 200
        paths = bao.call("SCAN", f"secret/metadata/{settings['openbao_prefix']}/organization/")["data"]["keys"]
        assert [path for path in paths if rose.replace("-", "") in path] == [rose.replace("-", "")]
        assert alice.at(other).call("GET", f"/runs/{run['id']}").status in {401, 404}
        assert mallory.at(other).call("GET", "/runs").status == 200
