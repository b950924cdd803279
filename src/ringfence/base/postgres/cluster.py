"""The cluster's directory: made in one step, configured at each start, of the programs' major version."""

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from ringfence.base.postgres import configuration
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.files import read_plain, write_private
from ringfence.base.postgres.identity import require_name
from ringfence.base.postgres.places import Place

SUPERUSER: Final = "ringfence_boot"
BUILTIN_LOCALE_MAJOR: Final = 17
_PASSWORD: Final = "superuser-password"  # noqa: S105 - the name of the file
_INCLUDE: Final = "include_if_exists = 'ringfence.conf'\n"


def exists(cluster: Path) -> bool:
    """Whether a complete cluster is there; an interrupted initdb leaves none."""
    return (cluster / "PG_VERSION").is_file()


def password(home: Path) -> str:
    """The boot superuser's password, from a file that only we can read."""
    text = read_plain(home / _PASSWORD)
    if not text:
        raise PostgresError(
            f"The file {home / _PASSWORD} is missing, and the database cannot be opened without it.",
            "Restore it from a backup of the data directory.",
        )
    return text.strip()


def make(home: Path, place: Place, *, durable: bool) -> None:
    """Makes the cluster: beside its final place first, so that a crash leaves nothing that looks complete."""
    require_name(place.identity)
    building = place.cluster.with_name(f"{place.cluster.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    if place.identity.owner is not None:
        os.chown(building, *place.identity.owner)
    secret = secrets.token_urlsafe(32)
    secret_file = building / "password"
    write_private(secret_file, f"{secret}\n", owner=place.identity.owner)
    finished = place.identity.run(_initdb(place, building / "data", secret_file, durable=durable))
    if finished.returncode != 0:
        shutil.rmtree(building, ignore_errors=True)
        raise PostgresError(
            f"initdb failed: {finished.stderr.strip()[-600:]}",
            f"Check the space and the mode of {place.cluster.parent}.",
        )
    write_private(home / _PASSWORD, f"{secret}\n")
    (building / "data").rename(place.cluster)
    shutil.rmtree(building)


def configure(place: Place, socket_directory: Path, *, durable: bool) -> None:
    """Writes our settings and host rules anew, and refuses a cluster of another major version."""
    made_by = (read_plain(place.cluster / "PG_VERSION") or "").strip()
    if made_by != str(place.binaries.major):
        raise PostgresError(
            f"The database in {place.cluster} was made by PostgreSQL {made_by}; "
            f"{place.binaries.source} is PostgreSQL {place.binaries.version}.",
            f"Name the bin directory of a PostgreSQL {made_by} in RINGFENCE_PG_BIN, or move the data with pg_dump.",
        )
    owner = place.identity.owner
    text = configuration.settings(major=place.binaries.major, durable=durable, socket_directory=socket_directory)
    write_private(place.cluster / "ringfence.conf", text, owner=owner)
    write_private(place.cluster / "pg_hba.conf", configuration.HOST_RULES, owner=owner)
    main = read_plain(place.cluster / "postgresql.conf") or ""
    if _INCLUDE not in main:
        write_private(place.cluster / "postgresql.conf", f"{main}\n{_INCLUDE}", owner=owner)


def _initdb(place: Place, directory: Path, secret_file: Path, *, durable: bool) -> list[str | Path]:
    command: list[str | Path] = [place.binaries.program("initdb"), "--pgdata", directory]
    command += [f"--username={SUPERUSER}", f"--pwfile={secret_file}", "--auth=scram-sha-256"]
    command += ["--encoding=UTF8", "--data-checksums", "--no-instructions"]
    if not durable:
        command.append("--no-sync")
    if place.binaries.major >= BUILTIN_LOCALE_MAJOR:
        return [*command, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*command, "--locale-provider=libc", f"--locale={_libc_locale(place)}"]


def _libc_locale(place: Place) -> str:
    """C.UTF-8 where libc has it, else C (bytes in order, upper and lower case for ASCII only)."""
    known = place.identity.run(["locale", "-a"]).stdout.lower().split() if shutil.which("locale") else []
    return "C.UTF-8" if {"c.utf8", "c.utf-8"} & set(known) else "C"
