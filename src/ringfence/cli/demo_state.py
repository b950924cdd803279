"""What the demo leaves behind for people and scripts: `demo.json` and the partner's private key, both mode 0600."""

import os
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

KID = "demo-1"
ISSUER = "https://northwind.example"
ROLES: Final = {"ada": "admin", "vera": "viewer"}
"""The role that the demo's product gives to whom; everybody else is a member."""
_KEY_FILE = "demo-key.json"


class DemoOrganization(msgspec.Struct, frozen=True):
    """An organization of the demo partner."""

    id: str
    external_id: str
    name: str


class DemoKey(msgspec.Struct, frozen=True):
    """Whose key the demo holds, kept apart from demo.json: where that is gone, this one is revoked."""

    partner_id: UUID
    key_id: UUID


class DemoState(msgspec.Struct, frozen=True):
    """The file's content: addresses, the partner's key and identity, and what was seeded."""

    base_url: str
    demo_url: str | None
    trust_url: str | None
    partner_id: str
    partner_api_key: str
    issuer: str
    audience: str
    kid: str
    algorithm: str
    private_key_path: str
    agents: dict[str, str]
    organizations: list[DemoOrganization]


def read_key(data: Path) -> DemoKey | None:
    """The demo's partner and the id of its API key, or None before the first start."""
    try:
        return msgspec.json.decode((data / _KEY_FILE).read_bytes(), type=DemoKey)
    except FileNotFoundError:
        return None


def write_key(data: Path, key: DemoKey) -> None:
    """Remembers the demo's key by its id."""
    (data / _KEY_FILE).write_bytes(msgspec.json.encode(key))


def read(data: Path) -> DemoState | None:
    """The last demo's state, or None."""
    path = _path(data)
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(data: Path, state: DemoState) -> None:
    """Replaces the file in one step."""
    draft = _path(data).with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state)))
    draft.replace(_path(data))


def private_key_path(data: Path) -> Path:
    """Where the demo partner's private key lies."""
    return data / "demo-signing-key.pem"


def _path(data: Path) -> Path:
    return data / "demo.json"
