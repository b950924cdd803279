"""`ringfence prove isolation` on a real server: readable, whole, and red when a wall is down."""

import json

import psycopg
import pytest

from tests.served_cast import Cast


@pytest.mark.promise("TEN-05", "TEN-06")
def test_isolation_is_proved_on_the_running_system_and_a_fallen_wall_is_seen(served: Cast):
    server = served.server
    proved = server.run("prove", "isolation", "--url", server.base_url)
    assert proved.returncode == 0, proved.stdout[-4000:] + proved.stderr
    assert "ISOLATION HOLDS" in proved.stdout
    assert "/runs/{run_id}" in proved.stdout
    assert "become the tables' owner (42501)" in proved.stdout
    with psycopg.connect(server.database().superuser_dsn, autocommit=True) as admin:
        admin.execute("grant truncate on app.run_event to ringfence_app")
    try:
        proved = server.run("prove", "isolation", "--json", "--url", server.base_url)
    finally:
        with psycopg.connect(server.database().superuser_dsn, autocommit=True) as admin:
            admin.execute("revoke truncate on app.run_event from ringfence_app")
    told = json.loads(proved.stdout)
    assert (proved.returncode, told["holds"], told["control"]) == (1, False, True)
    assert [one["aim"] for one in told["sql"] if one["result"] != "denied"] == ["empty a table past its policies"]
    assert {one["holds"] for one in told["matrix"]} == {True}
    assert {one["result"] for one in told["crossings"]} == {"denied"}
    assert served.northwind.api_key not in proved.stdout


def test_where_nobody_answers_the_mend_is_told(served: Cast):
    proved = served.server.run("prove", "isolation", "--url", "http://127.0.0.1:9")
    assert proved.returncode == 1
    assert "make demo" in proved.stderr
    assert "Traceback" not in proved.stderr
