"""The environment of the peers, which is not ours: made once, again when its list changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["install_peers"]

PEERS = Path(__file__).with_name("peers.txt")


def install_peers(folder: Path, wanted: Path = PEERS) -> None:
    """The environment of a list; torch first, whose 2.13.0 has a build without CUDA."""
    found = folder / "peers.txt"
    if found.exists() and found.read_text() == wanted.read_text():
        return
    pip = [str(folder / "bin" / "pip"), "install", "--quiet"]
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([*pip, "torch==2.13.0"], check=True)
    subprocess.run([*pip, "--requirement", str(wanted)], check=True)
    shutil.copy(wanted, found)
