"""What the machine and the data directory say: programs, file modes, disk, and what a demo left behind."""

import asyncio
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from typing import Final

from ringfence.base import clock
from ringfence.base.postgres import PostgresError, find
from ringfence.cli.doctor_findings import Finding, good_or
from ringfence.controls.extraction import Extractor, Layer, is_enough
from ringfence.evidence import register, statements
from ringfence.settings import Settings

_PRIVATE: Final = 0o077
_SECRET_FILES: Final = (
    "root.key", "keystore", "demo.json", "app.password", "demo-signing-key.pem", "demo-tool-key", "mail",
)  # fmt: skip
_DEMO_FILES: Final = ("demo.json", "demo-signing-key.pem", "demo-tool-key", "demo-key.json")
_FREE_BYTES: Final = 2 * 1024**3


def findings(settings: Settings) -> Iterator[Finding]:
    """What every deployment needs of its machine."""
    version = platform.python_version()
    is_new = sys.version_info >= (3, 11)
    yield good_or("python", is_new, f"Python {version}", bad=f"Python {version}", mend="Install Python 3.11 or newer.")
    if settings.database_url is None:
        try:
            binaries = find(settings.pg_bin)
            yield Finding("postgres_binaries", f"PostgreSQL {binaries.version} ({binaries.source})")
        except PostgresError as failure:
            yield Finding("postgres_binaries", failure.message, failure.mend)
    yield from _modes(settings)
    yield from _disk(settings)
    yield _sandbox(settings)


def production(settings: Settings) -> Iterator[Finding]:
    """What production needs of it besides."""
    left = [name for name in _DEMO_FILES if (settings.data / name).exists()]
    yield good_or(
        "demo",
        not left,
        "No demo was run on these data.",
        bad=f"A demo was run on these data, and left its keys: {', '.join(left)}.",
        mend="Begin on an empty data directory (RINGFENCE_DATA), or restrict the demo's partner "
        "(ringfence partner restrict ID) and delete those files.",
    )
    yield from _statements(settings)


def _modes(settings: Settings) -> Iterator[Finding]:
    for name in _SECRET_FILES:
        path = settings.data / name
        if path.exists():
            is_open = stat.S_IMODE(path.stat().st_mode) & _PRIVATE
            yield good_or(
                f"mode_{name}",
                not is_open,
                f"Mode of {path}",
                bad=f"Others may open {path}.",
                mend=f"chmod -R go-rwx {path}" if path.is_dir() else f"chmod go-rwx {path}",
            )


def _disk(settings: Settings) -> Iterator[Finding]:
    if not settings.data.exists():
        return
    free = shutil.disk_usage(settings.data).free
    told = f"{free // 1024**2} MB are free where the data lie."
    mend = f"Make room on the disk of {settings.data}, or move it: RINGFENCE_DATA=/another/disk"
    yield good_or("disk", free >= _FREE_BYTES, told, bad=told, mend=mend)


def _sandbox(settings: Settings) -> Finding:
    """Which layers keep the parsers of files in their place, tried out."""
    held = asyncio.run(Extractor().layers())
    told = f"Files are read behind: {', '.join(held)}."
    if is_enough(held):
        return Finding("extraction", told)
    weak = (
        f"This machine cannot confine the parsers of files: it has {', '.join(held) or 'nothing'}, not {Layer.SECCOMP}."
    )
    if settings.extraction == "strict":
        return Finding("extraction", weak, advice="No file is read here; RINGFENCE_EXTRACTION=best-effort reads them.")
    return Finding("extraction", weak, "Run it on Linux (x86_64 or aarch64), or set RINGFENCE_EXTRACTION=strict.")


def _statements(settings: Settings) -> Iterator[Finding]:
    """People's controls: whether their file is there, can be read, and has nothing that is over."""
    path = settings.statements_file
    if not path.exists():
        yield Finding(
            "statements",
            "There is no file of people's statements: the Trust Center shows their controls as open.",
            f"ringfence statements init, then edit {path}",
        )
        return
    ledger = statements.load(path, register.load().promises, today=clock.now().date())
    if not ledger.is_readable:
        yield Finding("statements", f"{path} cannot be read as statements.", "ringfence statements check")
        return
    over = sorted({one.promise for one in ledger.statements.values() if one.expires < clock.now().date()})
    yield good_or(
        "statements",
        not over,
        f"{len(ledger.statements)} people's statements stand, none has expired.",
        bad=f"Statements have expired: {', '.join(over)}.",
        mend=f"Have them reviewed and signed anew in {path}.",
    )
