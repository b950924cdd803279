"""One deployment on this machine: its data directory, keystore and database, opened for a command or for serving.

The embedded database is started (or adopted), migrated, and its app role gets a password of its own; with
RINGFENCE_DATABASE_URL nothing is started and migrations are the operator's own step.
"""

import os
import secrets
import stat
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ringfence.base.crypto import Secret
from ringfence.base.postgres import EmbeddedPostgres, Server, find, migrate, set_role_password
from ringfence.controls.keystore import (
    AzureAccess,
    BaoAccess,
    Choice,
    Keystore,
    KeystoreRefusal,
    ServerKey,
    open_keystore,
)
from ringfence.controls.tenancy import ContextKey, newest_context, provision_context, watch_logins
from ringfence.settings import Settings

if TYPE_CHECKING:
    from ringfence.assembly import Parts
    from ringfence.features.ops import Told

OWNER_ROLE = "ringfence_owner"
APP_ROLE = "ringfence_app"
_APP_PASSWORD = "app.password"  # noqa: S105 - a file's name


class NoDatabase(Exception):  # noqa: N818 - what it names is the state
    """There is no database to work with; the message says the mend."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Handles of an opened deployment; `embedded` is None on an external database."""

    settings: Settings
    keystore: Keystore
    database_url: str
    context_key: ContextKey
    context_root: bytes
    embedded: EmbeddedPostgres | None
    server: Server | None


def schema_directory() -> Path:
    """The migrations, as installed."""
    return Path(str(resources.files("ringfence") / "schema"))


@contextmanager
def opened(settings: Settings, *, command: str, report: Callable[[str], None]) -> Generator[Deployment]:
    """The deployment, running and migrated, for a command that the log names, as it does what became of it.

    An embedded database that we started is stopped at the end, last of all.
    """
    with _running(settings, report=report) as deployment, _recorded(deployment, command):
        yield deployment


@contextmanager
def _running(settings: Settings, *, report: Callable[[str], None]) -> Generator[Deployment]:
    keystore = _keystore(settings)
    root = keystore.server_key(ServerKey.CONTEXT_SIGNING).reveal()
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        yield Deployment(settings, keystore, url, newest_context(url, root), root, None, None)
        return
    embedded = _embedded(settings)
    server = embedded.start()
    try:
        report(f"PostgreSQL {server.version} {'adopted' if server.adopted else 'started'} (pid {server.pid}).")
        yield _prepare(settings, keystore, root, embedded=embedded, server=server, report=report)
    finally:
        embedded.stop()


@contextmanager
def beside(settings: Settings, *, command: str) -> Generator[Deployment]:
    """The deployment for a short command: beside the server that runs, or started for the moment when none does.

    The command and what became of it are entries of the platform's log.
    """
    server = None if settings.database_url is not None else _embedded(settings).find_running()
    if server is None:
        with opened(settings, command=command, report=lambda _text: None) as deployment:
            yield deployment
        return
    keystore = _keystore(settings)
    root = keystore.server_key(ServerKey.CONTEXT_SIGNING).reveal()
    url = server.dsn(APP_ROLE, _password(settings.data))
    deployment = Deployment(settings, keystore, url, newest_context(url, root), root, None, server)
    with _recorded(deployment, command):
        yield deployment


def _recorded(deployment: Deployment, command: str) -> AbstractContextManager[None]:
    from ringfence.cli.recording import recorded  # noqa: PLC0415 - quick help

    return recorded(deployment.database_url, deployment.context_key, command)


def configured(deployment: Deployment, process: str) -> None:
    """Enters which settings differ from the last start of this process on this host: their names alone."""
    from ringfence.cli.recording import note_configuration  # noqa: PLC0415 - quick help

    settings = {name: getattr(deployment.settings, name) for name in type(deployment.settings).model_fields}
    secret = deployment.keystore.server_key(ServerKey.REQUEST_HASH).reveal()
    note_configuration(
        deployment.database_url, deployment.context_key, secret=secret, process=process, settings=settings
    )


def is_running(settings: Settings) -> bool:
    """Whether there is a database to be asked without starting one."""
    return settings.database_url is not None or _embedded(settings).find_running() is not None


def parts_of(deployment: Deployment, tour: "Told | None" = None) -> "Parts":
    """What the application is made from."""
    from ringfence.assembly import Parts  # noqa: PLC0415 - the application costs most of a start; few commands need it
    from ringfence.features.ops import Told  # noqa: PLC0415 - as above

    return Parts(
        settings=deployment.settings,
        keystore=deployment.keystore,
        database_url=deployment.database_url,
        context_key=deployment.context_key,
        context_root=deployment.context_root,
        tour=tour or Told(),
    )


def migrate_external(settings: Settings, admin_url: str, *, report: Callable[[str], None]) -> list[str]:
    """Migrates an external database as its administrator and provisions the context key; gives what was applied."""
    applied = migrate(admin_url, schema_directory(), owner_role=OWNER_ROLE, report=report)
    provision_context(admin_url, _keystore(settings).server_key(ServerKey.CONTEXT_SIGNING).reveal())
    watch_logins(admin_url)
    return applied


def _prepare(  # noqa: PLR0913 - the parts of a deployment
    settings: Settings,
    keystore: Keystore,
    root: bytes,
    *,
    embedded: EmbeddedPostgres,
    server: Server,
    report: Callable[[str], None],
) -> Deployment:
    migrate(server.superuser_dsn, schema_directory(), owner_role=OWNER_ROLE, report=report)
    password = _password(settings.data)
    set_role_password(server.superuser_dsn, APP_ROLE, password)
    key = provision_context(server.superuser_dsn, root)
    watch_logins(server.superuser_dsn)
    return Deployment(settings, keystore, server.dsn(APP_ROLE, password), key, root, embedded, server)


def _keystore(settings: Settings) -> Keystore:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.data.stat().st_mode & stat.S_IWOTH:
        # Whoever can write there can put another keystore, root key or password in the place of ours.
        raise KeystoreRefusal(f"{settings.data} can be written by everyone: chmod o-w {settings.data}")
    return open_keystore(choice_of(settings))


def choice_of(settings: Settings) -> Choice:
    """What the settings say of the keystore."""
    return Choice(
        data=settings.data,
        driver=settings.keystore,
        root=settings.root_key,
        root_previous=settings.root_key_prev,
        encryption_key=_secret(settings.encryption_key),
        encryption_key_previous=_secret(settings.encryption_key_prev),
        bao=BaoAccess(
            token=_secret(settings.openbao_token),
            token_file=settings.openbao_token_file,
            role_id=settings.openbao_role_id,
            secret_id=_secret(settings.openbao_secret_id),
            approle=settings.openbao_approle,
            namespace=settings.openbao_namespace,
            ca_file=settings.openbao_ca,
        ),
        bao_transit=settings.openbao_transit,
        bao_kv=settings.openbao_kv,
        bao_prefix=settings.openbao_prefix,
        azure=AzureAccess(
            tenant=settings.azure_tenant_id,
            client=settings.azure_client_id,
            secret=_secret(settings.azure_client_secret),
            authority=settings.azure_authority_host,
            token_file=settings.azure_federated_token_file,
            identity_endpoint=settings.azure_identity_endpoint,
            identity_header=_secret(settings.azure_identity_header),
        ),
    )


def _secret(given: SecretStr | None) -> Secret | None:
    return Secret(given.get_secret_value().encode()) if given is not None else None


def give_up_address(settings: Settings) -> None:
    """Takes away what an embedded database keeps outside the data directory, before that is deleted."""
    _embedded(settings).give_up_address()


def _embedded(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.data / "postgres", find(settings.pg_bin), outermost=settings.data)


def _password(data: Path) -> str:
    path = data / _APP_PASSWORD
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text()
