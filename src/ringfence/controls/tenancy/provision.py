"""Gives the database the key that verifies contexts, and rotates it, as its administrator. Keeps TEN-01.

Two keys are valid at a time: the newest without an end, and the one before it for an hour, in which every server has
read the newer's name. Proved in tests/attacks/test_context.py.
"""

import hmac

import psycopg

from ringfence.controls.tenancy.context import ContextKey

_PREFIX = "g"
_OLDEST = 160_000
_TELLS_OF_LOGINS = 170_000
_WATCHED = "select from pg_event_trigger where evtname = 'ringfence_login'"
_WATCH = "create event trigger ringfence_login on login execute function gate.note_login()"
_MEND = "Migrate it as its administrator: ringfence migrate --admin-url URL"
_CURRENT = "select kid, ipad from ctx.key where until is null"
_END = "update ctx.key set until = now() + interval '1 hour' where until is null"
_PRUNE = "delete from ctx.key where until is not null"
_ADD = "insert into ctx.key (kid, ipad, opad) values (%s, %s, %s)"


class NotProvisioned(Exception):  # noqa: N818 - what it names is the state
    """The database is not one that a server can work with; the message says the mend."""


def context_key(root: bytes, kid: str) -> ContextKey:
    """The context key of one generation, derived from the server's own secret."""
    return ContextKey(kid, hmac.digest(root, b"ringfence context " + kid.encode(), "sha256"))


def provision_context(admin_url: str, root: bytes) -> ContextKey:
    """The current key; makes the first one in a new database. NotProvisioned for a database of another keystore."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("set local role ringfence_owner")
        row = connection.execute(_CURRENT).fetchone()
        if row is None:
            return _add(connection, root, 1)
        key = context_key(root, str(row[0]))
        if row[1] != key.pads()[0]:
            # A new key would lock out the servers that hold the right one, and open no content either.
            raise NotProvisioned(
                "This database was set up with another keystore. Set RINGFENCE_DATA to the directory of that one."
            )
        return key


def watch_logins(admin_url: str) -> bool:
    """Has the database count log-ins of roles that row security does not bind; False where it cannot (TEN-10).

    PostgreSQL 17 and newer tell of a log-in, to a superuser's trigger alone: on a managed database nobody is one, and
    `ringfence doctor` says so. The function swallows whatever fails in it, so nobody is locked out by being counted.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if connection.info.server_version < _TELLS_OF_LOGINS:
            return False
        if connection.execute(_WATCHED).fetchone() is not None:
            return True
        try:
            connection.execute(_WATCH)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction):
            return False
        except psycopg.errors.DuplicateObject:
            return True  # another process was faster
    return True


def rotate_context(admin_url: str, root: bytes) -> ContextKey:
    """A new key; the one before it stays valid for an hour."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("set local role ringfence_owner")
        row = connection.execute(_CURRENT).fetchone()
        connection.execute(_PRUNE)
        connection.execute(_END)
        return _add(connection, root, int(str(row[0]).removeprefix(_PREFIX)) + 1 if row else 1)


def newest_context(url: str, root: bytes) -> ContextKey:
    """The key that a server signs with, found by its name with the app role's own connection; NotProvisioned."""
    try:
        with psycopg.connect(url) as connection:
            version = connection.info.server_version
            if version < _OLDEST:
                raise NotProvisioned(f"PostgreSQL {version // 10_000} is too old: Ringfence needs 16 or newer.")
            row = connection.execute("select ctx.newest_kid()").fetchone()
    except psycopg.OperationalError as failure:
        raise NotProvisioned(f"The database cannot be reached: {str(failure).strip()}") from None
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction):
        raise NotProvisioned(f"The database has no schema of Ringfence's. {_MEND}") from None
    if row is None or row[0] is None:
        raise NotProvisioned(f"The database holds no context key. {_MEND}")
    return context_key(root, str(row[0]))


def _add(connection: psycopg.Connection[tuple[object, ...]], root: bytes, generation: int) -> ContextKey:
    key = context_key(root, f"{_PREFIX}{generation}")
    connection.execute(_ADD, [key.kid, *key.pads()])
    return key
