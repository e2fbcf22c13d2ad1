"""What a server does before it answers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

# Threads that all hold memory at once, then how many places it was taken from.
THREADS = """
import ctypes, sys, threading
from ui.server.serve import limit_arenas

limit_arenas()
library, together = ctypes.CDLL(None), threading.Barrier(20)
library.malloc.restype = library.fdopen.restype = ctypes.c_void_p
def hold():
    library.malloc(1000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, out)
library.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_threads_take_memory_from_two_places_or_as_many_as_the_environment_says(repo):
    def places(**environment: str) -> int:
        given = {k: v for k, v in os.environ.items() if k != "MALLOC_ARENA_MAX"} | environment
        command = [sys.executable, "-c", THREADS]
        out = subprocess.run(command, cwd=repo, env=given, capture_output=True, check=True)
        return out.stdout.count(b"<heap nr=")

    assert places() == 2
    assert places(MALLOC_ARENA_MAX="5") == 5
