"""A process that follows streams until it is killed: `python -m tests.following_process`, told by JSON on its input."""

import asyncio
import json
import sys
from pathlib import Path

from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.keystore import FileKeystore
from ringfence.controls.tenancy import ContextKey, Database
from ringfence.controls.vault import Vault
from tests.streaming import follower_of


async def main() -> None:
    """Follows for good."""
    said = json.loads(sys.stdin.read())
    database = Database(said["url"], keys=ContextKey(said["kid"], bytes.fromhex(said["key"])), size=2)
    vault = Vault(FileKeystore.beside(Path(said["data"]), encryption_key=None))
    await follower_of(database, vault, Egress(parse_named(said["place"]))).run()


if __name__ == "__main__":
    asyncio.run(main())
