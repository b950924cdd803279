"""Keeps AGT-07 (in part): system calls by an allow-list (seccomp(2), filter mode); all others fail with EPERM.

A classic BPF program over struct seccomp_data: the number at offset 0, the architecture at 4, arguments from 16 on.
Proved in tests/controls/test_extraction_sandbox.py.
"""

import ctypes
import errno
import struct
from dataclasses import dataclass
from typing import Final

_SET_MODE_FILTER: Final = 1
_EVERY_THREAD: Final = 1  # SECCOMP_FILTER_FLAG_TSYNC
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000 | errno.EPERM
_ALLOW: Final = 0x7FFF0000
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANSWER: Final = 0x06  # BPF_RET | BPF_K
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_FIRST_ARGUMENT_AT: Final = 16
_X32: Final = 0x40000000
_OUTPUT: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class _Machine:
    """One architecture: its audit number, `seccomp`, `write`, and what may be called whatever the arguments.

    In this order: read, close, fstat, lseek, mmap, mprotect, munmap, brk, rt_sigaction, rt_sigprocmask, rt_sigreturn,
    mremap, madvise, getpid, exit, gettimeofday, sigaltstack, gettid, futex, clock_gettime, clock_nanosleep, exit_group,
    getrandom, rseq, sched_yield, restart_syscall, getuid, geteuid, getgid, getegid, sched_getaffinity,
    set_robust_list. They compute; none changes or reaches anything outside of the process.
    """

    audit: int
    seccomp: int
    write: int
    calls: tuple[int, ...]


_MACHINES: Final = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        1,
        (
            *(0, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 25, 28, 39, 60, 96, 131, 186, 202, 228, 230, 231, 318, 334),
            *(24, 219, 102, 107, 104, 108, 204, 273),
        ),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        64,
        (
            *(63, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 216, 233, 172, 93, 169, 132, 178, 98, 113, 115, 94),
            *(278, 293, 124, 128, 174, 175, 176, 177, 123, 99),
        ),
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def allow_computing_alone(libc: ctypes.CDLL, machine: str) -> bool:
    """Puts the filter on every thread of this process for good; False where the kernel or this machine has none.

    The process must have given up new privileges before (PR_SET_NO_NEW_PRIVS).
    """
    known = _MACHINES.get(machine)
    if known is None:
        return False
    code = program(known.audit, known.write, known.calls)
    held = ctypes.create_string_buffer(code, len(code))
    whole = _Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p).value)
    # A thread that a library began would share the memory of the one that parses, and be free.
    return libc.syscall(known.seccomp, _SET_MODE_FILTER, _EVERY_THREAD, ctypes.byref(whole)) == 0


def program(audit: int, write: int, calls: tuple[int, ...]) -> bytes:
    """The filter as instructions of eight bytes: another architecture dies, another call is refused."""
    body = [_step(_LOAD, _NUMBER_AT), _step(_AT_LEAST, _X32, otherwise=1), _step(_ANSWER, _REFUSE)]
    for call in calls:
        body += [_step(_EQUAL, call, otherwise=1), _step(_ANSWER, _ALLOW)]
    # Writing goes to standard output and error, which are there already.
    body += [_step(_EQUAL, write, then=1), _step(_ANSWER, _REFUSE), _step(_LOAD, _FIRST_ARGUMENT_AT)]
    for descriptor in _OUTPUT:
        body += [_step(_EQUAL, descriptor, otherwise=1), _step(_ANSWER, _ALLOW)]
    head = [_step(_LOAD, _ARCHITECTURE_AT), _step(_EQUAL, audit, then=1), _step(_ANSWER, _KILL)]
    return b"".join((*head, *body, _step(_ANSWER, _REFUSE)))


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction; the jumps count instructions that are skipped."""
    return struct.pack("HBBI", code, then, otherwise, value)
