"""`ringfence serve` and `ringfence migrate`."""

import gc
import os
import sys

from ringfence.assembly import post_for
from ringfence.base import log
from ringfence.cli.deployment import NoDatabase, beside, configured, migrate_external, opened
from ringfence.cli.doctor_settings import refuse_unsafe
from ringfence.cli.serving import listen
from ringfence.cli.serving import serve as run_server
from ringfence.cli.serving import work as run_worker
from ringfence.controls.tenancy import rotate_context as rotate_key
from ringfence.features.ops import Told
from ringfence.settings import Settings


def serve(*, admin_url: str | None) -> None:
    """Serves until told to stop."""
    settings = Settings()
    log.configure(json_lines=settings.log_format == "json")
    refuse_unsafe(settings)
    if admin_url is not None:
        _require_external(settings)
        migrate_external(settings, admin_url, report=_say)
    post_for(settings)  # A wrong mail setting is refused before anything starts.
    listening = listen(settings.host, settings.port)
    with opened(settings, command="serve", report=_say) as deployment:
        configured(deployment, "serve")
        address = listening.getsockname()
        run_server(
            deployment,
            listening,
            tour=Told(),
            ready=lambda: _ready(f"Ringfence serves on http://{address[0]}:{address[1]} (pid {os.getpid()})."),
        )


def work() -> None:
    """Executes runs, jobs and deliveries until told to stop; answers no HTTP."""
    settings = Settings()
    log.configure(json_lines=settings.log_format == "json")
    refuse_unsafe(settings)
    post_for(settings)
    with opened(settings, command="worker", report=_say) as deployment:
        configured(deployment, "worker")
        run_worker(deployment, ready=lambda: _ready(f"Ringfence works (pid {os.getpid()})."))


def migrate(*, admin_url: str | None, rotate: bool) -> None:
    """Migrates, and says what was applied."""
    settings = Settings()
    if admin_url is not None:
        _require_external(settings)
        applied = migrate_external(settings, admin_url, report=_say)
        with beside(settings, command="migrate") as deployment:
            if rotate:
                rotate_key(admin_url, deployment.context_root)
    else:
        if settings.database_url is not None:
            raise NoDatabase("An external database is migrated as its administrator: ringfence migrate --admin-url URL")
        with opened(settings, command="migrate", report=_say) as deployment:
            applied = []
            if rotate and deployment.server is not None:
                rotate_key(deployment.server.superuser_dsn, deployment.context_root)
    print("\n".join(applied) or "The schema is up to date.")


def _require_external(settings: Settings) -> None:
    if settings.database_url is None:
        raise NoDatabase(
            "--admin-url goes with an external database: set RINGFENCE_DATABASE_URL to the URL of ringfence_app."
        )


def _ready(text: str) -> None:
    """Says so; from here on garbage is looked for as often as Python does by itself, no longer as while it started."""
    gc.set_threshold(700)
    _say(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
