"""The cast as users of a real server: Northwind's Rose and Thorn, and Southwind's Briar."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.served import Partner, Process, User, deployment_directory, make_partner, process


@dataclass(frozen=True)
class Cast:
    """Everybody, logged in."""

    server: Process
    northwind: Partner
    southwind: Partner
    alice: User
    bob: User
    ada: User
    vera: User
    mallory: User
    zoe: User


def make_cast(server: Process) -> Cast:
    """Makes both partners and logs everybody in: in Rose, Ada is admin, Vera a viewer, Alice and Bob are members."""
    northwind = make_partner(server, "northwind", ["rose", "thorn"])
    southwind = make_partner(server, "southwind", ["briar"])
    return Cast(
        server,
        northwind,
        southwind,
        alice=northwind.user("alice", "rose"),
        bob=northwind.user("bob", "rose"),
        ada=northwind.user("ada", "rose", role="admin"),
        vera=northwind.user("vera", "rose", role="viewer"),
        mallory=northwind.user("mallory", "thorn"),
        zoe=southwind.user("zoe", "briar"),
    )


@contextmanager
def served_cast() -> Iterator[Cast]:
    """A server of its own with everybody in it."""
    with deployment_directory() as directory, process(directory) as server:
        yield make_cast(server)
