"""What the commands of ``footnote`` share: the global options, and how they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from index.types import Progress
    from rag.assemble import Services
    from rag.settings import Settings

__all__ = [
    "PATH",
    "Run",
    "as_json_option",
    "print_json",
    "print_result",
    "show_line",
    "show_progress",
    "write_file",
]

# Files and folders are opened by those who use them, whose errors say what to do.
PATH = click.Path(path_type=Path, readable=False)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Run:
    """The global options, and what is made from them when a command needs it."""

    def __init__(self, seeds: Path | None, home: Path | None, config: Path | None) -> None:
        self._options = {"seeds": seeds, "home": home}
        self._config = config

    def settings(self, **flags: Any) -> Settings:
        """The settings; ``flags`` come before all other places."""
        from rag.settings import load_settings

        return load_settings(self._config, **self._options | flags)

    def services(self, **flags: Any) -> Services:
        """The services of these settings."""
        from rag.assemble import Services

        return Services(self.settings(**flags))

    def fresh_services(self, **flags: Any) -> Services:
        """Services whose index has been brought up to date."""
        services = self.services(**flags)
        report = services.builder.refresh(progress=show_progress)
        if report is None:
            click.echo(
                "answering from the published index"
                " (pinned, being rebuilt, or the home cannot be written)",
                err=True,
            )
        elif report.published:
            from ui.cli.text import report_text

            click.echo(report_text(report), err=True)
        return services


def print_result(
    values: dict[str, Any], text: str, *, as_json: bool, indent: int | None = 1
) -> None:
    """The values as JSON, or else the text."""
    if as_json:
        print_json(values, indent=indent)
    else:
        click.echo(text)


def print_json(values: dict[str, Any], *, indent: int | None = 1) -> None:
    """On standard output."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=indent))


def write_file(path: Path, text: str) -> None:
    """Write a text that was asked for.

    Raises:
        SettingsError: it cannot be written.
    """
    from index.errors import SettingsError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"cannot write {path} ({exc.strerror})") from exc


def show_progress(progress: Progress) -> None:
    """How far a build is, on standard error."""
    from ui.cli.text import bar, progress_text

    message = f"indexing {bar(progress)} {progress_text(progress)}"
    show_line(message, last=progress.done == progress.total)


def show_line(text: str, *, last: bool) -> None:
    """A line that is overwritten, on a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r{text}\x1b[K" + ("\n" if last else ""), err=True, nl=False)
