"""Kills, two builds at once, a full disk, a read-only home: a few rounds of bench/faults.py."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

FAULTS = ("kill -9", "two builds at once", "disk full", "read-only home", "damaged files")


@pytest.mark.skipif(sys.platform != "linux", reason="the script needs Linux")
def test_after_every_fault_the_index_answers_and_builds_without_repair(repo):
    command = [sys.executable, str(repo / "bench" / "faults.py"), "--quick"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["fault", "rounds", "failures", "queries", "notes"]
    counts = {
        found[1]: (int(found[2]), int(found[3]), int(found[4]))
        for line in lines
        if (found := re.match(r"(.+?) +(\d+) +(\d+) +(\d+)(?:  |$)", line))
    }
    assert tuple(counts) == FAULTS
    assert all(failures == 0 for _, failures, _ in counts.values())
    assert counts["kill -9"][0] == 4
    assert counts["kill -9"][2] > 0, "nobody asked meanwhile"
