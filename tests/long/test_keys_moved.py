"""Keys move to OpenBao by command, beside a running server: nothing is lost, and one place counts."""

from typing import Any

import pytest

from tests.openbao import ROOT_TOKEN, BaoServer, new_prefix
from tests.served import deployment_directory, make_partner, process

pytestmark = [pytest.mark.long, pytest.mark.promise("CRY-02", "CRY-03")]


def test_keys_move_by_command_and_the_server_goes_on_from_their_new_place(bao: BaoServer):
    place = f"openbao:{bao.address}"
    settings: dict[str, Any] = {"openbao_token": ROOT_TOKEN, "openbao_prefix": new_prefix()}
    with deployment_directory() as directory, process(directory, **settings) as server:
        northwind = make_partner(server, "northwind", ["rose", "thorn"])
        alice = northwind.user("alice", "rose")
        run = alice.finish(alice.ask("Hello")["id"])
        refused = server.run("keys", "move", "--finish")
        assert refused.returncode == 1
        assert "nothing was moved" in refused.stderr
        assert server.run("keys", "move", "--to", "file").returncode == 1, "they are there"
        assert server.run("keys", "move").returncode == 2
        done = server.run("keys", "move", "--to", place)
        assert done.returncode == 0, done.stderr
        assert f"RINGFENCE_KEYSTORE={place}" in done.stdout
        assert northwind.call("POST", "/organizations", {"external_id": "briar", "name": "Briar"}).status == 503
        assert "was moved" in server.run("keys", "status").stderr
        server.environment["RINGFENCE_KEYSTORE"] = place
        server.kill()
        server.start()
        found = alice.call("GET", f"/runs/{run['id']}")
        assert found.status == 200
        assert found.json == run
        assert northwind.call("POST", "/organizations", {"external_id": "briar", "name": "Briar"}).status == 201
        done = server.run("keys", "move", "--finish")
        assert done.returncode == 0, done.stderr
        assert not list((server.data / "keystore").glob("*.key"))
        assert not (server.data / "root.key").exists()
        assert alice.finish(alice.ask("Hello")["id"])["status"] == "completed"
        assert "openbao" in server.run("keys", "status").stdout
