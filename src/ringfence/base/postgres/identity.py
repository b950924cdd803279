"""The uid that the server runs as: our own, or one without privileges when we are root (Postgres refuses uid 0)."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.base.postgres.failure import PostgresError

SYSTEM_USER: Final = "ringfence-pg"
# Never the caller's: PG* variables, LD_* and a foreign language of messages would change what the programs do.
ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the server's programs run as; `is_demoted` says that this is not ourselves."""

    uid: int
    gid: int
    is_demoted: bool

    @property
    def owner(self) -> tuple[int, int] | None:
        """(uid, gid) to give files to, or None when they are ours already."""
        return (self.uid, self.gid) if self.is_demoted else None

    def run(self, command: Sequence[str | Path], *, timeout_seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """The finished command, run as this identity in a session of its own, so that Ctrl-C does not reach it.

        Raises OSError when this identity cannot execute it.
        """
        return subprocess.run(  # noqa: S603 - a list and no shell; callers name our own programs
            [str(part) for part in command],
            capture_output=True,
            check=False,
            cwd="/",
            encoding="utf-8",
            env=ENVIRONMENT,
            errors="replace",
            extra_groups=[] if self.is_demoted else None,
            group=self.gid if self.is_demoted else None,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            umask=0o077,
            user=self.uid if self.is_demoted else None,
        )

    def reaches(self, directory: Path) -> bool:
        """Whether this identity can pass through the directory and all above it, as the kernel says."""
        return self.run(["/bin/sh", "-c", 'cd "$0"', directory]).returncode == 0

    def executes(self, program: Path) -> bool:
        """Whether this identity can run the program."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except OSError:
            return False


def choose(cluster: Path) -> Identity:
    """The owner of an existing cluster, else ourselves, else (as root) a system user of our own or `nobody`."""
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), is_demoted=False)
    if cluster.is_dir():
        status = cluster.lstat()
        if status.st_uid != 0:
            return Identity(status.st_uid, status.st_gid, is_demoted=True)
    entry = _find(SYSTEM_USER) or _make_system_user() or _find("nobody")
    if entry is None or entry.pw_uid == 0:
        raise PostgresError(
            "Postgres does not run as root, and this machine has neither useradd nor a user `nobody`.",
            f"Make a system user `{SYSTEM_USER}`, or run Ringfence as a normal user.",
        )
    return Identity(entry.pw_uid, entry.pw_gid, is_demoted=True)


def require_name(identity: Identity) -> None:
    """Refuses a uid without a passwd entry, which initdb would refuse less clearly."""
    try:
        pwd.getpwuid(identity.uid)
    except KeyError:
        raise PostgresError(
            f"The uid {identity.uid} has no entry in the user database, and initdb needs one.",
            f"Add a line for uid {identity.uid} to /etc/passwd, run Ringfence as root, or use a database of your own.",
        ) from None


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make_system_user() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path=ENVIRONMENT["PATH"])
    if useradd is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run(  # noqa: S603 - the system's own program, arguments fixed
        [useradd, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        check=False,  # a read-only /etc, or another process was quicker: the look-up below decides
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
    )
    return _find(SYSTEM_USER)
