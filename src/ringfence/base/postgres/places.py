"""Where cluster and programs lie, so that the server's uid reaches them: in the data directory, or in a fallback."""

import hashlib
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ringfence.base.postgres.binaries import Binaries
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.files import read_plain, write_private
from ringfence.base.postgres.identity import Identity, choose

FALLBACK: Final = Path("/var/lib/ringfence")
_ELSEWHERE: Final = (
    "cluster-elsewhere"  # holds the random name, so that a new data directory never finds an old cluster
)
_CLUSTER: Final = "cluster"


@dataclass(frozen=True, slots=True)
class Place:
    """The cluster's directory, the programs and the identity that runs them; `note` tells of a fallback, for people."""

    cluster: Path
    binaries: Binaries
    identity: Identity
    note: str | None


def recall(home: Path, *, fallback: Path = FALLBACK) -> Path:
    """The cluster's directory for this data directory, whether it exists or not."""
    name = (read_plain(home / _ELSEWHERE) or "").strip()
    return fallback / name / _CLUSTER if re.fullmatch(r"[0-9a-f]{16}", name) else home / _CLUSTER


def settle(home: Path, binaries: Binaries, *, outermost: Path, fallback: Path) -> Place:
    """The place for the cluster of this data directory, made ready; an existing cluster stays where it is.

    As root, directories from `outermost` down to `home` that are root's alone are opened for passing through, for the
    server's group only. Nothing above is touched: what cannot be reached there moves the cluster to the fallback.
    """
    cluster = recall(home, fallback=fallback)
    identity = choose(cluster)
    if not identity.is_demoted:
        _require_ours(home)
        return Place(cluster, binaries, identity, None)
    for directory in _from_outermost(home, outermost):
        _open_for(identity, directory)
    if not identity.reaches(home) and cluster == home / _CLUSTER:
        cluster = _move_out(home, cluster, fallback)
    if cluster.parent != home:
        _make_shared(fallback)
        cluster.parent.mkdir(mode=0o700, exist_ok=True)
        _open_for(identity, cluster.parent)
    readable = _readable(binaries, identity, fallback)
    notes = [
        f"The cluster is in {cluster}: uid {identity.uid} cannot reach {home}." if cluster.parent != home else "",
        f"The server's programs were copied to {readable.directory}." if readable != binaries else "",
    ]
    return Place(cluster, readable, identity, " ".join(filter(None, notes)) or None)


def _require_ours(home: Path) -> None:
    owner = home.stat().st_uid
    if owner != os.geteuid():
        raise PostgresError(
            f"The data directory {home} belongs to uid {owner}, not to uid {os.geteuid()}.",
            "Run Ringfence as its owner, or name a data directory of your own.",
        )


def _from_outermost(home: Path, outermost: Path) -> list[Path]:
    if not home.is_relative_to(outermost):
        return [home]
    return [each for each in (*reversed(home.parents), home) if each.is_relative_to(outermost)]


def _open_for(identity: Identity, directory: Path) -> None:
    """Lets the server's group, and nobody else, pass through a directory that only root could."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(handle)
        mode = stat.S_IMODE(status.st_mode)
        is_roots_alone = status.st_uid == 0 and not mode & (stat.S_IRWXG | stat.S_IRWXO)
        if is_roots_alone:
            os.fchown(handle, 0, identity.gid)
            os.fchmod(handle, mode | stat.S_IXGRP)
    except PermissionError:
        pass  # a file system that gives nothing away (NFS, a bind mount): the question `reaches` decides
    finally:
        os.close(handle)


def _move_out(home: Path, cluster: Path, fallback: Path) -> Path:
    if cluster.exists():
        raise PostgresError(
            f"The database in {cluster} cannot be reached by the uid that runs it.",
            "Make each directory above it passable (chmod o+x), or move the data directory.",
        )
    name = secrets.token_hex(8)
    write_private(home / _ELSEWHERE, f"{name}\n")
    return fallback / name / _CLUSTER


def _make_shared(directory: Path) -> None:
    """The fallback's root: root's own, readable by all, writable by nobody else."""
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        raise PostgresError(
            f"The server's uid cannot reach the data directory, and {directory} cannot be made: {error.strerror}.",
            "Name a data directory whose parents are passable (chmod o+x), such as one below /var/lib or /srv.",
        ) from error
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & 0o022
    if not is_ours:
        raise PostgresError(
            f"{directory} is not a directory that only root can write.",
            f"Run: chown root {directory}; chmod 755 {directory}",
        )


def _readable(binaries: Binaries, identity: Identity, fallback: Path) -> Binaries:
    """The programs themselves, or a copy of their tree that this identity can run."""
    if identity.executes(binaries.program("postgres")):
        return binaries
    tree = binaries.directory.parent
    if not (tree / "share").is_dir():
        raise PostgresError(
            f"uid {identity.uid} cannot run the programs in {binaries.directory}, and they cannot be copied alone.",
            "Make each directory above them passable (chmod o+x).",
        )
    _make_shared(fallback)
    digest = hashlib.sha256(binaries.program("postgres").read_bytes()).hexdigest()[:12]
    copy = fallback / f"postgres-{binaries.version}-{digest}"
    if not copy.is_dir():
        _copy(tree, copy)
    result = replace(binaries, directory=copy / tree.parent.name / tree.name / "bin")
    if not identity.executes(result.program("postgres")):
        raise PostgresError(
            f"uid {identity.uid} cannot run the copied programs in {result.directory}.",
            f"Remove {copy}, and check that {fallback} is not mounted noexec.",
        )
    return result


def _copy(tree: Path, copy: Path) -> None:
    """Copies the programs and the libraries that wheels lay beside their package; complete or not at all."""
    partial = copy.with_name(f".{copy.name}.{secrets.token_hex(4)}")
    package = tree.parent
    shutil.copytree(tree, partial / package.name / tree.name, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs") if package.name else None
    if libraries is not None and libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name)
    for each in (partial, *partial.rglob("*")):
        if not each.is_symlink():
            each.chmod(0o755 if each.is_dir() or each.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        partial.rename(copy)
    except OSError:
        shutil.rmtree(partial)  # another process was quicker
        if not copy.is_dir():
            raise
