"""An erasure whose process is killed when the rows are gone and the key is not: the next start finishes it."""

import signal
import time
from contextlib import suppress
from http.client import HTTPException
from uuid import UUID

import psycopg
import pytest

from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore, KeyOwner
from tests.served import deployment_directory, make_partner, process

pytestmark = pytest.mark.long
DYING = """
import os
from ringfence.controls.identity import destruction
from ringfence.controls.tenancy import gate

async def die(database, *_more, **_named):
    if await gate.pending_key_destructions(database, most=1):
        os.kill(os.getpid(), 9)
    return 0

destruction.finish = die
from ringfence.cli import main
main()
"""
# As if the minute between two rounds of the job, and the lease of whoever died in one, were over.
AT_ONCE = "update app.schedule set next_at = '-infinity', holder = null, until = null where job = 'destroy_keys'"


@pytest.mark.promise("CRY-03", "PRV-01")
@pytest.mark.shreds("crash")
@pytest.mark.parametrize("what", ["user", "organization"])
def test_an_erasure_that_was_killed_before_the_key_was_destroyed_is_finished_by_the_next_start(what: str):
    with deployment_directory() as directory, process(directory) as server:
        northwind = make_partner(server, "northwind", ["rose"])
        alice, org = northwind.user("alice", "rose"), northwind.organizations["rose"]
        owner = KeyOwner.user(OrgId(UUID(org)), UserId(UUID(alice.id)))
        program, server.program = server.program, DYING
        server.kill()
        server.start()
        with suppress(OSError, HTTPException):
            northwind.call("DELETE", f"/organizations/{org}" + (f"/users/{alice.id}" if what == "user" else ""))
        assert server.popen is not None
        assert server.popen.wait(30) == -signal.SIGKILL
        keystore = FileKeystore.beside(server.data, encryption_key=None)
        with psycopg.connect(server.database().superuser_dsn, autocommit=True) as connection:
            assert connection.execute("select 1 from app.app_user where id = %s", [alice.id]).fetchone() is None
            assert keystore.unwrap(owner).key_id
            server.program = program
            server.start()
            connection.execute(AT_ONCE)
        for _look in range(300):
            if keystore.tombstones():
                break
            time.sleep(0.1)
        keystore.forget_all()
        with pytest.raises(Destroyed):
            keystore.unwrap(owner)
        keystore.close()
