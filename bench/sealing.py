"""What sealing and opening a message costs. Its share of a run and a read: bench/encryption.py."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Section
from bench.rounds import Plan, column, interleave
from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.vault import Vault, fields

_TEXT = b"Roses like a deep watering once a week, in the morning, at the root. " * 3
_BATCH = 200
_METHOD = f"""\
Microseconds to seal and to open {len(_TEXT)} bytes under an organization's own key that is cached, its additional data
included; the loop itself is in it. Multiply by the sealed rows of a run (table above) for its share of a run's CPU."""


def measure(plan: Plan) -> Section:
    """Microseconds of a seal, an open and a blind index."""
    with tempfile.TemporaryDirectory() as directory:
        keystore = FileKeystore.beside(Path(directory), encryption_key=None)
        try:
            owner = KeyOwner.organization(OrgId(ids.new()))
            keystore.create(owner)
            rounds = interleave(plan, _contenders(Vault(keystore), owner, min(plan.seconds, 0.5)))
        finally:
            keystore.close()
    told = [(f"{name}, microseconds", column(rounds, name).told(1)) for name in rounds[0]]
    return Section("sealing", "Content encryption", _METHOD, [], told)


def _contenders(vault: Vault, owner: KeyOwner, seconds: float) -> dict[str, Callable[[], float]]:
    row = ids.new()
    record = vault.seal(owner, fields.MESSAGE_TEXT, row, _TEXT)
    page = [(row, record)] * _BATCH
    return {
        "seal": lambda: _each(lambda: vault.seal(owner, fields.MESSAGE_TEXT, row, _TEXT), seconds),
        "open": lambda: _each(lambda: vault.open(owner, fields.MESSAGE_TEXT, row, record), seconds),
        "open, in a page": lambda: _each(lambda: vault.open_many(owner, fields.MESSAGE_TEXT, page), seconds, _BATCH),
        "blind index": lambda: _each(lambda: vault.blind_index(owner, fields.APP_USER_SUBJECT, "alice"), seconds),
    }


def _each(act: Callable[[], object], seconds: float, does: int = 1) -> float:
    done, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        for _ in range(_BATCH // does):
            act()
        done += _BATCH
    return (time.perf_counter() - began) / done * 1e6
