"""Old Office files saved as new ones by LibreOffice, so that the ordinary readers can read them.

Workbooks with formulas that nobody computed are saved likewise, for their values. The process that
reads files may start nothing, so this happens outside of it, in a process that is limited likewise:
time, memory, the size of what it writes; no macros, no updated links, and no network where the
system lets a process give it up. Each file has a fresh folder and a fresh profile, which are
removed. What comes out is as hostile as what went in.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from index.builder.prepare import Unconverted
from index.builder.sandbox import Limits
from index.errors import BuildCancelledError
from index.loaders.conversions import Conversion, conversion_of

__all__ = ["Converter"]

_OWN_MB = 500  # address space of LibreOffice without a document
_LARGEST_MB = 500  # what it may write into one file
_SETTINGS = {
    "Office.Common/Security/Scripting": {
        "BlockUntrustedRefererLinks": "true",
        "DisableMacrosExecution": "true",
        "MacroSecurityLevel": "3",
    },
    "Office.Writer/Content/Update": {"Field": "false", "Link": "0"},
    "Office.Calc/Content/Update": {"Link": "1"},  # never
    "Office.Calc/Formula/Load": {"OOXMLRecalcMode": "0", "ODFRecalcMode": "0"},  # always
    # Where the process keeps the network, a proxy that does not answer is between them.
    "Inet/Settings": {
        "ooInetProxyType": "2",
        "ooInetHTTPProxyName": "127.0.0.1",
        "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": "127.0.0.1",
        "ooInetHTTPSProxyPort": "9",
        "ooInetNoProxy": "",
    },
}


class Converter:
    """Converts files, one after the other; whoever stops it waits for none."""

    def __init__(self, program: str, limits: Limits) -> None:
        self._program = program
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._converting = threading.Lock()
        self._starting = threading.Lock()

    def convert(self, files: Sequence[Unconverted]) -> dict[str, bytes | str]:
        """What became of each file, by its sha256: the bytes of another one, or why there is none.

        All of them together have the time that reading one file may take.

        Raises:
            BuildCancelledError: it was stopped.
        """
        with self._converting:
            end = time.monotonic() + self._limits.seconds
            return {
                one.sha256: self._converted(one, conversion, end)
                for one in files
                if (conversion := conversion_of(one.ending))
            }

    def stop(self) -> None:
        """End what is being converted, and begin nothing more."""
        with self._starting:
            self._stopped = True
            if self._process is not None:
                _kill(self._process)

    def _converted(self, file: Unconverted, conversion: Conversion, end: float) -> bytes | str:
        with tempfile.TemporaryDirectory(
            prefix="footnote-", ignore_cleanup_errors=True
        ) as temporary:
            folder = Path(temporary)
            source = folder / f"in{file.ending}"
            source.write_bytes(base64.b64decode(file.data))
            _write_profile(folder / "profile")
            (folder / "made").mkdir()
            made = folder / "made" / f"in{conversion.ending}"
            for name in conversion.filters:
                reason = self._run(folder, [f"--infilter={name}", str(source)], made, end)
                if reason:
                    return reason
                if made.is_file() and made.stat().st_size <= _LARGEST_MB * 1_000_000:
                    return made.read_bytes()
        return (
            "LibreOffice cannot open it: damaged, or it needs a password: save it without, as "
            f"{conversion.ending}"
        )

    def _run(self, folder: Path, arguments: list[str], made: Path, end: float) -> str:
        """Have LibreOffice convert a file; gives why it did not end well, or nothing."""
        left = end - time.monotonic()
        late = (
            f"converting it took longer than load_timeout_s = {self._limits.seconds:g}: save it as "
            f"{made.suffix} or raise the setting"
        )
        if left <= 0:
            return late
        command = [
            *(sys.executable, "-I", str(Path(__file__).with_name("limited_command.py"))),
            *(str(_OWN_MB + self._limits.memory_mb), str(int(left) + 5), str(_LARGEST_MB)),
            *(self._program, f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *("--headless", "--norestore", "--convert-to", made.suffix[1:]),
            *("--outdir", str(made.parent), *arguments),
        ]
        with self._starting:
            if self._stopped:
                raise BuildCancelledError("given up")
            self._process = process = subprocess.Popen(  # noqa: S603 - its own name and folder
                command,
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            code = process.wait(left)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()
            return late
        finally:
            with self._starting:
                self._process = None
        if self._stopped:
            raise BuildCancelledError("given up")
        if code == 0:
            return ""
        return (
            f"LibreOffice ended while it was converted (exit {code}): damaged, or more than "
            f"load_memory_mb = {self._limits.memory_mb} needed"
        )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(folder: Path) -> dict[str, str]:
    """What LibreOffice needs of the environment; nothing of it is this program's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",  # draws on nothing
    }


def _write_profile(profile: Path) -> None:
    """A profile that runs no macro and follows no link."""
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, values in _SETTINGS.items()
        for name, value in values.items()
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )
