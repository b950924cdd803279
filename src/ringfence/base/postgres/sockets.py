"""The directory of the server's only socket: short (a socket's path ends at about 104 bytes), 0700, its uid's own."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.files import read_plain, write_private
from ringfence.base.postgres.identity import Identity

PORT: Final = 5432  # the socket's name ends in it; no port is opened
_RECORD: Final = "socket-directory"
_LONGEST_PATH_BYTES: Final = 103  # sockaddr_un holds 108 bytes on Linux, 104 on macOS, the final NUL included
_TRIES: Final = 20


def prepare(home: Path, identity: Identity, *, base: Path) -> Path:
    """The recorded socket directory when it is still safely ours, else a new one, recorded in `home`.

    The base (/tmp) is everyone's: names are random, made by mkdir (which follows no link and fails on what exists),
    and a recorded one is trusted only after a look at its owner and mode, since a reboot clears the base.
    The caller knows that no server of this data directory runs.
    """
    recorded = recall(home)
    if recorded is not None and is_safe(recorded, identity):
        _clear(recorded)
        return recorded
    directory = _make(base, identity)
    write_private(home / _RECORD, f"{directory}\n")
    return directory


def recall(home: Path) -> Path | None:
    """The directory that was recorded last; not yet known to be safe."""
    text = read_plain(home / _RECORD)
    return Path(text.strip()) if text and text.strip() else None


def is_safe(directory: Path, identity: Identity) -> bool:
    """Whether this is a real directory, of this identity, that nobody else can enter."""
    try:
        status = directory.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if status.st_uid != identity.uid:
        return False
    return stat.S_IMODE(status.st_mode) == stat.S_IRWXU


def clear(home: Path, identity: Identity) -> None:
    """Empties the recorded directory after the server has stopped.

    NOTE: the directory stays, so that the next server has the same address: other processes hold it, and while it is
    there nobody else can take its name and answer in the server's place.
    """
    directory = recall(home)
    if directory is not None and is_safe(directory, identity):
        _clear(directory)


def remove(home: Path, identity: Identity) -> None:
    """Takes the recorded directory away, for a data directory that goes too."""
    directory = recall(home)
    (home / _RECORD).unlink(missing_ok=True)
    if directory is not None and is_safe(directory, identity):
        _clear(directory)
        directory.rmdir()


def _clear(directory: Path) -> None:
    # A killed server's lock file names its pid, which blocks the next one for as long as init keeps the zombie.
    for leftover in directory.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _make(base: Path, identity: Identity) -> Path:
    for _ in range(_TRIES):
        directory = base / f"rf-{secrets.token_urlsafe(6)}"
        if len(os.fsencode(directory / f".s.PGSQL.{PORT}")) > _LONGEST_PATH_BYTES:
            raise PostgresError(f"A socket below {base} would have too long a path.", "Name a shorter directory.")
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise PostgresError(
                f"No socket directory can be made in {base}: {error.strerror}.", f"Make {base} writable."
            ) from error
        if identity.owner is not None:
            os.chown(directory, *identity.owner, follow_symlinks=False)
        directory.chmod(0o700)  # whatever the umask made of it
        return directory
    raise PostgresError(f"{_TRIES} random names in {base} were all taken.", f"Look at who fills {base}.")
