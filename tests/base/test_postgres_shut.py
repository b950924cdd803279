"""What the embedded server keeps shut: the network, logins without a password, its log."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from ringfence.base.postgres import Server
from tests.world_postgres import answer, shared_cluster


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with shared_cluster() as running:
        yield running


def test_nobody_gets_in_without_a_password(server: Server):
    rules = answer(server, "select string_agg(distinct auth_method, ',') from pg_hba_file_rules where error is null")
    assert rules == "scram-sha-256"
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn("ringfence_boot", password)).close()


def test_the_server_has_no_address_but_its_socket(server: Server):
    assert answer(server, "select current_setting('listen_addresses')") == ""
    assert server.socket_directory.stat().st_mode & 0o777 == 0o700


def test_text_is_utf8_in_an_order_that_no_library_changes_and_pages_have_checksums(server: Server):
    assert answer(server, "select current_setting('server_encoding')") == "UTF8"
    assert answer(server, "select current_setting('data_checksums')") == "on"
    assert answer(server, "select upper('ä') = 'Ä' and 'B' < 'a'")
    if server.major >= 17:
        assert answer(server, "select datlocprovider::text from pg_database where datname = 'ringfence'") == "b"


@pytest.mark.promise("MON-01")
def test_the_log_repeats_nothing_that_was_sent(server: Server):
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        for statement in ("select 'canary'::int", "select canary from nowhere", "do $$begin raise 'canary'; end$$"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode())
        with pytest.raises(psycopg.Error):
            connection.execute("select %s::text::int", ["canary"])
    assert "canary" not in server.log_file.read_text()


def test_a_server_in_a_process_group_of_its_own_hears_no_interrupt(server: Server):
    assert os.getpgid(server.pid) != os.getpgid(0)
    assert os.getsid(server.pid) != os.getsid(0)
