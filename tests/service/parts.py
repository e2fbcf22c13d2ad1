"""What the tests of services share."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

GIT = shutil.which("git")
_AUTHOR = ["-c", "user.name=Ines", "-c", "user.email=ines@example.org"]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def fields(value: object) -> object:
    """The names in a value, without what they hold; of a list the first."""
    if isinstance(value, dict):
        return {name: fields(one) for name, one in value.items()}
    return fields(value[0]) if isinstance(value, list) and value else None


def committed(folder: Path, files: Mapping[str, str], *, remove: str = "") -> None:
    """A commit with these files more; the repository is made with the first."""
    if not folder.is_dir():
        subprocess.run([GIT, "init", "--quiet", "-b", "main", str(folder)], check=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if remove:
        subprocess.run([GIT, "-C", str(folder), "rm", "-q", remove], check=True)
    subprocess.run([GIT, "-C", str(folder), "add", "-A"], check=True)
    subprocess.run([GIT, "-C", str(folder), *_AUTHOR, "commit", "-qm", "more"], check=True)
