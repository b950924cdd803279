"""Python imports this by itself in a server whose PYTHONPATH names this directory: a look inside, for the soak test.

On the unix socket that SPYGLASS names, each connection gets one JSON object: how many tasks, live runs, their frames,
readers and holds the process has. A line `plant N` before it keeps N MB from then on, as a leak would.
"""

import asyncio
import gc
import json
import os
import socket
import sys
import threading

_planted: list[bytearray] = []


def _counts() -> dict[str, int]:
    found = next((one for one in gc.get_objects() if type(one).__name__ == "Engine" and hasattr(one, "live")), None)
    if found is None or found._loop is None:
        return {}
    live, executor = found.live, found.executor
    return {
        "tasks": len(asyncio.all_tasks(found._loop.get_loop())),
        "live": len(live._runs),
        "frames": sum(len(run.entries) for run in live._runs.values()),
        "readers": live._readers.total(),
        "holds": len(executor._holds),
        "objects": len(gc.get_objects()),
    }


def _serve(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            with connection:
                words = connection.recv(100).decode().split()
                if words[:1] == ["plant"]:
                    _planted.append(bytearray(os.urandom(1000) * 1000 * int(words[1])))
                connection.sendall(json.dumps(_counts()).encode())


if "serve" in sys.orig_argv and "SPYGLASS" in os.environ:
    threading.Thread(target=_serve, args=(os.environ["SPYGLASS"],), daemon=True).start()
