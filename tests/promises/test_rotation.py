"""Keys are rotated beside a server that serves: what was written before is read after, by whoever could."""

import json

import psycopg
import pytest

from tests.served_cast import Cast

_UNDER = "select substr(text, 2, 16) from app.message where user_id = %s order by id"


def under(served: Cast) -> list[bytes]:
    """The ids of the keys that Bob's messages are sealed under."""
    with psycopg.connect(served.server.database().superuser_dsn) as admin:
        return [bytes(row[0]) for row in admin.execute(_UNDER, [served.bob.id])]


def organization(served: Cast) -> str:
    with psycopg.connect(served.server.database().superuser_dsn) as admin:
        found = admin.execute("select org_id from app.app_user where id = %s", [served.bob.id]).fetchone()
    assert found is not None
    return str(found[0])


def nothing_is_under_way(served: Cast) -> None:
    """Ends what other tests of the same server asked for; the keys that they left stay."""
    with psycopg.connect(served.server.database().superuser_dsn) as admin:
        admin.execute(
            "update app.key_rotation set state = 'kept', rotated_at = coalesce(rotated_at, now()), until = null "
            "where state in ('sealing', 'settling')"
        )


def under_way(served: Cast) -> list[str]:
    return [each["state"] for each in status(served)["rotations"] if each["state"] in {"sealing", "settling"}]


def status(served: Cast) -> dict:
    done = served.server.run("keys", "status", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.promise("CRY-02")
def test_an_organizations_keys_and_then_the_root_key_are_rotated_while_it_is_served(served: Cast):
    nothing_is_under_way(served)
    run = served.bob.ask("Before.")
    served.bob.finish(run["id"])
    before, conversation = under(served), run["conversation_id"]
    done = served.server.run("keys", "rotate", "--organization", organization(served))
    assert (done.returncode, done.stderr) == (0, "")
    assert ": 100%\n" in done.stdout
    assert "looked over once more" in done.stdout
    between = under(served)
    assert len(between) == len(before)
    assert not set(before) & set(between)
    assert under_way(served) == ["settling"]
    root = status(served)["root_fingerprint"]
    done = served.server.run("keys", "rotate-root")
    assert (done.returncode, done.stderr) == (0, "")
    shown = status(served)
    assert shown["root_fingerprint"] != root
    assert (shown["root_before"], shown["previous_root_may_go"]) == (None, True)
    said = served.bob.call("GET", f"/conversations/{conversation}/messages").json["items"]
    assert "Before." in [each["text"] for each in said]
    again = served.bob.ask("After.", conversation=conversation)
    served.bob.finish(again["id"])
    assert set(under(served)) == set(between), "the server writes under the new key"
    assert "is not needed" in served.server.run("keys", "status").stdout


@pytest.mark.promise("CRY-02")
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rotate"], 2, "Say whose"),
        (["rotate", "--partner", "nobody"], 1, "by its id"),
        (["rotate", "--user", "nobody"], 1, "by its id"),
        (["rotate", "--all-older-than", "soon"], 1, "such as 90d"),
        (["rotate", "--organization", "01900000-0000-7000-8000-000000000000"], 1, "no such thing"),
        (["rotate-root", "--to", "paper:1"], 1, "no place of a new root key"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(served: Cast, arguments, code, says):
    done = served.server.run("keys", *arguments)
    assert done.returncode == code
    assert says in done.stderr


def test_nothing_is_older_than_it_is(served: Cast):
    done = served.server.run("keys", "rotate", "--all-older-than", "3650d")
    assert (done.returncode, done.stdout) == (0, "No key is older.\n")
