"""The commands ``footnote backup`` and ``footnote restore``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ui.cli.commands import PATH, Run, as_json_option, print_result

__all__ = ["backup", "restore"]


@click.command()
@click.argument("file", type=PATH)
@click.option("--documents", is_flag=True, help="The documents folder too.")
@as_json_option
@click.pass_obj
def backup(run: Run, file: Path, documents: bool, as_json: bool) -> None:
    """Write what the home holds to FILE, a tar; a server may go on meanwhile."""
    from index.store.backup import back_up

    settings = run.settings()
    done = back_up(settings.home, file, settings.seeds if documents else None)
    text = f"{file}: {done.files:,} files, {done.megabytes:,.1f} MB"
    if documents:
        text += f", {done.documents:,} of them documents"
    if done.passed_over:
        text += f"; {done.passed_over:,} links or the like in the folder are not in it"
    print_result(asdict(done), text, as_json=as_json)


@click.command()
@click.argument("file", type=PATH)
@click.option("--force", is_flag=True, help="Replace what the home holds.")
@as_json_option
@click.pass_obj
def restore(run: Run, file: Path, force: bool, as_json: bool) -> None:
    """Put the backup FILE into the home, and its documents into their empty folder."""
    from index.store.restore import restore as restore_backup
    from ui.server.audit import AuditLog

    settings = run.settings()
    done = restore_backup(settings.home, file, settings.seeds, force=force)
    AuditLog(settings.home).record("", "restored from", [file.name])
    text = f"{settings.home}: {done.files:,} files, {done.documents:,} of them documents"
    print_result(asdict(done), text, as_json=as_json)
