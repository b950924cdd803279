"""A sealer in a process of its own that has appended its batch and not committed it, for a test that kills it there.

Arguments: the database's address, the context key's name and its bytes in hex.
"""

import asyncio
import sys

from ringfence.controls.tenancy import ContextKey, Database
from tests.sealed import sealer


async def _main(url: str, kid: str, key: str) -> None:
    seals = sealer(Database(url, keys=ContextKey(kid, bytes.fromhex(key)), size=2))
    append = seals._append

    async def linger(*of_the_round) -> None:
        await append(*of_the_round)
        sys.stdout.write("appended\n")
        sys.stdout.flush()
        await asyncio.sleep(60)

    seals._append = linger  # pyright: ignore[reportAttributeAccessIssue] - the same, and then it waits
    await seals.round()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
