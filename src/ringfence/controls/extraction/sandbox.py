"""Keeps AGT-07, AIS-02 (in part): confines the process that parses a file which somebody else made.

One way: what is given up here cannot be taken back. The layers are independent of each other, so that a kernel that
lacks one still has the others; `confine` says which of them hold.
Proved in tests/controls/test_extraction_sandbox.py, by hostile code inside of it and outside.
"""

import ctypes
import os
import resource
import signal
import sys
from typing import Final

from . import landlock, seccomp
from .layers import Layer

CPU_S: Final = 20
MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Address space, of which an interpreter with every parser takes about a quarter."""
_FILES: Final = 16
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWIPC: Final = 0x08000000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine() -> tuple[Layer, ...]:
    """Gives up files, sockets, processes and more memory than allowed; gives the layers that hold.

    Whatever the process needs must be imported before: no file opens after this.
    """
    held: list[Layer] = []
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        # Before the limits: one of them forbids a process more, and a namespace of users counts as one.
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0:
            held.append(Layer.NAMESPACE)
        held.append(_limit())
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            if landlock.deny_all(libc):
                held.append(Layer.LANDLOCK)
            if seccomp.allow_computing_alone(libc, os.uname().machine):
                held.append(Layer.SECCOMP)
    else:
        held.append(_limit())
    return tuple(held)


def _limit() -> Layer:
    for which, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        soft, hard = resource.getrlimit(which)
        least = min(value for value in (most, soft, hard) if value != resource.RLIM_INFINITY)
        resource.setrlimit(which, (least, least))
    return Layer.LIMITS
