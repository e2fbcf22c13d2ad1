"""The files of a commit of a git repository, by the command ``git``.

What was fetched is kept in ``HOME/sources/NAME.git``, a repository without a working tree: nothing
of what comes is ever run, no hook, no filter, no submodule, and no link is followed.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import SourceError, one_line
from index.sources.settings import GitSettings, secret
from index.sources.source import Content, Item, ItemError, Mark
from index.store.files import make_folder

__all__ = ["GitSource"]

_CHUNK = 1_000_000
_REF = "refs/footnote/mirrored"


class GitSource:
    """The files of one branch, tag, or the default branch."""

    def __init__(self, name: str, settings: GitSettings, folder: Path) -> None:
        self._settings = settings
        self._repository = folder / f"{name}.git"
        self._password = secret(name, "PASSWORD")
        found = shutil.which("git")
        if found is None:
            raise SourceError("a source of kind git needs the program git: install it")
        self._git = found

    def items(self) -> Iterator[Item]:
        """The files of the commit; their versions are the hashes of their content."""
        make_folder(self._repository.parent)
        if not (self._repository / "HEAD").is_file():
            self._run("init", "--quiet", "--bare", str(self._repository))
        chosen = self._settings
        refspec = f"+{chosen.ref}:{_REF}"
        self._run(
            "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules",
            "--end-of-options", chosen.url, refspec,
        )  # fmt: skip
        root = chosen.path.strip("/")
        commit = f"{_REF}:{root}" if root else _REF
        listed = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", "--end-of-options", commit)
        for entry in filter(None, listed.split(b"\0")):
            about, _, name = entry.partition(b"\t")
            mode, kind, digest, size = about.decode("ascii").split()
            if kind == "blob" and mode.startswith("100"):  # neither a link nor a submodule
                key = name.decode("utf-8", "surrogateescape")
                key = key.encode("utf-8", "backslashreplace").decode()
                yield Item(key, key, digest, int(size))

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content]:  # noqa: ARG002
        """The bytes of a file, as they are in the commit."""
        command = self._command("cat-file", "blob", item.version)
        with subprocess.Popen(  # noqa: S603 - the git that was found
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment()
        ) as process:
            assert process.stdout is not None, "it is piped"
            try:
                stream = process.stdout
                yield Content(iter(lambda: stream.read(_CHUNK), b""), item.key)
            finally:
                process.stdout.close()
                status = process.wait(self._settings.timeout_s)
            if status:
                raise ItemError(f"git cannot read it: remove {self._repository}, and sync again")

    def close(self) -> None:
        """Nothing is held."""

    def _run(self, *arguments: str) -> bytes:
        command = self._command(*arguments)
        try:
            done = subprocess.run(  # noqa: S603 - the git that was found
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._settings.max_minutes * 60,
                check=True,
                env=self._environment(),
            )
        except subprocess.TimeoutExpired as exc:
            raise SourceError(
                f"git {arguments[0]} takes longer than max_minutes: raise the setting"
            ) from exc
        except subprocess.CalledProcessError as exc:
            said = one_line(RuntimeError(exc.stderr.decode(errors="replace")))
            raise SourceError(
                f"git {arguments[0]} failed ({said}): check url, ref, path and the password"
            ) from exc
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [self._git, "--git-dir", str(self._repository), *arguments]

    def _environment(self) -> dict[str, str]:
        """What git gets: no question at the terminal, no other program, no redirect."""
        options = {
            "http.followRedirects": "false",
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": str(max(1, int(self._settings.timeout_s))),
            "core.hooksPath": os.devnull,
            "gc.autoDetach": "false",
        }
        if self._password:
            login = f"{self._settings.user or 'token'}:{self._password}".encode()
            options["http.extraHeader"] = f"Authorization: Basic {base64.b64encode(login).decode()}"
        values = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        for number, (key, value) in enumerate(options.items()):
            values |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return values | {
            "GIT_CONFIG_COUNT": str(len(options)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
            "GIT_SSH_COMMAND": values.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
            "LC_ALL": "C",
        }


def _is_ours(name: str) -> bool:
    """Secrets of this program, and what would have git work on another repository."""
    return name.startswith(("FOOTNOTE_", "GIT_CONFIG_")) or name in ("GIT_DIR", "GIT_WORK_TREE")
