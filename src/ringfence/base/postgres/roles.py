"""Passwords of login roles, set so that no clear password reaches the server or its log."""

import psycopg
from psycopg import sql


def set_role_password(admin_dsn: str, role: str, password: str) -> None:
    """Gives an existing role its password, as a SCRAM verifier that is computed on our side."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        statement = sql.SQL("alter role {} password {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))
