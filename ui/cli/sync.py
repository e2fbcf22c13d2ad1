"""The command ``footnote sync``: mirrors sources into the documents folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ui.cli.commands import Run, as_json_option, print_json, show_line

if TYPE_CHECKING:
    from index.sources.sync import Progress

__all__ = ["sync"]


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would be done.")
@click.option("--force", is_flag=True, help="Also remove more than half of what was brought.")
@as_json_option
@click.pass_obj
def sync(run: Run, names: tuple[str, ...], dry_run: bool, force: bool, as_json: bool) -> None:
    """Bring what the sources of footnote.toml hold into the documents folder.

    Without a NAME all of them, one after the other; one that fails does not hold the others up, and
    changes nothing. The index follows with `footnote index`.
    """
    from index.errors import FootnoteError, SourceError
    from ui.cli.text import sync_text
    from ui.server.syncing import synced

    settings = run.settings()
    if not settings.sources:
        raise SourceError("footnote.toml names no source; see docs/sources.md")
    results: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for name in names or settings.sources:
        try:
            report = synced(name, settings, dry_run=dry_run, force=force, progress=_progress(name))
        except FootnoteError as exc:
            errors[name] = str(exc)
            results.append({"source": name, "error": str(exc)})
            continue
        results.append(report.as_json() | {"error": None})
        if not as_json:
            click.echo(sync_text(report, dry_run=dry_run))
    if as_json:
        print_json({"sources": results})
    for name, message in errors.items():
        click.echo(f"footnote: {name}: {message}", err=True)
    if errors:
        sys.exit(2)


def _progress(name: str) -> Progress:
    def show(done: int, total: int) -> None:
        if total:
            show_line(f"{name}: {done:,} of {total:,} files", last=done == total)

    return show
