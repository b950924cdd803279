"""Canaries in every public input, searched in a full decoded dump, every log and every file of the deployment.

What identifies (external ids, issuers, key ids, names of agents and keys, jti) may stand in clear and is the proof that
the search finds; what is content or personal may not. After an erasure the key is gone: no copy can be read again.
"""

import base64
import gzip
import json
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, FileKeystore
from ringfence.controls.vault import KeyOwner, Vault, fields
from tests.attacks.decoding import dump, found_in, found_in_files
from tests.served import Partner, Process, User, deployment_directory, make_partner, process

# May be stored in clear: they say which thing is meant, and nothing about anybody.
IDENTIFIERS = ("external-id", "kid", "agent-name", "key-name", "jti")
# Sealed in the database, and nowhere else.
SEALED = (
    "message", "echo", "tool-zone", "user-name", "email", "sub", "org-name", "partner-name", "instructions",
    "contact", "display-name", "idempotency-key", "idempotent-body", "query", "path", "bearer", "refused-body",
    "header", "agent-string", "refresh", "bad-token", "asked",
)  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Planted:
    """A deployment in which every public input had its canary."""

    server: Process
    northwind: Partner
    alice: User
    mark: str
    run: str

    def canaries(self, *kinds: str) -> list[str]:
        return [f"{self.mark}x{kind}x" for kind in kinds]


@pytest.fixture(scope="module")
def planted() -> Iterator[Planted]:
    mark = f"cnry{secrets.token_hex(5)}"
    with deployment_directory() as directory, process(directory) as server:
        northwind = make_partner(server, "northwind", [f"{mark}xexternal-idx"])
        alice = _plant_tenant(northwind, mark)
        yield Planted(server, northwind, alice, mark, _plant_content(alice, mark))


def _plant_tenant(northwind: Partner, mark: str) -> User:
    org = northwind.organizations[f"{mark}xexternal-idx"]
    sub = f"{mark}xsubx"
    alice = northwind.user(
        sub, f"{mark}xexternal-idx", name=f"Alice {mark}xuser-namex", email=f"{mark}xemailx@rose.example",
        jti=f"{mark}xjtix",
    )  # fmt: skip
    northwind.call("PATCH", f"/organizations/{org}", {"name": f"{mark}xorg-namex"})
    northwind.call("PATCH", f"/organizations/{org}/users/{alice.id}", {"display_name": f"{mark}xdisplay-namex"})
    settings = {"name": f"{mark}xpartner-namex", "security_contact": f"{mark}xcontactx@northwind.example"}
    assert northwind.call("PATCH", "/settings", settings).status == 200
    northwind.call("POST", "/api-keys", {"name": f"{mark}xkey-namex"})
    key = {"kid": f"{mark}xkidx", "algorithm": northwind.key.algorithm, "public_key_pem": northwind.key.public_pem}
    northwind.call("POST", "/signing-keys", key)
    northwind.agent = northwind.add_agent(
        "scripted:fast", name=f"{mark}xagent-namex", instructions=f"{mark}xinstructionsx"
    )
    return alice


def _plant_content(alice: User, mark: str) -> str:
    run = alice.ask(f"Do you know {mark}xmessagex?")["id"]
    echo = alice.ask(f"Repeat after me: {mark}xechox")["id"]
    zone = alice.ask(f"What time is it in Europe/{mark.capitalize()}xtool-zonex?")["id"]
    alice.be_asked(f"What time is it in Europe/{mark.capitalize()}xaskedx?", agent=alice.partner.add_asking_agent())
    for one in (run, echo, zone):
        assert alice.finish(one)["status"] == "completed"
    body = {"agent_id": alice.partner.agent, "input": {"text": f"{mark}xidempotent-bodyx"}}
    headers = {"Idempotency-Key": f"{mark}xidempotency-keyx"}
    assert alice.call("POST", "/runs", body, headers=headers).status == 202
    refused = {"agent_id": f"{mark}xrefused-bodyx", f"{mark}xrefused-bodyx": f"{mark}xrefused-bodyx"}
    for method, path, more in (
        ("GET", f"/runs?cursor={mark}xqueryx&limit=1", {}),
        ("GET", f"/runs/{mark}xpathx", {}),
        ("POST", "/runs", {"body": refused}),
        ("GET", "/me", {"headers": {"Last-Event-ID": f"{mark}xheaderx", "Request-Id": f"{mark}xheaderx!"}}),
        ("GET", "/me", {"headers": {"User-Agent": f"{mark}xagent-stringx", "X-Forwarded-For": f"{mark}xheaderx"}}),
        ("POST", "/embed/auth", {"body": {"token": f"{mark}xbad-tokenx.{mark}xbad-tokenx.x"}}),
        ("POST", "/embed/refresh", {"body": {"refresh_token": f"{mark}xrefreshx"}}),
        ("POST", f"/oauth/token?subject_token={mark}xqueryx", {"headers": FORM}),
        ("POST", "/oauth/token", {"raw": f"grant_type={mark}xbad-grantx".encode(), "headers": FORM}),
    ):
        alice.call(method, path, **more)
    User(alice.partner, f"{mark}xbearerx", "", "").call("GET", "/me")
    return echo


@pytest.mark.promise("CRY-01", "AUD-03")
def test_no_word_of_a_customer_stands_in_a_dump_of_the_database(planted: Planted):
    whole = dump(planted.server.database())
    assert found_in(whole, planted.canaries(*SEALED)) == set()
    assert found_in(whole, planted.canaries(*IDENTIFIERS)) == set(planted.canaries(*IDENTIFIERS))


@pytest.mark.promise("MON-01")
def test_no_log_and_no_file_holds_a_word_of_a_customer(planted: Planted):
    server = planted.server
    assert found_in(server.log.read_bytes(), [planted.mark]) == set()
    assert found_in(server.database().log_file.read_bytes(), [planted.mark]) == set()
    with psycopg.connect(server.database().superuser_dsn, autocommit=True) as connection:
        connection.execute("checkpoint")
    assert found_in_files(server.data, planted.canaries(*SEALED)) == set()
    assert {line.rsplit("x", 2)[1] for line in found_in_files(server.data, planted.canaries("kid"))} == {"kid"}


@pytest.mark.promise("CRY-01")
@pytest.mark.parametrize("how", ["plain", "hex", "base64", "json", "zlib", "gzip", "utf-16", "base64 of gzip"])
def test_the_search_finds_a_word_in_each_disguise(planted: Planted, how: str):
    word = f"disguise{secrets.token_hex(4)}"
    raw = word.encode()
    disguised = {
        "plain": raw,
        "hex": raw.hex().encode(),
        "base64": base64.b64encode(raw),
        "json": json.dumps("".join(f"\\u{ord(c):04x}" for c in word)).encode(),
        "zlib": zlib.compress(raw),
        "gzip": gzip.compress(raw),
        "utf-16": word.encode("utf-16-le"),
        "base64 of gzip": base64.b64encode(gzip.compress(raw)),
    }[how]
    with psycopg.connect(planted.server.database().superuser_dsn, autocommit=True) as connection:
        connection.execute("create table public.scratch (id int, planted bytea)")
        connection.execute("insert into public.scratch values (1, %s)", [disguised])
        try:
            assert found_in(dump(planted.server.database()), [word]) == {word}
        finally:
            connection.execute("drop table public.scratch")


@dataclass(frozen=True)
class Copy:
    """A sealed value as a backup keeps it."""

    owner: KeyOwner
    row_id: UUID
    record: bytes

    def text(self, server: Process) -> str:
        """Opens it with the deployment's own keystore."""
        keystore = FileKeystore.beside(server.data, encryption_key=None)
        try:
            return Vault(keystore).open_text(self.owner, fields.MESSAGE_TEXT, self.row_id, self.record)
        finally:
            keystore.close()


def backup(user: User, org: str) -> Copy:
    """The newest message of a user, copied out of the database."""
    with psycopg.connect(user.partner.server.database().superuser_dsn) as connection:
        row = connection.execute(
            "select id, text from app.message where user_id = %s order by id desc limit 1", [user.id]
        ).fetchone()
    assert row is not None
    return Copy(KeyOwner.user(OrgId(UUID(org)), UserId(UUID(user.id))), row[0], row[1])


def rows_of(server: Process, wanted: str) -> list[str]:
    """The tables of customers' data that still name an id: all but audit, invalidation and the request to destroy."""
    # app.read_count holds a minute of the audit log before it is entries.
    kept = {"app.audit_queue", "app.invalidation", "app.key_destruction", "app.idempotency", "app.read_count"}
    tables: list[str] = []
    table = ""
    for line in dump(server.database()).decode(errors="replace").splitlines():
        if line.startswith("COPY "):
            table = line.split()[1]
        elif wanted in line and table not in kept:
            tables.append(table)
    return tables


@pytest.mark.promise("PRV-01", "CRY-03")
@pytest.mark.parametrize("what", ["user", "organization"])
def test_after_an_erasure_no_copy_can_be_read_again(planted: Planted, what: str):
    northwind, name = planted.northwind, f"doomed-{what}"
    org = northwind.call("POST", "/organizations", {"external_id": name, "name": name}).json["id"]
    zed = northwind.user("zed", name)
    zed.finish(zed.ask("Repeat after me: remember me")["id"])
    copy = backup(zed, org)
    assert "remember me" in copy.text(planted.server)
    assert rows_of(planted.server, zed.id)
    path = f"/organizations/{org}" + (f"/users/{zed.id}" if what == "user" else "")
    assert northwind.call("DELETE", path).status == 200
    with pytest.raises(Destroyed):
        copy.text(planted.server)
    assert rows_of(planted.server, zed.id) == []
