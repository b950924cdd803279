"""`ringfence deliveries`: the operator sees what became of messages, and sends again what was given up."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from ringfence.base import ids
from tests.roots.test_command_line import ringfence
from tests.served_cast import Cast

_PLANT: LiteralString = (
    "insert into app.delivery (scope, scope_id, id, kind, payload, status, attempts, last_error, ended_at) "
    "values ('platform', %s, %s, 'probe', 'nothing that opens', 'failed', 10, 'smtp_451', now())"
)


def test_what_was_given_up_is_listed_and_sent_again(served: Cast):
    delivery_id = ids.new()
    with psycopg.connect(served.server.database().superuser_dsn, autocommit=True) as admin:
        admin.execute(_PLANT, [ids.parse("00000000-0000-0000-0000-000000000000"), delivery_id])
    listed = served.server.run("deliveries", "list", "--status", "failed")
    line = next(line for line in listed.stdout.splitlines() if str(delivery_id) in line)
    assert line.split()[1:6] == ["platform", "probe", "failed", "10", "smtp_451"]
    again = served.server.run("deliveries", "replay", str(delivery_id))
    assert (again.returncode, again.stdout) == (0, f"Message {delivery_id} is queued again.\n")
    for wrong in (str(ids.new()), "nonsense"):
        refused = served.server.run("deliveries", "replay", wrong)
        assert refused.returncode == 1
        assert "ringfence deliveries list" in refused.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_mail_server_without_addresses_is_refused_before_anything_starts(tmp_path: Path, command: str):
    done = ringfence(tmp_path / "data", command, RINGFENCE_SMTP_URL="smtp://mail.example.com", RINGFENCE_PORT="0")
    assert done.returncode == 1
    assert "RINGFENCE_MAIL_FROM and RINGFENCE_ALERTS_TO" in done.stderr
    assert "Traceback" not in done.stderr
