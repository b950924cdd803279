"""What the demo leaves behind for people and scripts: `demo.json` and the partner's private key, both mode 0600."""

import os
from pathlib import Path

import msgspec

KID = "demo-1"
ISSUER = "https://northwind.example"


class DemoOrganization(msgspec.Struct, frozen=True):
    """An organization of the demo partner."""

    id: str
    external_id: str
    name: str


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
