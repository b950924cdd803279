"""What sealing a file costs beside the cipher itself: the vault's streams, and OpenSSL's own test of the same chunk."""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, column, interleave, ratio
from ringfence.base import ids
from ringfence.base.crypto import CHUNK_BYTES
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.vault import Vault, fields

_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024
_READ = 1024 * 1024
_FLOOR = f"openssl speed, {CHUNK_BYTES // 1024} KiB"
_METHOD = f"""\
Megabytes a second to seal and to open a stream of {_BYTES >> 20} MiB that comes in pieces of {_PIECE >> 10} KiB, as an
upload does, or of a megabyte, as a store gives them, under a cached key, on one event loop; beside `openssl speed
-elapsed -evp aes-256-gcm -bytes {CHUNK_BYTES}`, which seals one buffer over and over on one core. Everything between is
in it: pieces put together, tags, additional data."""


def measure(plan: Plan) -> Section:
    """The share of the bare cipher's speed that a file keeps."""
    with tempfile.TemporaryDirectory() as directory:
        keystore = FileKeystore.beside(Path(directory), encryption_key=None)
        try:
            owner = KeyOwner.organization(OrgId(ids.new()))
            keystore.create(owner)
            rounds = interleave(plan, _contenders(Vault(keystore), owner, plan.seconds))
        finally:
            keystore.close()
    figures = [
        Figure(f"{name}, share of openssl's speed", ratio(rounds, name, _FLOOR), Bound.AT_LEAST, 0.6)
        for name in ("seal", "open")
    ]
    return Section(
        "files", "Files", _METHOD, figures, [(f"{name}, MB/s", column(rounds, name).told(0)) for name in rounds[0]]
    )


def _contenders(vault: Vault, owner: KeyOwner, seconds: float) -> dict[str, Callable[[], float]]:
    row, plain = ids.new(), bytes(_PIECE)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(_BYTES // _PIECE):
            yield plain

    async def gathered() -> list[bytes]:
        return [piece async for piece in vault.seal_stream(owner, fields.FILE_CONTENT, row, pieces())]

    sealed = b"".join(asyncio.run(gathered()))
    read = [sealed[at : at + _READ] for at in range(0, len(sealed), _READ)]

    async def stored() -> AsyncIterator[bytes]:
        for piece in read:
            yield piece

    return {
        "seal": lambda: _speed(lambda: vault.seal_stream(owner, fields.FILE_CONTENT, row, pieces()), seconds),
        "open": lambda: _speed(lambda: vault.open_stream(owner, fields.FILE_CONTENT, row, stored()), seconds),
        _FLOOR: lambda: _openssl(seconds),
    }


def _speed(stream: Callable[[], AsyncIterator[bytes]], seconds: float) -> float:
    async def run() -> float:
        done, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            async for _ in stream():
                pass
            done += _BYTES
        return done / (time.perf_counter() - began) / 1e6

    return asyncio.run(run())


def _openssl(seconds: float) -> float:
    program = shutil.which("openssl")
    if program is None:
        raise RuntimeError("openssl is not on the path: this figure is beside its speed")
    asked = [
        "speed",
        "-elapsed",
        "-seconds",
        str(max(1, round(seconds))),
        "-bytes",
        str(CHUNK_BYTES),
        "-evp",
        "aes-256-gcm",
    ]
    told = subprocess.run([program, *asked], capture_output=True, text=True, check=True).stdout
    match = re.search(r"^AES-256-GCM\s+([\d.]+)k", told, re.MULTILINE)
    if match is None:
        raise RuntimeError("openssl said its speed in words that are new to us")
    return float(match[1]) * 1000 / 1e6
