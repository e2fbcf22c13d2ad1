"""Becomes another program that may use little time, memory and disk, and no network; a script.

``python -I limited_command.py MEMORY_MB SECONDS FILE_MB PROGRAM ARGUMENT...``. It is a file of its
own because limits that are set between fork and exec of a program with threads may hang it. Where
the system has a limit or a namespace not, the others hold.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

__all__: list[str] = []

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000  # unshare(2)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # prctl(2)


def _become(memory_mb: int, seconds: int, file_mb: int, *command: str) -> None:
    limits = {
        resource.RLIMIT_AS: memory_mb * 1_000_000,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file_mb * 1_000_000,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        with suppress(OSError, ValueError):  # macOS knows no limit of address space
            resource.setrlimit(kind, (limit, limit))
    if sys.platform == "linux":
        _isolate()
    os.execv(command[0], command)  # noqa: S606 - what it is called with by Footnote


def _isolate() -> None:
    """No network, no new rights, and an end with whoever started this (Linux)."""
    import ctypes

    system = ctypes.CDLL(None)
    user, group = os.getuid(), os.getgid()
    if system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        with suppress(OSError):  # who it is outside
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    else:
        system.unshare(_CLONE_NEWNET)  # the superuser of a container may do this alone
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
