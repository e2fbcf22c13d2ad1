"""The command ``footnote``: parses, calls one method, prints.

Results go to standard output, progress and errors to standard error. Exit status: 0 done, 1 it
ran and the answer is no, 2 an expected error in one line, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.backup import backup, restore
from ui.cli.commands import PATH, Run, as_json_option, print_json, print_result, show_progress
from ui.cli.eval import evaluation
from ui.cli.sync import sync
from ui.cli.users import audit, keys, users

if TYPE_CHECKING:
    from index.builder.build import Builder
    from index.types import Filter

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seeds", type=PATH, help="Folder of documents [seeds].")
@click.option("--home", type=PATH, help="Folder for all state [.footnote].")
@click.option(
    "--config",
    type=PATH,
    envvar="FOOTNOTE_CONFIG",
    help="Settings file [footnote.toml].",
)
@click.option("-v", "--verbose", is_flag=True, envvar="FOOTNOTE_VERBOSE", help="Log to stderr.")
@click.version_option(package_name="footnote-rag", prog_name="footnote")
@click.pass_context
def cli(
    ctx: click.Context, seeds: Path | None, home: Path | None, config: Path | None, verbose: bool
) -> None:
    """Answers from a folder of documents; every sentence cites the characters it rests on."""
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    from index.tracing import start_tracing

    start_tracing()
    ctx.obj = Run(seeds, home, config)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.option("--token", help="What visitors must show; FOOTNOTE_TOKEN keeps it out of `ps`.")
@click.option("--allowed-host", multiple=True, help="A name of this server in addresses; repeat.")
@click.pass_obj
def chat(
    run: Run,
    host: str,
    port: int,
    no_browser: bool,
    token: str | None,
    allowed_host: tuple[str, ...],
) -> None:
    """Open the chat window (and the HTTP API), and bring the index up to date."""
    from rag.assemble import Services
    from ui.server.access import access_to
    from ui.server.log import set_up_logging
    from ui.server.serve import serve

    settings = run.settings(token=token, allowed_hosts=allowed_host or None)
    set_up_logging(settings.log_format)
    access, settings = access_to(settings, host)
    serve(Services(settings), access, host=host, port=port, open_browser=not no_browser)


@cli.command()
@click.pass_obj
def mcp(run: Run) -> None:
    """Serve the documents to a program that speaks MCP, over standard input and output."""
    from ui.mcp.server import serve_stdio

    serve_stdio(run.services())


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=7861, show_default=True, type=click.IntRange(0, 65535))
@click.option("--processes", type=click.IntRange(1, 1024), help="How many [one a processor].")
@click.pass_obj
def models(run: Run, host: str, port: int, processes: int | None) -> None:
    """Serve the embedding model and the reader to other Footnote servers (models_url)."""
    from ui.models.service import serve_models

    serve_models(run.settings(), host=host, port=port, count=processes)


def _narrowed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which documents to search; :func:`_filter` takes their values."""
    day = click.DateTime(["%Y-%m-%d"])
    for option in (
        click.option("--before", type=day, help="Only documents up to this date."),
        click.option("--after", type=day, help="Only documents from this date on."),
        click.option("--format", "formats", multiple=True, help="Only this ending (pdf); repeat."),
        click.option("--folder", help="Only documents in this folder of the seeds."),
        click.option("--document", help="Only documents whose path matches this glob."),
    ):
        command = option(command)
    return command


def _filter(
    document: str | None, folder: str | None, formats: tuple[str, ...], after: Any, before: Any
) -> Filter:
    from index.types import Filter

    return Filter(
        document,
        folder,
        formats,
        after.date().isoformat() if after else None,
        before.date().isoformat() if before else None,
    )


@cli.command()
@click.argument("question")
@click.option("--k", type=click.IntRange(1, 50), help="Passages to read.")
@_narrowed
@click.option("--strict", is_flag=True, help="Exit with status 1 when the documents do not answer.")
@as_json_option
@click.pass_obj
def ask(
    run: Run,
    /,
    question: str,
    k: int | None,
    strict: bool,
    as_json: bool,
    **narrowed: Any,
) -> None:
    """Answer QUESTION from the documents, with citations."""
    services = run.fresh_services()
    answer = services.assistant.ask(question, k=k, filter_by=_filter(**narrowed))
    if as_json:
        print_json(answer.as_json())
    else:
        from ui.cli.text import answer_text

        click.echo(answer_text(answer, colours=sys.stdout.isatty()))
    if strict and answer.abstained:
        sys.exit(1)


@cli.command()
@click.argument("query")
@click.option("--k", type=click.IntRange(1, 50), help="Passages to show.")
@_narrowed
@as_json_option
@click.pass_obj
def search(run: Run, /, query: str, k: int | None, as_json: bool, **narrowed: Any) -> None:
    """Show the passages found for QUERY, with every rank and score."""
    services = run.fresh_services()
    found = services.searcher.search(query, k=k, filter_by=_filter(**narrowed))
    if as_json:
        from rag.types import passage_json

        passages = [passage_json(p) for p in found.passages]
        print_json({"query": query, "generation": found.generation, "passages": passages})
    else:
        from ui.cli.text import passages_text

        click.echo(passages_text(found.passages))


class _SpanType(click.ParamType[tuple[int, int]]):
    name = "START:END"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        start, _, end = str(value).partition(":")
        if not (start.isdigit() and end.isdigit() and int(start) <= int(end)):
            self.fail(f"{value!r} is not START:END, two character offsets", param, ctx)
        return int(start), int(end)


@cli.command()
@click.argument("document")
@click.option("--span", type=_SpanType(), help="Only these characters.")
@as_json_option
@click.pass_obj
def show(run: Run, document: str, span: tuple[int, int] | None, as_json: bool) -> None:
    """Print the extracted text of DOCUMENT that citations point into, exactly."""
    services = run.services()
    services.builder.refresh(progress=show_progress)
    from index.store.home import Home, read_document

    found = read_document(Home(services.settings.home), document)
    start, end = span or (0, len(found.text))
    if as_json:
        print_json(
            {
                "document": found.id,
                "title": found.title,
                "date": found.date,
                "media_type": found.media_type,
                "sha256": found.sha256,
                "start": start,
                "end": min(end, len(found.text)),
                "text": found.text[start:end],
            }
        )
    else:
        click.echo(found.text[start:end], nl=False)


@cli.group(invoke_without_command=True)
@click.option("--check", is_flag=True, help="Change nothing; exit with status 1 when stale.")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would be done.")
@click.option("--force", is_flag=True, help="Rebuild everything.")
@click.option("--watch", is_flag=True, help="Stay, and build again whenever the folder changes.")
@click.option("--ocr", is_flag=True, help="Read pictures and scanned pages, from now on.")
@click.option("--ray", metavar="ADDRESS", help="Read and embed on this Ray cluster (HOST:PORT).")
@as_json_option
@click.pass_context
def index(
    ctx: click.Context,
    check: bool,
    dry_run: bool,
    force: bool,
    watch: bool,
    ocr: bool,
    ray: str | None,
    as_json: bool,
) -> None:
    """Bring the index up to date with the documents folder."""
    if ctx.invoked_subcommand is not None:
        return
    if check + dry_run + force > 1 or (watch and (check or dry_run)):
        raise click.UsageError("--check, --dry-run, --force and --watch exclude each other")
    if ocr and (check or dry_run):
        raise click.UsageError("--ocr begins a build: not with --check or --dry-run")
    run: Run = ctx.obj
    if ocr:
        run.services().read_pictures()
    builder = run.services(ray=ray).builder
    from ui.cli.text import plan_text, report_text, state_text

    if check:
        state = builder.state()
        print_result(state.as_json(), state_text(state), as_json=as_json)
        sys.exit(0 if state.kind == "fresh" else 1)
    if dry_run:
        from index.builder.plan import plan_json

        plan = builder.plan(force=force)
        print_result(plan_json(plan), plan_text(plan), as_json=as_json)
        return
    builder.unpin()
    report = builder.build(force=force, progress=show_progress)
    print_result(
        report.as_json(), report_text(report), as_json=as_json, indent=None if watch else 1
    )
    if watch:
        _watch(builder, run.settings().seeds, as_json)


def _watch(builder: Builder, folder: Path, as_json: bool) -> None:
    """Build after each change until interrupted; what goes wrong is said, and the watch goes on."""
    from index.errors import FootnoteError
    from index.watch import changes
    from ui.cli.text import report_text

    click.echo(f"watching {folder}; Ctrl+C ends it", err=True)
    for _ in changes(folder):
        try:
            report = builder.refresh(progress=show_progress)
        except FootnoteError as exc:
            click.echo(f"footnote: {exc}", err=True)
            continue
        if report is not None and report.published:
            print_result(report.as_json(), report_text(report), as_json=as_json, indent=None)


@index.command()
@as_json_option
@click.pass_obj
def status(run: Run, as_json: bool) -> None:
    """Say whether the index is fresh, stale, missing or pinned."""
    from ui.cli.text import state_text

    state = run.services().builder.state()
    print_result(state.as_json(), state_text(state), as_json=as_json)


@index.command()
@as_json_option
@click.pass_obj
def history(run: Run, as_json: bool) -> None:
    """List the generations that are kept."""
    from index.store.home import Home
    from ui.cli.text import history_text

    home = Home(run.settings().home)
    pointer = home.pointer()
    text = history_text(home.history(), pointer.current if pointer else None)
    print_result({"generations": home.generations_json()}, text, as_json=as_json)


@index.command()
@click.argument("generation", required=False)
@as_json_option
@click.pass_obj
def rollback(run: Run, generation: str | None, as_json: bool) -> None:
    """Answer from an earlier GENERATION (default: the one before) until the next build."""
    from index.store.home import Home

    manifest = Home(run.settings().home).rollback(generation)
    message = f"now answering from generation {manifest.generation} of {manifest.created}"
    print_result({"generation": manifest.generation}, message, as_json=as_json)


@index.command()
@as_json_option
@click.pass_obj
def documents(run: Run, as_json: bool) -> None:
    """List the documents in the index."""
    from dataclasses import asdict

    from index.errors import IndexMissingError
    from ui.cli.text import documents_text

    state = run.services().builder.state()
    if state.manifest is None:
        raise IndexMissingError("no index yet: run `footnote index`")
    values = [{"document": k, **asdict(v)} for k, v in state.manifest.documents.items()]
    failed = [asdict(failure) for failure in state.plan.failed]
    print_result({"documents": values, "failed": failed}, documents_text(state), as_json=as_json)


@cli.command()
@as_json_option
@click.pass_obj
def samples(run: Run, as_json: bool) -> None:
    """Copy the sample documents into the documents folder, if that is empty."""
    from eval.samples import copy_samples

    folder = run.settings().seeds
    copied = copy_samples(folder)
    text = f"{len(copied)} sample documents are in {folder}: `footnote chat` asks them"
    print_result({"folder": str(folder), "documents": list(copied)}, text, as_json=as_json)


cli.add_command(evaluation)
cli.add_command(sync)
cli.add_command(users)
cli.add_command(keys)
cli.add_command(audit)
cli.add_command(backup)
cli.add_command(restore)


@cli.command()
@click.pass_obj
def doctor(run: Run) -> None:
    """Check versions, model, index and language model; say what to do."""
    from ui.cli.doctor import diagnose
    from ui.cli.text import checks_text

    checks = []
    for check in diagnose(run.services()):
        checks.append(check)
        click.echo(checks_text([check]))
    if not all(check.ok for check in checks):
        sys.exit(1)


def main() -> None:
    """Run the command line and map errors to exit statuses."""
    from index.errors import FootnoteError

    try:
        cli(standalone_mode=False)
    except FootnoteError as exc:
        click.echo(f"footnote: {exc}", err=True)
        sys.exit(2)
    except click.ClickException as exc:
        exc.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
